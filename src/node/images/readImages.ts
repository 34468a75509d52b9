import pMap, { pMapSkip } from 'p-map';
import { checkKeys, WeldonError } from '../../errors.js';
import { readImage } from './readImage.js';
import type { DecodedImage, ReadImageOptions } from './readImage.js';

/** Files open at once: enough to keep a disk busy, few enough for every system's limit. */
const usualLanes = 16;

/**
 * `work` on every item, a few at a time; results in the order of the items. After a failure nothing more is begun, and
 * what is in hand comes to its end before the failure is thrown.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  lanes = usualLanes,
): Promise<R[]> {
  let failure: { error: unknown } | undefined;
  const one = async (item: T, index: number) => {
    if (failure !== undefined) {
      return pMapSkip;
    }
    try {
      return await work(item, index);
    } catch (error) {
      failure ??= { error };
      return pMapSkip;
    }
  };
  const results = await pMap(items, one, { concurrency: lanes });
  if (failure !== undefined) {
    throw (failure as { error: unknown }).error;
  }
  return results;
}

/** One file of several: its image, or the sentence that says why there is none. */
export type ReadResult<T = DecodedImage> =
  { path: string; image: T; error?: undefined } | { path: string; image?: undefined; error: WeldonError };

export interface ReadAheadOptions {
  /** How many images are decoded ahead of the one in hand; each is in memory decoded. Default 2. */
  ahead?: number;
}

/**
 * Runs `read` on every path, `ahead` of the consumer and in the order of the paths. A refused file becomes an entry
 * with its error and the others go on. Stopping early (`break`) waits for what is under way and reads no more: p-map's
 * `pMapIterable` would leave it running, and knows no `ahead` of 0.
 *
 * @example
 * for await (const { path, image, error } of readAhead(paths, (path) => readForModel(path, recipe.resize))) {
 *   if (error) { console.error(error.message); } else { await use(image); }
 * }
 */
export async function* readAhead<T>(
  paths: Iterable<string>,
  read: (path: string) => Promise<T>,
  options: ReadAheadOptions = {},
): AsyncGenerator<ReadResult<T>, void, undefined> {
  const { ahead = 2 } = options;
  const queue: Promise<ReadResult<T>>[] = [];
  const settle = async (path: string): Promise<ReadResult<T>> => {
    try {
      return { path, image: await read(path) };
    } catch (error) {
      if (error instanceof WeldonError) {
        return { path, error };
      }
      throw error;
    }
  };
  try {
    for (const path of paths) {
      const result = settle(path);
      result.catch(() => undefined); // reported when its turn comes
      queue.push(result);
      if (queue.length > ahead) {
        yield await (queue.shift() as Promise<ReadResult<T>>);
      }
    }
    while (queue.length > 0) {
      yield await (queue.shift() as Promise<ReadResult<T>>);
    }
  } finally {
    await Promise.allSettled(queue);
  }
}

/** `readImage` on several files, decoding ahead of the consumer; see `readAhead`. */
export function readImages(
  paths: Iterable<string>,
  options: ReadImageOptions & ReadAheadOptions = {},
): AsyncGenerator<ReadResult, void, undefined> {
  checkKeys(options, 'maxPixels background maxSide shrink ahead notice', 'readImages');
  const { ahead, ...each } = options;
  return readAhead(paths, (path) => readImage(path, each), { ahead });
}
