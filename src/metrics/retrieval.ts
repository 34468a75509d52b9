import { expected, expectedInWords } from '../errors.js';

/** How well a ranking puts what is relevant first; see {@link rankingQuality}. */
export interface RankingQuality {
  /** the mean of the precision at each relevant item */
  averagePrecision: number;
  /** 1 over the place of the first relevant item, counted from 1 */
  reciprocalRank: number;
  /** gain 1 for a relevant item, discounted by log2(1 + place), over that of the best order, up to the 10th place */
  ndcgAt10: number;
  /** whether one of the first k is relevant, 1 or 0 */
  hitAt(k: number): number;
  /** the share of the first k that is relevant; places beyond the end count as not relevant */
  precisionAt(k: number): number;
  /** the share of the relevant items among the first k */
  recallAt(k: number): number;
}

const places = 10;

/**
 * Judges one ranking. `NaN` stands for what means nothing without a relevant item; the shares of what was found are 0.
 *
 * @param ranking whether the item at each place is relevant, best place first
 * @param relevant how many relevant items there are in all, in case the ranking ends before the last. Default: those in it
 *
 * Sources: average precision as in TREC; nDCG of Järvelin and Kekäläinen 2002 with binary gain.
 *
 * @example
 * rankingQuality([false, true, false, true]).averagePrecision; // (1/2 + 2/4) / 2 = 0.5
 */
export function rankingQuality(ranking: readonly boolean[], relevant = ranking.filter(Boolean).length): RankingQuality {
  const found = ranking.flatMap((is, place) => (is ? [place + 1] : []));
  if (!Number.isInteger(relevant) || relevant < found.length) {
    throw expected('relevant for rankingQuality', `a whole number >= ${found.length}, those in the ranking`, relevant);
  }
  const within = (k: number) => {
    if (!Number.isInteger(k) || k < 1) {
      throw expected('k for a retrieval metric', 'a whole number >= 1', k);
    }
    return found.filter((place) => place <= k).length;
  };
  const gain = (place: number) => 1 / Math.log2(1 + place);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const ideal = sum(Array.from({ length: Math.min(relevant, places) }, (_, i) => gain(i + 1)));
  const none = relevant === 0;
  return {
    averagePrecision: none ? NaN : sum(found.map((place, i) => (i + 1) / place)) / relevant,
    reciprocalRank: none ? NaN : found.length === 0 ? 0 : 1 / found[0],
    ndcgAt10: none ? NaN : sum(found.filter((place) => place <= places).map(gain)) / ideal,
    hitAt: (k) => (none ? NaN : within(k) > 0 ? 1 : 0),
    precisionAt: (k) => within(k) / k,
    recallAt: (k) => (none ? NaN : within(k) / relevant),
  };
}

/**
 * Judges the ranking that scores give: from the highest down, equal ones by their place in the catalogue.
 *
 * @param scores of every item, no NaN among them
 * @param relevant of every item, above 0 for a relevant one
 *
 * @example
 * scoredRanking([0.9, 0.2, 0.9], [0, 0, 1]).reciprocalRank; // 1/2: of equal scores the first item goes first
 */
export function scoredRanking(scores: ArrayLike<number>, relevant: ArrayLike<number>): RankingQuality {
  if (scores.length !== relevant.length) {
    throw expectedInWords('the relevances for scoredRanking', `${scores.length}, one per score`, `${relevant.length}`);
  }
  if (Array.from(scores).some(Number.isNaN)) {
    throw expectedInWords('the scores for scoredRanking', 'numbers', 'NaN');
  }
  // Not by argsortDescending, whose float32 would make ties of scores that differ.
  const order = Array.from(scores, (_, item) => item).sort((a, b) => scores[b] - scores[a] || a - b);
  return rankingQuality(order.map((item) => relevant[item] > 0));
}
