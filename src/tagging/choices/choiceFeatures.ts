import { profileOf } from './profile.js';
import type { PlacedEvent, TravelData, TravelIndex } from './travelData.js';

/** What a model looks at: all but images, images alone, or both. */
export type FeatureSet = 'noImage' | 'imageOnly' | 'mixed';

/** Which part of an offer or of a user's history a feature is of; reasons of a rank are told by group. */
export type FeatureGroup = 'price' | 'stay' | 'destination' | 'category' | 'history' | 'images' | 'images and profile';

/** Words that features are named by: kept with a model, so that offers to come give the same columns. */
export interface FeatureWords {
  destinations: readonly string[];
  categories: readonly string[];
  themes: readonly string[];
}

export interface Feature {
  name: string;
  group: FeatureGroup;
}

export function featureWords({ offers, themes }: TravelData): FeatureWords {
  const sorted = (words: readonly string[]) => [...new Set(words)].sort();
  return {
    destinations: sorted(offers.map(({ destination }) => destination)),
    categories: sorted(offers.map(({ category }) => category)),
    themes,
  };
}

/** The features of a set, in their order. */
export function featuresOf({ destinations, categories, themes }: FeatureWords, set: FeatureSet): Feature[] {
  const named = (group: FeatureGroup, ...names: string[]) => names.map((name): Feature => ({ name, group }));
  const noImage = [
    ...named('price', 'logPricePerNight'),
    ...named('stay', 'stars', 'nights'),
    ...named('destination', ...destinations.map((word) => `dest:${word}`)),
    ...named('category', ...categories.map((word) => `cat:${word}`)),
    ...named(
      'history',
      'shareVisitsSameDestination',
      'shareVisitsSameCategory',
      'shareReservationsSameDestination',
      'shareReservationsSameCategory',
      'visitedBefore',
    ),
    ...named('price', 'priceGap'),
    ...named('history', 'hasVisits', 'hasReservations'),
  ];
  const images = [
    ...named('images', ...themes.map((word) => `theme:${word}`)),
    ...named('images and profile', ...themes.map((word) => `profile*theme:${word}`), 'profileMatch'),
  ];
  return set === 'noImage' ? noImage : set === 'imageOnly' ? images : [...noImage, ...images];
}

/** What is known of a user on a day: all before that day, nothing of the day itself. */
export interface UserContext {
  visits: readonly PlacedEvent[];
  reservations: readonly PlacedEvent[];
  profile: Float64Array;
}

/**
 * The history of a user strictly before a day. The day itself is left out on purpose: who books looks at the page on the
 * same day, so that it would give the answer away.
 */
export function contextOf(index: TravelIndex, user: string, day: number): UserContext {
  const before = (events: PlacedEvent[] | undefined) => (events ?? []).filter((event) => event.day < day);
  const visits = before(index.visitsOf.get(user));
  const reservations = before(index.reservationsOf.get(user));
  const { offers, themes } = index.data;
  const themesAt = (events: readonly PlacedEvent[]) => events.map(({ offer }) => offers[offer].themes);
  return { visits, reservations, profile: profileOf(themesAt(visits), themesAt(reservations), themes.length) };
}

/** Features of offers as one user sees them: a row per offer, in the order of `featuresOf(words, 'mixed')`. */
export function featureRows(
  { data: { offers } }: TravelIndex,
  words: FeatureWords,
  { visits, reservations, profile }: UserContext,
  places: readonly number[],
): Float64Array {
  const perNight = (place: number) => Math.log(offers[place].price / offers[place].nights);
  const usual = visits.reduce((sum, { offer }) => sum + perNight(offer), 0) / visits.length;
  const counts = [visits, reservations].map((events) => ({
    size: Math.max(1, events.length),
    destinations: countBy(events, ({ offer }) => offers[offer].destination),
    categories: countBy(events, ({ offer }) => offers[offer].category),
  }));
  const seen = new Set(visits.map(({ offer }) => offer));
  const size = featuresOf(words, 'mixed').length;
  const rows = new Float64Array(places.length * size);
  places.forEach((place, i) => {
    const offer = offers[place];
    let at = i * size;
    const put = (value: number) => {
      rows[at++] = value;
    };
    put(perNight(place));
    put(offer.stars);
    put(offer.nights);
    words.destinations.forEach((word) => put(Number(word === offer.destination)));
    words.categories.forEach((word) => put(Number(word === offer.category)));
    counts.forEach(({ size: events, destinations, categories }) => {
      put((destinations.get(offer.destination) ?? 0) / events);
      put((categories.get(offer.category) ?? 0) / events);
    });
    put(Number(seen.has(place)));
    put(visits.length === 0 ? 0 : Math.abs(perNight(place) - usual));
    put(Number(visits.length > 0));
    put(Number(reservations.length > 0));
    offer.themes.forEach(put);
    let match = 0;
    offer.themes.forEach((value, t) => {
      put(value * profile[t]);
      match += value * profile[t];
    });
    put(match);
  });
  return rows;
}

function countBy(events: readonly PlacedEvent[], wordOf: (event: PlacedEvent) => string): Map<string, number> {
  const counts = new Map<string, number>();
  events.forEach((event) => counts.set(wordOf(event), (counts.get(wordOf(event)) ?? 0) + 1));
  return counts;
}
