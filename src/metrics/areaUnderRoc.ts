import { expected, expectedInWords } from '../errors.js';

/**
 * Area under the ROC curve: how often a positive scores above a negative, a tie as half (Mann-Whitney).
 *
 * @param scores one per example
 * @param labels above 0.5 for a positive
 * @returns 0 … 1; NaN without a positive or without a negative
 * @throws WeldonError for lengths that differ and for scores that are NaN
 *
 * @example
 * areaUnderRoc([0.9, 0.8, 0.3], [1, 0, 0]); // 1
 */
export function areaUnderRoc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (scores.length !== labels.length) {
    throw expectedInWords('the labels for areaUnderRoc', `${scores.length}, one per score`, `${labels.length}`);
  }
  const order = Array.from({ length: scores.length }, (_, i) => i);
  const bad = order.find((i) => Number.isNaN(scores[i]));
  if (bad !== undefined) {
    throw expected(`score ${bad} for areaUnderRoc`, 'a number', NaN);
  }
  order.sort((a, b) => (scores[a] < scores[b] ? -1 : scores[a] > scores[b] ? 1 : 0));
  let positives = 0;
  // ranks of positives, equal scores at the middle of theirs
  let ranks = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    let entering = 0;
    for (; to < order.length && scores[order[to]] === scores[order[from]]; to++) {
      entering += labels[order[to]] > 0.5 ? 1 : 0;
    }
    positives += entering;
    ranks += (entering * (from + to + 1)) / 2;
    from = to;
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0
    ? NaN
    : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}
