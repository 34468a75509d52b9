import * as tf from '@tensorflow/tfjs-core';
import type { TrainedWeight } from './optimizer.js';

/** The loss of one batch and what it asks of the weights; the caller disposes both. */
export interface LossAndGradients {
  loss: tf.Scalar;
  /** in the order of the weights; zeros where the loss does not depend on a weight */
  gradients: tf.Tensor[];
}

/** What operations save for the way back: TensorFlow.js disposes it where that ends, and keeps it where one of them fails. */
function disposeSaved(): void {
  const { state } = tf.engine();
  if (state.gradientDepth === 0) {
    tf.dispose((state.activeTape ?? []).map(({ saved = [] }) => saved));
    state.activeTape = [];
  }
}

/**
 * Loss and gradients of one batch.
 *
 * @param compute gives the loss; runs in a tidy scope; what it throws is passed on, and no tensor is left
 * @param weights what to differentiate for
 */
export function lossAndGradients(compute: () => tf.Scalar, weights: readonly TrainedWeight[]): LossAndGradients {
  try {
    const { value, grads } = tf.variableGrads(
      compute,
      weights.map(({ variable }) => variable),
    );
    const gradients = weights.map(({ variable }) => grads[variable.name] ?? tf.zeros(variable.shape));
    return { loss: value, gradients };
  } catch (error) {
    disposeSaved();
    throw error;
  }
}

/** Adds `more` to `sum` (the first time `sum` is null) and disposes both; gives the new sum. */
export function addGradients(sum: tf.Tensor[] | null, more: tf.Tensor[]): tf.Tensor[] {
  if (sum === null) {
    return more;
  }
  const added = more.map((gradient, i) => tf.add(sum[i], gradient));
  tf.dispose([sum, more]);
  return added;
}

/** The square root of the sum of all squares, a scalar on the device. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() =>
    tf.sqrt(
      gradients
        .map((gradient): tf.Tensor => tf.sum(tf.square(gradient)))
        .reduce((sum, part) => tf.add(sum, part), tf.scalar(0)),
    ),
  ) as tf.Scalar;
}

/**
 * Scales all gradients so that their global norm is at most `limit` (Pascanu et al. 2013); smaller ones stay.
 * Disposes nothing; the caller owns what it gets.
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], norm: tf.Scalar, limit: number): tf.Tensor[] {
  return tf.tidy(() => {
    const factor = tf.minimum(1, tf.div(limit, tf.maximum(norm, 1e-12)));
    return gradients.map((gradient) => tf.mul(gradient, factor));
  });
}
