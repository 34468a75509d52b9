import * as tf from '@tensorflow/tfjs-core';
import type { Loss, LossOptions } from './loss.js';
import { checkLossOptions, checkPair, lossWithGradient, weightRow } from './loss.js';
import { checkKeys } from '../../errors.js';

/**
 * Cross-entropy of the softmax, for one class per image:
 * `−Σᵢ Σc wc y'ic log softmax(sᵢ)c / Σᵢ Σc wc yic`, with `y' = (1 − ε) y + ε / classes`.
 *
 * Without weights that is the mean over the batch; with them, the weighted mean that PyTorch's `CrossEntropyLoss`
 * takes. A batch in which every class has weight 0 costs 0.
 *
 * @param options `labelSmoothing` ε and `classWeights` w
 * @throws WeldonError for an option out of range, or (when called) for shapes that do not fit
 *
 * @example
 * const loss = softmaxCrossEntropy({ labelSmoothing: 0.1 });
 * loss(tf.tensor2d([[2, 0, -1]]), tf.tensor2d([[1, 0, 0]]));
 */
export function softmaxCrossEntropy(options: LossOptions = {}): Loss {
  checkKeys(options, 'labelSmoothing classWeights', 'softmaxCrossEntropy');
  const owner = 'softmaxCrossEntropy';
  checkLossOptions(options, owner);
  const smoothing = options.labelSmoothing ?? 0;
  return (scores, labels) => {
    checkPair(scores, labels, options, owner);
    const classes = scores.shape[1];
    return lossWithGradient(scores, (x) => {
      const weights = weightRow(options.classWeights);
      const smooth = smoothing === 0 ? labels : tf.add(tf.mul(labels, 1 - smoothing), smoothing / classes);
      const total = tf.sum(tf.mul(labels, weights));
      // A batch without weight has no mean; its numerator is divided by 1 and multiplied by 0.
      const counted = tf.cast(tf.greater(total, 0), 'float32');
      const share = tf.div(counted, tf.add(total, tf.sub(1, counted)));
      const targets = tf.mul(tf.mul(smooth, weights), share);
      const shifted = tf.sub(x, tf.max(x, 1, true));
      const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const value = tf.sum(tf.mul(targets, tf.sub(logSum, shifted)));
      const gradient = tf.sub(tf.mul(tf.softmax(x), tf.sum(targets, 1, true)), targets);
      return { value: value as tf.Scalar, gradient: gradient as tf.Tensor2D };
    });
  };
}
