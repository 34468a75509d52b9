import { checkKeys, expected, expectedInWords } from '../../errors.js';
import { mixSeeds } from '../../random.js';
import { shuffledOrder } from '../trainingData.js';
import type { FeatureTable } from './featureTable.js';
import { checkTable, takeRows } from './featureTable.js';
import type { LinearModel } from './linearModel.js';
import { predictClasses } from './linearModel.js';

export interface CrossValidationOptions {
  /** Values of C to try. Default 0.01, 0.1, 1, 10, 100. */
  candidates?: readonly number[];
  /** Parts of the data, each left out once; >= 2. Default 3. */
  folds?: number;
  /** Seed of the parting. Default 0. */
  seed?: number;
}

export interface ChosenC {
  /** the candidate with the highest accuracy; the smallest of equal ones */
  c: number;
  /** mean accuracy of each candidate, in the order given */
  accuracies: number[];
}

/** The fold of each example: classes are spread evenly, in an order that the seed decides. */
function foldsOf(labels: ArrayLike<number>, classes: number, folds: number, seed: number): Int32Array {
  const fold = new Int32Array(labels.length);
  let next = 0;
  for (let c = 0; c < classes; c++) {
    const members = Array.from(labels, (label, i) => (label === c ? i : -1)).filter((i) => i >= 0);
    if (members.length < folds) {
      throw expectedInWords(
        `class ${c} in a cross-validation of ${folds} folds`,
        `of ${folds} examples or more`,
        `${members.length}`,
      );
    }
    shuffledOrder(members.length, mixSeeds(seed, c)).forEach((place) => {
      fold[members[place]] = next++ % folds;
    });
  }
  return fold;
}

/**
 * Chooses C by k-fold cross-validation: trains on all folds but one and measures accuracy on that one.
 *
 * @param train trains a linear model with a given C, for example `(table, labels, c) => trainLinearSvm(table, labels, { c })`
 * @throws WeldonError if a class has fewer examples than there are folds, or an option is out of range
 *
 * @example
 * const { c } = chooseC(table, labels, (part, partLabels, candidate) => trainLinearSvm(part, partLabels, { c: candidate }));
 * const svm = trainLinearSvm(table, labels, { c });
 */
export function chooseC(
  table: FeatureTable,
  labels: ArrayLike<number>,
  train: (table: FeatureTable, labels: ArrayLike<number>, c: number) => LinearModel,
  options: CrossValidationOptions = {},
): ChosenC {
  checkKeys(options, 'candidates folds seed', 'crossValidation');
  const { candidates = [0.01, 0.1, 1, 10, 100], folds = 3, seed = 0 } = options;
  if (candidates.length === 0 || !candidates.every((c) => c > 0 && Number.isFinite(c))) {
    throw expected('candidates for chooseC', 'one or more finite numbers > 0', candidates);
  }
  if (!Number.isInteger(folds) || folds < 2) {
    throw expected('folds for chooseC', 'a whole number >= 2', folds);
  }
  const classes = checkTable(table, labels, 'chooseC');
  const fold = foldsOf(labels, classes, folds, seed);
  const right = candidates.map(() => 0);
  for (let f = 0; f < folds; f++) {
    const inside = Array.from(fold, (part, i) => (part === f ? -1 : i)).filter((i) => i >= 0);
    const outside = Array.from(fold, (part, i) => (part === f ? i : -1)).filter((i) => i >= 0);
    const [training, testing] = [takeRows(table, inside), takeRows(table, outside)];
    candidates.forEach((c, index) => {
      const model = train(
        training,
        inside.map((i) => labels[i]),
        c,
      );
      predictClasses(model, testing).forEach((label, i) => {
        right[index] += label === labels[outside[i]] ? 1 : 0;
      });
    });
  }
  const order = candidates.map((_, i) => i).sort((a, b) => right[b] - right[a] || candidates[a] - candidates[b]);
  return { c: candidates[order[0]], accuracies: right.map((count) => count / labels.length) };
}
