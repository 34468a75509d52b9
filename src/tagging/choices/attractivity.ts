import { checkKeys, expected } from '../../errors.js';
import { bootstrapIntervals } from '../../metrics/bootstrap.js';
import type { Offer, PlacedEvent, TravelData } from './travelData.js';
import { indexTravelData } from './travelData.js';

export interface AttractivityOptions {
  /**
   * What the visited share is divided by: `'onTheDay'`, the offers open on the day of each visit; `'simple'`, all offers
   * once, which favours themes of offers that were open for long. Default `'onTheDay'`.
   */
  rule?: 'onTheDay' | 'simple';
  /** Which offers are looked at, such as those of one category. Default all. */
  where?: (offer: Offer) => boolean;
  /** Visits' worth of "as offered" that a shrunk value is pulled by, >= 0. Default 50. */
  prior?: number;
  /** Samples of the interval. Default 1000. */
  samples?: number;
  seed?: number;
}

export interface ThemeAttractivity {
  theme: string;
  /** share of the theme in what was visited, 0 … 1 */
  visited: number;
  /** share in what was offered */
  offered: number;
  /** visited / offered; `null` for a theme that was not offered */
  value: number | null;
  /** pulled towards 1 where visits are few: (n visited + prior offered) / ((n + prior) offered) */
  shrunk: number | null;
  /** 95 % bootstrap interval over the users */
  low: number | null;
  high: number | null;
}

export interface Attractivity {
  visits: number;
  offers: number;
  users: number;
  /** visits on a day when no offer with themes, of those looked at, was open: left out of `'onTheDay'` */
  outside: number;
  themes: ThemeAttractivity[];
}

function sumsTo(into: Float64Array, values: ArrayLike<number>, at = 0): void {
  for (let t = 0; t < values.length; t++) {
    into[at + t] += values[t];
  }
}

/** The share of each theme in the offers open on each day that someone visited. */
function dailyShares(offers: readonly Offer[], days: ReadonlySet<number>, k: number): Map<number, Float64Array> {
  const shares = new Map<number, Float64Array>();
  for (const day of days) {
    const sums = new Float64Array(k);
    offers.forEach(({ firstDay, lastDay, themes }) => {
      if (firstDay <= day && day <= lastDay) {
        sumsTo(sums, themes);
      }
    });
    const whole = sums.reduce((sum, value) => sum + value, 0);
    if (whole > 0) {
      shares.set(
        day,
        sums.map((sum) => sum / whole),
      );
    }
  }
  return shares;
}

/**
 * Which themes draw: the share of a theme in what was visited, divided by its share in what was offered. Above 1 it is
 * looked at more often than it is shown. It tells no cause: what is shown first is visited more.
 *
 * @throws WeldonError for bad data (see `TravelData`) and options out of range
 *
 * @example
 * const { themes } = attractivity(data, { where: ({ category }) => category === 'ski' });
 */
export function attractivity(data: TravelData, options: AttractivityOptions = {}): Attractivity {
  checkKeys(options, 'rule where prior samples seed', 'attractivity');
  const { rule = 'onTheDay', where = () => true, prior = 50, samples = 1000, seed = 0 } = options;
  if (rule !== 'onTheDay' && rule !== 'simple') {
    throw expected('rule for attractivity', "'onTheDay' or 'simple'", rule);
  }
  if (!(prior >= 0 && prior < Infinity)) {
    throw expected('prior for attractivity', 'a finite number >= 0', prior);
  }
  const index = indexTravelData(data);
  const k = data.themes.length;
  const offers = data.offers.filter(where);
  const inside = data.offers.map(where);
  const all = index.visits.filter(({ offer }) => inside[offer]);
  const daily = dailyShares(offers, new Set(all.map(({ day }) => day)), k);
  const onTheDay = rule === 'onTheDay';
  const visits = onTheDay ? all.filter(({ day }) => daily.has(day)) : all;
  const users = [...new Set(visits.map(({ user }) => user))];
  const perUser = sumsPerUser(visits, users, data, daily, k);
  const once = new Float64Array(k);
  offers.forEach(({ themes }) => sumsTo(once, themes));
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  /** Shares of all themes by users given by number. */
  const shares = (members: ArrayLike<number>) => {
    const visited = new Float64Array(k);
    const offered = new Float64Array(k);
    for (let m = 0; m < members.length; m++) {
      const at = members[m] * k;
      sumsTo(visited, perUser.visited.subarray(at, at + k));
      sumsTo(offered, perUser.offered.subarray(at, at + k));
    }
    const base = onTheDay ? offered : once;
    const [whole, wholeBase] = [total(visited), total(base)];
    return {
      visited: visited.map((sum) => (whole > 0 ? sum / whole : 0)),
      offered: base.map((sum) => (wholeBase > 0 ? sum / wholeBase : 0)),
    };
  };
  const found = shares(users.map((_, u) => u));
  const n = visits.length;
  const ratios = (members: ArrayLike<number>) => {
    const one = shares(members);
    return one.offered.map((offered, t) => (offered > 0 ? one.visited[t] / offered : NaN));
  };
  const intervals = users.length === 0 ? [] : bootstrapIntervals(users.length, ratios, { samples, seed });
  const themes = data.themes.map((theme, t): ThemeAttractivity => {
    const [visited, offered] = [found.visited[t], found.offered[t]];
    if (!(offered > 0) || n === 0) {
      return { theme, visited, offered, value: null, shrunk: null, low: null, high: null };
    }
    const { low, high } = intervals[t];
    const shrunk = (n * visited + prior * offered) / ((n + prior) * offered);
    return { theme, visited, offered, value: visited / offered, shrunk, low, high };
  });
  return { visits: n, offers: offers.length, users: users.length, outside: all.length - n, themes };
}

function sumsPerUser(
  visits: readonly PlacedEvent[],
  users: readonly string[],
  { offers }: TravelData,
  daily: ReadonlyMap<number, Float64Array>,
  k: number,
): { visited: Float64Array; offered: Float64Array } {
  const numbers = new Map(users.map((user, u) => [user, u]));
  const visited = new Float64Array(users.length * k);
  const offered = new Float64Array(users.length * k);
  visits.forEach(({ user, day, offer }) => {
    const at = numbers.get(user)! * k;
    sumsTo(visited, offers[offer].themes, at);
    sumsTo(offered, daily.get(day) ?? [], at);
  });
  return { visited, offered };
}
