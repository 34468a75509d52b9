import { toStderr } from '../notice.js';
import type { Notice } from '../notice.js';
import { checkKeys, expected, expectedInWords, WeldonError } from '../../errors.js';
import { readImage } from '../images/readImage.js';
import { inParallel } from '../images/readImages.js';
import type { ImageDataSet } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';

/** @throws WeldonError naming the classes, of those asked about, that have fewer than `atLeast` images */
export function checkClassSizes(
  { name, classes, images }: ImageDataSet,
  among: readonly string[],
  atLeast: number,
): void {
  if (!Number.isInteger(atLeast) || atLeast < 0) {
    throw expected('atLeast', 'a whole number >= 0', atLeast);
  }
  const counts = classes.map(() => 0);
  images.forEach(({ labels }) => labels.forEach((label) => counts[label]++));
  const small = among.flatMap((each) => {
    const count = counts[classes.indexOf(each)];
    return count < atLeast ? [`${each} with ${count === 0 ? 'none' : count}`] : [];
  });
  if (small.length > 0) {
    throw expectedInWords(`every class of ${name}`, `one with ${atLeast} images or more`, someOf(small));
  }
}

export interface CheckImagesOptions {
  /** Takes one sentence about the images that are left out. Default: a line on stderr. */
  notice?: Notice;
  /** Called after each image. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the check, which then throws the signal's reason. */
  signal?: AbortSignal;
}

export interface CheckedImages {
  /** without the images that cannot be read */
  dataSet: ImageDataSet;
  /** those, and why, in a sentence that names the file */
  unreadable: { path: string; reason: string }[];
}

/**
 * Decodes every image once, a few milliseconds each, so that a damaged one is found before a run and not in its middle.
 * What cannot be read is left out, and said once.
 *
 * @throws WeldonError if a class that had images has none left
 *
 * @example
 * const { dataSet, unreadable } = await checkImages(await readClassFolders('rooms'));
 */
export async function checkImages(dataSet: ImageDataSet, options: CheckImagesOptions = {}): Promise<CheckedImages> {
  checkKeys(options, 'notice onProgress signal', 'checkImages');
  const { notice = toStderr, onProgress, signal } = options;
  const { name, classes, images } = dataSet;
  let done = 0;
  const reasons = await inParallel(images, async ({ path }) => {
    signal?.throwIfAborted();
    try {
      await readImage(path);
      return null;
    } catch (error) {
      if (error instanceof WeldonError) {
        return error.message;
      }
      throw error;
    } finally {
      onProgress?.(++done, images.length);
    }
  });
  const readable = images.filter((_, i) => reasons[i] === null);
  const unreadable = images.flatMap(({ path }, i) =>
    reasons[i] === null ? [] : [{ path, reason: reasons[i] as string }],
  );
  if (unreadable.length === 0) {
    return { dataSet, unreadable };
  }
  const summary = `${unreadable.length} of ${images.length} images of ${name} cannot be read`;
  const reasonsShown = unreadable.slice(0, 3).map(({ reason }) => reason);
  const first = reasonsShown.join('; ') + (unreadable.length > 3 ? `; and ${unreadable.length - 3} more` : '');
  const counts = (list: ImageDataSet['images']) =>
    classes.map((_, label) => list.filter(({ labels }) => labels.includes(label)).length);
  const left = counts(readable);
  const lost = classes.filter((_, label) => left[label] === 0 && counts(images)[label] > 0);
  if (lost.length > 0) {
    throw new WeldonError(`${summary}, which leaves none of ${someOf(lost)}: ${first}`);
  }
  notice(`${summary} and are left out: ${first}`);
  return { dataSet: { ...dataSet, images: readable }, unreadable };
}
