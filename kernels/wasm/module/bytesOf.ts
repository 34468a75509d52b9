import * as tf from '@tensorflow/tfjs-core';
import type { DataType } from '@tensorflow/tfjs-core';

/** Bytes of a tensor in wasm memory; bool is one byte. */
export function bytesOf(shape: number[], dtype: DataType): number {
  return tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
}
