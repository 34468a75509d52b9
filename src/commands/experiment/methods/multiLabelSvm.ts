import { expectedInWords } from '../../../errors.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import { splitDataSet } from '../../../node/datasets/index.js';
import { linearScores, trainLinearSvm } from '../../../training/index.js';
import type { FeatureTable, LinearModel, LinearSvmOptions } from '../../../training/index.js';
import { membersOf, merit } from './linearHead.js';

function rowsOf({ values, size }: FeatureTable, members: readonly number[]): FeatureTable {
  const taken = new Float32Array(members.length * size);
  members.forEach((member, i) => taken.set(values.subarray(member * size, (member + 1) * size), i * size));
  return { values: taken, size };
}

/**
 * A linear SVM for each class by itself: the pictures that show it against all others, as is done on Pascal VOC. A
 * class that none or all of the pictures show has the same score everywhere, −1 or 1.
 *
 * @param table one row per picture of `set`
 */
export function trainSvmOnSeveralLabels(
  table: FeatureTable,
  { images, classes }: ImageDataSet,
  options: LinearSvmOptions,
): LinearModel {
  const { size } = table;
  const [weights, biases] = [new Float64Array(classes.length * size), new Float64Array(classes.length)];
  classes.forEach((_, c) => {
    const marks = images.map(({ labels }) => (labels.includes(c) ? 1 : 0));
    if (new Set(marks).size === 1) {
      biases[c] = marks[0] === 1 ? 1 : -1;
      return;
    }
    const svm = trainLinearSvm(table, marks, options);
    // Of its two classes the second one is the pictures that show the class.
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
      'the training pictures of a linear SVM',
      'enough that each third of them shows some class',
      `${set.images.length}, of which ${set.images.filter(({ labels }) => labels.length > 0).length} show any`,
    );
  }
  return parts;
}

/**
 * Chooses C by threefold cross-validation, by the mean average precision of the third that is left out.
 *
 * @returns the best of the candidates, the smallest of equal ones, and the figure of each, mean of the thirds
 * @throws WeldonError if there are too few pictures with labels to do so
 */
export function chooseCOnSeveralLabels(
  table: FeatureTable,
  set: ImageDataSet,
  candidates: readonly number[],
  options: LinearSvmOptions & { seed: number },
): { c: number; figures: number[] } {
  const figures = candidates.map(() => 0);
  const parts = thirdsOf(set, options.seed);
  for (const part of parts) {
    const left = membersOf(set, part);
    const out = new Set(left);
    const rest = { ...set, images: set.images.filter((_, i) => !out.has(i)) };
    const [training, testing] = [rowsOf(table, membersOf(set, rest)), rowsOf(table, left)];
    candidates.forEach((c, i) => {
      const scores = linearScores(trainSvmOnSeveralLabels(training, rest, { ...options, c }), testing);
      figures[i] += merit(part.images, set.classes.length, true, scores) / parts.length;
    });
  }
  const best = candidates.map((_, i) => i).sort((a, b) => figures[b] - figures[a] || candidates[a] - candidates[b])[0];
  return { c: candidates[best], figures };
}
