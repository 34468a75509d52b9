import { checkKeys, expected, expectedInWords } from '../../errors.js';
import { mixSeeds } from '../../random.js';
import { shuffledOrder } from '../../training/trainingData.js';
import type { ImageDataSet } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';

export type SplitOptions = {
  /** decides which images go where; the same seed gives the same parts */
  seed: number;
} &
  /** part of every class that goes into the first set, 0 < share < 1 */
  (
    | { share: number; perClass?: undefined }
    /** images of every class that go into the first set; one class per image only */
    | { perClass: number; share?: undefined }
  );

/**
 * Splits a data set in two, every class alike: the rarest class first, as far as images show several. A class with two
 * images or more has some in both parts; one with a single image has it in the first. The order stays.
 *
 * @throws WeldonError for a share outside (0, 1), and for a class with fewer than `perClass` images
 *
 * @example
 * const { first, second } = splitDataSet(rooms, { share: 0.8, seed: 0 }); // 80 % to train on, 20 % to measure on
 */
export function splitDataSet(
  dataSet: ImageDataSet,
  options: SplitOptions,
): { first: ImageDataSet; second: ImageDataSet } {
  checkKeys(options, 'share perClass seed', 'splitDataSet');
  const { share, perClass, seed } = options;
  const { name, classes, multiLabel, images } = dataSet;
  if (perClass === undefined ? !(share > 0 && share < 1) : !Number.isInteger(perClass) || perClass < 1) {
    throw perClass === undefined
      ? expected('share for splitDataSet', 'a number with 0 < share < 1', share)
      : expected('perClass for splitDataSet', 'a whole number >= 1', perClass);
  }
  if (perClass !== undefined && multiLabel) {
    throw expectedInWords(
      'perClass for splitDataSet',
      `absent for ${name}, where an image may show several classes`,
      `${perClass}`,
    );
  }
  const members = classes.map((_, label) => images.flatMap(({ labels }, i) => (labels.includes(label) ? [i] : [])));
  // Images that show nothing are a class of their own here.
  members.push(images.flatMap(({ labels }, i) => (labels.length === 0 ? [i] : [])));
  const small =
    perClass === undefined
      ? []
      : members
          .slice(0, classes.length)
          .flatMap(({ length }, label) =>
            length > 0 && length < perClass ? [`${classes[label]} with ${length}`] : [],
          );
  if (small.length > 0) {
    throw expectedInWords(`every class of ${name}`, `one with ${perClass} images or more`, someOf(small));
  }
  const inFirst = new Map<number, boolean>();
  const byRarity = members.map((_, label) => label).sort((a, b) => members[a].length - members[b].length || a - b);
  for (const label of byRarity) {
    const all = members[label];
    const wanted =
      perClass ?? Math.min(Math.max(1, Math.round((share as number) * all.length)), Math.max(1, all.length - 1));
    let placed = all.filter((i) => inFirst.get(i) === true).length;
    const open = all.filter((i) => !inFirst.has(i));
    for (const place of shuffledOrder(open.length, mixSeeds(seed, label))) {
      inFirst.set(open[place], placed < wanted);
      placed++;
    }
  }
  const part = (first: boolean): ImageDataSet => ({
    ...dataSet,
    images: images.filter((_, i) => inFirst.get(i) === first),
  });
  return { first: part(true), second: part(false) };
}
