import { expectedInWords, nearestNames } from '../../errors.js';
import type { ImageDataSet } from './index.js';

/**
 * The same images with the numbers that another list gives to their classes.
 *
 * @param owner whose list it is, for the sentence: `the model runs/rooms`
 * @throws WeldonError naming a class that the list lacks, with the nearest names in it
 */
export function withClassesOf(dataSet: ImageDataSet, classes: readonly string[], owner: string): ImageDataSet {
  const unknown = dataSet.classes.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 3).join(', ') + (unknown.length > 3 ? ` and ${unknown.length - 3} more` : '');
    throw expectedInWords(
      `the classes of ${dataSet.name}`,
      `those of ${owner} (${classes.length})`,
      `also ${shown}${nearestNames(unknown[0], classes)}`,
    );
  }
  const numbers = dataSet.classes.map((name) => classes.indexOf(name));
  return {
    ...dataSet,
    classes,
    images: dataSet.images.map(({ path, labels }) => ({ path, labels: labels.map((label) => numbers[label]) })),
  };
}
