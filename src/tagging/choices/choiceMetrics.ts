import { expectedInWords } from '../../errors.js';

/** Rank of a chosen alternative among others: 1 + those above + half of the ties. */
export function rankOf(score: number, others: ArrayLike<number>): number {
  let rank = 1;
  for (let i = 0; i < others.length; i++) {
    rank += others[i] > score ? 1 : others[i] === score ? 0.5 : 0;
  }
  return rank;
}

/** Whether the chosen one is the best of all; t ties at the top share the hit: 1 / (1 + t). */
export function hitAtOne(score: number, others: ArrayLike<number>): number {
  let ties = 0;
  for (let i = 0; i < others.length; i++) {
    if (others[i] > score) {
      return 0;
    }
    ties += others[i] === score ? 1 : 0;
  }
  return 1 / (1 + ties);
}

/** What a model says of one choice. */
export interface ScoredChoice {
  user: string;
  /** price of what was chosen */
  price: number;
  /** score of what was chosen, and of the alternatives drawn */
  chosen: number;
  others: Float64Array;
  /** scores of all other offers open that day */
  open: Float64Array;
}

/** Metrics of a model on choices; NaN where there is nothing to measure by. */
export interface ChoiceMetrics {
  /** chosen above not chosen, all sets thrown together */
  auc: number;
  /** the same within each set, mean over the sets that have an alternative */
  aucWithinSet: number;
  /** part of the sets whose best is the chosen one */
  hitAt1: number;
  /** mean of 1 / rank within the set */
  mrr: number;
  /** hits weighted by price: part of the booked value, no uplift */
  valueHitAt1: number;
  /** part of the choices among the ten best of all offers open that day */
  hitAt10: number;
  /** mean of 1 / rank among all open that day */
  mrrAll: number;
}

/** Names of the metrics, in the order of reports. */
export const choiceMetricNames: readonly (keyof ChoiceMetrics)[] = [
  'auc',
  'aucWithinSet',
  'hitAt1',
  'mrr',
  'valueHitAt1',
  'hitAt10',
  'mrrAll',
];

/** Each choice's own part of a metric that is a mean of such parts. */
function partOf({ chosen, others, open, price }: ScoredChoice, metric: Exclude<keyof ChoiceMetrics, 'auc'>) {
  switch (metric) {
    case 'aucWithinSet':
      return { value: others.length === 0 ? NaN : 1 - (rankOf(chosen, others) - 1) / others.length, weight: 1 };
    case 'hitAt1':
      return { value: hitAtOne(chosen, others), weight: 1 };
    case 'mrr':
      return { value: 1 / rankOf(chosen, others), weight: 1 };
    case 'valueHitAt1':
      return { value: hitAtOne(chosen, others), weight: price };
    case 'hitAt10':
      return { value: Number(rankOf(chosen, open) <= 10), weight: 1 };
    case 'mrrAll':
      return { value: 1 / rankOf(chosen, open), weight: 1 };
  }
}

/**
 * A metric over choices given by number, with repetitions, as a bootstrap wants it.
 *
 * @throws WeldonError without choices
 */
export function choiceStatistic(
  choices: readonly ScoredChoice[],
  metric: keyof ChoiceMetrics,
): (members: ArrayLike<number>) => number {
  if (choices.length === 0) {
    throw expectedInWords('the choices to measure on', 'one or more', 'none');
  }
  if (metric === 'auc') {
    return aucStatistic(choices);
  }
  const parts = choices.map((choice) => partOf(choice, metric));
  return (members) => {
    let sum = 0;
    let weights = 0;
    for (let m = 0; m < members.length; m++) {
      const { value, weight } = parts[members[m]];
      if (!Number.isNaN(value)) {
        sum += value * weight;
        weights += weight;
      }
    }
    return weights === 0 ? NaN : sum / weights;
  };
}

/** Rows are sorted once; each sample then counts how often a choice was drawn, and sums in one pass. */
function aucStatistic(choices: readonly ScoredChoice[]): (members: ArrayLike<number>) => number {
  const rows = choices.flatMap(({ chosen, others }, choice) => [
    { choice, positive: true, score: chosen },
    ...Array.from(others, (score) => ({ choice, positive: false, score })),
  ]);
  rows.sort((a, b) => a.score - b.score);
  return (members) => {
    const times = new Float64Array(choices.length);
    for (let m = 0; m < members.length; m++) {
      times[members[m]]++;
    }
    let [positives, negatives, above] = [0, 0, 0];
    for (let from = 0; from < rows.length;) {
      let [entering, leaving, to] = [0, 0, from];
      for (; to < rows.length && rows[to].score === rows[from].score; to++) {
        const count = times[rows[to].choice];
        entering += rows[to].positive ? count : 0;
        leaving += rows[to].positive ? 0 : count;
      }
      above += entering * (negatives + leaving / 2);
      positives += entering;
      negatives += leaving;
      from = to;
    }
    return positives === 0 || negatives === 0 ? NaN : above / (positives * negatives);
  };
}

/** All metrics over all choices. */
export function choiceMetrics(choices: readonly ScoredChoice[]): ChoiceMetrics {
  const all = choices.map((_, i) => i);
  const entries = choiceMetricNames.map((name) => [name, choiceStatistic(choices, name)(all)] as const);
  return Object.fromEntries(entries) as unknown as ChoiceMetrics;
}
