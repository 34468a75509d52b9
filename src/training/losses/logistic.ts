import * as tf from '@tensorflow/tfjs-core';
import type { Loss, LossOptions } from './loss.js';
import { checkLossOptions, checkPair, lossWithGradient, weightRow } from './loss.js';
import { checkKeys } from '../../errors.js';

/** Σ over known pairs of w (log(1 + eˢ) − y s), times `factor(batch, classes)`. */
function logistic(options: LossOptions, owner: string, factor: (batch: number, classes: number) => number): Loss {
  checkLossOptions(options, owner);
  const smoothing = options.labelSmoothing ?? 0;
  return (scores, labels) => {
    checkPair(scores, labels, options, owner);
    const [batch, classes] = scores.shape;
    return lossWithGradient(scores, (x) => {
      const known = tf.cast(tf.greaterEqual(labels, 0), 'float32');
      const weights = tf.mul(tf.mul(known, weightRow(options.classWeights)), factor(batch, classes));
      const targets = tf.add(tf.mul(labels, 1 - smoothing), smoothing / 2);
      // log(1 + eˢ) = max(s, 0) + log(1 + e^−|s|), which cannot overflow.
      const softplus = tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
      return {
        value: tf.sum(tf.mul(weights, tf.sub(softplus, tf.mul(targets, x)))) as tf.Scalar,
        gradient: tf.mul(weights, tf.sub(tf.sigmoid(x), targets)) as tf.Tensor2D,
      };
    });
  };
}

/**
 * One logistic loss per class, for several labels per image: the sum over classes of `log(1 + exp(−t s))`, t = ±1,
 * averaged over the batch. The second loss of WELDON (CVPR 2016). Negative labels are left out.
 *
 * @param options `labelSmoothing` ε moves labels from 0 and 1 to ε/2 and 1 − ε/2; `classWeights` multiply each class
 * @throws WeldonError for an option out of range, or (when called) for shapes that do not fit
 *
 * @example
 * oneVsAllLogistic()(tf.tensor2d([[1.5, -2]]), tf.tensor2d([[1, 0]]));
 */
export function oneVsAllLogistic(options: LossOptions = {}): Loss {
  checkKeys(options, 'labelSmoothing classWeights', 'oneVsAllLogistic');
  return logistic(options, 'oneVsAllLogistic', (batch) => 1 / batch);
}

/**
 * The mean over batch and classes of the logistic losses: PyTorch's `MultiLabelSoftMarginLoss`, with which the WILDCAT
 * code trains on Pascal VOC. `oneVsAllLogistic` divided by the number of classes, so learning rates differ by as much.
 *
 * @param options as {@link oneVsAllLogistic}
 * @throws WeldonError for an option out of range, or (when called) for shapes that do not fit
 *
 * @example
 * multiLabelSoftMargin()(tf.tensor2d([[1.5, -2]]), tf.tensor2d([[1, 0]]));
 */
export function multiLabelSoftMargin(options: LossOptions = {}): Loss {
  checkKeys(options, 'labelSmoothing classWeights', 'multiLabelSoftMargin');
  return logistic(options, 'multiLabelSoftMargin', (batch, classes) => 1 / (batch * classes));
}
