import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, refuseRenamed } from '../../errors.js';
import { apRankingOnDevice } from './apRankingOnDevice.js';
import type { RankingNormalization } from './apRankingOracle.js';
import { apRankingOptimum } from './apRankingOracle.js';
import type { Loss, LossOptions } from './loss.js';
import { checkLossOptions, checkPair, lossWithGradient } from './loss.js';

export interface ApRankingOptions extends Pick<LossOptions, 'classWeights'> {
  /** Default `'norm'`. */
  normalization?: RankingNormalization;
}

/** Value and gradient by the oracle, on the host. */
function onHost(
  scores: tf.Tensor2D,
  labels: tf.Tensor2D,
  normalization: RankingNormalization,
  weights: readonly number[] | undefined,
): { value: tf.Scalar; gradient: tf.Tensor2D } {
  const [batch, classes] = scores.shape;
  const allScores = scores.dataSync();
  const allLabels = labels.dataSync();
  const gradient = new Float32Array(batch * classes);
  const column = new Float32Array(batch);
  const positive = new Float32Array(batch);
  let value = 0;
  for (let c = 0; c < classes; c++) {
    for (let i = 0; i < batch; i++) {
      column[i] = allScores[i * classes + c];
      positive[i] = allLabels[i * classes + c];
    }
    if (!column.every(Number.isFinite)) {
      // As every other loss does: whoever trains sees that it is no number, and stops.
      return { value: tf.scalar(NaN), gradient: tf.fill([batch, classes], NaN) };
    }
    const optimum = apRankingOptimum(column, positive, normalization);
    const weight = weights?.[c] ?? 1;
    value += weight * optimum.value;
    optimum.gradient.forEach((slope, i) => {
      gradient[i * classes + c] = weight * slope;
    });
  }
  return { value: tf.scalar(value), gradient: tf.tensor2d(gradient, [batch, classes]) };
}

/**
 * The AP structured ranking loss, WELDON's third: for each class the most violating ranking of the batch (see
 * `apRankingOptimum`), summed over classes. It orders images, it does not calibrate them: only differences of scores
 * count. Classes without a positive or without a negative in the batch cost 0, so batches should be large; the paper
 * ranks the whole training set. Negative labels are left out.
 *
 * Source: WELDON (CVPR 2016), equations 6–9. The paper takes equal numbers of top and bottom regions (kMax = kMin).
 *
 * @param options `normalization` (`'norm'`) and `classWeights`
 * @throws WeldonError for an option out of range, or (when called) for shapes that do not fit
 *
 * @example
 * apRanking({ normalization: 'raw' })(tf.tensor2d([[-0.12], [0.24]]), tf.tensor2d([[1], [0]]));
 */
export function apRanking(options: ApRankingOptions = {}): Loss {
  const owner = 'apRanking';
  const { normalization = 'norm', classWeights } = options;
  refuseRenamed(options, 'normalisation', 'normalization', owner);
  checkKeys(options, 'classWeights normalization', 'apRanking');
  checkLossOptions(options, owner);
  if (normalization !== 'raw' && normalization !== 'norm') {
    throw expected(`normalization for ${owner}`, "'raw' or 'norm'", normalization);
  }
  return (scores, labels) => {
    checkPair(scores, labels, options, owner);
    // WebGPU cannot be read while a gradient is being recorded; the others can.
    const compute = tf.getBackend() === 'webgpu' ? apRankingOnDevice : onHost;
    return lossWithGradient(scores, (x) => compute(x, labels, normalization, classWeights));
  };
}
