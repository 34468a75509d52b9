import * as tf from '@tensorflow/tfjs-core';
import type { PoolingChoice } from './presets.js';
import { isGap, poolingOf } from './presets.js';
import { weldonPool } from './weldonPool.js';

/**
 * Scores from class maps by any pooling that there is.
 *
 * @param maps `[batch, …regions, classes]`
 * @returns `[batch, classes]`
 */
export function poolMaps(maps: tf.Tensor, pooling: PoolingChoice): tf.Tensor2D {
  if (isGap(pooling)) {
    const regions = maps.shape.slice(1, -1).map((_, axis) => axis + 1);
    return tf.mean(maps, regions) as tf.Tensor2D;
  }
  return weldonPool(maps, poolingOf(pooling, 'poolMaps'));
}
