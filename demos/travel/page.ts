import { WeldonError } from '../../src/index.js';
import type { RecommendationPageContent, ShownOffer, ShownTile } from '../../src/index.node.js';
import { attractivity, evaluateRecommender, profileOf, profileSentence } from '../../src/tagging/index.js';
import { rankOffers, trainRecommender } from '../../src/tagging/index.js';
import type { FeatureSet, Offer, Recommender, TravelData } from '../../src/tagging/index.js';
import { kinds, planted } from './agency.js';
import type { ImageThemes } from './chain.js';
import type { Agency } from './simulate.js';

const splitDay = 240;
const sets: readonly FeatureSet[] = ['noImage', 'imageOnly', 'mixed'];
const listed = 6;

/** The talk's example: a destination, and a theme. */
const [wantedPlace, wantedTheme] = ['France', 'pool'];

/** Reservations that expected spending is worked out on. */
const mostSpending = 150;

/** Utility of leaving without a booking. */
const leaving = 6;

interface Visitor {
  user: string;
  day: number;
  profile: Float64Array;
  /** part of the visits to `wantedPlace` */
  share: number;
}

function offersByUser(events: TravelData['visits']): Map<string, { day: number; offer: string }[]> {
  const found = new Map<string, { day: number; offer: string }[]>();
  events.forEach(({ user, day, offer }) => found.set(user, [...(found.get(user) ?? []), { day, offer }]));
  return found;
}

/** Whether an offer shows the theme of the talk. */
const shows = (offer: Offer, theme: number) => offer.themes[theme] >= 0.1;

/**
 * Of those who book after the split, on a day with enough offers of the theme in the place of the talk, who looks most for
 * both.
 */
function findVisitor({ themes, offers, visits, reservations }: TravelData): Visitor {
  const byId = new Map(offers.map((offer) => [offer.id, offer]));
  const visitsOf = offersByUser(visits);
  const bookingsOf = offersByUser(reservations);
  const pool = themes.indexOf(wantedTheme);
  const found = reservations
    .filter(({ day }) => day >= splitDay)
    .flatMap(({ user, day }): Visitor[] => {
      const before = (visitsOf.get(user) ?? []).filter((visit) => visit.day < day).map(({ offer }) => byId.get(offer)!);
      const booked = (bookingsOf.get(user) ?? []).filter((one) => one.day < day).map(({ offer }) => byId.get(offer)!);
      const open = offers.filter(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay);
      const fitting = open.filter((offer) => offer.destination === wantedPlace && shows(offer, pool));
      if (before.length < 10 || fitting.length < listed) {
        return [];
      }
      const shares = (list: typeof before) => list.map((offer) => offer.themes);
      const profile = profileOf(shares(before), shares(booked), themes.length);
      const there = before.filter(({ destination }) => destination === wantedPlace).length;
      return [{ user, day, profile, share: there / before.length }];
    });
  if (found.length === 0) {
    throw new WeldonError(
      `Expected a user who looks for a ${wantedTheme} in ${wantedPlace} for this seed to be among those who book but found none: take another seed`,
    );
  }
  const score = ({ profile, share }: Visitor) => profile[pool] * Math.min(0.5, share);
  return found.reduce((best, one) => (score(one) > score(best) ? one : best));
}

function tilesOf(agency: Agency, place: number): ShownTile[] {
  const gallery = agency.galleries[place];
  const pictured = gallery.filter(
    ({ path }, i) => path !== null && gallery.findIndex((one) => one.path === path) === i,
  );
  const words = [...new Set(gallery.filter(({ path }) => path === null).map(({ kind }) => kind))];
  const tiles = [
    ...words.map((kind): ShownTile => ({ words: `${kind}, simulated` })),
    ...pictured.map(({ path, kind }): ShownTile => ({ image: path as string, alt: kind })),
  ];
  return tiles.slice(0, 4);
}

function listsFor(agency: Agency, recommender: Recommender, { user, day }: Visitor) {
  const { offers, themes } = agency.data;
  const places = new Map(offers.map(({ id }, place) => [id, place]));
  const pool = themes.indexOf(wantedTheme);
  const names: Record<FeatureSet, string> = { noImage: 'Without images', imageOnly: 'By images alone', mixed: 'Mixed' };
  return sets.map((set) => {
    const ranked = rankOffers(recommender, agency.data, { user, day, set, top: listed });
    const own = ranked.map(({ offer }) => offers[places.get(offer)!]);
    const inPlace = own.filter(({ destination }) => destination === wantedPlace).length;
    const withTheme = own.filter((offer) => shows(offer, pool)).length;
    const both = own.filter((offer) => offer.destination === wantedPlace && shows(offer, pool)).length;
    return {
      name: names[set],
      told: `${inPlace} of ${listed} in ${wantedPlace}, ${withTheme} with a ${wantedTheme}, ${both} with both`,
      offers: ranked.map(({ offer, rank, why }): ShownOffer => {
        const place = places.get(offer)!;
        const { destination, category, price, nights, stars, themes: shares } = offers[place];
        return {
          title: `${rank}. ${destination}, ${category}`,
          detail: `${nights} nights, ${stars} stars, ${price} € · images: ${profileSentence(shares, themes, 2)}`,
          tiles: tilesOf(agency, place),
          why,
        };
      }),
    };
  });
}

/** What one spends who sees ten offers and books one of them, or leaves: logit by the true utilities. */
function spending(agency: Agency, user: string, places: readonly number[]): number {
  const weights = places.map((place) => Math.exp(agency.utility(user, place)));
  const all = weights.reduce((sum, weight) => sum + weight, Math.exp(leaving));
  return places.reduce((sum, place, i) => sum + (agency.data.offers[place].price * weights[i]) / all, 0);
}

/** Expected spending by the ten best of each model, and of one that knows the truth. */
function spendingRows(agency: Agency, recommender: Recommender): string[][] {
  const { offers, reservations } = agency.data;
  const places = new Map(offers.map(({ id }, place) => [id, place]));
  const after = reservations.filter(({ day }) => day >= splitDay);
  const step = Math.max(1, Math.ceil(after.length / mostSpending));
  const some = after.filter((_, i) => i % step === 0);
  const mean = (tenOf: (user: string, day: number) => number[]) =>
    some.reduce((sum, { user, day }) => sum + spending(agency, user, tenOf(user, day)), 0) / some.length;
  const rows = sets.map((set) => {
    const ten = (user: string, day: number) =>
      rankOffers(recommender, agency.data, { user, day, set }).map(({ offer }) => places.get(offer)!);
    return [{ noImage: 'no image', imageOnly: 'image alone', mixed: 'mixed' }[set], mean(ten).toFixed(1)];
  });
  const truth = mean((user, day) =>
    offers
      .flatMap(({ firstDay, lastDay }, place) => (firstDay <= day && day <= lastDay ? [place] : []))
      .map((place) => ({ place, utility: agency.utility(user, place) }))
      .sort((a, b) => b.utility - a.utility || a.place - b.place)
      .slice(0, 10)
      .map(({ place }) => place),
  );
  return [...rows, ['true utilities', truth.toFixed(1)]];
}

/** What the page says, worked out by the functions of the package. */
export function pageContent(
  agency: Agency,
  { found, names, images, tags, engine }: ImageThemes,
  { seed, samples }: { seed: number; samples: number },
): RecommendationPageContent {
  const { data, galleries } = agency;
  const recommender = trainRecommender(data, { splitDay });
  const report = evaluateRecommender(recommender, data, { samples });
  const visitor = findVisitor(data);
  const lists = listsFor(agency, recommender, visitor);
  const real = galleries.filter((gallery) => gallery.some(({ path }) => path !== null)).length;
  const shown = galleries.flat();
  const realShown = shown.filter(({ path }) => path !== null).length;
  const free = images.filter(({ path }) => path !== null).length;
  const ski = attractivity(data, { where: ({ category }) => category === 'ski', samples });
  const told = Object.entries(planted.ski)
    .map(([theme, effect]) => `${theme} ${effect > 0 ? '+' : '−'}${Math.abs(effect)}`)
    .join(', ');
  const attracts = (theme: string) => ski.themes.find((one) => one.theme === theme)!;
  const range = (theme: string) => {
    const { value, low, high } = attracts(theme);
    return `${theme} ${(value ?? 0).toFixed(2)} (${(low ?? 0).toFixed(2)} to ${(high ?? 0).toFixed(2)})`;
  };
  return {
    title: 'A small travel agency',
    warning: 'The bookings are simulated: nobody looked at these offers or booked them.',
    introduction: [
      `Offers, users, visits and reservations come from seed ${seed}: ${data.offers.length} offers, ${new Set(data.visits.map(({ user }) => user)).size} users, ${data.visits.length} visits and ${data.reservations.length} reservations in a year. What the models find is what was put in: these figures say that the chain works, not that images sell.`,
      `${free} free images were tagged for real (${tags} tags, ${engine}), and ${found.length} themes found in the tags. ${real} of ${data.offers.length} offers carry real tags, by ${realShown} of the ${shown.length} images that offers show; the other images, of ${names.length - found.length} themes without a free image, are simulated scores.`,
      'Free images: views cut from panoramas of Poly Haven as packed in npm @pmndrs/assets 1.7.0, CC0 1.0.',
      `The user below is an illustration and was not drawn by chance: of those with ten visits or more and enough offers open on the day, the one who looks most for a ${wantedTheme} and for ${wantedPlace}.`,
    ],
    visitor: {
      heading: `Swimming pools in France: user ${visitor.user} on day ${visitor.day}`,
      profile: profileSentence(visitor.profile, data.themes),
      lists,
    },
    comparison: { report, from: `day ${splitDay}` },
    themes: [
      ...found.map(({ name, words, share, images: own }) => ({
        name,
        note: `Real tags: ${words}. ${(100 * share).toFixed(0)} % of all weight of the free images.`,
        images: own.map(({ image }) => image),
      })),
      ...names
        .slice(found.length)
        .map((name) => ({ name, note: 'No free image shows it: its scores are simulated.', images: [] })),
    ],
    attractivity: [
      {
        group: 'Offers in the mountains (ski)',
        told: `Planted: what a whole image adds to the utility of a ski offer, for everybody: ${told}. Recovered: ${range('bedroom')}, ${range('mountain')}. In the mountains a bedroom draws more than a mountain, as in the talk.`,
        found: ski,
      },
      { group: 'All offers', found: attractivity(data, { samples }) },
    ],
    more: [
      {
        heading: 'Expected spending, where the truth is known',
        table: { head: ['ten best by', '€ a visitor'], rows: spendingRows(agency, recommender) },
        paragraphs: [
          `What a visitor would spend who sees the ten best offers and books one of them or leaves, by the true utilities of the simulator; mean of ${Math.min(mostSpending, report.reservations)} or fewer of the reservations from day ${splitDay} on. Such a figure exists only where the truth is simulated: on real logs, price-weighted hits are no uplift. That images gain here is the simulator’s doing, in which they move bookings: it says nothing of real visitors.`,
        ],
      },
      {
        heading: 'What an offer shows',
        table: {
          head: ['kind of image', 'free images', 'in offers'],
          rows: Object.keys(kinds).map((kind) => [
            kind,
            String(images.filter((image) => image.kind === kind && image.path !== null).length),
            String(shown.filter((image) => image.kind === kind).length),
          ]),
        },
        paragraphs: [],
      },
    ],
  };
}
