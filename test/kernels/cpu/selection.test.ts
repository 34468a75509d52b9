import { expect } from 'chai';
import { orderEnd, selectBothEnds } from '../../../kernels/cpu/selection.js';
import { mapValues, randomNumbers } from '../wasm/mapValues.js';

/** Regions by value, strongest first, ties by index. */
function ranked(values: readonly number[], sign: 1 | -1): number[] {
  const compare = (a: number, b: number) => (a > b ? -sign : a < b ? sign : 0);
  return values.map((_, region) => region).sort((i, j) => compare(values[i], values[j]) || i - j);
}

describe('selection on the cpu backend against a sort', () => {
  for (const [title, value] of Object.entries(mapValues)) {
    it(title, () => {
      const random = randomNumbers(title.length * 17 + 3);
      for (let repetition = 0; repetition < 12; repetition++) {
        const count = 1 + Math.floor(random() ** 2 * 900);
        const channels = 1 + Math.floor(random() * 9);
        const share = repetition % 2 === 0 ? 0.05 : 1;
        const topCount = Math.floor(random() * (share * count + 1));
        const bottomCount = Math.floor(random() * (share * count + 1));
        const slots = topCount + bottomCount + 1;
        const values = Float32Array.from({ length: count * channels }, (_, i) =>
          value(random, Math.floor(i / channels) % count, count),
        );
        const bag = { values, offset: 0, channels, valid: null, count };
        const selection = new Int32Array(channels * slots).fill(-7);
        const sums = new Float64Array(2 * channels);
        const hasNaN = new Uint8Array(channels);
        selectBothEnds(bag, topCount, bottomCount, selection, 0, slots, sums, hasNaN);
        orderEnd(bag, selection, 0, slots, topCount, 1);
        orderEnd(bag, selection, topCount, slots, bottomCount, -1);
        for (let channel = 0; channel < channels; channel++) {
          const map = Array.from({ length: count }, (_, region) => values[region * channels + channel]);
          const holdsNaN = map.some((each) => Number.isNaN(each));
          const where = `${topCount} and ${bottomCount} of ${count}, channel ${channel}`;
          expect(hasNaN[channel], where).to.equal(Number(holdsNaN));
          if (holdsNaN) {
            continue;
          }
          const wanted = [...ranked(map, 1).slice(0, topCount), ...ranked(map, -1).slice(0, bottomCount)];
          expect(Array.from(selection.subarray(channel * slots, (channel + 1) * slots)), where).to.deep.equal([
            ...wanted,
            -7,
          ]);
          const sum = wanted.slice(0, topCount).reduce((total, region) => total + map[region], 0);
          const scale = wanted.slice(0, topCount).reduce((total, region) => total + Math.abs(map[region]), 0);
          if (Number.isFinite(sum)) {
            expect(Math.abs(sums[channel] - sum), where).to.be.at.most(1e-12 * scale);
          } else {
            expect(sums[channel], where).to.deep.equal(sum);
          }
        }
      }
    });
  }
});
