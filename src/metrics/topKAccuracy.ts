import { expected } from '../errors.js';
import { ExampleAccuracy } from './accuracy.js';
import { argmax } from './checkScores.js';

/**
 * Whether a class is among the k highest scores of a row, the lower class number first on equal scores; never where a
 * score is NaN.
 */
export function isAmongHighest(
  scores: ArrayLike<number>,
  row: number,
  classes: number,
  label: number,
  k: number,
): boolean {
  if (argmax(scores, row, classes) < 0) {
    return false;
  }
  const own = scores[row * classes + label];
  let ahead = 0;
  for (let c = 0; c < classes; c++) {
    const score = scores[row * classes + c];
    ahead += score > own || (score === own && c < label) ? 1 : 0;
  }
  return ahead < k;
}

/**
 * Part of the examples whose class is among the k highest scores: top-5 accuracy with k 5, as ImageNet's classification
 * is judged (Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 2015, section 4.1). Of equal
 * scores the lower class number comes first; an example with a NaN among its scores counts as wrong.
 *
 * @example
 * const metric = new TopKAccuracy(1000, 5);
 * metric.update(scores, labels); // scores [batch, 1000] row by row, labels [batch]
 * metric.summary().accuracy;
 */
export class TopKAccuracy extends ExampleAccuracy {
  /**
   * @param classes how many there are
   * @param k how many of them may be guessed; `classes` or more makes every example right
   * @throws WeldonError if one is no whole number >= 1
   */
  constructor(
    classes: number,
    readonly k: number,
  ) {
    super(classes, 'TopKAccuracy');
    if (!Number.isInteger(k) || k < 1) {
      throw expected('k for TopKAccuracy', 'a whole number >= 1', k);
    }
  }

  protected override isRight(scores: ArrayLike<number>, row: number, label: number): boolean {
    return isAmongHighest(scores, row, this.classes, label, this.k);
  }
}
