import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expected } from '../../errors.js';

/** tfjs does not export its own type for this. */
export interface AdaptiveAveragePoolingConfig {
  name?: string;
  /** Rows and columns of the output, integers >= 1. */
  size: readonly [rows: number, columns: number];
}

/**
 * The matrix `[to, from]` that averages `from` places to `to` bins: bin i covers the places from ⌊i · from / to⌋ up to,
 * not including, ⌈(i + 1) · from / to⌉. With fewer places than bins it repeats places.
 */
export function averagingMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let bin = 0; bin < to; bin++) {
    const start = Math.floor((bin * from) / to);
    const end = Math.ceil(((bin + 1) * from) / to);
    matrix.fill(1 / (end - start), bin * from + start, bin * from + end);
  }
  return matrix;
}

/**
 * Averages maps of any size to a fixed number of regions, `[batch, rows, columns, channels]` → `[batch, size[0],
 * size[1], channels]`, as PyTorch's AdaptiveAvgPool2d does: two products with small matrices, so it trains on every
 * backend.
 */
export class AdaptiveAveragePooling2D extends tfl.layers.Layer {
  static get className(): string {
    return 'AdaptiveAveragePooling2D';
  }

  private readonly size: readonly [number, number];

  /** @throws WeldonError for a size that is not two integers >= 1 */
  constructor(config: AdaptiveAveragePoolingConfig) {
    super(config as object);
    const { size } = config;
    if (!Array.isArray(size) || size.length !== 2 || !size.every((extent) => Number.isInteger(extent) && extent >= 1)) {
      throw expected('size for AdaptiveAveragePooling2D', '[rows, columns], integers >= 1', size);
    }
    this.size = [size[0], size[1]];
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, , , channels] = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tfl.Shape;
    return [batch, ...this.size, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [batch, rows, columns, channels] = x.shape;
      if (rows === 0 || columns === 0) {
        throw expected(
          `maps for layer ${this.name}`,
          'of at least one row and column (is the image too small?)',
          x.shape,
        );
      }
      const [toRows, toColumns] = this.size;
      // Rows and columns come last in turn, and are multiplied by [from, to].
      const places = tf.reshape(tf.transpose(x, [0, 3, 2, 1]), [batch * channels * columns, rows]);
      const byRows = tf.matMul(places, tf.tensor2d(averagingMatrix(rows, toRows), [toRows, rows]), false, true);
      const turned = tf.transpose(tf.reshape(byRows, [batch * channels, columns, toRows]), [0, 2, 1]);
      const byColumns = tf.matMul(
        tf.reshape(turned, [batch * channels * toRows, columns]),
        tf.tensor2d(averagingMatrix(columns, toColumns), [toColumns, columns]),
        false,
        true,
      );
      return tf.transpose(tf.reshape(byColumns, [batch, channels, toRows, toColumns]), [0, 2, 3, 1]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), size: [...this.size] };
  }
}

tf.serialization.registerClass(AdaptiveAveragePooling2D);
