import { expectedInWords, nearestNames } from '../../errors.js';
import type { Notice } from '../notice.js';

/** An image file and what it shows. */
export interface LabelledImage {
  path: string;
  /** class numbers; exactly one where the data set is not `multiLabel` */
  labels: readonly number[];
}

/** Labelled image files; none is open, and none is known to be readable until `checkImages` says so. */
export interface ImageDataSet {
  /** where it was read from, for sentences */
  name: string;
  classes: readonly string[];
  /** whether an image may show several classes, or none */
  multiLabel: boolean;
  images: readonly LabelledImage[];
}

/** The first few of a list, for a sentence: `a, b, c and 5 more`. */
export function someOf(words: readonly string[], shown = 3): string {
  return words.slice(0, shown).join(', ') + (words.length > shown ? ` and ${words.length - shown} more` : '');
}

/**
 * One writing for a name: accents composed, which Macs take apart, no blanks but single ones inside, and none of the signs
 * without width (zero width space, word joiner, byte order mark, soft hyphen) that come along from web pages.
 */
export function cleanName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\u00ad\u200b\u2060\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Finds classes by name, as it is or else in another writing of the same; -1 for none. */
export function classFinder(classes: readonly string[]): (name: string) => number {
  const numbers = new Map<string, number>();
  classes.forEach((name, i) => numbers.set(`= ${name}`, i));
  classes.forEach((name, i) => numbers.set(cleanName(name), numbers.get(cleanName(name)) ?? i));
  return (name) => numbers.get(`= ${name}`) ?? numbers.get(cleanName(name)) ?? -1;
}

/** Tells of classes whose names differ in nothing but upper and lower case: meant so, or one class written two ways. */
export function tellNearNames(owner: string, classes: readonly string[], notice: Notice): void {
  const alike = new Map<string, string[]>();
  for (const name of classes) {
    alike.set(name.toLowerCase(), [...(alike.get(name.toLowerCase()) ?? []), name]);
  }
  const near = [...alike.values()].filter((names) => names.length > 1).map((names) => names.join(' and '));
  if (near.length > 0) {
    notice(`${owner} has classes that differ only in upper and lower case and are kept apart: ${someOf(near)}`);
  }
}

/**
 * The same images with the numbers that another list gives to their classes.
 *
 * @param owner whose list it is, for the sentence: `the model runs/rooms`
 * @throws WeldonError naming a class that the list lacks, with the nearest names in it
 */
export function withClassesOf(dataSet: ImageDataSet, classes: readonly string[], owner: string): ImageDataSet {
  const numberOf = classFinder(classes);
  const unknown = dataSet.classes.filter((name) => numberOf(name) < 0);
  if (unknown.length > 0) {
    throw expectedInWords(
      `the classes of ${dataSet.name}`,
      `those of ${owner} (${classes.length})`,
      `also ${someOf(unknown)}${nearestNames(unknown[0], classes)}`,
    );
  }
  const numbers = dataSet.classes.map(numberOf);
  return {
    ...dataSet,
    classes,
    images: dataSet.images.map(({ path, labels }) => ({ path, labels: labels.map((label) => numbers[label]) })),
  };
}
