import { expect } from 'chai';
import { columnsBinary } from '../../../kernels/wasm/generated/columnsBinary.js';
import { instantiate } from '../../../kernels/wasm/module/loadModule.js';
import type { PoolExports } from '../../../kernels/wasm/weldonPool.js';
import { mapValues, randomNumbers } from './mapValues.js';
import type { PoolModule, RawCase, RawResult } from './rawPooling.js';
import { poolModules, runRaw } from './rawPooling.js';

const all = 2 ** 31 - 1;
const modules = Object.keys(poolModules) as PoolModule[];
const variants = ['simd', 'scalar'] as const;

/** Sizes that a module is made for, from one region up. */
function randomCase(module: PoolModule, simd: boolean, random: () => number): RawCase {
  const batch = 1 + Math.floor(random() * 3);
  const regions = 1 + Math.floor(random() ** 2 * (module === 'smallMaps' ? 128 : 800));
  const channels = (simd && module !== 'columns' ? 4 : 1) + Math.floor(random() ** 2 * 40);
  const most = module === 'sortedLists' ? Math.min(16, regions) : regions;
  // Small counts at both ends go another way than large ones.
  const share = random() < 0.5 ? 0.15 : 1;
  const count = () => Math.floor(random() * (share * most + 1));
  const topCount = count();
  const bottomCount = count();
  return {
    shape: [batch, regions, channels],
    topCount,
    bottomCount,
    topWeight: topCount === 0 ? 0 : 1 / topCount,
    bottomWeight: bottomCount === 0 ? 0 : -0.75 / bottomCount,
  };
}

/** Regions by value, strongest first, ties by index. */
function ranked(values: Float32Array, sign: 1 | -1): number[] {
  const compare = (a: number, b: number) => (a > b ? -sign : a < b ? sign : 0);
  return Array.from(values, (_, region) => region).sort((i, j) => compare(values[i], values[j]) || i - j);
}

/** The first thing that is wrong with a result, or null. */
function complaint(x: Float32Array, dy: Float32Array, each: RawCase, result: RawResult): string | null {
  const {
    shape: [batch, regions, channels],
    topCount,
    bottomCount,
    topWeight,
    bottomWeight,
  } = each;
  const { scores, thresholds, ties, inBounds, gradient } = result;
  if (!inBounds) {
    return 'wrote out of bounds';
  }
  for (let map = 0; map < batch * channels; map++) {
    const b = Math.floor(map / channels);
    const channel = map % channels;
    const first = b * regions * channels + channel;
    const values = Float32Array.from({ length: regions }, (_, region) => x[first + region * channels]);
    const where = `map ${map}: `;
    if (values.some((value) => Number.isNaN(value))) {
      if (!Number.isNaN(scores[map])) {
        return `${where}score ${scores[map]} despite NaN`;
      }
      continue;
    }
    let score = 0;
    let scale = 1e-30;
    const wanted = new Float32Array(regions);
    for (const [count, weight, sign, row] of [
      [topCount, topWeight, 1, 0],
      [bottomCount, bottomWeight, -1, 2],
    ] as const) {
      const taken = ranked(values, sign).slice(0, count);
      score += count === 0 ? 0 : weight * taken.reduce((sum, region) => sum + values[region], 0);
      scale += taken.reduce((sum, region) => sum + Math.abs(weight * values[region]), 0);
      for (const region of taken) {
        wanted[region] += Math.fround(weight * dy[map]);
      }
      const threshold = thresholds[(b * 4 + row) * channels + channel];
      const kept = ties[(b * 4 + row + 1) * channels + channel];
      const least = values[taken[count - 1]];
      const level = values.filter((value) => value === least).length;
      const beyond = values.filter((value) => sign * value > sign * least).length;
      if (count === 0 ? !Number.isNaN(threshold) : threshold !== least) {
        return `${where}threshold ${threshold} instead of ${least}`;
      }
      if (count > 0 && (kept === all ? level : kept) !== count - beyond) {
        return `${where}${kept} ties instead of ${count - beyond} of ${level}`;
      }
    }
    const actual = scores[map];
    if (!Object.is(actual, Math.fround(score)) && !(Math.abs(actual - score) <= 1e-6 * scale)) {
      return `${where}score ${actual} instead of ${score}`;
    }
    for (let region = 0; region < regions; region++) {
      const slope = gradient[first + region * channels];
      if (!(Math.abs(slope - wanted[region]) <= 1e-6 * Math.abs(wanted[region]))) {
        return `${where}gradient ${slope} instead of ${wanted[region]} at region ${region}`;
      }
    }
  }
  return null;
}

describe('selection in wasm', function () {
  for (const module of modules) {
    for (const variant of variants) {
      describe(`${module}, ${variant}: scores, thresholds, ties and gradients against a sort`, () => {
        for (const [title, value] of Object.entries(mapValues)) {
          it(title, () => {
            const random = randomNumbers(title.length * 31 + module.length);
            for (let repetition = 0; repetition < 8; repetition++) {
              const each = randomCase(module, variant === 'simd', random);
              const [batch, regions, channels] = each.shape;
              const x = Float32Array.from({ length: batch * regions * channels }, (_, i) =>
                value(random, Math.floor(i / channels) % regions, regions),
              );
              const dy = Float32Array.from({ length: batch * channels }, () => random() - 0.5);
              expect(complaint(x, dy, each, runRaw(module, variant, x, dy, each)), JSON.stringify(each)).to.equal(null);
            }
          });
        }
      });
    }
  }

  it('columns: scratch stays within the size of the input', () => {
    const { poolScratch } = instantiate<PoolExports>(columnsBinary, 'simd', new WebAssembly.Memory({ initial: 1 }));
    for (const [batch, regions, channels] of [
      [1, 3136, 4],
      [1, 3136, 6],
      [1, 700, 7],
      [1, 3136, 13],
      [2, 9216, 5],
      [8, 3136, 67],
    ]) {
      expect(poolScratch(batch, regions, channels, 30, 30, false), `[${batch}, ${regions}, ${channels}]`).to.be.at.most(
        4 * batch * regions * channels,
      );
    }
  });

  // Medians of three take two values off such a run at a time; after a dozen of them, bits are bisected.
  for (const peak of [1000, Infinity]) {
    for (const sign of [1, -1]) {
      for (const variant of variants) {
        it(`columns, ${variant}: every pivot is the worst, up to ${sign * peak}`, () => {
          const x = Float32Array.from(
            { length: 47 },
            (_, region) => sign * (region === 23 ? peak : Math.min(region, 46.5 - region)),
          );
          const each: RawCase = { shape: [1, 47, 1], topCount: 1, bottomCount: 1, topWeight: 1, bottomWeight: 1 };
          const dy = Float32Array.of(3);
          expect(complaint(x, dy, each, runRaw('columns', variant, x, dy, each))).to.equal(null);
        });
      }
    }
  }

  describe('in shared memory, as in the threaded builds of TensorFlow.js', () => {
    for (const module of modules) {
      for (const variant of variants) {
        it(`${module}, ${variant}: the same as in plain memory`, () => {
          const random = randomNumbers(5);
          const each: RawCase = {
            shape: [2, 100, 7],
            topCount: 12,
            bottomCount: 9,
            topWeight: 1 / 12,
            bottomWeight: 0.5,
          };
          const x = Float32Array.from({ length: 1400 }, () => random() - 0.5);
          const dy = Float32Array.from({ length: 14 }, () => random() - 0.5);
          const shared = runRaw(module, variant, x, dy, each, true);
          expect(complaint(x, dy, each, shared)).to.equal(null);
          expect(shared).to.deep.equal(runRaw(module, variant, x, dy, each));
        });
      }
    }
  });
});
