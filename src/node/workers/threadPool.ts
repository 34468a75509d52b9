import { createRequire } from 'node:module';
import type { TransferListItem } from 'node:worker_threads';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { move, Piscina, transferableSymbol, valueSymbol } from 'piscina';
import { WeldonError } from '../../errors.js';

/** How a call ended in its thread. Errors travel as their sentences: a copied error would lose its class. */
type ThreadAnswer<Reply> = { reply: Reply } | { message: string; isRefusal: boolean };

/**
 * What a thread of `startThreadPool` does with each call; its module exports this as default. A refusal (WeldonError)
 * comes back as one.
 *
 * @param transfer what of a reply moves to the calling thread in place of being copied
 *
 * @example
 * export default serveThread(async (path: string) => (await readFile(path)).length);
 */
export function serveThread<Request, Reply>(
  perform: (request: Request) => Promise<Reply>,
  transfer: (reply: Reply) => TransferListItem[] = () => [],
): (request: Request) => Promise<unknown> {
  return async (request) => {
    let reply: Reply;
    try {
      reply = await perform(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { message, isRefusal: error instanceof WeldonError } satisfies ThreadAnswer<Reply>;
    }
    const answer: ThreadAnswer<Reply> = { reply };
    return move({ [valueSymbol]: answer, [transferableSymbol]: transfer(reply) });
  };
}

export interface ThreadPoolOptions {
  /** whole number >= 1 */
  threads: number;
  /** what `workerData` is in each thread */
  workerData?: unknown;
}

/** Threads that all do the same work. */
export interface ThreadPool<Request, Reply> {
  readonly threads: number;
  /** Calls wait in the thread with the fewest, so that all are at work even while the calling thread is busy. */
  run(request: Request): Promise<Reply>;
  /** Ends the threads; calls under way are refused. */
  close(): Promise<void>;
}

/**
 * The file of a thread's module. When the package runs from its sources, as in the tests, that is TypeScript, and each
 * thread must be given the loader: `--import tsx` alone does not reach into threads.
 */
function moduleFile(module: URL): { filename: string; execArgv?: string[] } {
  if (!import.meta.url.endsWith('.ts')) {
    return { filename: fileURLToPath(module) };
  }
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('dist/esm/api/index.mjs', tsx).href;
  const register = `import { register } from ${JSON.stringify(loader)}; register();`;
  return {
    filename: fileURLToPath(module).replace(/\.js$/, '.ts'),
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(register)}`],
  };
}

/**
 * Starts threads that run a module each, whose default export comes from `serveThread`. The process stays alive while a
 * call is under way; idle threads do not keep it so. Where a thread ends by itself, all calls under way are refused, and
 * all later ones.
 *
 * @param module its built file: `new URL('./imageWorker.js', import.meta.url)`
 *
 * @example
 * const pool = startThreadPool<string, number>(new URL('./countWorker.js', import.meta.url), { threads: 2 });
 * const counts = await Promise.all(paths.map((path) => pool.run(path)));
 * await pool.close();
 */
export function startThreadPool<Request, Reply>(module: URL, options: ThreadPoolOptions): ThreadPool<Request, Reply> {
  const pool = new Piscina({
    ...moduleFile(module),
    workerData: options.workerData,
    minThreads: options.threads,
    maxThreads: options.threads,
    // Reading files and decoding overlap within a thread.
    concurrentTasksPerWorker: Infinity,
    // Waiting by Atomics would stop what a thread does between calls, such as loading its network.
    atomics: 'disabled',
    recordTiming: false,
  });
  const hasEnded = new WeldonError('Expected the threads to be running but they have ended');
  let ended: Error | undefined;
  const end = async (reason: Error) => {
    ended ??= reason;
    await pool.destroy();
  };
  pool.on('error', (error: Error) => void end(error));
  return {
    threads: options.threads,
    async run(request) {
      if (ended !== undefined) {
        throw ended;
      }
      let answer: ThreadAnswer<Reply>;
      try {
        answer = (await pool.run(request)) as ThreadAnswer<Reply>;
      } catch (error) {
        // Threads answer their own errors, so this is the end of one: by an error outside a call, or without a word.
        const isExit = /^worker exited|^Terminating worker/.test((error as Error).message);
        await end(isExit ? hasEnded : (error as Error));
        throw ended;
      }
      if ('reply' in answer) {
        return answer.reply;
      }
      throw answer.isRefusal ? new WeldonError(answer.message) : new Error(answer.message);
    },
    close: () => end(hasEnded),
  };
}
