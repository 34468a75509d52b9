import * as tf from '@tensorflow/tfjs-core';

/**
 * `min(max(x, 0), max)`, as tfjs' ReLU layer with `maxValue` computes it, in one op; its gradient, 1 where
 * `0 < y < max`, in four cheap ones. tfjs' own takes two ops forward, and back two comparisons, a conjunction and a
 * selection, which on wasm together cost as much as the convolution before it.
 */
export function clippedRelu(x: tf.Tensor, max: number): tf.Tensor {
  return tf.customGrad((value, save) => {
    const y = tf.clipByValue(value as tf.Tensor, 0, max);
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) => tf.mul(dy, tf.step(tf.mul(kept, tf.sub(max, kept)))),
    };
  })(x);
}
