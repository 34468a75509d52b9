import * as tf from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End, MaskedBags } from './ends.js';
import { endPlan, ranked, unranked } from './ends.js';

/**
 * The contract's forward pass from stock ops: transpose, `tf.topk` of the maps and of their negative, sum.
 *
 * @returns `[scores, thresholds]`: scores `[batch, channels]`, thresholds `[batch, 2, channels]`, the least
 *   ranked evidence that still made it into the top and into the bottom
 */
export function composedPool(x: tf.Tensor3D, attrs: PoolingPlan, bags: MaskedBags | null): [tf.Tensor2D, tf.Tensor3D] {
  const [batch, , channels] = x.shape;
  const columns = tf.transpose(x, [0, 2, 1]);
  const valid = bags === null ? null : tf.expandDims(bags.mask, 1);

  const pooledEnd = (end: End): { sum: tf.Tensor; threshold: tf.Tensor } => {
    const { most, count, weight } = endPlan(end, attrs, bags);
    if (most === 0) {
      return { sum: tf.zeros([batch, channels]), threshold: tf.zeros([batch, 1, channels]) };
    }
    const evidence = ranked(columns, end);
    const eligible = valid === null ? evidence : tf.where(valid, evidence, -Infinity);
    const values = tf.topk(eligible, most).values;
    const taken = bags === null ? null : tf.less(tf.range(0, most), count);
    const weighted = tf.mul(unranked(values, end), weight);
    const sum = tf.sum(taken === null ? weighted : tf.where(taken, weighted, 0), 2);
    const least = tf.min(taken === null ? values : tf.where(taken, values, Infinity), 2);
    return { sum, threshold: tf.expandDims(least, 1) };
  };

  const top = pooledEnd('top');
  const bottom = pooledEnd('bottom');
  const holdsNaN = tf.any(tf.isNaN(valid === null ? columns : tf.where(valid, columns, 0)), 2);
  const scores = tf.where(holdsNaN, NaN, tf.add(top.sum, bottom.sum));
  return [scores as tf.Tensor2D, tf.concat([top.threshold, bottom.threshold], 1) as tf.Tensor3D];
}
