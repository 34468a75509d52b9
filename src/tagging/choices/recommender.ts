import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { bootstrapInterval } from '../../metrics/bootstrap.js';
import { drawAlternatives, openOffers } from './alternatives.js';
import type { Feature, FeatureGroup, FeatureSet, FeatureWords } from './choiceFeatures.js';
import { contextOf, featureRows, featuresOf, featureWords } from './choiceFeatures.js';
import type { ChoiceMetrics, ScoredChoice } from './choiceMetrics.js';
import { choiceMetricNames, choiceStatistic } from './choiceMetrics.js';
import type { ChoiceModel } from './choiceModel.js';
import { choiceScores, contributions, fitChoiceModel } from './choiceModel.js';
import type { TravelData, TravelIndex } from './travelData.js';
import { indexTravelData } from './travelData.js';

/** The three that are compared: all but images, images alone, both. */
export const featureSets: readonly FeatureSet[] = ['noImage', 'imageOnly', 'mixed'];

export interface TrainRecommenderOptions {
  /** Reservations before this day train, those from it on test. Default the day that has two thirds of them before it. */
  splitDay?: number;
  /** Default `'logistic'`. */
  kind?: ChoiceModel['kind'];
  /** Weight of the losses against the penalty. Default 1. */
  c?: number;
  /** Other offers drawn per reservation. Default 5. */
  alternatives?: number;
  /** Of the draws. Default 12345. */
  seed?: number;
  /** Which history a choice may be told by: only what lies strictly before its day. */
  history?: 'before';
}

/** Models of the three feature sets, as a JSON file keeps them. Nothing in it is of one user. */
export interface Recommender {
  splitDay: number;
  alternatives: number;
  seed: number;
  words: FeatureWords;
  models: Record<FeatureSet, ChoiceModel>;
  /** reservations and rows learnt from, and reservations with fewer alternatives than asked for */
  trained: { reservations: number; rows: number; short: number };
}

/** The rows of a table that choices make. */
export interface ChoiceRows {
  /** number of the reservation, and the place of the offer, of each row */
  reservations: number[];
  offers: number[];
  chosen: Uint8Array;
  /** `[rows, features of 'mixed']` */
  values: Float64Array;
}

function checkHistory(history: unknown, owner: string): void {
  if (history !== undefined && history !== 'before') {
    throw expected(
      `history for ${owner}`,
      "'before', strictly before the day of the choice (who books opens the page on the same day, so that day's visits give the answer away and the metrics measure nothing)",
      history,
    );
  }
}

/** Rows of some reservations: what was booked, then the alternatives drawn for it. */
export function choiceRows(
  index: TravelIndex,
  words: FeatureWords,
  drawn: readonly number[][],
  reservations: readonly number[],
): ChoiceRows {
  const places = reservations.map((r) => [index.reservations[r].offer, ...drawn[r]]);
  const rows = reservations.map((r, i) => {
    const { user, day } = index.reservations[r];
    return featureRows(index, words, contextOf(index, user, day), places[i]);
  });
  const values = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  rows.forEach((row) => {
    values.set(row, at);
    at += row.length;
  });
  return {
    reservations: places.flatMap((own, i) => own.map(() => reservations[i])),
    offers: places.flat(),
    chosen: Uint8Array.from(places.flatMap((own) => own.map((_, i) => (i === 0 ? 1 : 0)))),
    values,
  };
}

/** The columns of a feature set within those of `'mixed'`, and their names. */
function columnsOf(words: FeatureWords, set: FeatureSet): { features: Feature[]; columns: number[] } {
  const all = featuresOf(words, 'mixed').map(({ name }) => name);
  const features = featuresOf(words, set);
  return { features, columns: features.map(({ name }) => all.indexOf(name)) };
}

function takeColumns(values: Float64Array, size: number, columns: readonly number[]): Float64Array {
  const taken = new Float64Array((values.length / size) * columns.length);
  for (let from = 0, to = 0; from < values.length; from += size) {
    for (const column of columns) {
      taken[to++] = values[from + column];
    }
  }
  return taken;
}

function scoresOf(recommender: Recommender, set: FeatureSet, values: Float64Array): Float64Array {
  const { words, models } = recommender;
  const size = featuresOf(words, 'mixed').length;
  return choiceScores(models[set], takeColumns(values, size, columnsOf(words, set).columns));
}

function defaultSplit(index: TravelIndex): number {
  const days = index.reservations.map(({ day }) => day).sort((a, b) => a - b);
  return days[Math.floor((2 * days.length) / 3)];
}

/**
 * Learns from reservations what users choose: three models on the same choices, without images, by images alone, and
 * with both. Each reservation is set against other offers that were open that day; a user's history ends the day before.
 *
 * @throws WeldonError for bad data (see `TravelData`), no reservation before the split, and a history of the same day
 *
 * @example
 * const recommender = trainRecommender(data, { splitDay: 240 });
 * recommender.models.mixed.coefficients;
 */
export function trainRecommender(data: TravelData, options: TrainRecommenderOptions = {}): Recommender {
  const owner = 'trainRecommender';
  checkKeys(options, 'splitDay kind c alternatives seed history', owner);
  checkHistory(options.history, owner);
  const { kind = 'logistic', c = 1, alternatives = 5, seed = 12345 } = options;
  const index = indexTravelData(data);
  if (index.reservations.length === 0) {
    throw expectedInWords(`the reservations for ${owner}`, 'one or more', 'none');
  }
  if (data.themes.length === 0) {
    throw expectedInWords(`the offers for ${owner}`, 'with the shares of one theme or more', 'without themes');
  }
  const splitDay = options.splitDay ?? defaultSplit(index);
  if (!Number.isInteger(splitDay)) {
    throw expected(`splitDay for ${owner}`, 'a whole number', splitDay);
  }
  const { drawn } = drawAlternatives(index, alternatives, seed);
  const before = index.reservations.flatMap(({ day }, r) => (day < splitDay ? [r] : []));
  if (before.length === 0) {
    throw expectedInWords(`splitDay for ${owner}`, 'after some reservations', `${splitDay}, with none before it`);
  }
  const words = featureWords(data);
  const rows = choiceRows(index, words, drawn, before);
  const size = featuresOf(words, 'mixed').length;
  const models = Object.fromEntries(
    featureSets.map((set) => {
      const { features, columns } = columnsOf(words, set);
      const names = features.map(({ name }) => name);
      const values = takeColumns(rows.values, size, columns);
      return [set, fitChoiceModel({ values, names, chosen: rows.chosen, sets: rows.reservations }, { kind, c })];
    }),
  ) as Record<FeatureSet, ChoiceModel>;
  const short = before.filter((r) => drawn[r].length < alternatives).length;
  return {
    splitDay,
    alternatives,
    seed,
    words,
    models,
    trained: { reservations: before.length, rows: rows.chosen.length, short },
  };
}

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
  let withoutHistory = 0;
  for (const r of after) {
    const { user, day, offer } = index.reservations[r];
    const context = contextOf(index, user, day);
    withoutHistory += context.visits.length + context.reservations.length === 0 ? 1 : 0;
    const open = openOffers(index, day).filter((place) => place !== offer);
    const places = [offer, ...drawn[r], ...open];
    const values = featureRows(index, words, context, places);
    for (const set of featureSets) {
      const scores = scoresOf(recommender, set, values);
      const end = 1 + drawn[r].length;
      const { price } = data.offers[offer];
      scored[set].push({ user, price, chosen: scores[0], others: scores.slice(1, end), open: scores.slice(end) });
    }
  }
  const choicesOf = new Map<string, number[]>();
  scored.mixed.forEach(({ user }, i) => choicesOf.set(user, [...(choicesOf.get(user) ?? []), i]));
  const users = [...choicesOf.values()];
  const estimate = (statistic: (members: ArrayLike<number>) => number): ChoiceEstimate => {
    const ofUsers = (members: ArrayLike<number>) => statistic(Array.from(members, (u) => users[u]).flat());
    const value = statistic(after.map((_, i) => i));
    const { low, high } = bootstrapInterval(users.length, ofUsers, options);
    const plain = (number: number) => (Number.isFinite(number) ? number : null);
    return { value: plain(value), low: plain(low), high: plain(high) };
  };
  const statistics = Object.fromEntries(
    featureSets.map((set) => [
      set,
      Object.fromEntries(choiceMetricNames.map((name) => [name, choiceStatistic(scored[set], name)])),
    ]),
  ) as Record<FeatureSet, Record<keyof ChoiceMetrics, ReturnType<typeof choiceStatistic>>>;
  const each = (make: (name: keyof ChoiceMetrics) => ChoiceEstimate) =>
    Object.fromEntries(choiceMetricNames.map((name) => [name, make(name)])) as RecommenderReport['gain'];
  return {
    splitDay,
    reservations: after.length,
    users: users.length,
    short: after.filter((r) => drawn[r].length < alternatives).length,
    withoutHistory,
    metrics: Object.fromEntries(
      featureSets.map((set) => [set, each((name) => estimate(statistics[set][name]))]),
    ) as RecommenderReport['metrics'],
    gain: each((name) => estimate((members) => statistics.mixed[name](members) - statistics.noImage[name](members))),
  };
}

function checkThemes({ words }: Recommender, { themes }: TravelData): void {
  if (words.themes.length !== themes.length || words.themes.some((theme, t) => theme !== themes[t])) {
    throw expectedInWords(
      'the themes of the offers',
      `those of the training: ${words.themes.join(', ')}`,
      themes.join(', '),
    );
  }
}

export interface RankOptions {
  /** `null` for someone of whom nothing is known. */
  user: string | null;
  /** Offers open that day are ranked, by a history that ends the day before. */
  day: number;
  /** Default `'mixed'`. */
  set?: FeatureSet;
  /** Offers given. Default 10. */
  top?: number;
}

/** Why an offer stands where it does: what a group of features adds to its score, against the average open offer. */
export interface Reason {
  group: FeatureGroup;
  adds: number;
  /** the features of the group that add or take most, two at most */
  features: { name: string; adds: number }[];
}

export interface RankedOffer {
  offer: string;
  rank: number;
  /** log odds (logistic) or utility (conditional) */
  score: number;
  /** by how much they add or take, the most first; they add up to the score less the mean score of the open offers */
  why: Reason[];
}

function reasonsOf(features: readonly Feature[], parts: readonly number[], usual: readonly number[]): Reason[] {
  const groups = new Map<FeatureGroup, { name: string; adds: number }[]>();
  features.forEach(({ name, group }, k) => {
    groups.set(group, [...(groups.get(group) ?? []), { name, adds: parts[k] - usual[k] }]);
  });
  const most = (a: { adds: number }, b: { adds: number }) => Math.abs(b.adds) - Math.abs(a.adds);
  return [...groups]
    .map(([group, own]) => ({
      group,
      adds: own.reduce((sum, { adds }) => sum + adds, 0),
      features: own
        .sort(most)
        .slice(0, 2)
        .filter(({ adds }) => adds !== 0),
    }))
    .sort(most);
}

/**
 * Ranks the offers open on a day for a user, and says why.
 *
 * @throws WeldonError for a user of whom there is nothing (with the nearest names; `null` ranks without a history), a day
 *   without offers, and bad data
 *
 * @example
 * const [first] = rankOffers(recommender, data, { user: '129', day: 300 });
 * first.why[0]; // { group: 'images and profile', adds: 0.41, features: [{ name: 'profile*theme:beach', adds: 0.3 }, …] }
 */
export function rankOffers(recommender: Recommender, data: TravelData, options: RankOptions): RankedOffer[] {
  checkKeys(options, 'user day set top', 'rankOffers');
  const { user, day, set = 'mixed', top = 10 } = options;
  const index = indexTravelData(data);
  checkThemes(recommender, data);
  if (!featureSets.includes(set)) {
    throw expected('set for rankOffers', "'noImage', 'imageOnly' or 'mixed'", set);
  }
  if (!Number.isInteger(top) || top < 1) {
    throw expected('top for rankOffers', 'a whole number >= 1', top);
  }
  if (!Number.isInteger(day)) {
    throw expected('day for rankOffers', 'a whole number', day);
  }
  if (user !== null && !index.visitsOf.has(user) && !index.reservationsOf.has(user)) {
    const known = [...new Set([...index.visitsOf.keys(), ...index.reservationsOf.keys()])];
    throw new WeldonError(
      `Expected user for rankOffers to be one with visits or reservations, or null, but received ${JSON.stringify(user)}${nearestNames(user, known)}`,
    );
  }
  const open = openOffers(index, day);
  if (open.length === 0) {
    throw expectedInWords('day for rankOffers', 'a day on which offers are open', `${day}, when none is`);
  }
  const { words, models } = recommender;
  const nothing = { visits: [], reservations: [], profile: new Float64Array(data.themes.length) };
  const values = featureRows(index, words, user === null ? nothing : contextOf(index, user, day), open);
  const scores = scoresOf(recommender, set, values);
  const { features, columns } = columnsOf(words, set);
  const rows = takeColumns(values, featuresOf(words, 'mixed').length, columns);
  const parts = open.map((_, i) =>
    contributions(models[set], rows.subarray(i * columns.length, (i + 1) * columns.length)),
  );
  const usual = columns.map((_, k) => parts.reduce((sum, own) => sum + own[k], 0) / open.length);
  return open
    .map((_, i) => i)
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, top)
    .map((i, rank) => ({
      offer: data.offers[open[i]].id,
      rank: rank + 1,
      score: scores[i],
      why: reasonsOf(features, parts[i], usual),
    }));
}
