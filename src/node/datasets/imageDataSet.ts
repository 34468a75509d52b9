import { expectedInWords, nearestNames } from '../../errors.js';

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
 * The same images with the numbers that another list gives to their classes.
 *
 * @param owner whose list it is, for the sentence: `the model runs/rooms`
 * @throws WeldonError naming a class that the list lacks, with the nearest names in it
 */
export function withClassesOf(dataSet: ImageDataSet, classes: readonly string[], owner: string): ImageDataSet {
  const unknown = dataSet.classes.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw expectedInWords(
      `the classes of ${dataSet.name}`,
      `those of ${owner} (${classes.length})`,
      `also ${someOf(unknown)}${nearestNames(unknown[0], classes)}`,
    );
  }
  const numbers = dataSet.classes.map((name) => classes.indexOf(name));
  return {
    ...dataSet,
    classes,
    images: dataSet.images.map(({ path, labels }) => ({ path, labels: labels.map((label) => numbers[label]) })),
  };
}
