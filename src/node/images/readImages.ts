import { WeldonError } from '../../errors.js';
import { readImage } from './readImage.js';
import type { DecodedImage, ReadImageOptions } from './readImage.js';

/** One file of several: its picture, or the sentence that says why there is none. */
export type ReadResult<T = DecodedImage> =
  { path: string; image: T; error?: undefined } | { path: string; image?: undefined; error: WeldonError };

export interface ReadAheadOptions {
  /** How many pictures are decoded ahead of the one in hand; each is in memory decoded. Default 2. */
  ahead?: number;
}

/**
 * Runs `read` on every path, `ahead` of the consumer and in the order of the paths. A refused file becomes an entry
 * with its error and the others go on. Stopping early (`break`) waits for what is under way and reads no more.
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
  return readAhead(paths, (path) => readImage(path, options), options);
}
