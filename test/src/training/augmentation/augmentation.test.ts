import { expect } from 'chai';
import type { ModelRecipe } from '../../../../src/models/recipe.js';
import { cropBox, sampleAugmentation, sampleSize } from '../../../../src/training/augmentation/sampleAugmentation.js';
import { plainVariant, resolveAugmentation, variantWords } from '../../../../src/training/augmentation/augmentation.js';
import { scalePixels } from '../../../../src/training/augmentation/scalePixels.js';
import { expectError } from '../../../expectError.js';

const all = resolveAugmentation({
  crop: { minArea: 0.25, maxAspect: 1.5 },
  flip: true,
  rotation: 10,
  color: { brightness: 0.4, contrast: 0.3, saturation: 0.2 },
});
const places = Array.from({ length: 4000 }, (_, i) => ({ seed: 7, epoch: i % 20, example: Math.floor(i / 20) }));

describe('sampleAugmentation', () => {
  it('feature: depends on seed, epoch and example, and on nothing else', () => {
    const at = { seed: 7, epoch: 3, example: 5 };
    const draw = sampleAugmentation(all, at);
    places.slice(0, 50).forEach((place) => sampleAugmentation(all, place));
    expect(sampleAugmentation(all, { ...at })).to.deep.equal(draw);
    for (const other of [
      { ...at, seed: 8 },
      { ...at, epoch: 4 },
      { ...at, example: 6 },
    ]) {
      expect(sampleAugmentation(all, other)).not.to.deep.equal(draw);
    }
  });

  it('feature: a part switched on leaves the others as they were', () => {
    const at = { seed: 7, epoch: 3, example: 5 };
    const { crop, flip, rotation, color } = sampleAugmentation(all, at);
    expect(sampleAugmentation(resolveAugmentation({ crop: { minArea: 0.25, maxAspect: 1.5 } }), at)).to.deep.equal({
      ...plainVariant,
      crop,
    });
    expect(sampleAugmentation(resolveAugmentation({ flip: true }), at)).to.deep.equal({ ...plainVariant, flip });
    expect(sampleAugmentation(resolveAugmentation({ rotation: 10 }), at)).to.deep.equal({ ...plainVariant, rotation });
    expect(sampleAugmentation(resolveAugmentation({ color: { contrast: 0.3 } }), at).color).to.deep.equal({
      brightness: 1,
      contrast: color?.contrast,
      saturation: 1,
    });
    expect(sampleAugmentation(resolveAugmentation({}), at)).to.deep.equal(plainVariant);
  });

  it('feature: fills its ranges evenly', () => {
    const draws = places.map((place) => sampleAugmentation(all, place));
    const check = (values: number[], low: number, high: number) => {
      expect(Math.min(...values)).to.be.within(low, low + 0.01 * (high - low));
      expect(Math.max(...values)).to.be.within(high - 0.01 * (high - low), high);
      // The mean of 4000 even draws deviates by 0.0046 of the range; four times that is one in 15 000.
      expect(values.reduce((sum, value) => sum + value, 0) / values.length).to.be.closeTo(
        (low + high) / 2,
        0.0184 * (high - low),
      );
    };
    check(
      draws.map(({ crop }) => crop?.area ?? NaN),
      0.25,
      1,
    );
    check(
      draws.map(({ crop }) => Math.log(crop?.aspect ?? NaN)),
      -Math.log(1.5),
      Math.log(1.5),
    );
    check(
      draws.map(({ crop }) => crop?.x ?? NaN),
      0,
      1,
    );
    check(
      draws.map(({ crop }) => crop?.y ?? NaN),
      0,
      1,
    );
    check(
      draws.map(({ rotation }) => rotation),
      -10,
      10,
    );
    check(
      draws.map(({ color }) => color?.brightness ?? NaN),
      0.6,
      1.4,
    );
    check(
      draws.map(({ color }) => color?.contrast ?? NaN),
      0.7,
      1.3,
    );
    check(
      draws.map(({ color }) => color?.saturation ?? NaN),
      0.8,
      1.2,
    );
  });

  it('feature: of each two epochs every example is mirrored in one, half of them in the first', () => {
    const flips = (epoch: number) =>
      Array.from({ length: 1000 }, (_, example) => sampleAugmentation(all, { seed: 1, epoch, example }).flip);
    const [first, second, third] = [flips(0), flips(1), flips(2)];
    expect(second).to.deep.equal(first.map((flip) => !flip));
    expect(third).not.to.deep.equal(first);
    // 1000 fair draws: 500 ± 16; four times that.
    expect(first.filter(Boolean).length).to.be.within(436, 564);
  });

  it('feature: pad and crop moves by whole pixels up to the padding, evenly, and leaves the rest as it was', () => {
    const options = resolveAugmentation({ padCrop: 2, flip: true });
    const counts = new Map<string, number>();
    for (let example = 0; example < 2500; example++) {
      const at = { seed: 0, epoch: 1, example };
      const { shift, ...others } = sampleAugmentation(options, at);
      counts.set(`${shift?.x} ${shift?.y}`, (counts.get(`${shift?.x} ${shift?.y}`) ?? 0) + 1);
      expect({ ...others, shift: null }).to.deep.equal(sampleAugmentation(resolveAugmentation({ flip: true }), at));
    }
    expect(counts.size).to.equal(25);
    // 100 each, ± 10; five times that
    counts.forEach((count) => expect(count).to.be.within(50, 150));
  });

  it('feature: sizes are drawn per batch', () => {
    const sizes = Array.from({ length: 300 }, (_, batch) => sampleSize([224, 256, 288], 320, 0, 0, batch));
    for (const size of [224, 256, 288]) {
      expect(sizes.filter((each) => each === size).length).to.be.within(70, 130);
    }
    expect(sampleSize([], 320, 0, 0, 5)).to.equal(320);
    expect(Array.from({ length: 300 }, (_, batch) => sampleSize([224, 256, 288], 320, 0, 1, batch))).not.to.deep.equal(
      sizes,
    );
  });

  it('feature: words name all that is done', () => {
    expect(variantWords(plainVariant)).to.equal('');
    expect(
      variantWords({
        crop: { area: 0.5, aspect: 1.2, x: 0.1, y: 0.9 },
        shift: { x: -4, y: 3 },
        rotation: -3.5,
        flip: true,
        color: { brightness: 1, contrast: 0.9, saturation: 1.1 },
      }),
    ).to.equal('crop 0.5 1.2 0.1 0.9, shift -4 3, rotate -3.5, flip, color 1 0.9 1.1');
  });

  it('exception: numbers out of range', () => {
    const cases: [Parameters<typeof resolveAugmentation>[0], string][] = [
      [{ crop: { minArea: 0 } }, 'Expected minArea for augmentation to be a number with 0 < area <= 1 but received 0'],
      [{ crop: { maxAspect: 0.5 } }, 'Expected maxAspect for augmentation to be a number >= 1 but received 0.5'],
      [{ color: { contrast: 1 } }, 'Expected contrast for augmentation to be a number with 0 <= x < 1 but received 1'],
      [{ rotation: NaN }, 'Expected rotation for augmentation to be an angle from 0 to 180 degrees but received NaN'],
      [{ padCrop: 0 }, 'Expected padCrop for augmentation to be a whole number of pixels >= 1 but received 0'],
      [{ sizes: [224, 22.5] }, 'Expected sizes for augmentation to be whole numbers of pixels >= 1 but received 22.5'],
    ];
    cases.forEach(([options, sentence]) => expectError(() => resolveAugmentation(options), sentence));
  });
});

describe('cropBox', () => {
  it('feature: area, aspect and place in pixels', () => {
    expect(cropBox({ area: 0.25, aspect: 1, x: 0, y: 1 }, 400, 200)).to.deep.equal({
      x: 0,
      y: 100,
      width: 200,
      height: 100,
    });
    expect(cropBox({ area: 0.25, aspect: 4, x: 0.5, y: 0.5 }, 100, 100)).to.deep.equal({
      x: 0,
      y: 38,
      width: 100,
      height: 25,
    });
    expect(cropBox({ area: 1, aspect: 4 / 3, x: 1, y: 1 }, 90, 90)).to.deep.equal({
      x: 0,
      y: 12,
      width: 90,
      height: 78,
    });
    expect(cropBox({ area: 0.01, aspect: 1, x: 1, y: 1 }, 1, 1)).to.deep.equal({ x: 0, y: 0, width: 1, height: 1 });
  });
});

describe('scalePixels', () => {
  const input: ModelRecipe['input'] = { colorOrder: 'rgb', scale: 1, offset: 0 };
  /** two pixels: red and grey */
  const pixels = Uint8Array.of(200, 0, 0, 100, 100, 100);

  it('feature: mirrors rows', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, i) => i);
    expect([...scalePixels(bytes, 3, { flip: true, color: null }, input)]).to.deep.equal([
      6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11,
    ]);
  });

  it('feature: a shift shows the mirror image that does not repeat the edge', () => {
    const rows = [0, 1, 2, 3].flatMap((row) => [0, 1, 2].map((column) => 10 * row + column));
    const bytes = Uint8Array.from(rows.flatMap((value) => [value, 100 + value, 200]));
    const red = (shift: { x: number; y: number }) =>
      [...scalePixels(bytes, 3, { flip: false, color: null, shift }, input)].filter((_, i) => i % 3 === 0);
    expect(red({ x: 1, y: 0 })).to.deep.equal([1, 0, 1, 11, 10, 11, 21, 20, 21, 31, 30, 31]);
    expect(red({ x: -2, y: 1 })).to.deep.equal([12, 11, 10, 2, 1, 0, 12, 11, 10, 22, 21, 20]);
    expect(red({ x: 0, y: 0 })).to.deep.equal(rows);
  });

  it("feature: scale and offset per channel are in the network's order of colours, in float32", () => {
    const bgr: ModelRecipe['input'] = { colorOrder: 'bgr', scale: [1, 2, 0.1], offset: [0, -1, 5] };
    const f = Math.fround;
    expect([...scalePixels(Uint8Array.of(3, 10, 20), 1, { flip: false, color: null }, bgr)]).to.deep.equal([
      20,
      19,
      f(f(3 * f(0.1)) + 5),
    ]);
  });

  it('feature: brightness, contrast about the mean, saturation about the luma; cut to 0–255', () => {
    const changed = (color: Partial<Record<'brightness' | 'contrast' | 'saturation', number>>) =>
      Array.from(
        scalePixels(pixels, 2, { flip: false, color: { brightness: 1, contrast: 1, saturation: 1, ...color } }, input),
        (value) => Number(value.toFixed(3)),
      );
    expect(changed({ brightness: 1.5 })).to.deep.equal([255, 0, 0, 150, 150, 150]);
    // lumas 59.8 and 100, mean 79.9
    expect(changed({ contrast: 0.5 })).to.deep.equal([139.95, 39.95, 39.95, 89.95, 89.95, 89.95]);
    expect(changed({ saturation: 0.5 })).to.deep.equal([129.9, 29.9, 29.9, 100, 100, 100]);
    // by hand: 0.5·(0.5·2·200 + 0.5·2·79.9) + 0.5·(0.5·2·59.8 + 0.5·2·79.9) = 209.8
    expect(changed({ brightness: 2, contrast: 0.5, saturation: 0.5 })).to.deep.equal([
      209.8, 109.8, 109.8, 179.9, 179.9, 179.9,
    ]);
  });
});
