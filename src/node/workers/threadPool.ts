import type { TransferListItem, Worker } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import { processHold } from './processHold.js';
import { startWorker } from './startWorker.js';

/** What goes to a thread and comes back; see `serveThread`. */
export interface ThreadCall<Request> {
  id: number;
  request: Request;
}

export type ThreadAnswer<Reply> = { id: number; reply: Reply } | { id: number; message: string; isRefusal: boolean };

export interface ThreadPoolOptions {
  /** whole number >= 1 */
  threads: number;
  /** what `workerData` is in each thread */
  workerData?: unknown;
  /** environment of the threads; default: this one's */
  env?: NodeJS.ProcessEnv;
}

/** Threads that all do the same work. */
export interface ThreadPool<Request, Reply> {
  readonly threads: number;
  /** Calls wait in the thread with the fewest, so that all are at work even while the calling thread is busy. */
  run(request: Request, transfer?: readonly TransferListItem[]): Promise<Reply>;
  /** Ends the threads; calls under way are refused. */
  close(): Promise<void>;
}

interface Waiting<Reply> {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

interface Thread<Reply> {
  worker: Worker;
  waiting: Map<number, Waiting<Reply>>;
}

/**
 * Starts threads that run a module each, which answers calls through `serveThread`. The process stays alive while a call is
 * under way; idle threads do not keep it so. Where a thread ends by itself all calls under way are refused, and all later ones.
 *
 * @param module its built file: `new URL('./imageWorker.js', import.meta.url)`
 *
 * @example
 * const pool = startThreadPool<string, number>(new URL('./countWorker.js', import.meta.url), { threads: 2 });
 * const counts = await Promise.all(paths.map((path) => pool.run(path)));
 * await pool.close();
 */
export function startThreadPool<Request, Reply>(module: URL, options: ThreadPoolOptions): ThreadPool<Request, Reply> {
  let ended: Error | undefined;
  let next = 0;
  const threads: Thread<Reply>[] = [];
  const hold = processHold();

  const end = (error: Error) => {
    ended ??= error;
    for (const { waiting } of threads) {
      waiting.forEach(({ reject }) => {
        reject(ended as Error);
        hold.drop();
      });
      waiting.clear();
    }
  };
  for (let i = 0; i < options.threads; i++) {
    const worker = startWorker(module, { workerData: options.workerData, env: options.env });
    const waiting = new Map<number, Waiting<Reply>>();
    threads.push({ worker, waiting });
    worker.on('message', (answer: ThreadAnswer<Reply>) => {
      const caller = waiting.get(answer.id);
      if (caller === undefined) {
        return;
      }
      waiting.delete(answer.id);
      hold.drop();
      if ('reply' in answer) {
        caller.resolve(answer.reply);
      } else {
        caller.reject(answer.isRefusal ? new WeldonError(answer.message) : new Error(answer.message));
      }
    });
    worker.on('error', end);
    // What cannot be read here was an answer: without it a caller would wait for ever.
    worker.on('messageerror', end);
    worker.on('exit', () => end(new WeldonError('Expected the threads to be running but they have ended')));
    worker.unref();
  }
  return {
    threads: options.threads,
    run: (request, transfer) =>
      new Promise<Reply>((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended);
          return;
        }
        const thread = threads.reduce((least, each) => (each.waiting.size < least.waiting.size ? each : least));
        const id = next++;
        thread.worker.postMessage({ id, request }, transfer);
        thread.waiting.set(id, { resolve, reject });
        hold.take();
      }),
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
