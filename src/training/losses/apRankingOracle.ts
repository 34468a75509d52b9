import { expected, expectedInWords } from '../../errors.js';

/**
 * How violated pairs weigh against 1 − AP: `'raw'` as the WELDON paper writes it, κ = 1; `'norm'` divides by the number
 * of pairs, κ = 1 / (positives · negatives), as Yue et al. and MANTRA do.
 */
export type RankingNormalization = 'raw' | 'norm';

/** The most violating ranking. */
export interface ApRankingOptimum {
  /** `max over rankings c of [1 − AP(c) + κ (L(c) − L(c*))]`, >= 0 */
  value: number;
  /** derivative of `value` with respect to each score, in the order given */
  gradient: Float64Array;
  /** 1 − AP of the ranking found, 0 … 1 */
  delta: number;
  /** the ranking found, indices of the scores from first to last */
  order: Int32Array;
}

/** Indices of one kind, highest score first, the lower index first on equal scores. */
function ranked(scores: ArrayLike<number>, labels: ArrayLike<number>, positive: boolean): Int32Array {
  const members: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (labels[i] >= 0 && labels[i] > 0.5 === positive) {
      members.push(i);
    }
  }
  return Int32Array.from(members.sort((a, b) => scores[b] - scores[a] || a - b));
}

/**
 * Loss-augmented inference for average precision: the ranking that costs most, found greedily.
 *
 * With the positives and the negatives each in the order of their scores, putting the j-th negative before the k-th and
 * all later positives gains `Σ_{k' ≥ k} [k' / (P (j + k') (j + k' − 1)) − 2 κ (s_k' − s_j)]`, whatever the other
 * negatives do; so each finds its best place alone, and later negatives never want an earlier one. Equal gains go to the
 * ranking with fewer inversions. Sources: Yue, Finley, Radlinski, Joachims, "A support vector method for optimizing
 * average precision" (SIGIR 2007), algorithm 1; WELDON (CVPR 2016), section 3.3.
 *
 * Time: sorting, and at most positives × negatives / 2 or so multiplications.
 *
 * @param scores one finite number per example
 * @param labels above 0.5 for a positive, 0 … 0.5 for a negative, below 0 for an example to leave out
 * @returns value 0 and an empty gradient where there are no positives or no negatives; left-out examples are in no order
 * @throws WeldonError for lengths that differ, a score that is not finite, or an unknown normalization
 *
 * @example
 * apRankingOptimum([-0.12, 0.24], [1, 0], 'norm').delta; // 0.5
 */
export function apRankingOptimum(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  normalization: RankingNormalization = 'norm',
): ApRankingOptimum {
  if (normalization !== 'raw' && normalization !== 'norm') {
    throw expected('normalization for the AP ranking loss', "'raw' or 'norm'", normalization);
  }
  if (scores.length !== labels.length) {
    throw expectedInWords('the labels for the AP ranking loss', `${scores.length}, one per score`, `${labels.length}`);
  }
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isFinite(scores[i])) {
      throw expected(`score ${i} for the AP ranking loss`, 'a finite number', scores[i]);
    }
  }
  const positives = ranked(scores, labels, true);
  const negatives = ranked(scores, labels, false);
  const gradient = new Float64Array(scores.length);
  const order = new Int32Array(positives.length + negatives.length);
  if (positives.length === 0 || negatives.length === 0) {
    order.set(positives.length === 0 ? negatives : positives);
    return { value: 0, gradient, delta: 0, order };
  }
  const kappa = normalization === 'raw' ? 1 : 1 / (positives.length * negatives.length);
  const places = bestPlaces(scores, positives, negatives, kappa);
  return { ...readOff(scores, positives, negatives, places, kappa, gradient, order), gradient, order };
}

/** For each negative the 0-based positive it stands before; `positives.length` for behind them all. */
function bestPlaces(
  scores: ArrayLike<number>,
  positives: Int32Array,
  negatives: Int32Array,
  kappa: number,
): Int32Array {
  const count = positives.length;
  // drop[m] = 1 / (P m (m − 1)): the precision at the k-th positive falls by k · drop[j + k] with the j-th negative.
  const drop = new Float64Array(count + negatives.length + 1);
  for (let m = 2; m < drop.length; m++) {
    drop[m] = 1 / (count * m * (m - 1));
  }
  const cost = Float64Array.from(positives, (i) => 2 * kappa * scores[i]);
  const places = new Int32Array(negatives.length);
  let earliest = 0;
  for (let j = 1; j <= negatives.length; j++) {
    const own = 2 * kappa * scores[negatives[j - 1]];
    let gain = 0;
    let best = 0;
    let place = count;
    for (let k = count; k > earliest; k--) {
      gain += k * drop[j + k] - cost[k - 1] + own;
      if (gain > best) {
        best = gain;
        place = k - 1;
      }
    }
    places[j - 1] = place;
    earliest = place;
  }
  return places;
}

/** Value, gradient and order of the ranking in which negative j stands before positive `places[j]`. */
function readOff(
  scores: ArrayLike<number>,
  positives: Int32Array,
  negatives: Int32Array,
  places: Int32Array,
  kappa: number,
  gradient: Float64Array,
  order: Int32Array,
): { value: number; delta: number } {
  let precision = 0;
  let pairs = 0;
  let before = 0;
  let at = 0;
  for (let k = 0; k < positives.length; k++) {
    for (; before < negatives.length && places[before] <= k; before++) {
      order[at++] = negatives[before];
    }
    order[at++] = positives[k];
    precision += (k + 1) / (k + 1 + before);
    gradient[positives[k]] = -2 * kappa * before;
    pairs -= before * scores[positives[k]];
  }
  for (let j = 0; j < negatives.length; j++) {
    const inverted = positives.length - places[j];
    gradient[negatives[j]] = 2 * kappa * inverted;
    pairs += inverted * scores[negatives[j]];
    if (j >= before) {
      order[at++] = negatives[j];
    }
  }
  const delta = 1 - precision / positives.length;
  return { value: delta + 2 * kappa * pairs, delta };
}
