import * as tf from '@tensorflow/tfjs-core';
import type { Loss, LossOptions } from './loss.js';
import { checkLossOptions, checkPair, lossWithGradient, weightRow } from './loss.js';
import { checkKeys } from '../../errors.js';

/**
 * One squared hinge per class: the sum over classes of `max(0, 1 − t s)²`, t = 2 y − 1, averaged over the batch: the
 * loss of a linear SVM, for a network. Negative labels are left out.
 *
 * @param options `classWeights` multiply each class
 * @throws WeldonError for an option out of range, or (when called) for shapes that do not fit
 *
 * @example
 * squaredHinge()(tf.tensor2d([[0.5, -2]]), tf.tensor2d([[1, 0]])); // (1 − 0.5)² + 0 = 0.25
 */
export function squaredHinge(options: Pick<LossOptions, 'classWeights'> = {}): Loss {
  checkKeys(options, 'classWeights', 'squaredHinge');
  const owner = 'squaredHinge';
  checkLossOptions(options, owner);
  return (scores, labels) => {
    checkPair(scores, labels, options, owner);
    return lossWithGradient(scores, (x) => {
      const known = tf.cast(tf.greaterEqual(labels, 0), 'float32');
      const weights = tf.mul(tf.mul(known, weightRow(options.classWeights)), 1 / scores.shape[0]);
      const sides = tf.sub(tf.mul(labels, 2), 1);
      const slack = tf.relu(tf.sub(1, tf.mul(sides, x)));
      return {
        value: tf.sum(tf.mul(weights, tf.square(slack))) as tf.Scalar,
        gradient: tf.mul(tf.mul(weights, -2), tf.mul(sides, slack)) as tf.Tensor2D,
      };
    });
  };
}
