/** Cases for the backend `tensorflow` beyond those that all backends share. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { PoolingPlan } from '../../../kernels/contract.js';
import { WeldonPool, WeldonPoolGrad, WeldonRegions } from '../../../kernels/contract.js';
import type { Strategy } from '../../../kernels/tensorflow/strategy.js';
import type { TensorflowBackend } from '../../../kernels/tensorflow/tensorflowOps.js';
import { TensorflowOps } from '../../../kernels/tensorflow/tensorflowOps.js';
import { poolBy } from '../../../kernels/tensorflow/weldonPool.js';
import { weldonPoolGrad } from '../../../kernels/tensorflow/weldonPoolGrad.js';
import { weldonPooling2d } from '../../../src/layers/index.js';
import { weldonPool } from '../../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../../src/pooling/weldonRegions.js';
import type { ConformanceCase } from '../conformance.js';

type Shape = [batch: number, regions: number, channels: number];

function noise(size: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The definition, by a stable sort of each map. */
function bySorting(values: Float32Array, [batch, regions, channels]: Shape, plan: PoolingPlan, dy: Float32Array) {
  const scores: number[] = [];
  const gradient = new Float64Array(values.length);
  for (let map = 0; map < batch * channels; map++) {
    const at = (region: number) => (Math.floor(map / channels) * regions + region) * channels + (map % channels);
    const order = Array.from({ length: regions }, (_, region) => region);
    const top = [...order].sort((i, j) => values[at(j)] - values[at(i)] || i - j).slice(0, plan.topCount);
    const bottom = [...order].sort((i, j) => values[at(i)] - values[at(j)] || i - j).slice(0, plan.bottomCount);
    let score = 0;
    for (const [picked, weight] of [
      [top, plan.topWeight],
      [bottom, plan.bottomWeight],
    ] as const) {
      score += picked.reduce((sum, region) => sum + weight * values[at(region)], 0);
      picked.forEach((region) => {
        gradient[at(region)] += weight * dy[map];
      });
    }
    scores.push(score);
  }
  return { scores, gradient };
}

const ranking = (top: number, bottom: number): Strategy => ({ kind: 'ranking', blockSizes: { top, bottom } });
type Methods = Extract<Strategy, { kind: 'thresholds' }>['methods'];
const thresholds = (top: Methods['top'], bottom: Methods['bottom']): Strategy => ({
  kind: 'thresholds',
  methods: { top, bottom },
});

const strategies: [title: string, Strategy, topCount: number, bottomCount: number][] = [
  ['ranking all regions', ranking(1, 1), 9, 4],
  ['ranking by blocks, both ends as one batch', ranking(7, 7), 9, 9],
  ['ranking by blocks, each end its own', ranking(4, 14), 20, 5],
  ['ranking by blocks at one end', ranking(14, 1), 6, 100],
  ['the one largest and the one smallest', ranking(196, 196), 1, 1],
  ['the one largest, and a ranking', ranking(196, 1), 1, 30],
  ['thresholds from NthElement', thresholds('nthElement', 'nthElement'), 60, 150],
  ['thresholds from a network', thresholds('network', 'network'), 5, 5],
  ['thresholds from a network and NthElement', thresholds('network', 'nthElement'), 3, 80],
  ['all regions, and the smallest', thresholds('all', 'extreme'), 196, 1],
  ['one end only, from a network', thresholds('none', 'network'), 0, 3],
  ['one end only, by blocks', ranking(14, 1), 7, 0],
];

const regions = 196;
const inputs: [title: string, Float32Array, Shape][] = [
  ['noise', noise(2 * regions * 5, 3), [2, regions, 5]],
  ['one channel', noise(3 * regions, 7), [3, regions, 1]],
  ['heavy ties', noise(2 * regions * 5, 11).map((value) => Math.round(2 * value)), [2, regions, 5]],
  ['constant maps', new Float32Array(2 * regions * 3).fill(-0.5), [2, regions, 3]],
];

function backend(): TensorflowBackend {
  return tf.backend() as unknown as TensorflowBackend;
}

/** Scores and gradient of a strategy, whatever the kernels themselves would choose. */
async function poolAndBack(
  strategy: Strategy,
  values: Float32Array,
  shape: Shape,
  plan: PoolingPlan,
  dy: Float32Array,
) {
  const x = tf.tensor3d(values, shape);
  const slope = tf.tensor2d(dy, [shape[0], shape[2]]);
  const [scores, selection] = poolBy(new TensorflowOps(backend()), { x }, plan, strategy) as [tf.Tensor, tf.Tensor];
  const gradient = weldonPoolGrad({
    inputs: { dy: slope, x, selection },
    attrs: plan,
    backend: backend(),
  }) as tf.Tensor;
  const read = { scores: Array.from(await scores.data()), gradient: Array.from(await gradient.data()) };
  tf.dispose([x, slope, scores, selection, gradient]);
  return read;
}

function expectNear(actual: number[], wanted: ArrayLike<number>, bound: number, what: string): void {
  expect(actual.length).to.equal(wanted.length);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  actual.forEach((value, i) => expect(value, `${what} ${i}`).to.be.closeTo(wanted[i], bound * scale));
}

const strategyCases = strategies.flatMap(([title, strategy, topCount, bottomCount]): ConformanceCase[] => {
  const plan = { topCount, bottomCount, topWeight: 1 / Math.max(1, topCount), bottomWeight: -0.5 };
  return [
    ...inputs.map(([input, values, shape]): ConformanceCase => ({
      group: 'strategies',
      title: `${title}: ${input}`,
      async run({ tolerance, gradientTolerance }) {
        const dy = noise(shape[0] * shape[2], 5);
        const wanted = bySorting(values, shape, plan, dy);
        const { scores, gradient } = await poolAndBack(strategy, values, shape, plan, dy);
        expectNear(scores, wanted.scores, tolerance, 'score');
        expectNear(gradient, wanted.gradient, gradientTolerance, 'gradient');
      },
    })),
    {
      group: 'strategies',
      title: `${title}: NaN and infinities`,
      async run() {
        // Per map: a NaN at the end; both infinities; only the positive; only the negative; a NaN beside infinities.
        const values = noise(regions * 5, 9);
        const put = (map: number, region: number, value: number) => {
          values[region * 5 + map] = value;
        };
        put(0, regions - 1, NaN);
        put(1, 3, Infinity);
        put(1, 90, -Infinity);
        put(2, 100, Infinity);
        put(3, 7, -Infinity);
        put(4, 0, Infinity);
        put(4, 1, NaN);
        put(4, 2, -Infinity);
        const plus = { ...plan, bottomWeight: 0.5 };
        const { scores } = await poolAndBack(strategy, values, [1, regions, 5], plus, noise(5, 1));
        const [top, bottom] = [topCount > 0, bottomCount > 0];
        const all = topCount === regions;
        expect(scores[0], 'with a NaN').to.deep.equal(NaN);
        expect(scores[4], 'with a NaN and infinities').to.deep.equal(NaN);
        const wanted = [
          top && (bottom || all) ? NaN : top ? Infinity : -Infinity,
          top ? Infinity : null,
          bottom || all ? -Infinity : null,
        ];
        wanted.forEach((value, i) => {
          if (value === null) {
            expect(Number.isFinite(scores[i + 1])).to.equal(true);
          } else {
            expect(scores[i + 1], `infinities of map ${i + 1}`).to.deep.equal(value);
          }
        });
      },
    },
    {
      group: 'strategies',
      title: `${title}: a slope that is not finite reaches the selected regions alone`,
      async run() {
        const shape: Shape = [1, regions, 2];
        const { gradient } = await poolAndBack(
          strategy,
          noise(2 * regions, 21),
          shape,
          plan,
          Float32Array.of(Infinity, 1),
        );
        const reached = gradient.filter((value, i) => i % 2 === 0 && value !== 0).length;
        expect(reached).to.equal(Math.min(regions, topCount + bottomCount));
        expect(gradient.filter((value, i) => i % 2 === 1 && !Number.isFinite(value))).to.deep.equal([]);
      },
    },
  ];
});

/** Runs the three kernels with every way of reading from the device counted. */
const deviceCases = [false, true].map((masked): ConformanceCase => ({
  group: 'device',
  title: `nothing is read back from the device${masked ? ', mask and counts included' : ''}`,
  async run() {
    const device = tf.backend() as unknown as Record<'readSync' | 'read', (...args: unknown[]) => unknown>;
    const { readSync, read } = device;
    let reads = 0;
    const counted = (original: (...args: unknown[]) => unknown) =>
      function (this: unknown, ...args: unknown[]) {
        reads++;
        return original.apply(this, args);
      };
    device.readSync = counted(readSync);
    device.read = counted(read);
    try {
      for (const shape of [
        [2, 196, 6],
        [8, 784, 67],
        [4, 49, 512],
      ] as Shape[]) {
        const [batch, n] = shape;
        const x = tf.tensor3d(noise(batch * n * shape[2], 2), shape);
        for (const count of [1, 3, Math.floor(n / 3), n]) {
          tf.tidy(() => {
            const bags: tf.NamedTensorMap = masked
              ? {
                  mask: tf.tensor2d(
                    Array.from({ length: batch * n }, (_, i) => i % 3),
                    [batch, n],
                    'bool',
                  ),
                  plan: tf.tensor2d(Array.from({ length: batch }, () => [Math.min(count, n / 2), 1, 0.5, 0.5])),
                }
              : {};
            const attrs = { topCount: count, bottomCount: 1, topWeight: 0.5, bottomWeight: 0.5 };
            const [scores, selection] = tf.engine().runKernel(WeldonPool, { x, ...bags }, attrs) as tf.Tensor[];
            tf.engine().runKernel(WeldonPoolGrad, { dy: scores, x, selection, ...bags }, attrs);
            tf.engine().runKernel(WeldonRegions, { x, ...bags }, attrs);
          });
        }
        tf.tidy(() => {
          // What the kernels are called with is to be made on the device too.
          const options = { kMax: 0.3, ...(masked ? { mask: tf.greater(tf.max(x, 2), 0) } : {}) };
          tf.grad((maps: tf.Tensor) => weldonPool(maps, options))(x);
          weldonRegions(x, options);
        });
        x.dispose();
      }
    } finally {
      device.readSync = readSync;
      device.read = read;
    }
    expect(reads).to.equal(0);
  },
}));

/** A convolutional network with the pooling, three epochs of `fit` on the active backend. */
async function trainedLosses(): Promise<number[]> {
  const input = tfl.input({ shape: [12, 12, 3] });
  let maps = tfl.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }).apply(input);
  maps = tfl.layers.conv2d({ filters: 4, kernelSize: 1 }).apply(maps);
  const scores = weldonPooling2d({ kMax: 3, kMin: 0.1, alpha: 0.7 }).apply(maps) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: input, outputs: tfl.layers.softmax().apply(scores) as tfl.SymbolicTensor });
  const start = model.getWeights().map(({ shape, size }, i) =>
    tf.tensor(
      noise(size, i + 1).map((value) => value / 3),
      shape,
    ),
  );
  model.setWeights(start);
  const xs = tf.tensor4d(noise(16 * 432, 99), [16, 12, 12, 3]);
  const ys = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: 16 }, (_, i) => i % 4),
      'int32',
    ),
    4,
  );
  const rule = tf.train.sgd(0.5);
  model.compile({ optimizer: rule, loss: 'categoricalCrossentropy' });
  const { history } = await model.fit(xs, ys, { epochs: 5, batchSize: 8, shuffle: false, verbose: 0 });
  tf.dispose([start, xs, ys]);
  rule.dispose();
  model.dispose();
  return history.loss as number[];
}

const trainingCase: ConformanceCase = {
  group: 'training',
  title: 'tf.layers with the pooling layer trains by fit, to the losses of the cpu backend',
  async run() {
    const losses = await trainedLosses();
    try {
      await tf.setBackend('cpu');
      const wanted = await trainedLosses();
      expect(losses.at(-1)).to.be.below(0.9 * losses[0]);
      losses.forEach((loss, i) => expect(loss, `epoch ${i + 1}`).to.be.closeTo(wanted[i], 1e-4));
    } finally {
      await tf.setBackend('tensorflow');
    }
  },
};

/** Those of whatever operations the kernels choose, then those of each strategy, which a GPU does not choose from. */
export const tensorflowCases: readonly ConformanceCase[] = [...deviceCases, trainingCase, ...strategyCases];
