import * as tf from '@tensorflow/tfjs-core';
import type { RankingNormalization } from './apRankingOracle.js';
import { weightRow } from './loss.js';

/**
 * The same optimum as `apRankingOptimum`, for all classes at once and without leaving the device: places among the
 * positives and the negatives by counting, gains by one matrix product per class. Time and memory grow with
 * batch³ · classes and batch² · classes, so it is for batches, not for whole training sets.
 *
 * In the [class, a, b] arrays, a is a negative and b a positive.
 *
 * @param scores float32 `[batch, classes]`
 * @param labels `[batch, classes]`, as for the oracle
 */
export function apRankingOnDevice(
  scores: tf.Tensor2D,
  labels: tf.Tensor2D,
  normalization: RankingNormalization,
  classWeights?: readonly number[],
): { value: tf.Scalar; gradient: tf.Tensor2D } {
  return tf.tidy(() => {
    const [batch] = scores.shape;
    const number = (condition: tf.Tensor) => tf.cast(condition, 'float32');
    const s = tf.transpose(scores);
    const y = tf.transpose(labels);
    const positive = number(tf.greater(y, 0.5));
    const negative = tf.mul(number(tf.greaterEqual(y, 0)), tf.sub(1, positive));
    const row = (x: tf.Tensor) => tf.expandDims(x, 2);
    const column = (x: tf.Tensor) => tf.expandDims(x, 1);

    // first[i, j] = 1 where j stands before or at i in the order of scores, the lower index first on equal ones
    const index = tf.range(0, batch);
    const lower = number(tf.lessEqual(tf.expandDims(index, 0), tf.expandDims(index, 1)));
    const first = tf.add(number(tf.greater(column(s), row(s))), tf.mul(number(tf.equal(column(s), row(s))), lower));
    const place = (kind: tf.Tensor) => tf.sum(tf.mul(first, column(kind)), 2);
    const k = column(place(positive));
    const j = row(place(negative));

    const positives = tf.sum(positive, 1, true);
    const pairs = tf.mul(positives, tf.sum(negative, 1, true));
    const kappa = normalization === 'raw' ? tf.onesLike(pairs) : tf.div(1, tf.maximum(pairs, 1));
    const twice = tf.mul(row(kappa), 2);
    const both = tf.mul(row(negative), column(positive));
    const sum = tf.add(j, k);
    const drop = tf.div(k, tf.maximum(tf.mul(tf.mul(sum, tf.sub(sum, 1)), row(tf.maximum(positives, 1))), 1e-6));
    const gain = tf.mul(both, tf.sub(drop, tf.mul(twice, tf.sub(column(s), row(s)))));

    // from[b', b] = 1 where positive b' comes at or behind positive b
    const from = tf.mul(first, row(positive));
    const gains = tf.matMul(gain as tf.Tensor3D, from as tf.Tensor3D);
    const best = tf.relu(tf.max(tf.add(gains, tf.mul(tf.sub(both, 1), 1e30)), 2, true));
    // Of equal gains the last place counts, and none at all where nothing is gained.
    const reached = tf.mul(tf.mul(both, number(tf.greaterEqual(gains, best))), number(tf.greater(best, 0)));
    const latest = tf.max(tf.mul(reached, k), 2, true);
    const inverted = tf.mul(tf.mul(both, number(tf.greaterEqual(k, latest))), number(tf.greater(latest, 0)));

    const weights = tf.reshape(tf.mul(weightRow(classWeights), tf.ones([1, scores.shape[1]])), [-1, 1]);
    const value = tf.sum(tf.mul(weights, tf.sum(best, 1)));
    const slopes = tf.mul(tf.mul(tf.mul(kappa, 2), weights), tf.sub(tf.sum(inverted, 2), tf.sum(inverted, 1)));
    return { value: value as tf.Scalar, gradient: tf.transpose(slopes) as tf.Tensor2D };
  });
}
