import { availableParallelism } from 'node:os';
import { expected, WeldonError } from '../../errors.js';
import type { ThreadPool } from '../workers/index.js';
import { startThreadPool } from '../workers/index.js';
import type { PictureTask, PreparedPicture } from './imageTask.js';
import { hashFile, preparePicture } from './imageTask.js';

export type PictureRequest = { kind: 'picture'; task: PictureTask } | { kind: 'hash'; path: string };

export type PictureReply = { kind: 'picture'; picture: PreparedPicture } | { kind: 'hash'; hash: string };

/** Where pictures are prepared: in threads, or in the calling one. */
export interface PictureThreads {
  prepare(task: PictureTask): Promise<PreparedPicture>;
  hash(path: string): Promise<string>;
  /** Ends the threads; the next call starts them again. */
  close(): Promise<void>;
}

/** One core is left to the network; more than four threads are more than any network here takes pictures. */
export function usualWorkers(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** @throws WeldonError for a number of threads that no machine needs */
export function checkWorkers(workers: number): void {
  if (!Number.isInteger(workers) || workers < 0 || workers > 64) {
    throw expected('workers', 'a whole number from 0 to 64', workers);
  }
}

/**
 * Prepares pictures in threads, which start with the first call.
 *
 * @param workers number of threads; 0 for the calling one
 */
export function pictureThreads(workers: number): PictureThreads {
  checkWorkers(workers);
  if (workers === 0) {
    return { prepare: preparePicture, hash: hashFile, close: async () => undefined };
  }
  let pool: ThreadPool<PictureRequest, PictureReply> | null = null;
  const run = (request: PictureRequest) => {
    pool ??= startThreadPool(new URL('./imageWorker.js', import.meta.url), { threads: workers });
    return pool.run(request);
  };
  const unexpected = () => new WeldonError('A thread answered another question than it was asked');
  return {
    async prepare(task) {
      const reply = await run({ kind: 'picture', task });
      if (reply.kind !== 'picture') {
        throw unexpected();
      }
      return reply.picture;
    },
    async hash(path) {
      const reply = await run({ kind: 'hash', path });
      if (reply.kind !== 'hash') {
        throw unexpected();
      }
      return reply.hash;
    },
    async close() {
      const closing = pool;
      pool = null;
      await closing?.close();
    },
  };
}
