import { expected } from '../../errors.js';
import type { TravelIndex } from './travelData.js';
import { byId } from './travelData.js';

/** Places of the offers open on a day, by id. */
export function openOffers({ data: { offers } }: TravelIndex, day: number): number[] {
  return offers
    .map((_, place) => place)
    .filter((place) => offers[place].firstDay <= day && day <= offers[place].lastDay)
    .sort((a, b) => byId(offers[a].id, offers[b].id));
}

/** As {@link openOffers}, each day worked out once. */
export function openByDay(index: TravelIndex): (day: number) => readonly number[] {
  const known = new Map<number, number[]>();
  return (day) => {
    const open = known.get(day) ?? openOffers(index, day);
    known.set(day, open);
    return open;
  };
}

/** What was not booked: for each reservation some of the other offers that were open that day. */
export interface Alternatives {
  /** places of the offers, by reservation */
  drawn: number[][];
  /** reservations on whose day fewer others were open than asked for */
  short: number;
}

/**
 * Draws for each reservation some of the offers that were open that day and that the user did not book that day. One
 * stream of a linear congruential generator, x ← 1664525 x + 1013904223 (mod 2³²) (Numerical Recipes, "quick and dirty"),
 * for all reservations in their order: other programs draw the same ones in five lines.
 *
 * @param count others per reservation, >= 1
 */
export function drawAlternatives(index: TravelIndex, count = 5, seed = 12345): Alternatives {
  if (!Number.isInteger(count) || count < 1) {
    throw expected('alternatives', 'a whole number >= 1', count);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw expected('seed', `a whole number from 0 to ${2 ** 32 - 1}`, seed);
  }
  const openOn = openByDay(index);
  const booked = new Map<string, Set<number>>();
  const key = (user: string, day: number) => `${day} ${user}`;
  index.reservations.forEach(({ user, day, offer }) => {
    booked.set(key(user, day), (booked.get(key(user, day)) ?? new Set()).add(offer));
  });
  let x = seed;
  const drawn = index.reservations.map(({ user, day }) => {
    const own = booked.get(key(user, day))!;
    const candidates = openOn(day).filter((offer) => !own.has(offer));
    const most = Math.min(count, candidates.length);
    for (let j = 0; j < most; j++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      const k = j + Math.floor((x / 2 ** 32) * (candidates.length - j));
      [candidates[j], candidates[k]] = [candidates[k], candidates[j]];
    }
    return candidates.slice(0, most);
  });
  return { drawn, short: drawn.filter(({ length }) => length < count).length };
}
