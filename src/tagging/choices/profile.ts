import { checkKeys, expected, expectedInWords } from '../../errors.js';

/** What a visit and a reservation count in a profile. */
export interface ProfileWeights {
  /** Default 1. */
  visit?: number;
  /** Default 3. */
  reservation?: number;
}

/**
 * What a user looks for, as shares of themes: the themes of the offers that they visited and booked, a reservation as
 * three visits, divided by their sum.
 *
 * @param visited themes of each visited offer, one entry a visit
 * @param booked themes of each booked offer
 * @param themes numbers of an entry
 * @returns numbers that add up to 1; zeros without a history
 *
 * @example
 * profileOf([[1, 0], [0, 1]], [[0, 1]], 2); // 0.2 of the first theme, 0.8 of the second
 */
export function profileOf(
  visited: readonly ArrayLike<number>[],
  booked: readonly ArrayLike<number>[],
  themes: number,
  weights: ProfileWeights = {},
): Float64Array {
  checkKeys(weights, 'visit reservation', 'profileOf');
  const profile = new Float64Array(themes);
  const parts = [
    { entries: visited, weight: weights.visit ?? 1, what: 'visit' },
    { entries: booked, weight: weights.reservation ?? 3, what: 'reservation' },
  ];
  for (const { entries, weight, what } of parts) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw expected(`${what} in the weights for profileOf`, 'a finite number >= 0', weight);
    }
    for (const entry of entries) {
      if (entry.length !== themes) {
        throw expectedInWords(`the themes of each ${what} for profileOf`, `${themes} numbers`, `${entry.length}`);
      }
      for (let t = 0; t < themes; t++) {
        profile[t] += weight * entry[t];
      }
    }
  }
  const total = profile.reduce((sum, value) => sum + value, 0);
  if (!Number.isFinite(total)) {
    throw expectedInWords('the themes for profileOf', 'finite numbers', 'others');
  }
  return total > 0 ? profile.map((value) => value / total) : profile;
}

/**
 * A profile in a sentence: `0.4 beach + 0.3 mountain + 0.2 hotel`.
 *
 * @param names of the themes
 * @param most themes named, the largest first; those under 0.05 are left out
 * @returns `no history yet` for a profile of zeros
 */
export function profileSentence(profile: ArrayLike<number>, names: readonly string[], most = 3): string {
  const parts = names
    .map((name, t) => ({ name, share: profile[t], t }))
    .filter(({ share }) => share >= 0.05)
    .sort((a, b) => b.share - a.share || a.t - b.t)
    .slice(0, most)
    .map(({ name, share }) => `${share.toFixed(1)} ${name}`);
  const any = Array.from(profile).some((share) => share > 0);
  return parts.length > 0 ? parts.join(' + ') : any ? 'a little of everything' : 'no history yet';
}
