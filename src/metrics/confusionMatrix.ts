import { checkClasses, checkLabels, argmax, rowsOf } from './checkScores.js';

export interface ConfusionSummary {
  /** `[classes][classes]`: how many examples of the row's class were taken for the column's */
  counts: number[][];
  /** part of all examples taken for their own class; NaN if there were none */
  accuracy: number;
  /** the same for each class; NaN for a class without examples */
  classAccuracies: number[];
  /** mean of `classAccuracies` over the classes that have examples; NaN if none has */
  meanClassAccuracy: number;
  /** examples */
  count: number;
  /** examples with a NaN among their scores: they count, as wrong, and are in no column */
  nanCount: number;
}

/**
 * What is taken for what. Also gives accuracy, over all examples and as a mean over classes: the two differ where classes
 * are of different size, and papers on MIT67 report either.
 *
 * @example
 * const matrix = new ConfusionMatrix(3);
 * matrix.update(scores, labels); // for every batch
 * const { accuracy, meanClassAccuracy } = matrix.summary();
 */
export class ConfusionMatrix {
  private counts: Int32Array;
  private totals: Int32Array;
  private nanCount = 0;

  /** @throws WeldonError if `classes` is no whole number >= 1 */
  constructor(readonly classes: number) {
    checkClasses(classes, 'ConfusionMatrix');
    this.counts = new Int32Array(classes * classes);
    this.totals = new Int32Array(classes);
  }

  /**
   * Counts a batch.
   *
   * @param scores `[batch, classes]`, row by row; probabilities or scores
   * @param labels class numbers, `[batch]`
   * @throws WeldonError if they do not belong together; nothing is counted then
   */
  update(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
    const { classes } = this;
    const rows = rowsOf(scores, classes, 'ConfusionMatrix');
    checkLabels(labels, rows, classes, 'ConfusionMatrix');
    for (let i = 0; i < rows; i++) {
      const taken = argmax(scores, i, classes);
      this.totals[labels[i]]++;
      if (taken < 0) {
        this.nanCount++;
      } else {
        this.counts[labels[i] * classes + taken]++;
      }
    }
  }

  summary(): ConfusionSummary {
    const { classes } = this;
    const each = Array.from({ length: classes }, (_, c) => c);
    const right = each.map((c) => this.counts[c * classes + c]);
    const classAccuracies = each.map((c) => right[c] / this.totals[c]);
    const present = classAccuracies.filter((_, c) => this.totals[c] > 0);
    const count = this.totals.reduce((sum, total) => sum + total, 0);
    return {
      counts: each.map((c) => [...this.counts.subarray(c * classes, (c + 1) * classes)]),
      accuracy: right.reduce((sum, n) => sum + n, 0) / count,
      classAccuracies,
      meanClassAccuracy: present.reduce((sum, part) => sum + part, 0) / present.length,
      count,
      nanCount: this.nanCount,
    };
  }

  reset(): void {
    this.counts.fill(0);
    this.totals.fill(0);
    this.nanCount = 0;
  }
}
