/** Cases every backend's kernels must pass; expected values are worked out by hand or by a plain sort. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { WeldonPool } from '../../kernels/contract.js';
import { weldonPool } from '../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../src/pooling/weldonRegions.js';
import type { WeldonPoolOptions } from '../../src/pooling/weldonPool.js';
import type { ConformanceCase, ConformanceContext } from './conformance.js';
import { observe } from './observation.js';

/** Deterministic values in −1 … 1 without repetition patterns. */
function noise(size: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The definition, by sorting, in double precision: the reference for generated inputs. */
function bySorting(
  values: Float32Array,
  [batch, regions, channels]: number[],
  topCount: number,
  bottomCount: number,
  valid: (b: number, r: number) => boolean = () => true,
) {
  const scores: number[] = [];
  const gradient = new Float64Array(values.length);
  const top: number[][] = [];
  const bottom: number[][] = [];
  // What cancels between the two ends still costs precision: errors are relative to the summed magnitudes.
  let scale = 1e-6;
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      const at = (r: number) => (b * regions + r) * channels + c;
      const indices = Array.from({ length: regions }, (_, r) => r).filter((r) => valid(b, r));
      const kTop = Math.min(topCount, indices.length);
      const kBottom = Math.min(bottomCount, indices.length);
      const highest = [...indices].sort((i, j) => values[at(j)] - values[at(i)] || i - j).slice(0, kTop);
      const lowest = [...indices].sort((i, j) => values[at(i)] - values[at(j)] || i - j).slice(0, kBottom);
      const mean = (picked: number[]) =>
        picked.length === 0 ? 0 : picked.reduce((sum, r) => sum + values[at(r)], 0) / picked.length;
      scores.push(mean(highest) + mean(lowest));
      const magnitude = (picked: number[]) =>
        picked.reduce((sum, r) => sum + Math.abs(values[at(r)]), 0) / Math.max(1, picked.length);
      scale = Math.max(scale, magnitude(highest) + magnitude(lowest));
      highest.forEach((r) => {
        gradient[at(r)] += 1 / kTop;
      });
      lowest.forEach((r) => {
        gradient[at(r)] += 1 / kBottom;
      });
      top.push(highest);
      bottom.push(lowest);
    }
  }
  return { scores, gradient, top, bottom, scale };
}

/**
 * tfjs' per-kernel leak check counts what customGrad saves for the backward pass as leaked where a clone is a
 * copy (wasm). Masked calls and the composed path go through customGrad; the leak cases watch tf.memory() for
 * them instead.
 */
export async function withoutKernelLeakCheck<T>(off: boolean, run: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('IS_TEST');
  tf.env().set('IS_TEST', before && !off);
  try {
    return await run();
  } finally {
    tf.env().set('IS_TEST', before);
  }
}

export function throughCustomGrad(options: { mask?: unknown }): boolean {
  return options.mask != null || tf.getKernel(WeldonPool, tf.getBackend()) == null;
}

async function scoresOf(x: tf.Tensor, options: WeldonPoolOptions): Promise<number[]> {
  const y = tf.tidy(() => weldonPool(x, options));
  const scores = Array.from(await y.data());
  y.dispose();
  return scores;
}

async function gradientOf(x: tf.Tensor, options: WeldonPoolOptions): Promise<number[]> {
  return withoutKernelLeakCheck(throughCustomGrad(options), async () => {
    const dx = tf.tidy(() => tf.grad((maps: tf.Tensor) => weldonPool(maps, options))(x));
    const gradient = Array.from(await dx.data());
    dx.dispose();
    return gradient;
  });
}

/** @returns the largest error, relative to the scale of what is wanted */
function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, least: number): number {
  expect(actual.length).to.equal(wanted.length);
  let scale = least;
  for (let i = 0; i < wanted.length; i++) {
    scale = Number.isFinite(wanted[i]) ? Math.max(scale, Math.abs(wanted[i])) : scale;
  }
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    // A chai assertion per element would take most of the suite's time.
    const close = Number.isFinite(wanted[i])
      ? Math.abs(actual[i] - wanted[i]) <= tolerance * scale
      : Object.is(actual[i], wanted[i]);
    if (!close) {
      expect.fail(`element ${i}: expected ${actual[i]} to be ${wanted[i]} ± ${tolerance * scale}`);
    }
    if (Number.isFinite(wanted[i])) {
      largest = Math.max(largest, Math.abs(actual[i] - wanted[i]) / scale);
    }
  }
  return largest;
}

function expectScores(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, least = 1e-6): void {
  observe('score', expectClose(actual, wanted, tolerance, least));
}

function expectGradient(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  observe('gradient', expectClose(actual, wanted, tolerance, 1e-6));
}

/** A generated map against the sorting reference: scores, gradient and, where asked, regions. */
function againstSorting(
  group: string,
  title: string,
  shape: [number, number, number],
  topCount: number,
  bottomCount: number,
  values: Float32Array = noise(shape[0] * shape[1] * shape[2], shape[1] * 31 + shape[2]),
): ConformanceCase {
  return {
    group,
    title,
    async run(context) {
      const x = tf.tensor3d(values, shape);
      const reference = bySorting(values, shape, topCount, bottomCount);
      const options = { kMax: topCount, kMin: bottomCount };
      expectScores(await scoresOf(x, options), reference.scores, context.tolerance, reference.scale);
      expectGradient(await gradientOf(x, options), reference.gradient, context.gradientTolerance);
      x.dispose();
    },
  };
}

// A 3 × 3 map, one channel:   2 1 .5 / 0 0 −1 / 0 0 −2
const hand = [2, 1, 0.5, 0, 0, -1, 0, 0, -2];

function handCase(
  title: string,
  run: (x: tf.Tensor4D, context: ConformanceContext) => Promise<void>,
  group = 'feature',
): ConformanceCase {
  return {
    group,
    title,
    async run(context) {
      const x = tf.tensor4d(hand, [1, 3, 3, 1]);
      await run(x, context);
      x.dispose();
    },
  };
}

const smoke: ConformanceCase[] = [
  handCase(
    'pools a map with the defaults',
    async (x, { tolerance }) => {
      // (2 + 1 + .5)/3 + (−2 − 1 + 0)/3
      expectScores(await scoresOf(x, {}), [3.5 / 3 - 1], tolerance);
    },
    'smoke',
  ),
  handCase(
    'differentiates with the defaults',
    async (x, { gradientTolerance }) => {
      const third = 1 / 3;
      expectGradient(await gradientOf(x, {}), [third, third, third, third, 0, third, 0, 0, third], gradientTolerance);
    },
    'smoke',
  ),
];

const cardinality: ConformanceCase[] = [
  ...(
    [
      [
        [2, 5, 3],
        [2, 3],
      ],
      [
        [2, 2, 3, 4],
        [2, 4],
      ],
      [
        [1, 2, 2, 2, 5],
        [1, 5],
      ],
    ] as const
  ).map(([shape, wanted]): ConformanceCase => ({
    group: 'cardinality',
    title: `[${shape.join(', ')}] gives [${wanted.join(', ')}]`,
    async run() {
      const x = tf.ones([...shape]);
      const y = weldonPool(x, { kMax: 1 });
      expect(y.shape).to.deep.equal([...wanted]);
      expect(y.dtype).to.equal('float32');
      tf.dispose([x, y]);
    },
  })),
  {
    group: 'cardinality',
    title: 'an empty batch gives [0, classes] and an empty gradient',
    async run() {
      const x = tf.zeros([0, 4, 4, 3]);
      const y = weldonPool(x);
      const dx = tf.grad((maps: tf.Tensor) => weldonPool(maps))(x);
      expect(y.shape).to.deep.equal([0, 3]);
      expect(dx.shape).to.deep.equal([0, 4, 4, 3]);
      tf.dispose([x, y, dx]);
    },
  },
  againstSorting('cardinality', 'one region', [3, 1, 5], 1, 1),
  againstSorting('cardinality', 'one channel', [2, 37, 1], 4, 2),
  ...[2, 3, 5, 7, 9, 15, 17].map((channels) =>
    againstSorting('cardinality', `${channels} channels, not a multiple of a vector's width`, [2, 23, channels], 3, 4),
  ),
  againstSorting('cardinality', '65 536 regions, few', [1, 65536, 1], 7, 7),
  againstSorting('cardinality', '65 536 regions, a tenth', [1, 65536, 1], 6554, 6554),
  againstSorting('cardinality', '4 096 channels, few', [1, 20, 4096], 3, 3),
  againstSorting('cardinality', '4 096 channels, most regions', [1, 98, 4096], 60, 80),
];

const ties = Float32Array.from({ length: 2 * 400 * 6 }, (_, i) => ((i * 7 + (i >> 3)) % 5) - 2);
const feature: ConformanceCase[] = [
  handCase('sum: Σ top + α·Σ bottom', async (x, { tolerance }) => {
    expectScores(await scoresOf(x, { kMax: 2, kMin: 1, alpha: 0.5, reduction: 'sum' }), [3 - 1], tolerance);
  }),
  handCase(
    'halfMean: half the sum of the means, plain mean(top) without negative evidence',
    async (x, { tolerance }) => {
      expectScores(await scoresOf(x, { kMax: 2, kMin: 2, reduction: 'halfMean' }), [(1.5 - 1.5) / 2], tolerance);
      expectScores(await scoresOf(x, { kMax: 2, kMin: 0, reduction: 'halfMean' }), [1.5], tolerance);
    },
  ),
  handCase('kMax 0 leaves the negative evidence alone', async (x, { tolerance, gradientTolerance }) => {
    expectScores(await scoresOf(x, { kMax: 0, kMin: 2 }), [-1.5], tolerance);
    expectGradient(await gradientOf(x, { kMax: 0, kMin: 2 }), [0, 0, 0, 0, 0, 0.5, 0, 0, 0.5], gradientTolerance);
  }),
  handCase('a fraction is a share of the regions, rounded half to even', async (x, { gradientTolerance }) => {
    // 0.5 · 9 = 4.5 → 4 regions: the fourth is the first of the zeros
    expectGradient(
      await gradientOf(x, { kMax: 0.5, kMin: 0 }),
      [0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0, 0],
      gradientTolerance,
    );
  }),
  handCase('overlapping ends add their gradients', async (x, { gradientTolerance }) => {
    const ninth = 1 / 9;
    expectGradient(await gradientOf(x, { kMax: 9, kMin: 9 }), Array(9).fill(2 * ninth), gradientTolerance);
    expectGradient(
      await gradientOf(x, { kMax: 100, kMin: 1 }),
      [...Array(8).fill(ninth), ninth + 1],
      gradientTolerance,
    );
  }),
  handCase('ties go to the lower index at both ends', async (_, { gradientTolerance }) => {
    const flat = tf.tensor3d([5, 5, 5, 5, 5], [1, 5, 1]);
    expectGradient(await gradientOf(flat, { kMax: 2, kMin: 1 }), [1.5, 0.5, 0, 0, 0], gradientTolerance);
    flat.dispose();
  }),
  handCase('−0 equals +0', async (_, { gradientTolerance }) => {
    const zeros = tf.tensor3d([-0, 0, -0, 0], [1, 4, 1]);
    expectGradient(await gradientOf(zeros, { kMax: 1, kMin: 1 }), [2, 0, 0, 0], gradientTolerance);
    zeros.dispose();
  }),
  handCase('±Infinity follows IEEE', async () => {
    const x = tf.tensor3d([Infinity, -Infinity, 1, 2, Infinity, 3], [1, 3, 2]);
    // channel 0: ∞, 1, ∞; channel 1: −∞, 2, 3
    expect(await scoresOf(x, { kMax: 1, kMin: 1 })).to.deep.equal([Infinity, -Infinity]);
    x.dispose();
    const both = tf.tensor3d([Infinity, -Infinity, 0], [1, 3, 1]);
    expect((await scoresOf(both, { kMax: 1, kMin: 1 }))[0]).to.deep.equal(NaN);
    both.dispose();
  }),
  handCase('fewer finite values than k: −Infinity is taken by index', async (_, { gradientTolerance }) => {
    const x = tf.tensor3d([-Infinity, 4, -Infinity, -Infinity], [1, 4, 1]);
    expectGradient(await gradientOf(x, { kMax: 3, kMin: 0, reduction: 'sum' }), [1, 1, 1, 0], gradientTolerance);
    x.dispose();
  }),
  handCase('a NaN makes that map NaN and leaves the others alone', async (_, { tolerance }) => {
    for (const place of [0, 2, 5]) {
      const values = [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60];
      values[2 * place] = NaN;
      const x = tf.tensor3d(values, [1, 6, 2]);
      const scores = await scoresOf(x, { kMax: 1, kMin: 1 });
      expect(scores[0], `NaN at region ${place}`).to.deep.equal(NaN);
      expectScores([scores[1]], [70], tolerance);
      const large = tf.tensor3d(
        Float32Array.from({ length: 300 }, (_v, i) => (i === 7 * place ? NaN : i)),
        [1, 300, 1],
      );
      expect((await scoresOf(large, { kMax: 100, kMin: 0 }))[0], 'NaN among many').to.deep.equal(NaN);
      tf.dispose([x, large]);
    }
  }),
  handCase('values near the largest float do not overflow in a mean', async (_, { tolerance }) => {
    const x = tf.tensor3d([3e38, 3e38, 3e38, -3e38], [1, 4, 1]);
    expectScores(await scoresOf(x, { kMax: 3, kMin: 1, reduction: 'halfMean' }), [0], tolerance, 3e38);
    expectScores(await scoresOf(x, { kMax: 3, kMin: 0 }), [3e38], tolerance);
    x.dispose();
  }),
  againstSorting('feature', 'heavy ties, few regions', [2, 400, 6], 10, 10, ties),
  againstSorting('feature', 'heavy ties, many regions', [2, 400, 6], 150, 333, ties),
  againstSorting('feature', 'constant maps, many regions', [1, 500, 3], 200, 100, new Float32Array(1500).fill(-0.25)),
  ...[1, 2, 3, 5, 10, 20, 39, 40, 41, 64, 100, 128, 129, 196].map((k) =>
    againstSorting('feature', `k = ${k} of 196`, [2, 196, 5], k, Math.ceil(k / 2)),
  ),
  againstSorting(
    'feature',
    'values of many magnitudes',
    [1, 700, 3],
    90,
    90,
    noise(2100, 5).map((value, i) => value * 10 ** (((i * 13) % 60) - 30)),
  ),
];

const regions: ConformanceCase[] = [
  handCase(
    'regions: indices and values, strongest first',
    async (x) => {
      const read = weldonRegions(x, { kMax: 4, kMin: 3 });
      expect(Array.from(await read.topIndices.data())).to.deep.equal([0, 1, 2, 3]);
      expect(Array.from(await read.topValues.data())).to.deep.equal([2, 1, 0.5, 0]);
      expect(Array.from(await read.bottomIndices.data())).to.deep.equal([8, 5, 3]);
      expect(Array.from(await read.bottomValues.data())).to.deep.equal([-2, -1, 0]);
      expect(read.topIndices.shape).to.deep.equal([1, 4, 1]);
      expect(read.topIndices.dtype).to.equal('int32');
      tf.dispose(read);
    },
    'regions',
  ),
  handCase(
    'regions: none asked for gives none',
    async (x) => {
      const read = weldonRegions(x, { kMax: 1, kMin: 0 });
      expect(read.bottomIndices.shape).to.deep.equal([1, 0, 1]);
      expect(read.bottomValues.shape).to.deep.equal([1, 0, 1]);
      tf.dispose(read);
    },
    'regions',
  ),
  ...(
    [
      [2, 196, 5, 10],
      [2, 196, 5, 80],
      [2, 49, 5, 49],
      [1, 1500, 3, 300],
    ] as const
  ).map(([b, n, c, k]): ConformanceCase => ({
    group: 'regions',
    title: `regions: k = ${k} of ${n} in the order of a stable sort`,
    async run() {
      const values = noise(b * n * c, n).map((value) => Math.round(value * 50) / 64);
      const x = tf.tensor3d(values, [b, n, c]);
      const reference = bySorting(values, [b, n, c], k, k);
      const read = weldonRegions(x, { kMax: k });
      const [top, bottom] = await Promise.all([read.topIndices.data(), read.bottomIndices.data()]);
      for (let map = 0; map < b * c; map++) {
        const own = (indices: ArrayLike<number>) =>
          Array.from({ length: k }, (_, j) => indices[(Math.floor(map / c) * k + j) * c + (map % c)]);
        expect(own(top), `top of map ${map}`).to.deep.equal(reference.top[map]);
        expect(own(bottom), `bottom of map ${map}`).to.deep.equal(reference.bottom[map]);
      }
      tf.dispose([x, ...Object.values(read)]);
    },
  })),
];

// Three bags of five instances with 3, 0 and 1 valid ones; what is masked must not matter, whatever it holds.
const bagValues = [1, 9, NaN, 4, -5, Infinity, 7, 7, 7, 7, NaN, -Infinity, 6, NaN, 2];
const bagMask = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
const maskDtypes = ['bool', 'int32', 'float32'] as const;
const masks: ConformanceCase[] = [
  ...maskDtypes.map((dtype): ConformanceCase => ({
    group: 'masks',
    title: `a ${dtype} mask: padding is never selected, counts are of the valid instances`,
    async run({ tolerance, gradientTolerance }) {
      const x = tf.tensor3d(bagValues, [3, 5, 1]);
      const mask = tf.tensor2d(bagMask, [3, 5], dtype);
      const options = { kMax: 0.5, kMin: 5, mask };
      // bag 0: 0.5 · 3 → 2 of {9, 4, 1} above, all three below; bag 1: nothing; bag 2: 6 twice
      expectScores(await scoresOf(x, options), [6.5 + 14 / 3, 0, 12], tolerance);
      const third = 1 / 3;
      expectGradient(
        await gradientOf(x, options),
        [third, third + 0.5, 0, third + 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0],
        gradientTolerance,
      );
      tf.dispose([x, mask]);
    },
  })),
  {
    group: 'masks',
    title: 'regions of bags: padded with index −1 and value 0',
    async run() {
      const x = tf.tensor3d(bagValues, [3, 5, 1]);
      const mask = tf.tensor2d(bagMask, [3, 5], 'bool');
      const read = weldonRegions(x, { kMax: 4, kMin: 1, mask });
      expect(Array.from(await read.topIndices.data())).to.deep.equal([1, 3, 0, -1, -1, -1, -1, -1, 2, -1, -1, -1]);
      expect(Array.from(await read.topValues.data())).to.deep.equal([9, 4, 1, 0, 0, 0, 0, 0, 6, 0, 0, 0]);
      expect(Array.from(await read.bottomIndices.data())).to.deep.equal([0, -1, 2]);
      expect(Array.from(await read.bottomValues.data())).to.deep.equal([1, 0, 6]);
      tf.dispose([x, mask, ...Object.values(read)]);
    },
  },
  {
    group: 'masks',
    title: 'valid −Infinity comes before padding',
    async run({ gradientTolerance }) {
      const x = tf.tensor3d([0, -Infinity, 5, -Infinity], [1, 4, 1]);
      const options = { kMax: 2, kMin: 0, mask: tf.tensor2d([0, 0, 1, 1], [1, 4], 'bool') };
      expectGradient(await gradientOf(x, options), [0, 0, 0.5, 0.5], gradientTolerance);
      const read = weldonRegions(x, options);
      expect(Array.from(await read.topIndices.data())).to.deep.equal([2, 3]);
      tf.dispose([x, options.mask, ...Object.values(read)]);
    },
  },
  {
    group: 'masks',
    title: 'a NaN among the valid instances makes the score NaN, one in the padding does not',
    async run() {
      const x = tf.tensor3d([NaN, 2, 3, NaN], [2, 2, 1]);
      const mask = tf.tensor2d([1, 1, 1, 0], [2, 2], 'bool');
      const scores = await scoresOf(x, { kMax: 1, kMin: 0, mask });
      expect(scores[0]).to.deep.equal(NaN);
      expect(scores[1]).to.equal(3);
      tf.dispose([x, mask]);
    },
  },
  ...(
    [
      [5, 3],
      [60, 0.3],
      [0.5, 0.5],
    ] as const
  ).map(([kMax, kMin]): ConformanceCase => ({
    group: 'masks',
    title: `random bags against a sort, k = ${kMax}, ${kMin}`,
    async run({ tolerance, gradientTolerance }) {
      const shape: [number, number, number] = [4, 150, 3];
      const values = noise(1800, 77);
      const valid = (b: number, r: number) => b !== 2 && (r * 7 + b * 3) % (b + 2) !== 0;
      const mask = tf.tensor2d(
        Array.from({ length: 600 }, (_, i) => (valid(Math.floor(i / 150), i % 150) ? 1 : 0)),
        [4, 150],
      );
      const x = tf.tensor3d(values, shape);
      const halfToEven = (value: number) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
      const count = (k: number, n: number) => (k < 1 ? Math.min(n, Math.max(1, halfToEven(k * n))) : Math.min(k, n));
      const scores: number[] = [];
      const gradient: number[] = [];
      for (let b = 0; b < 4; b++) {
        const n = Array.from({ length: 150 }, (_, r) => valid(b, r)).filter(Boolean).length;
        const one = bySorting(
          values.slice(b * 450, (b + 1) * 450),
          [1, 150, 3],
          count(kMax, n),
          count(kMin, n),
          (_, r) => valid(b, r),
        );
        scores.push(...one.scores);
        gradient.push(...one.gradient);
      }
      expectScores(await scoresOf(x, { kMax, kMin, mask }), scores, tolerance);
      expectGradient(await gradientOf(x, { kMax, kMin, mask }), gradient, gradientTolerance);
      tf.dispose([x, mask]);
    },
  })),
  {
    group: 'masks',
    title: 'a mask computed from a differentiated tensor does not stop the gradient',
    async run({ gradientTolerance }) {
      const x = tf.tensor3d([3, -1, 2], [1, 3, 1]);
      await withoutKernelLeakCheck(true, async () => {
        const dx = tf.grad((maps: tf.Tensor) =>
          weldonPool(maps, { kMax: 1, kMin: 1, mask: tf.greater(tf.squeeze(maps, [2]), 0) }),
        )(x);
        expectGradient(await dx.data(), [1, 0, 1], gradientTolerance);
        dx.dispose();
      });
      x.dispose();
    },
  },
];

const gradcheck: ConformanceCase[] = [
  {
    group: 'gradcheck',
    title: 'finite differences agree',
    async run({ tolerance }) {
      const shape: [number, number, number, number] = [2, 4, 4, 3];
      // Distinct values a sixteenth apart, so that a step of 1/64 never changes the selection.
      const values = Float32Array.from({ length: 96 }, (_, i) => ((i * 37) % 97) / 16);
      const options = { kMax: 3, kMin: 0.25, alpha: 0.7, reduction: 'halfMean' } as const;
      const x = tf.tensor4d(values, shape);
      const gradient = await gradientOf(x, options);
      x.dispose();
      const step = 1 / 64;
      const total = async (index: number, change: number) => {
        const moved = values.slice();
        moved[index] += change;
        const maps = tf.tensor4d(moved, shape);
        const sum = (await scoresOf(maps, options)).reduce((a, b) => a + b, 0);
        maps.dispose();
        return sum;
      };
      for (let i = 0; i < values.length; i += 5) {
        const slope = ((await total(i, step)) - (await total(i, -step))) / (2 * step);
        expect(gradient[i], `element ${i}`).to.be.closeTo(slope, 2e3 * tolerance);
      }
    },
  },
  {
    group: 'gradcheck',
    title: 'the upstream gradient scales each class',
    async run({ gradientTolerance }) {
      const x = tf.tensor3d([1, 20, 3, 10, 2, 30], [1, 3, 2]);
      const dy = tf.tensor2d([2, -3], [1, 2]);
      await withoutKernelLeakCheck(throughCustomGrad({}), async () => {
        const dx = tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: 1, kMin: 0 }))(x, dy);
        expectGradient(await dx.data(), [0, 0, 2, 0, 0, -3], gradientTolerance);
        dx.dispose();
      });
      tf.dispose([x, dy]);
    },
  },
  ...[false, true].map((masked): ConformanceCase => ({
    group: 'gradcheck',
    title: `the gradient of the gradient gathers from the selected regions and sums${masked ? ', masked' : ''}`,
    async run({ gradientTolerance }) {
      const shape: [number, number, number] = [2, 9, 3];
      const x = tf.tensor3d(noise(54, 5), shape);
      const along = tf.tensor3d(noise(54, 6), shape);
      const mask = tf.tensor2d(
        Array.from({ length: 18 }, (_, i) => (i % 4 === 1 ? 0 : 1)),
        [2, 9],
      );
      const options = { kMax: 2, kMin: 3, alpha: 0.7, mask: masked ? mask : null };
      // With s = Σ w·x of every map, the squares' gradient is 2s·w, and its own along c is 2w · Σ w·c.
      const weights = await gradientOf(x, options);
      const c = await along.data();
      const wanted = weights.map((weight, i) => {
        const [bag, channel] = [Math.floor(i / 27), i % 3];
        let sum = 0;
        for (let at = bag * 27 + channel; at < (bag + 1) * 27; at += 3) {
          sum += weights[at] * c[at];
        }
        return 2 * weight * sum;
      });
      await withoutKernelLeakCheck(true, async () => {
        const before = tf.memory().numTensors;
        const [ofSquares, ofSum] = tf.tidy(() =>
          [tf.square<tf.Tensor>, tf.clone<tf.Tensor>].map((f) => {
            const first = tf.grad((maps: tf.Tensor) => tf.sum(f(weldonPool(maps, options))));
            return tf.grad((maps: tf.Tensor) => tf.sum(tf.mul(first(maps), along)))(x);
          }),
        );
        expectGradient(await ofSquares.data(), wanted, 10 * gradientTolerance);
        expect(Array.from(await ofSum.data()).every((value) => value === 0)).to.equal(true);
        tf.dispose([ofSquares, ofSum]);
        expect(tf.memory().numTensors).to.equal(before);
      });
      tf.dispose([x, along, mask]);
    },
  })),
];

const leak: ConformanceCase[] = [false, true].map((masked): ConformanceCase => ({
  group: 'leak',
  title: `tf.memory() is flat over forward, backward and regions${masked ? ', masked' : ''}`,
  async run() {
    const x = tf.tensor3d(noise(2 * 64 * 3, 3), [2, 64, 3]);
    const mask = tf.tensor2d(
      Array.from({ length: 128 }, (_, i) => i % 3),
      [2, 64],
      'int32',
    );
    const options = { kMax: 5, mask: masked ? mask : null };
    const once = () =>
      withoutKernelLeakCheck(throughCustomGrad(options), async () => {
        tf.dispose([
          weldonPool(x, options),
          tf.grad((maps: tf.Tensor) => weldonPool(maps, options))(x),
          weldonRegions(x, options),
        ]);
      });
    await once();
    const before = tf.memory();
    for (let i = 0; i < 5; i++) {
      await once();
    }
    const after = tf.memory();
    expect(after.numTensors).to.equal(before.numTensors);
    expect(after.numDataBuffers).to.equal(before.numDataBuffers);
    tf.dispose([x, mask]);
  },
}));

export const poolingCases: readonly ConformanceCase[] = [
  ...smoke,
  ...cardinality,
  ...feature,
  ...regions,
  ...masks,
  ...gradcheck,
  ...leak,
];
