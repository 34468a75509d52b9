import { expect } from 'chai';
import { bfloat16Value, float16Bits, float16Value, storeFloat16 } from '../../../src/formats/float16.js';

describe('float16', () => {
  it('knows the format by its landmarks', () => {
    const landmarks: [number, number][] = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [1023 * 2 ** -24, 0x03ff],
      [Infinity, 0x7c00],
      [-Infinity, 0xfc00],
      [1 / 3, 0x3555],
    ];
    for (const [value, bits] of landmarks) {
      expect(float16Bits(value), String(value)).to.equal(bits);
      expect(float16Value(bits)).to.equal(value === 1 / 3 ? 0.333251953125 : value);
    }
    expect(float16Bits(NaN) & 0x7fff).to.be.greaterThan(0x7c00);
    expect(Number.isNaN(float16Value(0x7e00))).to.equal(true);
  });

  it('takes every half-precision number to itself', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = float16Value(bits);
      if (!Number.isNaN(value)) {
        expect(float16Bits(value)).to.equal(bits);
      }
    }
  });

  it('rounds to the nearest, ties to even, up to infinity and down to zero', () => {
    expect(float16Bits(1 + 2 ** -11)).to.equal(0x3c00);
    expect(float16Bits(1 + 3 * 2 ** -11)).to.equal(0x3c02);
    expect(float16Bits(1 + 2 ** -11 + 2 ** -20)).to.equal(0x3c01);
    expect(float16Bits(2 - 2 ** -12)).to.equal(0x4000);
    expect(float16Bits(65519)).to.equal(0x7bff);
    expect(float16Bits(65520)).to.equal(0x7c00);
    expect(float16Bits(2 ** -25)).to.equal(0);
    expect(float16Bits(1.5 * 2 ** -25)).to.equal(1);
    expect(float16Bits(3 * 2 ** -25)).to.equal(2);
    expect(float16Bits(-(2 ** -30))).to.equal(0x8000);
    expect(float16Bits(2 ** -14 - 2 ** -26)).to.equal(0x0400);
  });

  it('reads bfloat16 as the upper half of a float32', () => {
    expect(bfloat16Value(0x3f80)).to.equal(1);
    expect(bfloat16Value(0xc040)).to.equal(-3);
    expect(bfloat16Value(0x4049)).to.equal(3.140625);
  });

  it('stores many as it stores one', () => {
    // Every upper half of a float32, with lower bits around the ties of both ways of rounding.
    const lower = [0, 1, 0xfff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x3001, 0xffff];
    const words = Uint32Array.from(
      { length: lower.length << 16 },
      (_, i) => ((i >>> 0) % 65536) * 65536 + lower[i >>> 16],
    );
    const values = new Float32Array(words.buffer);
    const half = new Uint16Array(values.length);
    storeFloat16(values, half);
    let different = 0;
    values.forEach((value, i) => {
      different += half[i] === float16Bits(value) ? 0 : 1;
    });
    expect(different).to.equal(0);
  });
});
