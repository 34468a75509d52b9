import type { Offer, TravelData, UserEvent } from '../../src/tagging/index.js';
import { themeShares } from '../../src/tagging/index.js';
import { drawing, mixSeeds } from '../objects/scene.js';
import { destinations, galleries, nightPrices, planted } from './agency.js';

/** An image that offers may show. */
export interface AgencyImage {
  kind: string;
  /** file of a free image; `null` for one that is simulated */
  path: string | null;
  /** scores in all themes */
  scores: Float64Array;
}

export interface AgencyOptions {
  seed: number;
  /** names of the themes, in the order of the scores; planted effects find theirs by name */
  themes: readonly string[];
  images: readonly AgencyImage[];
  offers?: number;
  users?: number;
  days?: number;
}

/** What no model may look at: what a user really likes. */
interface Taste {
  budget: number;
  favourites: readonly string[];
  /** shares of themes, which add up to 1 */
  themes: Float64Array;
}

export interface Agency {
  data: TravelData;
  /** images of each offer, in the order of the offers */
  galleries: AgencyImage[][];
  /** true utility of an offer, by its place, for a user */
  utility(user: string, offer: number): number;
}

const imagesPerOffer = 6;

type Draw = ReturnType<typeof drawing>;

/** Normal, mean 0 and deviation 1 (Box and Muller). */
function normal({ between }: Draw): number {
  return Math.sqrt(-2 * Math.log(between(1e-12, 1))) * Math.cos(2 * Math.PI * between(0, 1));
}

const exponential = ({ between }: Draw) => -Math.log(between(1e-12, 1));

/** One of several, as often as its weight says. */
function weighted(weights: readonly number[], { between }: Draw): number {
  let left = between(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  return found === -1 ? weights.length - 1 : found;
}

function makeOffers({ seed, images, themes, offers = 900, days = 365 }: AgencyOptions) {
  const draw = drawing(mixSeeds(seed, 1));
  const shown: AgencyImage[][] = [];
  const made = Array.from({ length: offers }, (_, id): Offer => {
    const weights = destinations.map(({ weight }) => weight);
    const { name, categories } = destinations[weighted(weights, draw)];
    const category = draw.pick(categories);
    const mix = Object.entries(galleries[category]);
    const mixed = mix.map(([, weight]) => weight);
    const gallery = Array.from({ length: imagesPerOffer }, () => {
      const kind = mix[weighted(mixed, draw)][0];
      return draw.pick(images.filter((image) => image.kind === kind));
    });
    shown.push(gallery);
    const stars = draw.whole(2, 5);
    const nights = draw.pick([2, 3, 4, 7, 7, 10, 14]);
    const perNight = Math.exp(nightPrices[category] + 0.18 * (stars - 3.5) + 0.35 * normal(draw));
    const firstDay = Math.max(0, draw.whole(-20, days - 1));
    const scores = gallery.flatMap((image) => [...image.scores]);
    return {
      id: String(id),
      destination: name,
      category,
      stars,
      nights,
      price: Math.round(perNight * nights),
      firstDay,
      lastDay: Math.min(days - 1, firstDay + 6 + Math.floor(18 * exponential(draw))),
      themes: [...themeShares(scores, themes.length)],
    };
  });
  return { offers: made, shown };
}

/** True utilities: favourites, taste in images, price, stars, what is planted. */
function utilities(offers: readonly Offer[], themes: readonly string[], tastes: ReadonlyMap<string, Taste>) {
  const prices = offers.map(({ price, nights }) => Math.log(price / nights));
  const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
  const deviation = Math.sqrt(prices.reduce((sum, price) => sum + (price - mean) ** 2, 0) / prices.length);
  const forAll = offers.map(({ category, stars, themes: shares }) => {
    const effects = themes.reduce((sum, theme, t) => sum + (planted[category]?.[theme] ?? 0) * shares[t], 0);
    return 0.25 * (stars - 3.4) + effects;
  });
  return (user: string, offer: number): number => {
    const { budget, favourites, themes: wanted } = tastes.get(user)!;
    const { destination, themes: shares } = offers[offer];
    const taste = shares.reduce((sum, share, t) => sum + share * wanted[t], 0);
    const price = Math.abs((prices[offer] - mean) / deviation - budget);
    return forAll[offer] + (favourites.includes(destination) ? 2.2 : 0) + 7 * taste - 0.8 * price;
  };
}

/**
 * A year of a small agency: offers with images, users who look at offers and book some. Who books has looked at some
 * offers in the two weeks before, and opens the page of what is booked on the same day. Choices are logit over the offers
 * open on the day: by the true utility for a booking, by 0.6 of it for a visit. The seed decides everything.
 */
export function simulateAgency(options: AgencyOptions): Agency {
  const { seed, themes, users = 1500, days = 365 } = options;
  const { offers, shown } = makeOffers(options);
  const draw = drawing(mixSeeds(seed, 2));
  const tastes = new Map<string, Taste>();
  for (let user = 0; user < users; user++) {
    const parts = Float64Array.from(themes, () => exponential(draw) ** 3);
    const favourites = Array.from({ length: draw.whole(1, 2) }, () => draw.pick(destinations).name);
    tastes.set(String(user), { budget: normal(draw), favourites, themes: themeShares(parts, themes.length) });
  }
  const utility = utilities(offers, themes, tastes);
  const open = Array.from({ length: days }, (_, day) =>
    offers.flatMap(({ firstDay, lastDay }, place) => (firstDay <= day && day <= lastDay ? [place] : [])),
  );
  const choose = (user: string, day: number, scale: number) =>
    open[day][
      weighted(
        open[day].map((offer) => Math.exp(scale * utility(user, offer))),
        draw,
      )
    ];
  const visits: UserEvent[] = [];
  const reservations: UserEvent[] = [];
  for (const user of tastes.keys()) {
    const bookings = Math.floor(0.6 + 1.8 * exponential(draw));
    for (let booking = 0; booking < bookings; booking++) {
      const day = draw.whole(0, days - 1);
      if (open[day].length === 0) {
        continue;
      }
      for (let visit = draw.whole(3, 10); visit > 0; visit--) {
        const before = day - draw.whole(1, 14);
        if (before >= 0 && open[before].length > 0) {
          visits.push({ user, day: before, offer: offers[choose(user, before, 0.6)].id });
        }
      }
      const offer = offers[choose(user, day, 1)].id;
      visits.push({ user, day, offer });
      reservations.push({ user, day, offer });
    }
  }
  const byDay = (a: UserEvent, b: UserEvent) => a.day - b.day;
  return {
    data: { themes, offers, visits: visits.sort(byDay), reservations: reservations.sort(byDay) },
    galleries: shown,
    utility,
  };
}

/** Scores of simulated images of a kind that has no free image: mostly its own theme, a little of some other. */
export function simulatedImages(kind: string, theme: number, themes: number, seed: number, count = 6): AgencyImage[] {
  const draw = drawing(mixSeeds(seed, 3, theme));
  return Array.from({ length: count }, () => {
    const scores = new Float64Array(themes);
    scores[theme] = draw.between(0.7, 1);
    scores[draw.whole(0, themes - 1)] += 1 - scores[theme];
    return { kind, path: null, scores };
  });
}
