import * as tf from '@tensorflow/tfjs-core';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import { weldonPool } from '../../../pooling/weldonPool.js';
import { chooseC, linearScores, trainLinearSvm } from '../../../training/index.js';
import type { FeatureTable } from '../../../training/index.js';
import { featureBatch } from '../../../training/heads/featureSet.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { Choice, SeedOutcome } from '../scores/outcome.js';
import { rounded } from '../scores/outcome.js';
import type { SvmRow } from '../config.js';
import { chooseCOnSeveralLabels, trainSvmOnSeveralLabels } from './multiLabelSvm.js';

/** One vector of length 1 per picture: maps of features, pooled. */
async function pooledTable(features: FeatureSet, pooling: SvmRow['pooling']): Promise<FeatureTable> {
  const { rows, columns, depth, examples } = features;
  const values = new Float32Array(examples.length * depth);
  for (let from = 0; from < examples.length; from += 32) {
    const batch = examples.slice(from, from + 32).map((_, i) => from + i);
    const pooled = tf.tidy(() => {
      const regions = featureBatch(features, batch, 'none');
      const maps = tf.reshape(regions, [batch.length, rows * columns, depth]) as tf.Tensor3D;
      const vectors = pooling === 'mean' ? tf.mean(maps, 1) : weldonPool(maps, pooling);
      return tf.div(vectors, tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), 1, true)), 1e-12));
    });
    values.set((await pooled.data()) as Float32Array, from * depth);
    pooled.dispose();
  }
  return { values, size: depth };
}

/** Tighter tolerances change the third digit of weights, and take minutes where C is large. */
const effort = { tolerance: 1e-2, passes: 300 };

/**
 * A linear SVM on given vectors: C by threefold cross-validation on the training pictures, by accuracy, or by mean
 * average precision where a picture may show several classes.
 */
export function svmOutcome(
  table: FeatureTable,
  train: ImageDataSet,
  testTable: FeatureTable,
  seed: number,
): { choice: Choice; scores: Float32Array } {
  const candidates = [0.01, 0.1, 1, 10, 100];
  const choiceOf = (c: number, heldOut: readonly number[]): Choice => ({
    c,
    tried: candidates.map((candidate, i) => ({ c: candidate, heldOut: heldOut[i] })),
  });
  if (train.multiLabel) {
    const { c, figures } = chooseCOnSeveralLabels(table, train, candidates, { seed, ...effort });
    const svm = trainSvmOnSeveralLabels(table, train, { c, seed, ...effort });
    return { choice: choiceOf(c, figures), scores: linearScores(svm, testTable) };
  }
  const labels = train.images.map((image) => image.labels[0]);
  const { c, accuracies } = chooseC(
    table,
    labels,
    (part, marks, candidate) => trainLinearSvm(part, marks, { c: candidate, seed, ...effort }),
    { candidates, seed },
  );
  const svm = trainLinearSvm(table, labels, { c, seed, ...effort });
  return { choice: choiceOf(c, accuracies), scores: linearScores(svm, testTable) };
}

/** Features pooled to one vector of length 1, and a linear SVM on them. */
export async function svmRow(
  row: SvmRow,
  train: ImageDataSet,
  features: FeatureSet,
  testFeatures: FeatureSet,
): Promise<{ choice: Choice; outcome: SeedOutcome }> {
  const { choice, scores } = svmOutcome(
    await pooledTable(features, row.pooling),
    train,
    await pooledTable(testFeatures, row.pooling),
    0,
  );
  return { choice, outcome: { seed: 0, scores: rounded(scores, 6), maps: [] } };
}
