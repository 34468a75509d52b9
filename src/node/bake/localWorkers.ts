/** Jobs done on this machine, without a queue. */
import { WeldonError } from '../../errors.js';
import { setTimeout as delay } from 'node:timers/promises';
import { startThreadPool } from '../workers/threadPool.js';
import type { BakeJob, ShardResult } from './bakeJob.js';
import type { BakeThreadData } from './bakeWorker.js';
import type { WorkerContext } from './worker.js';
import { runJob } from './worker.js';

/** What does jobs. */
export interface JobRunner {
  /** jobs that may be under way at once */
  lanes: number;
  run(job: BakeJob): Promise<ShardResult>;
  close(): Promise<void>;
}

/** Jobs in this process: while one is written, the next computes. */
export function runInProcess(context: WorkerContext): JobRunner {
  return { lanes: 2, run: (job) => runJob(job, context), close: () => context.close() };
}

/** Jobs in threads with a network each, for backends that compute in the thread that calls them. */
export function runInThreads(threads: number, data: BakeThreadData): JobRunner {
  const pool = startThreadPool<BakeJob, ShardResult>(new URL('./bakeWorker.js', import.meta.url), {
    threads,
    workerData: data,
  });
  return { lanes: threads, run: (job) => pool.run(job), close: () => pool.close() };
}

/** A job that did not come to its end, after it was tried again. */
export interface FailedJob {
  job: BakeJob;
  reason: string;
}

/** Milliseconds before a job is tried again. */
const pauses = [1000, 5000, 20_000];

async function tried(runner: JobRunner, job: BakeJob, attempts: number): Promise<ShardResult | FailedJob> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runner.run(job);
    } catch (error) {
      // A refusal meets every other job, too: a full disk, a manifest that was changed.
      if (error instanceof WeldonError) {
        throw error;
      }
      if (attempt === attempts) {
        return { job, reason: error instanceof Error ? error.message.split('\n')[0] : String(error) };
      }
      await delay(pauses[Math.min(attempt, pauses.length) - 1]);
    }
  }
}

/**
 * Does jobs, as many at once as the runner takes, and gives results as they come. With `signal` no more jobs are begun, and
 * those in hand come to their end.
 *
 * @throws WeldonError where a job is refused; those in hand have ended then
 */
export async function* runJobs(
  jobs: AsyncIterable<BakeJob>,
  runner: JobRunner,
  { signal, attempts = pauses.length + 1 }: { signal?: AbortSignal; attempts?: number } = {},
): AsyncGenerator<ShardResult | FailedJob> {
  const next = jobs[Symbol.asyncIterator]();
  const underWay = new Set<Promise<{ self: Promise<unknown>; result: ShardResult | FailedJob }>>();
  let more = true;
  const isStopped = () => signal?.aborted === true;
  try {
    for (;;) {
      while (more && underWay.size < runner.lanes && !isStopped()) {
        const { done, value } = (await next.next()) as IteratorResult<BakeJob, undefined>;
        if (done === true) {
          more = false;
          break;
        }
        const doing: Promise<{ self: Promise<unknown>; result: ShardResult | FailedJob }> = tried(
          runner,
          value,
          attempts,
        ).then((result) => ({ self: doing, result }));
        doing.catch(() => undefined); // thrown when its turn comes
        underWay.add(doing);
      }
      if (underWay.size === 0) {
        return;
      }
      const { self, result } = await Promise.race(underWay);
      underWay.delete(self as typeof underWay extends Set<infer T> ? T : never);
      yield result;
    }
  } finally {
    await Promise.allSettled(underWay);
    await next.return?.();
  }
}
