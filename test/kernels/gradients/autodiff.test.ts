/** The kernels behind tf.grads: finite differences, fused operations, leaks. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { tolerances } from '../../tolerances.js';
import { expectClose } from './closeTo.js';
import { randomTensor } from './randomTensor.js';
import { useWasmWithGradients } from './wasmVariants.js';

type Loss = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;

const losses: Record<string, { loss: Loss; input: number[]; filter: number[] }> = {
  'conv2d, strides 2': {
    input: [2, 5, 6, 3],
    filter: [3, 3, 3, 5],
    loss: (x, filter) => tf.sum(tf.square(tf.conv2d(x, filter, 2, 'same'))),
  },
  'conv2d, explicit pads': {
    input: [1, 4, 5, 2],
    filter: [2, 3, 2, 4],
    loss: (x, filter) =>
      tf.sum(
        tf.square(
          tf.conv2d(x, filter, 1, [
            [0, 0],
            [1, 2],
            [0, 1],
            [0, 0],
          ]),
        ),
      ),
  },
  'depthwiseConv2d, multiplier 2': {
    input: [2, 5, 6, 3],
    filter: [3, 3, 3, 2],
    loss: (x, filter) => tf.sum(tf.square(tf.depthwiseConv2d(x, filter, 1, 'same'))),
  },
  'depthwiseConv2d, strides 2': {
    input: [2, 6, 5, 5],
    filter: [3, 2, 5, 1],
    loss: (x, filter) => tf.sum(tf.square(tf.depthwiseConv2d(x, filter, 2, 'valid'))),
  },
};

/** Every partial derivative by central differences; the losses are quadratic, so the step may be large. */
async function numericGradient(value: tf.Tensor, loss: (moved: tf.Tensor) => tf.Tensor): Promise<Float64Array> {
  const step = 0.25;
  const values = (await value.data()) as Float32Array;
  return Float64Array.from(values, (_, i) => {
    const [above, below] = [step, -step].map((difference) => {
      const moved = values.slice();
      moved[i] += difference;
      return tf.tidy(() => loss(tf.tensor(moved, value.shape)).dataSync()[0]);
    });
    return (above - below) / (2 * step);
  });
}

describe('gradients of convolutions on wasm', () => {
  useWasmWithGradients();

  describe('gradcheck', () => {
    for (const [title, { loss, input, filter }] of Object.entries(losses)) {
      it(`${title}: as finite differences`, async () => {
        const x = randomTensor(input, 5) as tf.Tensor4D;
        const w = randomTensor(filter, 6) as tf.Tensor4D;
        const [dx, dw] = tf.grads((a, b) => loss(a as tf.Tensor4D, b as tf.Tensor4D))([x, w]);
        // Differences of float32 losses near 1 000 carry errors near 1e-4.
        expectClose(await dx.data(), await numericGradient(x, (t) => loss(t as tf.Tensor4D, w)), 1e-4);
        expectClose(await dw.data(), await numericGradient(w, (t) => loss(x, t as tf.Tensor4D)), 1e-4);
        tf.dispose([x, w, dx, dw]);
      });
    }
  });

  describe('feature: fused operations', () => {
    for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const) {
      for (const kind of ['conv2d', 'depthwiseConv2d'] as const) {
        it(`tf.fused.${kind} with bias and ${activation}: as on cpu`, async () => {
          const gradients = async (backend: string): Promise<Float32Array[]> => {
            await tf.setBackend(backend);
            const all = tf.tidy(() => {
              const x = randomTensor([2, 5, 5, 3], 1) as tf.Tensor4D;
              const filter = randomTensor(kind === 'conv2d' ? [3, 3, 3, 4] : [3, 3, 3, 2], 2) as tf.Tensor4D;
              const bias = randomTensor([kind === 'conv2d' ? 4 : 6], 3);
              const factor = randomTensor([2, 5, 5, bias.size], 4);
              const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor =>
                tf.sum(
                  tf.mul(
                    factor,
                    tf.fused[kind]({
                      x: a as tf.Tensor4D,
                      filter: b as tf.Tensor4D,
                      bias: c,
                      strides: 1,
                      pad: 'same',
                      activation,
                    }),
                  ),
                );
              return tf.grads(loss)([x, filter, bias]);
            });
            const values = await Promise.all(all.map((each) => each.data() as Promise<Float32Array>));
            tf.dispose(all);
            return values;
          };
          const wanted = await gradients('cpu');
          const actual = await gradients('wasm');
          wanted.forEach((each, i) => expectClose(actual[i], each, tolerances.wasm));
        });
      }
    }
  });

  describe('leak', () => {
    it("passes TensorFlow.js' own check of every kernel", () => {
      tf.env().set('IS_TEST', true);
      try {
        tf.tidy(() => {
          const x = randomTensor([2, 6, 6, 5], 1) as tf.Tensor4D;
          const filter = randomTensor([3, 3, 5, 2], 2) as tf.Tensor4D;
          tf.grads((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))([x, filter]);
          tf.grads((a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))([x, filter]);
          tf.grad((a) => tf.gather(a, tf.tensor1d([0, 0, 1], 'int32')))(x);
        });
      } finally {
        tf.env().set('IS_TEST', false);
      }
    });

    it('training steps leave tensors and the wasm heap as they were', () => {
      const wasm = (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm;
      const x = randomTensor([4, 28, 28, 16], 1) as tf.Tensor4D;
      const conv = tf.variable(randomTensor([3, 3, 16, 16], 2)) as tf.Variable<tf.Rank.R4>;
      const depthwise = tf.variable(randomTensor([3, 3, 16, 2], 3)) as tf.Variable<tf.Rank.R4>;
      const table = tf.variable(randomTensor([10, 32], 4));
      const rows = tf.tensor1d([1, 5, 5, 9], 'int32');
      const optimizer = tf.train.sgd(1e-6);
      const step = (): void => {
        optimizer.minimize(() => {
          const maps = tf.depthwiseConv2d(tf.conv2d(x, conv, 1, 'same'), depthwise, 2, 'same');
          return tf.mean(tf.square(tf.sub(tf.mean(maps, [1, 2]), tf.gather(table, rows)))) as tf.Scalar;
        });
      };
      for (let i = 0; i < 5; i++) {
        step();
      }
      const tensors = tf.memory().numTensors;
      const bytes = wasm.asm.memory.buffer.byteLength;
      for (let i = 0; i < 50; i++) {
        step();
      }
      expect(tf.memory().numTensors).to.equal(tensors);
      expect(wasm.asm.memory.buffer.byteLength).to.equal(bytes);
      optimizer.dispose();
      tf.dispose([x, conv, depthwise, table, rows]);
    });
  });
});
