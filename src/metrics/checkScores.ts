import { expected, expectedInWords } from '../errors.js';

/** Refuses a number of classes that is none. */
export function checkClasses(classes: number, owner: string): void {
  if (!Number.isInteger(classes) || classes < 1) {
    throw expected(`classes for ${owner}`, 'a whole number >= 1', classes);
  }
}

/** Refuses scores that are not rows of one number per class; gives the number of rows. */
export function rowsOf(scores: ArrayLike<number>, classes: number, owner: string): number {
  if (scores.length % classes !== 0) {
    throw expectedInWords(`the scores for ${owner}`, `rows of ${classes} numbers`, `${scores.length} numbers`);
  }
  return scores.length / classes;
}

/** Refuses class numbers that do not belong to the rows. */
export function checkLabels(labels: ArrayLike<number>, rows: number, classes: number, owner: string): void {
  if (labels.length !== rows) {
    throw expectedInWords(`the labels for ${owner}`, `${rows}, one per row of scores`, `${labels.length}`);
  }
  for (let i = 0; i < rows; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      throw expected(`label ${i} for ${owner}`, `a class number from 0 to ${classes - 1}`, labels[i]);
    }
  }
}

/** The class with the highest score of a row, the lower number on equal scores; −1 where a score is NaN. */
export function argmax(scores: ArrayLike<number>, row: number, classes: number): number {
  let best = 0;
  for (let c = 0; c < classes; c++) {
    const score = scores[row * classes + c];
    if (Number.isNaN(score)) {
      return -1;
    }
    if (score > scores[row * classes + best]) {
      best = c;
    }
  }
  return best;
}
