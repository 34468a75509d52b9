import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../errors.js';
import type { FactorizeOptions } from './factorization/factorize.js';
import { factorize, projectRows } from './factorization/factorize.js';
import type { SparseRows } from './factorization/sparseRows.js';
import { sparseRows } from './factorization/sparseRows.js';

/** An image with its tags, as `tagImages` gives them; more may stand there and is not looked at. */
export interface TaggedImage {
  /** path, or another name of its own */
  image: string;
  tags: readonly { tag: string; p: number }[];
}

/** What a tag of probability p weighs: √p, p itself, or 1. */
export type TagWeight = 'sqrt' | 'p' | 'binary';

const weighing: Record<TagWeight, (p: number) => number> = { sqrt: Math.sqrt, p: (p) => p, binary: () => 1 };

export interface ThemesOptions extends Pick<
  FactorizeOptions,
  'solver' | 'loss' | 'iterations' | 'tolerance' | 'onIteration' | 'signal'
> {
  /** Themes, from 1 to the smaller of images and tags. Default 30, or that bound where it is lower. */
  themes?: number;
  /** Default `'sqrt'`. */
  weight?: TagWeight;
  /** Images shown per theme. Default 12. */
  shown?: number;
}

/** Tags that come together. */
export interface Theme {
  /** the user's name, or `words` */
  name: string;
  /** its three strongest tags, the strongest first */
  words: string;
  /** part of all weight that it carries, 0 … 1 */
  share: number;
  /** of its tags, the strongest first; squares of the weights of a theme add up to 1 */
  tags: { tag: string; weight: number }[];
  /** the images that it is strongest in */
  images: { image: string; score: number }[];
}

/** Themes as a JSON file keeps them. */
export interface Themes {
  weight: TagWeight;
  loss: 'frobenius' | 'kullbackLeibler';
  /** by their share, the largest first */
  themes: Theme[];
}

export interface ThemesOfImages extends Themes {
  /** `[images, themes]` row by row, in the order of the images */
  scores: Float64Array;
  /** all tags, in the order of the alphabet */
  tags: string[];
  /** themes asked for that came out empty, as where tags allow for fewer */
  empty: number;
  /** images without a tag: their scores are 0 */
  untagged: number;
  error: number;
  iterations: number;
  converged: boolean;
}

/**
 * Weights of images' tags as rows, one column a name. A tag that an image has twice, as of two models, counts once, by
 * the higher probability.
 *
 * @param known columns; default all tags of the images, in the order of the alphabet. Others are passed over and counted
 * @throws WeldonError for a probability outside 0 … 1
 *
 * @example
 * const { matrix, tags } = tagMatrix([{ image: 'beach.jpg', tags: [{ tag: 'seashore', p: 0.9 }] }]);
 */
export function tagMatrix(
  images: readonly TaggedImage[],
  weight: TagWeight = 'sqrt',
  known?: readonly string[],
): { matrix: SparseRows; tags: string[]; unknown: number } {
  if (!Object.hasOwn(weighing, weight)) {
    throw expected('weight for tagMatrix', "'sqrt', 'p' or 'binary'", weight);
  }
  const tags =
    known === undefined ? [...new Set(images.flatMap((one) => one.tags.map(({ tag }) => tag)))].sort() : [...known];
  const columns = new Map(tags.map((tag, column) => [tag, column]));
  let unknown = 0;
  const rows = images.map(({ image, tags: own }) => {
    const best = new Map<number, number>();
    own.forEach(({ tag, p }) => {
      if (!(p >= 0 && p <= 1)) {
        throw expected(`the probability of ${JSON.stringify(tag)} in ${image}`, 'a number from 0 to 1', p);
      }
      const column = columns.get(tag);
      unknown += column === undefined ? 1 : 0;
      if (column !== undefined) {
        best.set(column, Math.max(best.get(column) ?? 0, p));
      }
    });
    return [...best].map(([column, p]) => [column, weighing[weight](p)] as const);
  });
  return { matrix: sparseRows(rows, Math.max(1, tags.length)), tags, unknown };
}

/**
 * Themes of images by their tags: a non-negative factorization of images × tags, each theme of length 1 and named by its
 * strongest tags. Show images beside the names: one thing to the eye may have odd words.
 *
 * @throws WeldonError without a tag in any image, for more themes than images or tags, and for options out of range
 *
 * @example
 * const { themes, scores } = await themesOf(tagged, { themes: 30 });
 * themes[0].name; // 'seashore, sandbar, promontory'
 */
export async function themesOf(images: readonly TaggedImage[], options: ThemesOptions = {}): Promise<ThemesOfImages> {
  checkKeys(options, 'themes weight shown solver loss iterations tolerance onIteration signal', 'themesOf');
  const { weight = 'sqrt', shown = 12, themes: wanted, ...rest } = options;
  const { loss = 'frobenius' } = rest;
  if (!Number.isInteger(shown) || shown < 0) {
    throw expected('shown for themesOf', 'a whole number >= 0', shown);
  }
  const { matrix, tags } = tagMatrix(images, weight);
  if (matrix.values.length === 0) {
    throw expectedInWords('the images for themesOf', 'some with tags', `${images.length} without any`);
  }
  const most = Math.min(images.length, tags.length);
  const k = wanted ?? Math.min(30, most);
  if (!Number.isInteger(k) || k < 1 || k > most) {
    throw expected(
      'themes for themesOf',
      `a whole number from 1 to ${most}: there are ${images.length} images and ${tags.length} tags`,
      k,
    );
  }
  const { w, h, error, iterations, converged } = await factorize(matrix, k, rest);
  const columns = tags.length;
  const found = Array.from({ length: k }, (_, t) => {
    const part = h.subarray(t * columns, (t + 1) * columns);
    const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0));
    const scores = Float64Array.from(images, (_image, i) => w[i * k + t] * length);
    return { part, length, scores, sum: scores.reduce((sum, score) => sum + score, 0) };
  })
    .filter(({ length, sum }) => length > 0 && sum > 0)
    .sort((a, b) => b.sum - a.sum);
  const total = found.reduce((sum, one) => sum + one.sum, 0);
  const themes = found.map(({ part, length, scores, sum }): Theme => {
    const own = Array.from(part, (value, j) => ({ tag: tags[j], weight: value / length }))
      .filter((one) => one.weight > 0)
      .sort((a, b) => b.weight - a.weight || (a.tag < b.tag ? -1 : 1));
    const words = own
      .slice(0, 3)
      .map(({ tag }) => tag)
      .join(', ');
    const ranked = Array.from(scores, (score, i) => ({ image: images[i].image, score })).sort(
      (a, b) => b.score - a.score,
    );
    // What rounding leaves of a number that goes to 0 is no evidence.
    const best = ranked.filter(({ score }) => score > 1e-6 * ranked[0].score).slice(0, shown);
    return { name: words, words, share: sum / total, tags: own, images: best };
  });
  const scores = new Float64Array(images.length * themes.length);
  found.forEach((one, t) => one.scores.forEach((score, i) => (scores[i * themes.length + t] = score)));
  return {
    weight,
    loss,
    themes,
    scores,
    tags,
    empty: k - themes.length,
    untagged: images.filter((one) => one.tags.length === 0).length,
    error,
    iterations,
    converged,
  };
}

/**
 * Gives themes the user's names.
 *
 * @param names by the words that a theme was named by, or the name that it has; empty names give the words back
 * @throws WeldonError for a theme that does not exist, with the nearest, and for two themes of one name
 *
 * @example
 * renameThemes(themes, { 'airship, pier, bell cote': 'skyscrapers' });
 */
export function renameThemes<T extends Themes>(themes: T, names: Readonly<Record<string, string>>): T {
  const known = themes.themes.flatMap(({ name, words }) => [name, words]);
  for (const [before, after] of Object.entries(names)) {
    if (!known.includes(before)) {
      throw new WeldonError(
        `Expected only known themes for renameThemes but received ${JSON.stringify(before)}${nearestNames(before, [...new Set(known)])}`,
      );
    }
    if (typeof after !== 'string') {
      throw expected(`the name of ${JSON.stringify(before)} for renameThemes`, 'a text', after);
    }
  }
  const renamed = themes.themes.map((theme) => {
    const given = names[theme.words] ?? names[theme.name];
    return given === undefined ? theme : { ...theme, name: given.trim() === '' ? theme.words : given.trim() };
  });
  const double = renamed.find(({ name }, i) => renamed.findIndex((other) => other.name === name) < i);
  if (double !== undefined) {
    throw expectedInWords(
      'the names for renameThemes',
      'different for each theme',
      `${JSON.stringify(double.name)} twice`,
    );
  }
  return { ...themes, themes: renamed };
}

/**
 * What new images are made of: their scores in themes that stay as they are.
 *
 * @returns scores `[images, themes]` row by row, 0 for an image without a known tag; and how many tags no theme knows
 *
 * @example
 * const { scores } = await scoresInThemes(themes, newlyTagged);
 */
export async function scoresInThemes(
  themes: Themes,
  images: readonly TaggedImage[],
  options: { signal?: AbortSignal } = {},
): Promise<{ scores: Float64Array; unknown: number }> {
  checkKeys(options, 'signal', 'scoresInThemes');
  const known = [...new Set(themes.themes.flatMap(({ tags }) => tags.map(({ tag }) => tag)))].sort();
  const k = themes.themes.length;
  if (images.length === 0) {
    return { scores: new Float64Array(0), unknown: 0 };
  }
  const { matrix, unknown } = tagMatrix(images, themes.weight, known);
  const h = new Float64Array(k * known.length);
  const place = new Map(known.map((tag, j) => [tag, j]));
  themes.themes.forEach(({ tags }, t) =>
    tags.forEach(({ tag, weight }) => (h[t * known.length + place.get(tag)!] = weight)),
  );
  return { scores: await projectRows(matrix, h, k, { loss: themes.loss, ...options }), unknown };
}

/**
 * The parts of each theme in an image, or in an offer by all its images: scores divided by their sum.
 *
 * @param scores one row, or several one after the other, which are added up
 * @param themes numbers of a row
 * @returns numbers that add up to 1; zeros where all scores are 0
 *
 * @example
 * themeShares(scores.subarray(0, 2 * 30), 30); // of an offer with two images
 */
export function themeShares(scores: ArrayLike<number>, themes: number): Float64Array {
  if (!Number.isInteger(themes) || themes < 1 || scores.length % themes !== 0) {
    throw expectedInWords('the scores for themeShares', `rows of ${themes} numbers`, `${scores.length} numbers`);
  }
  const sums = new Float64Array(themes);
  for (let at = 0; at < scores.length; at++) {
    sums[at % themes] += scores[at];
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  return total > 0 ? sums.map((value) => value / total) : sums;
}
