import * as tf from '@tensorflow/tfjs-core';
import { nativeOps } from './native/nativeOps.js';

/** `max(x, 0)`; on tensorflow its gradient is one op, where tfjs-node takes seven and fills one tensor in JavaScript. */
export function relu(x: tf.Tensor): tf.Tensor {
  const ops = nativeOps();
  if (ops === null) {
    return tf.relu(x);
  }
  return tf.customGrad((value, save) => {
    const y = tf.relu(value as tf.Tensor);
    (save as tf.GradSaveFunc)([y]);
    return { value: y, gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) => ops.reluGradient(dy, kept, false) };
  })(x);
}

/**
 * `min(max(x, 0), max)`, as tfjs' ReLU layer with `maxValue` computes it, in one op; its gradient, 1 where
 * `0 < y < max`, in four cheap ones, for ReLU6 on tensorflow in one. tfjs' own takes two ops forward, and back two
 * comparisons, a conjunction and a selection, which on wasm together cost as much as the convolution before it.
 */
export function clippedRelu(x: tf.Tensor, max: number): tf.Tensor {
  const ops = nativeOps();
  const between = (y: tf.Tensor): tf.Tensor =>
    ops === null
      ? tf.step(tf.mul(y, tf.sub(max, y)))
      : tf.cast(tf.logicalAnd(tf.greater(y, 0), tf.less(y, max)), 'float32');
  const native6 = ops !== null && max === 6;
  return tf.customGrad((value, save) => {
    const y = native6 ? tf.relu6(value as tf.Tensor) : tf.clipByValue(value as tf.Tensor, 0, max);
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) =>
        native6 ? ops.reluGradient(dy, kept, true) : tf.mul(dy, between(kept)),
    };
  })(x);
}
