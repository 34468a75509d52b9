/** A metric learnt from what people liked and did not, compared with Euclid's on judgements that it has not seen. */
import { expectedInWords } from '../../errors.js';
import { bootstrapInterval } from '../../metrics/bootstrap.js';
import { minimise } from './minimise.js';
import { shuffledOrder } from '../trainingData.js';

/** What somebody said of the hits of one search, in vectors as a catalogue stores them. */
export interface Judgement {
  /** of the query: the whole image, its parts */
  query: readonly Float32Array[];
  /** of each liked item its vectors */
  like: readonly (readonly Float32Array[])[];
  unlike: readonly (readonly Float32Array[])[];
}

/** A share of right answers with its 95 % interval over searches. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

/** What {@link learnMetric} found. */
export interface LearntMetric {
  /** one factor a direction of the catalogue, >= 0; all 1 is Euclid's */
  weights: Float32Array;
  /** searches with something liked and something not */
  searches: number;
  /** pairs of a liked and another item of one search */
  pairs: number;
  /** of held-out pairs, the share in which the liked item is the nearer one */
  euclid: Share;
  learnt: Share;
  /** search by search */
  difference: Share;
  /** whether the interval of the difference lies above 0 */
  wins: boolean;
}

/** One search: of each pair, by how much the liked item's products are larger, number by number. */
type Pairs = readonly Float64Array[];

/** Fewer searches tell nothing. */
const fewest = 10;
const folds = 5;
/** How strongly the factors are held at 1, from little to much; chosen within the training part. */
const penalties = [0.01, 0.1, 1, 10];

/** Products of a query's vector with an item's, number by number; the last is the item's own `a`. */
function products(query: Float32Array, item: Float32Array): Float64Array {
  const last = item.length - 1;
  return Float64Array.from(item, (value, i) => (i === last ? value : value * query[i]));
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Those of the pair of vectors that are nearest by Euclid's. */
function nearestProducts(query: readonly Float32Array[], item: readonly Float32Array[]): Float64Array {
  let best: Float64Array | null = null;
  let most = -Infinity;
  for (const own of query) {
    for (const other of item) {
      const made = products(own, other);
      // What a query's vector lacks differs between its parts.
      const score = sum(made) + own[own.length - 1];
      if (score > most) {
        [best, most] = [made, score];
      }
    }
  }
  return best as Float64Array;
}

function pairsOf({ query, like, unlike }: Judgement): Pairs {
  const [likes, others] = [like, unlike].map((items) => items.map((item) => nearestProducts(query, item)));
  return likes.flatMap((liked) => others.map((other) => liked.map((value, i) => value - other[i])));
}

/** Scores of pairs: above 0 where the liked item is the nearer one. */
const scoreOf = (pair: Float64Array, weights: Float32Array) =>
  pair.reduce((total, value, i) => total + (i < weights.length ? weights[i] : 1) * value, 0);

/** The share of a search's pairs that is right; a tie is half right. */
function rightShare(pairs: Pairs, weights: Float32Array): number {
  const right = pairs.map((pair) => (Math.sign(scoreOf(pair, weights)) + 1) / 2);
  return right.reduce((total, each) => total + each, 0) / pairs.length;
}

/**
 * Fits the factors: of every pair the logistic loss of `s · Euclid's difference + Σ d_i · its parts`, each search weighing
 * the same, and `penalty · Σ d_i²`; the factors are `1 + d_i / s`.
 */
function fit(searches: readonly Pairs[], penalty: number): Float32Array {
  const dimensions = searches[0][0].length - 1;
  const loss = (point: Float64Array, gradient: Float64Array) => {
    gradient.fill(0);
    let value = 0;
    for (const pairs of searches) {
      for (const pair of pairs) {
        const whole = sum(pair);
        let logit = point[dimensions] * whole;
        for (let i = 0; i < dimensions; i++) {
          logit += point[i] * pair[i];
        }
        const share = 1 / (pairs.length * searches.length);
        value += share * (Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, -logit));
        const slope = -share / (1 + Math.exp(logit));
        for (let i = 0; i < dimensions; i++) {
          gradient[i] += slope * pair[i];
        }
        gradient[dimensions] += slope * whole;
      }
    }
    for (let i = 0; i < dimensions; i++) {
      value += (penalty / 2) * point[i] ** 2;
      gradient[i] += penalty * point[i];
    }
    // Where Euclid's is always right, its factor would have no end.
    value += 0.5e-4 * point[dimensions] ** 2;
    gradient[dimensions] += 1e-4 * point[dimensions];
    return value;
  };
  const { point } = minimise(loss, dimensions + 1, 1e-6, 200);
  const scale = point[dimensions];
  return Float32Array.from({ length: dimensions }, (_, i) => (scale > 0 ? Math.max(0, 1 + point[i] / scale) : 1));
}

/** Of each search the share that is right by factors fitted to the searches of the other folds. */
function heldOut(searches: readonly Pairs[], seed: number, learn: (train: readonly Pairs[]) => Float32Array): number[] {
  const order = shuffledOrder(searches.length, seed);
  const shares: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const isTest = new Set(Array.from(order).filter((_, i) => i % folds === fold));
    const weights = learn(searches.filter((_, i) => !isTest.has(i)));
    isTest.forEach((i) => (shares[i] = rightShare(searches[i], weights)));
  }
  return shares;
}

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

/** Fits with the penalty that does best on parts of the searches themselves. */
function fitBest(searches: readonly Pairs[], seed: number): Float32Array {
  const quality = penalties.map((penalty) => mean(heldOut(searches, seed, (train) => fit(train, penalty))));
  // Of equal ones, that which holds the factors most.
  return fit(searches, penalties[quality.lastIndexOf(Math.max(...quality))]);
}

/**
 * Learns a diagonal metric: a factor for every direction of the catalogue's PCA, by which the products of a window score are
 * multiplied. It is fitted to pairs of a liked and an unliked item of one search (RankNet's loss, Burges et al. 2005), and
 * judged on searches that it was not fitted to, five folds, the penalty chosen within the others. It wins where the 95 %
 * interval of the difference to Euclid's, over the searches, lies above 0.
 *
 * @param judgements those with both likes and unlikes count; 10 or more of them
 * @throws WeldonError for fewer
 *
 * @example
 * const { wins, weights, difference } = learnMetric(judgements);
 */
export function learnMetric(judgements: readonly Judgement[], seed = 0): LearntMetric {
  const searches = judgements.map(pairsOf).filter((pairs) => pairs.length > 0);
  if (searches.length < fewest) {
    throw expectedInWords(
      'judgements for a metric',
      `of ${fewest} searches or more with something liked and something not`,
      `${searches.length}`,
    );
  }
  const plain = new Float32Array(searches[0][0].length - 1).fill(1);
  const byEuclid = searches.map((pairs) => rightShare(pairs, plain));
  const byLearnt = heldOut(searches, seed, (train) => fitBest(train, seed + 1));
  const share = (values: readonly number[]): Share => ({
    value: mean(values),
    ...bootstrapInterval(values.length, (members) => mean(Array.from(members, (i) => values[i]))),
  });
  const difference = share(byLearnt.map((value, i) => value - byEuclid[i]));
  return {
    weights: fitBest(searches, seed + 1),
    searches: searches.length,
    pairs: searches.reduce((total, pairs) => total + pairs.length, 0),
    euclid: share(byEuclid),
    learnt: share(byLearnt),
    difference,
    wins: difference.low > 0,
  };
}
