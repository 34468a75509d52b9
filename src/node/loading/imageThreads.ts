import { availableParallelism } from 'node:os';
import { expected } from '../../errors.js';
import type { ThreadPool } from '../workers/threadPool.js';
import { startThreadPool } from '../workers/threadPool.js';
import type { ImageTask, PreparedImage, RawImage } from './imageTask.js';
import { hashFile, prepareImage, rawImage } from './imageTask.js';

/** An image to prepare, one to read without scaling, or a file to hash. */
export type ImageRequest = { task: ImageTask } | { raw: ImageTask } | { path: string };

export type ImageAnswer = PreparedImage | RawImage | string;

/** Where images are prepared: in threads, or in the calling one. */
export interface ImageThreads {
  prepare(task: ImageTask): Promise<PreparedImage>;
  /** as a frozen pass takes it */
  raw(task: ImageTask): Promise<RawImage>;
  hash(path: string): Promise<string>;
  /** Ends the threads; the next call starts them again. */
  close(): Promise<void>;
}

/** One core is left to the network; no network here takes images faster than four threads make them. */
export function usualWorkers(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** @throws WeldonError for a number of threads outside 0 to 64 */
export function checkWorkers(workers: number): void {
  if (!Number.isInteger(workers) || workers < 0 || workers > 64) {
    throw expected('workers', 'a whole number from 0 to 64', workers);
  }
}

/**
 * Prepares images in threads, which start with the first call.
 *
 * @param workers number of threads; 0 for the calling one
 */
export function imageThreads(workers: number): ImageThreads {
  checkWorkers(workers);
  if (workers === 0) {
    return { prepare: prepareImage, raw: rawImage, hash: hashFile, close: async () => undefined };
  }
  let pool: ThreadPool<ImageRequest, ImageAnswer> | null = null;
  const run = (request: ImageRequest) => {
    pool ??= startThreadPool(new URL('./imageWorker.js', import.meta.url), { threads: workers });
    return pool.run(request);
  };
  return {
    prepare: (task) => run({ task }) as Promise<PreparedImage>,
    raw: (raw) => run({ raw }) as Promise<RawImage>,
    hash: (path) => run({ path }) as Promise<string>,
    async close() {
      const closing = pool;
      pool = null;
      await closing?.close();
    },
  };
}
