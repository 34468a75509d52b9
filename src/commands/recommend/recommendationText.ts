import type { Attractivity } from '../../tagging/choices/attractivity.js';
import type { FeatureSet } from '../../tagging/choices/choiceFeatures.js';
import { choiceMetricNames } from '../../tagging/choices/choiceMetrics.js';
import type { ChoiceMetrics } from '../../tagging/choices/choiceMetrics.js';
import type { ChoiceEstimate, RecommenderReport } from '../../tagging/choices/evaluateRecommender.js';
import type { RankedOffer } from '../../tagging/choices/rankOffers.js';
import type { Offer } from '../../tagging/choices/travelData.js';
import { aligned, intervalText, valueText } from '../report/format.js';

/** Names of the three models in what people read. */
export const setNames: Record<FeatureSet, string> = { noImage: 'no image', imageOnly: 'image alone', mixed: 'mixed' };

/** Short names of the metrics. */
export const metricNames: Record<keyof ChoiceMetrics, string> = {
  auc: 'AUC',
  aucWithinSet: 'within set',
  hitAt1: 'hit@1',
  mrr: 'MRR',
  valueHitAt1: 'value hit@1',
  hitAt10: 'hit@10 of all',
  mrrAll: 'MRR of all',
};

const estimateText = (estimate: ChoiceEstimate) =>
  estimate.value === null ? '–' : `${valueText(estimate.value, 'number')} (${intervalText(estimate, 'number')})`;

/** The comparison of the three models as a table for the terminal. */
export function evaluationTable(report: RecommenderReport, splitDay: string): string {
  const { reservations, users, short, withoutHistory, metrics, gain } = report;
  const sets = ['noImage', 'imageOnly', 'mixed'] as const;
  const rows = choiceMetricNames.map((name) => [
    metricNames[name],
    ...sets.map((set) => estimateText(metrics[set][name])),
    estimateText(gain[name]),
  ]);
  return [
    `${reservations} reservations of ${users} users from ${splitDay} on; 95 % intervals over the users`,
    ...(withoutHistory > 0 ? [`${withoutHistory} of them without any visit or reservation before`] : []),
    ...(short > 0 ? [`${short} of them with fewer other offers open than alternatives to draw`] : []),
    '',
    ...aligned([['', ...sets.map((set) => setNames[set]), 'mixed − no image'], ...rows]),
    '',
    'AUC, within set, hit@1 and MRR: against the drawn alternatives; "of all": among all offers open that day.',
    'value hit@1 is the part of the booked value that the best offer hits, no uplift: only a test with users can show one.',
    '',
  ].join('\n');
}

/** Ranked offers with their reasons. */
export function rankingText(
  ranked: readonly RankedOffer[],
  offers: readonly Offer[],
  profile: string,
  heading: string,
): string {
  const known = new Map(offers.map((offer) => [offer.id, offer]));
  const lines = ranked.map(({ offer, rank, score, why }) => {
    const { destination, category, price, nights } = known.get(offer)!;
    const reasons = why
      .filter(({ adds }) => Math.abs(adds) >= 0.005)
      .slice(0, 3)
      .map(
        ({ group, adds, features }) =>
          `${group} ${adds > 0 ? '+' : ''}${valueText(adds, 'number')} (${features.map(({ name }) => name).join(', ')})`,
      );
    return [
      `${String(rank).padStart(3)}  ${offer}  ${destination}, ${category}, ${price} for ${nights} nights  score ${valueText(score, 'number')}`,
      `     ${reasons.length > 0 ? reasons.join('; ') : 'as the average open offer'}`,
    ].join('\n');
  });
  return [
    heading,
    `looks for: ${profile}`,
    '',
    ...lines,
    '',
    'Reasons: what a group of features adds, against the average open offer.',
    '',
  ].join('\n');
}

/** Which themes draw, the strongest first, one table a group. */
export function attractivityText(groups: readonly (Attractivity & { group: string })[]): string {
  const tables = groups.map(({ group, visits, offers, users, outside, themes }) => {
    const rows = [...themes]
      .sort((a, b) => (b.value ?? -1) - (a.value ?? -1))
      .map(({ theme, value, low, high, shrunk, visited, offered }) => [
        theme,
        value === null ? '–' : valueText(value, 'number'),
        low === null || high === null ? '–' : `${valueText(low, 'number')} … ${valueText(high, 'number')}`,
        valueText(shrunk, 'number'),
        valueText(visited, 'share'),
        valueText(offered, 'share'),
      ]);
    const left = outside > 0 ? `; ${outside} visits left out, when none of these offers was open` : '';
    return `${group}: ${visits} visits of ${users} users, ${offers} offers${left}\n${aligned([['', 'attractivity', '95 %', 'shrunk', 'visited %', 'offered %'], ...rows]).join('\n')}\n`;
  });
  return [
    ...tables,
    'Above 1: looked at more often than offered. It tells no cause: what is shown first is visited more.',
    '',
  ].join('\n');
}
