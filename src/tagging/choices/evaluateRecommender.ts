import { checkKeys, expectedInWords } from '../../errors.js';
import { bootstrapIntervals } from '../../metrics/bootstrap.js';
import { drawAlternatives, openByDay } from './alternatives.js';
import type { FeatureSet } from './choiceFeatures.js';
import { contextOf, featureRows } from './choiceFeatures.js';
import { choiceScores } from './choiceModel.js';
import type { ChoiceMetrics, ScoredChoice } from './choiceMetrics.js';
import { choiceMetricNames, choiceStatistic } from './choiceMetrics.js';
import type { Recommender } from './recommender.js';
import { checkThemes, columnsOf, featureSets, takeColumns } from './recommender.js';
import type { TravelData } from './travelData.js';
import { indexTravelData } from './travelData.js';

/** A value with its 95 % bootstrap interval over the users; `null` where there is nothing to measure by. */
export interface ChoiceEstimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface RecommenderReport {
  splitDay: number;
  /** reservations measured on, their users, and those with fewer alternatives than asked for */
  reservations: number;
  users: number;
  short: number;
  /** reservations of users without any visit or reservation before */
  withoutHistory: number;
  metrics: Record<FeatureSet, Record<keyof ChoiceMetrics, ChoiceEstimate>>;
  /** what images add: mixed less no image, the same users drawn for both */
  gain: Record<keyof ChoiceMetrics, ChoiceEstimate>;
}

export interface EvaluateRecommenderOptions {
  /** Samples of the intervals. Default 1000. */
  samples?: number;
  /** Of the intervals. Default 0. */
  seed?: number;
}

/**
 * Measures the three models on the reservations from the split on: against the drawn alternatives and among all offers
 * open that day.
 *
 * @throws WeldonError without a reservation from the split on, and for bad data
 *
 * @example
 * const { metrics, gain } = evaluateRecommender(trainRecommender(data, { splitDay: 240 }), data);
 * metrics.mixed.aucWithinSet; // { value: 0.739, low: …, high: … }
 */
export function evaluateRecommender(
  recommender: Recommender,
  data: TravelData,
  options: EvaluateRecommenderOptions = {},
): RecommenderReport {
  checkKeys(options, 'samples seed', 'evaluateRecommender');
  const index = indexTravelData(data);
  checkThemes(recommender, data);
  const { splitDay, alternatives, words } = recommender;
  const { drawn } = drawAlternatives(index, alternatives, recommender.seed);
  const after = index.reservations.flatMap(({ day }, r) => (day >= splitDay ? [r] : []));
  if (after.length === 0) {
    throw expectedInWords(
      'the reservations for evaluateRecommender',
      `some from day ${splitDay} on, where the training ended`,
      'none',
    );
  }
  const scored = Object.fromEntries(featureSets.map((set) => [set, [] as ScoredChoice[]])) as Record<
    FeatureSet,
    ScoredChoice[]
  >;
  const columns = Object.fromEntries(featureSets.map((set) => [set, columnsOf(words, set)])) as Record<
    FeatureSet,
    ReturnType<typeof columnsOf>
  >;
  const openOn = openByDay(index);
  let withoutHistory = 0;
  for (const r of after) {
    const { user, day, offer } = index.reservations[r];
    const context = contextOf(index, user, day);
    withoutHistory += context.visits.length + context.reservations.length === 0 ? 1 : 0;
    const open = openOn(day).filter((place) => place !== offer);
    const places = [offer, ...drawn[r], ...open];
    const values = featureRows(index, words, context, places);
    for (const set of featureSets) {
      const scores = choiceScores(
        recommender.models[set],
        takeColumns(values, columns[set].size, columns[set].columns),
      );
      const end = 1 + drawn[r].length;
      const { price } = data.offers[offer];
      scored[set].push({ user, price, chosen: scores[0], others: scores.slice(1, end), open: scores.slice(end) });
    }
  }
  const choicesOf = new Map<string, number[]>();
  scored.mixed.forEach(({ user }, i) => choicesOf.set(user, [...(choicesOf.get(user) ?? []), i]));
  const users = [...choicesOf.values()];
  const statistics = featureSets.map((set) => choiceMetricNames.map((name) => choiceStatistic(scored[set], name)));
  const [noImage, mixed] = [featureSets.indexOf('noImage'), featureSets.indexOf('mixed')];
  /** All metrics of all sets, then what images add. */
  const measure = (members: ArrayLike<number>) => {
    const each = statistics.map((own) => own.map((statistic) => statistic(members)));
    return [...each, choiceMetricNames.map((_, m) => each[mixed][m] - each[noImage][m])].flat();
  };
  const values = measure(after.map((_, i) => i));
  const ofUsers = (members: ArrayLike<number>) => measure(Array.from(members, (u) => users[u]).flat());
  const intervals = bootstrapIntervals(users.length, ofUsers, options);
  const plain = (number: number) => (Number.isFinite(number) ? number : null);
  const estimates = (set: number) =>
    Object.fromEntries(
      choiceMetricNames.map((name, m): [string, ChoiceEstimate] => {
        const at = set * choiceMetricNames.length + m;
        const { low, high } = intervals[at];
        return [name, { value: plain(values[at]), low: plain(low), high: plain(high) }];
      }),
    ) as RecommenderReport['gain'];
  return {
    splitDay,
    reservations: after.length,
    users: users.length,
    short: after.filter((r) => drawn[r].length < alternatives).length,
    withoutHistory,
    metrics: Object.fromEntries(featureSets.map((set, s) => [set, estimates(s)])) as RecommenderReport['metrics'],
    gain: estimates(featureSets.length),
  };
}
