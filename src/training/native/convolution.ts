import * as tf from '@tensorflow/tfjs-core';
import type { NativeOps } from './nativeOps.js';

type Pair = [number, number];

/** x + bias along the last axis; the bias's gradient is one op, in half the time of tfjs' sum. */
export function addBias(ops: NativeOps, x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.customGrad((value, added) => ({
    value: ops.addBias(value as tf.Tensor, added as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [tf.clone(dy), ops.biasGradient(dy)],
  }))(x, bias);
}

/**
 * A convolution as stock tfjs computes it, except that a 1×1 one of stride 1 is the product of matrices that it is, whose
 * gradient for the filter takes less time.
 */
export function convolution(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  strides: Pair,
  padding: 'same' | 'valid',
): tf.Tensor4D {
  const [batch, height, width, depth] = x.shape;
  const [rows, columns, , filters] = kernel.shape;
  if (rows !== 1 || columns !== 1 || strides[0] !== 1 || strides[1] !== 1) {
    return tf.conv2d(x, kernel, strides, padding);
  }
  const product = tf.matMul(tf.reshape(x, [batch * height * width, depth]), tf.reshape(kernel, [depth, filters]));
  return tf.reshape(product, [batch, height, width, filters]);
}

/** Up to so many taps oneDNN's kernel for the filter's gradient is the quicker one; beyond, TensorFlow's own. */
const tapsOfOneDnn = 9;

/** A depthwise convolution as stock tfjs computes it; for large windows, with a faster gradient for the filter. */
export function depthwise(
  ops: NativeOps,
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  strides: Pair,
  padding: 'same' | 'valid',
): tf.Tensor4D {
  if (ops.onGpu || kernel.shape[0] * kernel.shape[1] <= tapsOfOneDnn) {
    return tf.depthwiseConv2d(x, kernel, strides, padding);
  }
  return tf.customGrad((value, filter, save) => {
    (save as tf.GradSaveFunc)([value as tf.Tensor4D, filter as tf.Tensor4D]);
    return {
      value: tf.depthwiseConv2d(value as tf.Tensor4D, filter as tf.Tensor4D, strides, padding),
      gradFunc: (dy: tf.Tensor4D, [input, taps]: tf.Tensor[]) => {
        const { padInfo } = tf.backend_util.computeConv2DInfo(
          input.shape as tf.Tensor4D['shape'],
          taps.shape as tf.Tensor4D['shape'],
          strides,
          1,
          padding,
          undefined,
          true,
        );
        const attributes = { strides, pad: padding, dilations: [1, 1], inputShape: input.shape };
        return [
          tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: taps }, attributes) as tf.Tensor,
          ops.depthwiseFilterGradient(input, dy, { filterShape: taps.shape as Pair4, strides, padding: padInfo }),
        ];
      },
    };
  })(x, kernel) as tf.Tensor4D;
}

type Pair4 = [number, number, number, number];
