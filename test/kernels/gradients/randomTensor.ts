import * as tf from '@tensorflow/tfjs-core';

/** Normally distributed values, the same for the same seed. */
export function randomTensor(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}
