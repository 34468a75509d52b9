import * as tf from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../../errors.js';

/**
 * What training makes small: a function of scores (before softmax or sigmoid) and labels, both float32
 * `[batch, classes]`, that gives one number. Its gradient with respect to the scores is known on every backend.
 *
 * Labels are 1 for a class that is there and 0 for one that is not, or anything between for mixed examples. In the
 * losses for several labels per image a negative label means "not known": that pair of image and class is left out.
 */
export type Loss = (scores: tf.Tensor2D, labels: tf.Tensor2D) => tf.Scalar;

/** Options that the losses share; squared hinge and AP ranking take no smoothing. */
export interface LossOptions {
  /** Part ε of each label that is spread evenly: over the classes for softmax, over yes and no otherwise; 0 ≤ ε < 1. */
  labelSmoothing?: number;
  /** One weight >= 0 per class. Default: 1 each. */
  classWeights?: readonly number[];
}

/** Refuses options out of range. */
export function checkLossOptions({ labelSmoothing = 0, classWeights }: LossOptions, owner: string): void {
  if (!(typeof labelSmoothing === 'number' && labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw expected(`labelSmoothing for ${owner}`, 'a number with 0 <= labelSmoothing < 1', labelSmoothing);
  }
  if (classWeights !== undefined) {
    const right =
      classWeights.length > 0 &&
      classWeights.every((weight) => Number.isFinite(weight) && weight >= 0) &&
      classWeights.some((weight) => weight > 0);
    if (!right) {
      throw expected(`classWeights for ${owner}`, 'one number >= 0 per class, not all 0', classWeights);
    }
  }
}

/** Refuses scores and labels that do not belong together. */
export function checkPair(scores: tf.Tensor, labels: tf.Tensor, options: LossOptions, owner: string): void {
  if (scores.rank !== 2) {
    throw expectedInWords(`the scores for ${owner}`, 'of shape [batch, classes]', `shape [${scores.shape.join(', ')}]`);
  }
  if (!tf.util.arraysEqual(scores.shape, labels.shape)) {
    throw expectedInWords(
      `the labels for ${owner}`,
      `of the scores' shape [${scores.shape.join(', ')}]`,
      `shape [${labels.shape.join(', ')}]`,
    );
  }
  const weights = options.classWeights;
  if (weights !== undefined && weights.length !== scores.shape[1]) {
    throw expectedInWords(
      `classWeights for ${owner}`,
      `${scores.shape[1]} numbers, one per class`,
      `${weights.length}`,
    );
  }
}

/**
 * A loss whose gradient with respect to the scores is worked out together with its value, so that no op in it needs a
 * gradient of its own and large scores cannot overflow.
 *
 * @param compute called in a tidy scope; gives the value, and the gradient `[batch, classes]`
 */
export function lossWithGradient(
  scores: tf.Tensor2D,
  compute: (scores: tf.Tensor2D) => { value: tf.Scalar; gradient: tf.Tensor2D },
): tf.Scalar {
  return tf.tidy(() => {
    // Outside of customGrad, which may keep only what was there before or what it returns.
    const { value, gradient } = compute(scores);
    const withGradient = tf.customGrad((_, save) => {
      (save as tf.GradSaveFunc)([gradient]);
      return { value: tf.clone(value), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0], dy) };
    });
    return withGradient(scores) as tf.Scalar;
  });
}

/** Class weights as a row that multiplies `[batch, classes]`, or 1. */
export function weightRow(classWeights: readonly number[] | undefined): tf.Tensor2D | number {
  return classWeights === undefined ? 1 : tf.tensor2d([...classWeights], [1, classWeights.length]);
}
