import * as tf from '@tensorflow/tfjs-core';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { poolMaps } from '../../../pooling/registry.js';
import { chooseC } from '../../../training/linear/crossValidate.js';
import { linearScores } from '../../../training/linear/linearModel.js';
import { trainLinearSvm } from '../../../training/linear/linearSvm.js';
import type { FeatureTable } from '../../../training/linear/featureTable.js';
import type { LinearModel } from '../../../training/linear/linearModel.js';
import type { LinearSvmOptions } from '../../../training/linear/linearSvm.js';
import { featureBatch } from '../../../training/heads/featureSet.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { Choice, SeedOutcome } from '../outcome.js';
import { rounded } from '../cache/resultCache.js';
import type { SvmMethod } from '../config.js';
import { expectedInWords } from '../../../errors.js';
import { splitDataSet } from '../../../node/datasets/split.js';
import { membersOf, validationScore } from './linearHead.js';

function vectorsOf({ values, size }: FeatureTable, members: readonly number[]): FeatureTable {
  const taken = new Float32Array(members.length * size);
  members.forEach((member, i) => taken.set(values.subarray(member * size, (member + 1) * size), i * size));
  return { values: taken, size };
}

/**
 * A linear SVM for each class by itself: the images that show it against all others, as is done on Pascal VOC. A
 * class that none or all of the images show has the same score everywhere, −1 or 1.
 *
 * @param table one row per image of `set`
 */
export function trainSvmOnSeveralLabels(
  table: FeatureTable,
  { images, classes }: ImageDataSet,
  options: LinearSvmOptions,
): LinearModel {
  const { size } = table;
  const [weights, biases] = [new Float64Array(classes.length * size), new Float64Array(classes.length)];
  classes.forEach((_, c) => {
    const multiHot = images.map(({ labels }) => (labels.includes(c) ? 1 : 0));
    if (new Set(multiHot).size === 1) {
      biases[c] = multiHot[0] === 1 ? 1 : -1;
      return;
    }
    const svm = trainLinearSvm(table, multiHot, options);
    // Of its two classes the second one is the images that show the class.
    weights.set(svm.weights.subarray(size), c * size);
    biases[c] = svm.biases[1];
  });
  return { classes: classes.length, size, weights, biases };
}

/** Three parts of a data set, every class in each as far as that can be. */
function thirdsOf(set: ImageDataSet, seed: number): ImageDataSet[] {
  const { first, second } = splitDataSet(set, { share: 2 / 3, seed });
  const halves = splitDataSet(first, { share: 1 / 2, seed: seed + 1 });
  const parts = [halves.first, halves.second, second];
  if (parts.some(({ images }) => images.every(({ labels }) => labels.length === 0))) {
    throw expectedInWords(
      'the training images of a linear SVM',
      'enough that each third of them shows some class',
      `${set.images.length}, of which ${set.images.filter(({ labels }) => labels.length > 0).length} show any`,
    );
  }
  return parts;
}

/**
 * Chooses C by threefold cross-validation, by the mean average precision of the third that is left out.
 *
 * @returns the best of the candidates, the smallest of equal ones, and the validation score of each, mean of the thirds
 * @throws WeldonError if there are too few images with labels to do so
 */
export function chooseCOnSeveralLabels(
  table: FeatureTable,
  set: ImageDataSet,
  candidates: readonly number[],
  options: LinearSvmOptions & { seed: number },
): { c: number; heldOut: number[] } {
  const heldOut = candidates.map(() => 0);
  const parts = thirdsOf(set, options.seed);
  for (const part of parts) {
    const left = membersOf(set, part);
    const out = new Set(left);
    const rest = { ...set, images: set.images.filter((_, i) => !out.has(i)) };
    const [training, testing] = [vectorsOf(table, membersOf(set, rest)), vectorsOf(table, left)];
    candidates.forEach((c, i) => {
      const scores = linearScores(trainSvmOnSeveralLabels(training, rest, { ...options, c }), testing);
      heldOut[i] += validationScore(part.images, set.classes.length, true, scores) / parts.length;
    });
  }
  const best = candidates.map((_, i) => i).sort((a, b) => heldOut[b] - heldOut[a] || candidates[a] - candidates[b])[0];
  return { c: candidates[best], heldOut };
}

/** One vector of length 1 per image: maps of features, pooled. */
async function pooledTable(features: FeatureSet, pooling: SvmMethod['pooling']): Promise<FeatureTable> {
  const { rows, columns, depth, examples } = features;
  const values = new Float32Array(examples.length * depth);
  for (let from = 0; from < examples.length; from += 32) {
    const batch = examples.slice(from, from + 32).map((_, i) => from + i);
    const pooled = tf.tidy(() => {
      const regions = featureBatch(features, batch, 'none');
      const maps = tf.reshape(regions, [batch.length, rows * columns, depth]) as tf.Tensor3D;
      const vectors = poolMaps(maps, pooling);
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
 * A linear SVM on given vectors: C by threefold cross-validation on the training images, by accuracy, or by mean
 * average precision where an image may show several classes.
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
    const { c, heldOut } = chooseCOnSeveralLabels(table, train, candidates, { seed, ...effort });
    const svm = trainSvmOnSeveralLabels(table, train, { c, seed, ...effort });
    return { choice: choiceOf(c, heldOut), scores: linearScores(svm, testTable) };
  }
  const labels = train.images.map((image) => image.labels[0]);
  const { c, accuracies } = chooseC(
    table,
    labels,
    (part, classNumbers, candidate) => trainLinearSvm(part, classNumbers, { c: candidate, seed, ...effort }),
    { candidates, seed },
  );
  const svm = trainLinearSvm(table, labels, { c, seed, ...effort });
  return { choice: choiceOf(c, accuracies), scores: linearScores(svm, testTable) };
}

/** Features pooled to one vector of length 1, and a linear SVM on them. */
export async function svmMethod(
  method: SvmMethod,
  train: ImageDataSet,
  features: FeatureSet,
  testFeatures: FeatureSet,
): Promise<{ choice: Choice; outcome: SeedOutcome }> {
  const { choice, scores } = svmOutcome(
    await pooledTable(features, method.pooling),
    train,
    await pooledTable(testFeatures, method.pooling),
    0,
  );
  return { choice, outcome: { seed: 0, scores: rounded(scores, 6), maps: [] } };
}
