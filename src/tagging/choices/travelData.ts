import { expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';

/**
 * Something that one can book, open from its first day to its last: never, where the last lies before the first. Days are
 * whole numbers, from any day 0.
 */
export interface Offer {
  id: string;
  destination: string;
  category: string;
  /** of the whole stay, > 0 */
  price: number;
  /** > 0 */
  nights: number;
  stars: number;
  firstDay: number;
  lastDay: number;
  /** share of each theme in its images, >= 0; all 0 for an offer without images */
  themes: readonly number[];
}

/** A user looked at an offer, or booked it. */
export interface UserEvent {
  user: string;
  day: number;
  /** id of the offer */
  offer: string;
}

/** What is known of offers and users. */
export interface TravelData {
  /** names of the themes, in the order of `Offer.themes` */
  themes: readonly string[];
  offers: readonly Offer[];
  visits: readonly UserEvent[];
  /** in the order in which alternatives are drawn for them */
  reservations: readonly UserEvent[];
}

/** An event with the offer's place in the list. */
export interface PlacedEvent {
  user: string;
  day: number;
  offer: number;
}

/** Checked data, found by id. */
export interface TravelIndex {
  data: TravelData;
  visits: PlacedEvent[];
  reservations: PlacedEvent[];
  /** by user and day rising, in the order of the data within a day */
  visitsOf: Map<string, PlacedEvent[]>;
  reservationsOf: Map<string, PlacedEvent[]>;
}

const isWhole = (text: string) => /^\d+$/.test(text);

/** The order of ids: as numbers where both are whole ones, otherwise letter by letter. */
export function byId(a: string, b: string): number {
  if (isWhole(a) && isWhole(b)) {
    return Number(a) - Number(b);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkOffer(offer: Offer, themes: number): void {
  const name = `offer ${JSON.stringify(offer.id)}`;
  const rules: [what: string, value: number, rule: string, holds: boolean][] = [
    ['price', offer.price, 'a finite number > 0', offer.price > 0 && offer.price < Infinity],
    ['nights', offer.nights, 'a finite number > 0', offer.nights > 0 && offer.nights < Infinity],
    ['stars', offer.stars, 'a finite number', Number.isFinite(offer.stars)],
    ['first day', offer.firstDay, 'a whole number', Number.isInteger(offer.firstDay)],
    ['last day', offer.lastDay, 'a whole number', Number.isInteger(offer.lastDay)],
  ];
  for (const [what, value, rule, holds] of rules) {
    if (!holds) {
      throw expected(`the ${what} of ${name}`, rule, value);
    }
  }
  if (offer.themes.length !== themes) {
    throw expectedInWords(`the themes of ${name}`, `${themes} numbers`, `${offer.themes.length}`);
  }
  const bad = offer.themes.find((share) => !(share >= 0 && share < Infinity));
  if (bad !== undefined) {
    throw expected(`the themes of ${name}`, 'finite numbers >= 0', bad);
  }
}

function placeEvents(events: readonly UserEvent[], places: Map<string, number>, what: string): PlacedEvent[] {
  return events.map(({ user, day, offer }, i) => {
    const place = places.get(offer);
    if (place === undefined) {
      throw new WeldonError(
        `Expected the offer of ${what} ${i} to be a known one but received ${JSON.stringify(offer)}` +
          nearestNames(offer, [...places.keys()]),
      );
    }
    if (!Number.isInteger(day)) {
      throw expected(`the day of ${what} ${i}`, 'a whole number', day);
    }
    return { user, day, offer: place };
  });
}

function byUser(events: readonly PlacedEvent[]): Map<string, PlacedEvent[]> {
  const found = new Map<string, PlacedEvent[]>();
  events.forEach((event) => {
    const own = found.get(event.user);
    if (own === undefined) {
      found.set(event.user, [event]);
    } else {
      own.push(event);
    }
  });
  found.forEach((own) => own.sort((a, b) => a.day - b.day));
  return found;
}

/**
 * Checks offers, visits and reservations.
 *
 * @throws WeldonError naming the offer or event: an id twice, a price of 0 or less, an event
 *   of an offer that does not exist
 */
export function indexTravelData(data: TravelData): TravelIndex {
  const places = new Map<string, number>();
  if (new Set(data.themes).size !== data.themes.length) {
    throw expectedInWords('the themes of the offers', 'named differently', data.themes.join(', '));
  }
  data.offers.forEach((offer, i) => {
    checkOffer(offer, data.themes.length);
    if (places.has(offer.id)) {
      throw expectedInWords('the ids of the offers', 'different', `${JSON.stringify(offer.id)} twice`);
    }
    places.set(offer.id, i);
  });
  const visits = placeEvents(data.visits, places, 'visit');
  const reservations = placeEvents(data.reservations, places, 'reservation');
  return { data, visits, reservations, visitsOf: byUser(visits), reservationsOf: byUser(reservations) };
}

/** Offers whose last day lies before their first: they are never open, never drawn and never ranked. */
export function neverOpen({ offers }: TravelData): Offer[] {
  return offers.filter(({ firstDay, lastDay }) => lastDay < firstDay);
}

/**
 * Data without some users: their visits and reservations are gone, so that neither profiles nor inputs of a model hold
 * anything of theirs. Models trained before hold no user by name; train anew to have one forget what it learnt of them.
 *
 * @throws WeldonError for a user of whom there is nothing, with the nearest names
 *
 * @example
 * const kept = withoutUsers(data, ['129']);
 */
export function withoutUsers(data: TravelData, users: readonly string[]): TravelData {
  const known = new Set([...data.visits, ...data.reservations].map(({ user }) => user));
  const lost = users.find((user) => !known.has(user));
  if (lost !== undefined) {
    throw new WeldonError(
      `Expected each user to forget to be in visits or reservations but received ${JSON.stringify(lost)}${nearestNames(lost, [...known])}`,
    );
  }
  const stays = ({ user }: UserEvent) => !users.includes(user);
  return { ...data, visits: data.visits.filter(stays), reservations: data.reservations.filter(stays) };
}
