import * as tf from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End, MaskedBags } from './ends.js';
import { endPlan, ranked } from './ends.js';

/**
 * The contract's backward pass from stock ops. Selection is recognised by threshold, and among equals at
 * the threshold by counting from the lowest index on: `tf.topk`'s indices would need a scatter, which
 * stock GPU backends do in time quadratic in the number of regions.
 */
export function composedPoolGrad(
  dy: tf.Tensor2D,
  x: tf.Tensor3D,
  thresholds: tf.Tensor3D,
  attrs: PoolingPlan,
  bags: MaskedBags | null,
): tf.Tensor3D {
  const [batch, , channels] = x.shape;
  const slope = tf.expandDims(dy, 1);
  const valid = bags === null ? null : tf.expandDims(bags.mask, 2);

  const gradientOfEnd = (end: End): tf.Tensor => {
    const { most, count, weight } = endPlan(end, attrs, bags);
    if (most === 0) {
      return tf.zerosLike(x);
    }
    const threshold = tf.slice(thresholds, [0, end === 'top' ? 0 : 1, 0], [batch, 1, channels]);
    const among = (condition: tf.Tensor) => (valid === null ? condition : tf.logicalAnd(condition, valid));
    const evidence = ranked(x, end);
    const beyond = among(tf.greater(evidence, threshold));
    const level = among(tf.equal(evidence, threshold));
    const room = tf.sub(count, tf.sum(tf.cast(beyond, 'float32'), 1, true));
    const place = tf.cumsum(tf.cast(level, 'float32'), 1, true);
    const chosen = tf.logicalOr(beyond, tf.logicalAnd(level, tf.less(place, room)));
    return tf.where(chosen, tf.mul(slope, weight), 0);
  };

  return tf.add(gradientOfEnd('top'), gradientOfEnd('bottom')) as tf.Tensor3D;
}
