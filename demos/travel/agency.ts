/** What the small agency sells, by the kinds of images that its offers show. */

/** A kind of image, and the panoramas that free images of it are cut from; without one, its scores are simulated. */
export const kinds: Readonly<Record<string, readonly string[]>> = {
  sea: ['venice', 'sky'],
  'old town': ['sunset'],
  city: ['city'],
  mountain: ['dawn'],
  forest: ['forest'],
  meadow: ['park', 'sunrise', 'night'],
  hall: ['lobby', 'hall', 'esplanade'],
  'empty room': ['apartment'],
  pool: [],
  snow: [],
  bedroom: [],
  bathroom: [],
  restaurant: [],
  spa: [],
};

/** Views cut from each panorama, side by side around the horizon. */
export const viewsPerPanorama = 5;

/** How often each kind of image is in an offer of a category, relative to the others. */
export const galleries: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  sea: {
    sea: 4,
    pool: 3,
    bedroom: 1.5,
    restaurant: 1,
    hall: 0.8,
    spa: 0.7,
    bathroom: 0.5,
    meadow: 0.4,
    'old town': 0.3,
  },
  ski: {
    mountain: 3.5,
    snow: 3,
    bedroom: 1.4,
    restaurant: 1,
    spa: 0.8,
    forest: 0.7,
    pool: 0.4,
    hall: 0.4,
    bathroom: 0.3,
  },
  city: {
    'old town': 3,
    city: 2.5,
    bedroom: 1.8,
    restaurant: 1.2,
    hall: 1.2,
    bathroom: 0.8,
    'empty room': 0.6,
    spa: 0.4,
  },
  country: { meadow: 3, forest: 2, bedroom: 1.5, restaurant: 1, 'empty room': 1, pool: 0.9, mountain: 0.7, sea: 0.3 },
};

export const destinations: readonly { name: string; weight: number; categories: readonly string[] }[] = [
  { name: 'France', weight: 3, categories: ['sea', 'ski', 'city', 'country'] },
  { name: 'Spain', weight: 1.5, categories: ['sea', 'city'] },
  { name: 'Italy', weight: 1.5, categories: ['sea', 'city', 'country', 'ski'] },
  { name: 'Austria', weight: 1, categories: ['ski', 'country', 'city'] },
  { name: 'Greece', weight: 1, categories: ['sea', 'country'] },
  { name: 'Portugal', weight: 1, categories: ['sea', 'city'] },
  { name: 'Morocco', weight: 0.7, categories: ['sea', 'city'] },
  { name: 'Sri Lanka', weight: 0.7, categories: ['sea', 'country'] },
];

/** Logarithm of the usual price of a night. */
export const nightPrices: Readonly<Record<string, number>> = { sea: 4.6, ski: 4.9, city: 4.7, country: 4.3 };

/** What is planted: what a whole image of a kind adds to the utility of an offer of a category, for everybody. */
export const planted: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ski: { bedroom: 8, mountain: -3, snow: -1 },
  sea: { pool: 2.5, sea: -1 },
};
