import { stat } from 'node:fs/promises';
import { readRecord } from '../images/imageRecords.js';
import { inParallel } from '../images/readImages.js';
import { WeldonError } from '../../errors.js';
import type { ImageDataSet } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';
import { readPlainFile, sha256Of } from '../storage/plainFile.js';

/**
 * Refuses a data set of one class per image in which the same image is in two classes: no network can learn that,
 * and a whole class copied by mistake looks just so. Contents are compared, not names; only files of equal size are read.
 *
 * @throws WeldonError naming the classes with the most images in common, how many, and one of them
 */
export async function refuseSharedImages({ name, classes, images }: ImageDataSet): Promise<void> {
  const shared = new Map<string, { count: number; paths: string[] }>();
  for (const group of await equalFiles(images.map(({ path }) => path))) {
    const members = group.map((i) => images[i]);
    const numbers = [...new Set(members.map(({ labels }) => labels[0]))].sort((a, b) => a - b);
    numbers.forEach((first, i) =>
      numbers.slice(i + 1).forEach((second) => {
        const pair = `${classes[first]} and ${classes[second]}`;
        const found = shared.get(pair) ?? {
          count: 0,
          paths: [first, second].map((label) => members.find(({ labels }) => labels[0] === label)?.path ?? ''),
        };
        shared.set(pair, { ...found, count: found.count + 1 });
      }),
    );
  }
  const pairs = [...shared].sort(([, a], [, b]) => b.count - a.count);
  if (pairs.length > 0) {
    const [[pair, { paths }]] = pairs;
    throw new WeldonError(
      `Expected every image of ${name} to be in one class but received the same ones in several: ` +
        `${someOf(pairs.map(([names, { count }]) => `${names} share ${count}`))}. For ${pair} compare ${paths.join(' and ')}`,
    );
  }
}

/** The lists of places that have the same value, where there are several; `null` is the same as nothing. */
function groups<T>(values: readonly (T | null)[]): number[][] {
  const places = new Map<T, number[]>();
  values.forEach((value, i) => {
    if (value !== null) {
      const group = places.get(value) ?? [];
      group.push(i);
      places.set(value, group);
    }
  });
  return [...places.values()].filter((group) => group.length > 1);
}

const contentOf = async (path: string): Promise<Buffer> =>
  (await readRecord(path)) ?? (await readPlainFile(path, Infinity));

/**
 * Finds files of the same content. Only files of equal size are read, each once.
 *
 * @param skipUnreadable a file that cannot be read is equal to none; otherwise its error is passed on
 * @returns places in `paths`, in groups of two or more, each group in their order
 */
export async function equalFiles(paths: readonly string[], skipUnreadable = false): Promise<number[][]> {
  const skip = (error: unknown): null => {
    if (skipUnreadable) {
      return null;
    }
    throw error;
  };
  const sizes = await inParallel(paths, (path) =>
    readRecord(path)
      .then(async (record) => record?.length ?? (await stat(path)).size)
      .catch(skip),
  );
  const candidates = groups(sizes)
    .flat()
    .sort((a, b) => a - b);
  const hashes = await inParallel(candidates, (i) => contentOf(paths[i]).then(sha256Of).catch(skip));
  return groups(hashes).map((group) => group.map((i) => candidates[i]));
}
