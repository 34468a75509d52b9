import { expected, expectedInWords, nearestNames, WeldonError } from '../errors.js';

/** A class of a model. */
export interface HeatmapClass {
  /** place in the model's output */
  index: number;
  /** from the model's recipe; `class 7` where it has none */
  name: string;
}

const plain = (name: string) =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

/** A name and the synonyms in it: ImageNet's are lists, "tabby, tabby cat". */
const synonyms = (name: string) => [name, ...(name.includes(',') ? name.split(',') : [])].map(plain);

/** The class that `wanted` names, by these rules in turn: the name as it is; case and `_` aside; a synonym. */
function byName(wanted: string, names: readonly string[]): number {
  const query = plain(wanted);
  const rules: ((name: string) => boolean)[] = [
    (name) => name === wanted,
    (name) => plain(name) === query,
    (name) => synonyms(name).includes(query),
  ];
  for (const fits of rules) {
    const found = names.flatMap((name, index) => (fits(name) ? [index] : []));
    if (found.length === 1) {
      return found[0];
    }
    if (found.length > 1) {
      throw expectedInWords(
        'classes',
        'names of one class each, or numbers',
        `"${wanted}", which names classes ${found.slice(0, -1).join(', ')} and ${found.at(-1)}`,
      );
    }
  }
  const known = [
    ...new Set(names.flatMap((name) => (name.includes(',') ? name.split(',').map((part) => part.trim()) : [name]))),
  ];
  throw new WeldonError(
    `Expected classes to be names of the model's classes but received "${wanted}"${nearestNames(wanted, known)}`,
  );
}

/** What a class is called. */
function classAt(index: number, names: readonly string[] | undefined): HeatmapClass {
  return { index, name: names?.[index] ?? `class ${index}` };
}

/**
 * Finds classes by number or name.
 *
 * @param wanted numbers 0 … count − 1, or names as in the model's recipe; upper and lower case do not matter, and one
 *   synonym of "tabby, tabby cat" is enough
 * @param count number of classes of the model
 * @throws WeldonError for an unknown name, with the nearest known ones, for a name that means several classes, or for a
 *   number out of range
 */
export function selectClasses(
  wanted: readonly (number | string)[],
  count: number,
  names: readonly string[] | undefined,
): HeatmapClass[] {
  if (!Array.isArray(wanted)) {
    throw expected('classes', 'an array of numbers or names', wanted);
  }
  return (wanted as readonly (number | string)[]).map((one) => {
    if (typeof one === 'string') {
      if (names === undefined) {
        throw expectedInWords(
          'classes',
          `numbers from 0 to ${count - 1}, since the model carries no class names`,
          `"${one}"`,
        );
      }
      return classAt(byName(one, names), names);
    }
    if (!Number.isInteger(one) || one < 0 || one >= count) {
      throw expected('classes', `names, or numbers from 0 to ${count - 1}`, one);
    }
    return classAt(one, names);
  });
}

/** The `top` classes with the highest scores, best first; of equal scores the lower number first, NaN last. */
export function bestClasses(scores: Float32Array, top: number, names: readonly string[] | undefined): HeatmapClass[] {
  const value = (index: number) => (Number.isNaN(scores[index]) ? -Infinity : scores[index]);
  return Array.from(scores, (_, index) => index)
    .sort((a, b) => (value(a) === value(b) ? a - b : value(b) - value(a)))
    .slice(0, top)
    .map((index) => classAt(index, names));
}
