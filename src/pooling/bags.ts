import * as tf from '@tensorflow/tfjs-core';
import type { MaskedBags } from '../../kernels/composed/ends.js';
import type { ResolvedPooling } from './regionCounts.js';
import { poolingPlan } from './regionCounts.js';

/**
 * Each bag's counts and weights, for masks that may live on the GPU: a host table over 0 … instances valid
 * ones, gathered on the device by each bag's number of valid instances. Nothing is read back.
 */
export function planBags(pooling: ResolvedPooling, mask: tf.Tensor2D): MaskedBags {
  const instances = mask.shape[1];
  const table = new Float32Array(4 * (instances + 1));
  for (let valid = 1; valid <= instances; valid++) {
    const { topCount, bottomCount, topWeight, bottomWeight } = poolingPlan(pooling, valid);
    table.set([topCount, bottomCount, topWeight, bottomWeight], 4 * valid);
  }
  const validCounts = tf.cast(tf.sum(tf.cast(mask, 'int32'), 1), 'int32');
  // Not tf.gather, of which tfjs-node reads the indices back.
  const plan = tf.gatherND(tf.tensor2d(table, [instances + 1, 4]), tf.reshape(validCounts, [-1, 1]));
  return { mask, plan: plan as tf.Tensor2D };
}
