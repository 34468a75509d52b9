import { checkKeys, expected, expectedInWords } from '../../errors.js';
import { drawAlternatives } from './alternatives.js';
import type { Feature, FeatureSet, FeatureWords } from './choiceFeatures.js';
import { contextOf, featureRows, featuresOf, featureWords } from './choiceFeatures.js';
import type { ChoiceModel } from './choiceModel.js';
import { fitChoiceModel } from './choiceModel.js';
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

/** The columns of a feature set within those of `'mixed'`, their names, and how many `'mixed'` has. */
export function columnsOf(
  words: FeatureWords,
  set: FeatureSet,
): { features: Feature[]; columns: number[]; size: number } {
  const all = featuresOf(words, 'mixed').map(({ name }) => name);
  const features = featuresOf(words, set);
  return { features, columns: features.map(({ name }) => all.indexOf(name)), size: all.length };
}

/** Some columns of rows of `size` numbers. */
export function takeColumns(values: Float64Array, size: number, columns: readonly number[]): Float64Array {
  const taken = new Float64Array((values.length / size) * columns.length);
  for (let from = 0, to = 0; from < values.length; from += size) {
    for (const column of columns) {
      taken[to++] = values[from + column];
    }
  }
  return taken;
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
  if (before.length === 0 && options.splitDay === undefined) {
    const days = new Set(index.reservations.map(({ day }) => day)).size;
    throw expectedInWords(
      `the reservations for ${owner}`,
      'of several days, since the later third is kept for the evaluation',
      days === 1 ? 'some of one day' : 'two thirds or more of the first day: say where to split them',
    );
  }
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

/** Refuses offers whose themes are not those that the models were trained with. */
export function checkThemes({ words }: Recommender, { themes }: TravelData): void {
  if (words.themes.length !== themes.length || words.themes.some((theme, t) => theme !== themes[t])) {
    throw expectedInWords(
      'the themes of the offers',
      `those of the training: ${words.themes.join(', ')}`,
      themes.join(', '),
    );
  }
}
