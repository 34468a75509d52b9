import { expect } from 'chai';
import { legend, niceTicks } from '../../../src/heatmaps/legend.js';

const labels = (low: number, high: number, most?: number) => niceTicks(low, high, most).map(({ label }) => label);

describe('legend', () => {
  it('ticks are round numbers inside the range, 0 among them where it is inside', () => {
    expect(labels(-5, 5)).to.deep.equal(['−4', '−2', '0', '2', '4']);
    expect(labels(0, 1)).to.deep.equal(['0', '0.2', '0.4', '0.6', '0.8', '1.0']);
    expect(labels(-0.3, 0.3, 3)).to.deep.equal(['−0.2', '0', '0.2']);
    expect(labels(3, 17)).to.deep.equal(['5', '10', '15']);
    expect(labels(1200, 4100)).to.deep.equal(['2000', '3000', '4000']);
    expect(labels(-2e-7, 2e-7, 4)).to.deep.equal(['−2e-7', '−1e-7', '0', '1e-7', '2e-7']);
  });

  it('values are exact decimals and positions run from 0 to 1', () => {
    const ticks = niceTicks(0, 1);
    expect(ticks.map(({ value }) => value)).to.deep.equal([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks.map(({ position }) => position)).to.deep.equal([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(Object.is(niceTicks(-1, 1, 2)[1].value, 0)).to.equal(true);
  });

  it('works from 1e-45 to 1e38', () => {
    for (const magnitude of [1e-45, 1e-20, 1e-3, 1, 1e6, 3e38]) {
      const ticks = niceTicks(-magnitude, magnitude);
      expect(ticks.length).to.be.within(2, 6);
      ticks.forEach(({ label, position }) => {
        expect(label.length).to.be.below(9);
        expect(position).to.be.within(-1e-9, 1 + 1e-9);
      });
    }
  });

  it('carries 256 opaque colours, low end first', () => {
    const { strip, colors } = legend({ rule: 'diverging', low: -1, high: 1 });
    expect(colors).to.equal('blueRed');
    expect([strip.width, strip.height, strip.data.length]).to.deep.equal([256, 1, 1024]);
    expect([...strip.data.subarray(0, 4)]).to.deep.equal([5, 48, 97, 255]);
    expect([...strip.data.subarray(1020)]).to.deep.equal([103, 0, 31, 255]);
  });

  it('faded diverging colours are white in the middle, sequential ones keep their colours', () => {
    const { data } = legend({ rule: 'diverging', low: -1, high: 1 }, { fade: true }).strip;
    data.subarray(4 * 127, 4 * 129).forEach((byte) => expect(byte).to.be.at.least(254));
    expect([data[0], data[2]]).to.satisfy(([red, blue]: number[]) => blue - red > 100);
    expect([data[1020], data[1022]]).to.satisfy(([red, blue]: number[]) => red - blue > 100);
    const sequential = legend({ rule: 'sequential', low: 0, high: 1 }, { fade: true }).strip;
    expect([...sequential.data.subarray(0, 3)]).to.deep.equal([0x44, 0x01, 0x54]);
  });

  it('refuses a range without extent', () => {
    expect(() => legend({ rule: 'positive', low: 0, high: 0 })).to.throw('low < high');
  });
});
