/** The same small network, the same data, the same steps: cpu and wasm must end at the same weights. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import { expectClose } from './closeTo.js';
import type { PutBack } from './keepStockKernels.js';
import { keepStockKernels } from './keepStockKernels.js';
import { useWasmWithGradients } from './wasmVariants.js';

/** Deterministic values in −0.5 … 0.5, the same on every backend. */
function pattern(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** No biases before batch normalisation: their gradient is 0 but for rounding, and Adam would scale that up. */
function smallNetwork(): tfl.LayersModel {
  const input = tfl.input({ shape: [12, 12, 3] });
  let x = tfl.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false }).apply(input);
  x = tfl.layers.batchNormalization({}).apply(x);
  x = tfl.layers.reLU({ maxValue: 6 }).apply(x);
  x = tfl.layers
    .depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, useBias: false })
    .apply(x);
  x = tfl.layers.batchNormalization({}).apply(x);
  x = tfl.layers.activation({ activation: 'relu' }).apply(x);
  x = tfl.layers.separableConv2d({ filters: 7, kernelSize: 3, activation: 'tanh' }).apply(x);
  x = tfl.layers.conv2d({ filters: 5, kernelSize: 1 }).apply(x);
  x = tfl.layers.globalAveragePooling2d({}).apply(x);
  x = tfl.layers.dense({ units: 4, activation: 'softmax' }).apply(x);
  return tfl.model({ inputs: input, outputs: x as tfl.SymbolicTensor });
}

const images = 24;

/** Three epochs of `fit`; weights and losses afterwards. */
async function train(
  backend: string,
  optimizer: () => tf.Optimizer,
): Promise<{ weights: Array<{ name: string; values: Float32Array }>; losses: number[] }> {
  await tf.setBackend(backend);
  const model = smallNetwork();
  const start = model.getWeights().map(({ shape }, i) => {
    const size = tf.util.sizeFromShape(shape);
    // Variances and scales have rank 1 and must stay positive.
    return tf.tensor(
      pattern(size, i + 1).map((value) => (shape.length === 1 ? value + 1 : value)),
      shape,
    );
  });
  model.setWeights(start);
  const xs = tf.tensor4d(pattern(images * 12 * 12 * 3, 99), [images, 12, 12, 3]);
  const ys = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: images }, (_, i) => i % 4),
      'int32',
    ),
    4,
  );
  const rule = optimizer();
  model.compile({ optimizer: rule, loss: 'categoricalCrossentropy' });
  const { history } = await model.fit(xs, ys, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 });
  const weights = await Promise.all(
    model.weights.map(async (weight) => {
      const value = weight.read();
      return { name: weight.originalName, values: (await value.data()) as Float32Array };
    }),
  );
  tf.dispose([start, xs, ys]);
  rule.dispose();
  model.dispose();
  return { weights, losses: history.loss as number[] };
}

describe('training a small convolutional network with tf.layers on wasm', () => {
  useWasmWithGradients();

  let putBack: PutBack;
  before(() => {
    putBack = keepStockKernels();
  });
  afterEach(() => putBack());

  for (const [name, optimizer, tolerance] of [
    ['sgd', () => tf.train.sgd(0.1), 1e-4],
    // Adam divides by the gradient's own magnitude, so rounding shows sooner.
    ['adam', () => tf.train.adam(0.01), 1e-3],
  ] as Array<[string, () => tf.Optimizer, number]>) {
    for (const [simd, replaceSlow] of [
      [true, false],
      [true, true],
      [false, true],
    ]) {
      it(`${name}, ${simd ? 'SIMD' : 'scalar'}${replaceSlow ? ', slow kernels replaced' : ''}: the losses fall and the weights are those of cpu`, async () => {
        registerGradientKernels({ replaceSlow });
        const cpu = await train('cpu', optimizer);
        tf.env().set('WASM_HAS_SIMD_SUPPORT', simd);
        try {
          const wasm = await train('wasm', optimizer);
          expect(wasm.losses[2]).to.be.below(wasm.losses[0]);
          expectClose(wasm.losses, cpu.losses, tolerance);
          expect(wasm.weights.length).to.equal(cpu.weights.length);
          cpu.weights.forEach(({ values }, i) => expectClose(wasm.weights[i].values, values, tolerance));
        } finally {
          tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
        }
      });
    }
  }
});
