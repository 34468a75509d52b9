import { expected, expectedInWords } from '../errors.js';
import type { BootstrapOptions, Interval } from './bootstrap.js';
import { bootstrapInterval } from './bootstrap.js';
import { checkClasses, rowsOf } from './checkScores.js';

/**
 * How precision over recall becomes one number:
 * - `'allPoints'`: mean precision at the score of each positive, as scikit-learn's `average_precision_score`;
 * - `'voc07'`: mean over recall 0, 0.1, … 1 of the highest precision at that recall or more (Pascal VOC 2007);
 * - `'envelope'`: area under the highest precision at each recall or more (Pascal VOC 2010 on).
 */
export type PrecisionRule = 'allPoints' | 'voc07' | 'envelope';

const rules: readonly PrecisionRule[] = ['allPoints', 'voc07', 'envelope'];

function checkRule(rule: PrecisionRule): void {
  if (!rules.includes(rule)) {
    throw expected('rule for average precision', "'allPoints', 'voc07' or 'envelope'", rule);
  }
}

/**
 * Average precision of one class, over thresholds of the score: equal scores enter together, so that the order of the
 * examples does not matter and scores that are all the same give the share of positives. NaN comes last.
 *
 * @param scores one per example
 * @param labels above 0.5 for a positive; below 0 for an example that is left out ("difficult" in Pascal VOC)
 * @param rule default `'allPoints'`
 * @returns 0 … 1; NaN if there is no positive
 * @throws WeldonError for lengths that differ or an unknown rule
 *
 * @example
 * averagePrecision([0.9, 0.8, 0.7], [1, 0, 1]); // (1 + 2/3) / 2
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  rule: PrecisionRule = 'allPoints',
): number {
  checkRule(rule);
  if (scores.length !== labels.length) {
    throw expectedInWords('the labels for average precision', `${scores.length}, one per score`, `${labels.length}`);
  }
  return precisionOf(rankedByScore(scores, labels), labels, rule);
}

/** Examples from the highest score down, NaN last, without those that are left out; of equal scores one is the last. */
export interface Ranking {
  order: Int32Array;
  /** 1 where the next example has another score, or there is none */
  isLast: Uint8Array;
}

/**
 * Ranks examples once for many samples of them.
 *
 * @param labels below 0 for an example that is left out
 */
export function rankedByScore(scores: ArrayLike<number>, labels: ArrayLike<number>): Ranking {
  const valueOf = (i: number) => (Number.isNaN(scores[i]) ? -Infinity : scores[i]);
  // A difference of infinities is no number, so scores are compared and not subtracted.
  const byScore = (a: number, b: number) =>
    Number(valueOf(a) < valueOf(b)) - Number(valueOf(a) > valueOf(b)) ||
    Number(Number.isNaN(scores[a])) - Number(Number.isNaN(scores[b]));
  const order = Int32Array.from({ length: scores.length }, (_, i) => i)
    .filter((i) => labels[i] >= 0)
    .sort(byScore);
  const isLast = Uint8Array.from(order, (i, rank) =>
    rank + 1 === order.length || byScore(i, order[rank + 1]) !== 0 ? 1 : 0,
  );
  return { order, isLast };
}

/**
 * Average precision of ranked examples, as `averagePrecision` has it.
 *
 * @param counts how often each example is there, whole numbers; default once
 */
export function precisionOf(
  { order, isLast }: Ranking,
  labels: ArrayLike<number>,
  rule: PrecisionRule,
  counts?: ArrayLike<number>,
): number {
  // of each positive, at the threshold that lets it in
  const precisions: number[] = [];
  let entering = 0;
  let seen = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const i = order[rank];
    const count = counts === undefined ? 1 : counts[i];
    seen += count;
    entering += labels[i] > 0.5 ? count : 0;
    if (entering > 0 && isLast[rank] === 1) {
      const precision = (precisions.length + entering) / seen;
      for (; entering > 0; entering--) {
        precisions.push(precision);
      }
    }
  }
  const positives = precisions.length;
  if (positives === 0) {
    return NaN;
  }
  const mean = () => precisions.reduce((sum, precision) => sum + precision, 0) / positives;
  if (rule === 'allPoints') {
    return mean();
  }
  for (let i = positives - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i], precisions[i + 1]);
  }
  if (rule === 'envelope') {
    return mean();
  }
  let sum = 0;
  for (let tenth = 0; tenth <= 10; tenth++) {
    // the first positive at which recall is tenth / 10 or more, in whole numbers
    sum += precisions[Math.max(1, Math.ceil((tenth * positives) / 10)) - 1];
  }
  return sum / 11;
}

/** How often each of some examples is among members. */
export function countsOf(members: ArrayLike<number>, examples: number): Int32Array {
  const counts = new Int32Array(examples);
  for (let m = 0; m < members.length; m++) {
    counts[members[m]]++;
  }
  return counts;
}

/**
 * The average precision of each class for some images, NaN for a class that none of them shows.
 *
 * @param scores `[images, classes]`, row by row
 * @param labels likewise: above 0.5 for a class that is there, below 0 for a pair that is left out
 */
export function classPrecisions(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  rule: PrecisionRule,
): (members: ArrayLike<number>) => number[] {
  const images = scores.length / classes;
  const column = (values: ArrayLike<number>, c: number) =>
    Array.from({ length: images }, (_, i) => values[i * classes + c]);
  const ranked = Array.from({ length: classes }, (_, c) => {
    const own = column(labels, c);
    return { ranking: rankedByScore(column(scores, c), own), labels: own };
  });
  return (members) => {
    const counts = countsOf(members, images);
    return ranked.map((each) => precisionOf(each.ranking, each.labels, rule, counts));
  };
}

/** The mean of what has a value: classes that no image shows, and queries without a relevant item, count for nothing. */
export function meanOfKnown(values: readonly number[]): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}

export interface AveragePrecisionSummary {
  /** mean over the classes that have a positive; NaN if none has */
  map: number;
  /** of each class; NaN for one without a positive */
  classes: number[];
  count: number;
  /** scores that are NaN */
  nanCount: number;
}

/**
 * Mean average precision over classes, for several labels per image.
 *
 * @example
 * const metric = new MeanAveragePrecision(20, 'voc07');
 * metric.update(scores, labels);
 * metric.summary().map;
 */
export class MeanAveragePrecision {
  private scores: number[] = [];
  private labels: number[] = [];

  /** @throws WeldonError for a number of classes or a rule that does not exist */
  constructor(
    readonly classes: number,
    readonly rule: PrecisionRule = 'allPoints',
  ) {
    checkClasses(classes, 'MeanAveragePrecision');
    checkRule(rule);
  }

  /**
   * Takes a batch.
   *
   * @param scores `[batch, classes]`, row by row
   * @param labels `[batch, classes]`: above 0.5 for a class that is there, below 0 for a pair that is left out
   * @throws WeldonError if they do not belong together; nothing is taken then
   */
  update(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
    rowsOf(scores, this.classes, 'MeanAveragePrecision');
    if (labels.length !== scores.length) {
      throw expectedInWords(
        'the labels for MeanAveragePrecision',
        `${scores.length}, one per score`,
        `${labels.length}`,
      );
    }
    for (let i = 0; i < scores.length; i++) {
      this.scores.push(scores[i]);
      this.labels.push(labels[i]);
    }
  }

  private measure(): (members: ArrayLike<number>) => { map: number; classes: number[] } {
    const precisions = classPrecisions(this.scores, this.labels, this.classes, this.rule);
    return (members) => {
      const classes = precisions(members);
      return { map: meanOfKnown(classes), classes };
    };
  }

  summary(): AveragePrecisionSummary {
    const count = this.scores.length / this.classes;
    return {
      ...this.measure()(Array.from({ length: count }, (_, i) => i)),
      count,
      nanCount: this.scores.filter(Number.isNaN).length,
    };
  }

  /** A bootstrap interval of the mean over the images; see `bootstrapInterval`. */
  interval(options: BootstrapOptions = {}): Interval {
    const measure = this.measure();
    return bootstrapInterval(this.scores.length / this.classes, (members) => measure(members).map, options);
  }

  reset(): void {
    this.scores = [];
    this.labels = [];
  }
}
