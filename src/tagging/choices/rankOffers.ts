import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { openOffers } from './alternatives.js';
import type { Feature, FeatureGroup, FeatureSet } from './choiceFeatures.js';
import { contextOf, featureRows } from './choiceFeatures.js';
import { choiceScores, contributions } from './choiceModel.js';
import type { Recommender } from './recommender.js';
import { checkThemes, columnsOf, featureSets, takeColumns } from './recommender.js';
import type { TravelData } from './travelData.js';
import { indexTravelData } from './travelData.js';

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
      `Expected the user to rank for to be one with visits or reservations, or none, but received ${JSON.stringify(user)}${nearestNames(user, known)}`,
    );
  }
  const open = openOffers(index, day);
  if (open.length === 0) {
    throw expectedInWords('day for rankOffers', 'a day on which offers are open', `${day}, when none is`);
  }
  const { words, models } = recommender;
  const nothing = { visits: [], reservations: [], profile: new Float64Array(data.themes.length) };
  const values = featureRows(index, words, user === null ? nothing : contextOf(index, user, day), open);
  const { features, columns, size } = columnsOf(words, set);
  const rows = takeColumns(values, size, columns);
  const scores = choiceScores(models[set], rows);
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
