import type { BootstrapOptions, Interval, Statistic } from './bootstrap.js';
import { average, bootstrapInterval } from './bootstrap.js';
import { checkClasses, checkLabels, argmax, rowsOf } from './checkScores.js';

export interface AccuracySummary {
  /** part of the examples, or mean over classes of each one's part; NaN if there were none */
  accuracy: number;
  count: number;
  /** examples with a NaN among their scores, which count as wrong */
  nanCount: number;
}

/** What accuracies share: they remember label and outcome of each example. */
export abstract class ExampleAccuracy {
  private labels: number[] = [];
  /** 1 or 0 */
  private right: number[] = [];
  private nanCount = 0;
  protected readonly owner: string;

  constructor(
    readonly classes: number,
    owner: string,
  ) {
    checkClasses(classes, owner);
    this.owner = owner;
  }

  /** Whether a row of scores, without a NaN, counts as right for a label. */
  protected isRight(scores: ArrayLike<number>, row: number, label: number): boolean {
    return argmax(scores, row, this.classes) === label;
  }

  /** The metric, from the label and outcome of each example; by default the part that is right. */
  protected statistic(_labels: ArrayLike<number>, right: ArrayLike<number>): Statistic {
    return average(right);
  }

  /**
   * Takes a batch.
   *
   * @param scores `[batch, classes]`, row by row; probabilities or scores
   * @param labels class numbers, `[batch]`
   * @throws WeldonError if they do not belong together; nothing is taken then
   */
  update(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
    const rows = rowsOf(scores, this.classes, this.owner);
    checkLabels(labels, rows, this.classes, this.owner);
    for (let i = 0; i < rows; i++) {
      const known = argmax(scores, i, this.classes) >= 0;
      this.labels.push(labels[i]);
      this.right.push(known && this.isRight(scores, i, labels[i]) ? 1 : 0);
      this.nanCount += known ? 0 : 1;
    }
  }

  summary(): AccuracySummary {
    const accuracy = this.statistic(this.labels, this.right)(Array.from(this.labels.keys()));
    return { accuracy, count: this.labels.length, nanCount: this.nanCount };
  }

  /** A bootstrap interval of the metric over the examples; see `bootstrapInterval`. */
  interval(options: BootstrapOptions = {}): Interval {
    return bootstrapInterval(this.labels.length, this.statistic(this.labels, this.right), options);
  }

  reset(): void {
    this.labels = [];
    this.right = [];
    this.nanCount = 0;
  }
}

/**
 * Part of the examples whose highest score is that of their class.
 *
 * @example
 * const metric = new Accuracy(15);
 * metric.update(scores, labels);
 * metric.summary().accuracy;
 * metric.interval({ seed: 1 }); // { low, high }
 */
export class Accuracy extends ExampleAccuracy {
  /** @throws WeldonError if `classes` is no whole number >= 1 */
  constructor(classes: number) {
    super(classes, 'Accuracy');
  }
}

/** Mean over the classes that have examples of the mean of what each one's examples gave. */
export function meanClassPart(labels: ArrayLike<number>, right: ArrayLike<number>, classes: number): Statistic {
  return (members) => {
    const totals = new Float64Array(classes);
    const hits = new Float64Array(classes);
    for (let i = 0; i < members.length; i++) {
      totals[labels[members[i]]]++;
      hits[labels[members[i]]] += right[members[i]];
    }
    const parts = Array.from(totals, (total, c) => hits[c] / total).filter((_, c) => totals[c] > 0);
    return parts.reduce((sum, part) => sum + part, 0) / parts.length;
  };
}

/** Mean over the classes that have examples of the part of each one's examples that are right. */
export class MeanClassAccuracy extends ExampleAccuracy {
  /** @throws WeldonError if `classes` is no whole number >= 1 */
  constructor(classes: number) {
    super(classes, 'MeanClassAccuracy');
  }

  protected override statistic(labels: ArrayLike<number>, right: ArrayLike<number>): Statistic {
    return meanClassPart(labels, right, this.classes);
  }
}
