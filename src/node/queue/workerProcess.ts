/** A process of `runWorkers`: does the jobs of a queue one after the other, and tells its parent of them. */
// The layers that a model may have, and the kernels of their ops.
import '../../layers/index.js';
import '../../backbones/networks/adaptiveAveragePooling.js';
import '../../backbones/networks/frozenBatchNorm.js';
import { setTimeout as delay } from 'node:timers/promises';
import { WeldonError } from '../../errors.js';
import type { BakeJob, ShardResult } from '../bake/bakeJob.js';
import type { OpenWorkerOptions, WorkerContext } from '../bake/worker.js';
import { openWorker, runJob } from '../bake/worker.js';
import { openQueue } from './bullQueue.js';

/** What a process is told first; secrets come this way, where nobody else reads them. */
export interface ProcessSettings {
  queue: string;
  lockSeconds?: number;
  worker: Omit<OpenWorkerOptions, 'notice'>;
}

/** What a process tells. */
export type ProcessReport =
  | { kind: 'ready' }
  | { kind: 'begun'; job: BakeJob }
  | { kind: 'done'; job: BakeJob; seconds: number; result: ShardResult }
  | { kind: 'failed'; job: BakeJob; seconds: number; reason: string }
  | { kind: 'notice'; sentence: string }
  | { kind: 'refused'; sentence: string };

const tell = (report: ProcessReport) => process.connected && process.send?.(report);
const notice = (sentence: string) => void tell({ kind: 'notice', sentence });

/** Seconds before a bake that could not be opened is tried again: others may have what it wants. */
const pauseAfterRefusal = 2;

async function serve(
  { queue: url, worker: options, lockSeconds }: ProcessSettings,
  signal: AbortSignal,
): Promise<void> {
  const queue = await openQueue(url, { role: 'worker', notice, signal });
  tell({ kind: 'ready' });
  let opened: { out: string; context: WorkerContext } | null = null;
  const contextOf = async (out: string): Promise<WorkerContext> => {
    if (opened?.out !== out) {
      await opened?.context.close();
      opened = null;
      try {
        opened = { out, context: await openWorker(out, { ...options, notice }) };
      } catch (error) {
        await delay(1000 * pauseAfterRefusal, undefined, { signal }).catch(() => undefined);
        throw error;
      }
    }
    return opened.context;
  };
  let result: ShardResult;
  await queue.work(
    async (job) => {
      try {
        result = await runJob(job, await contextOf(job.out));
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw code === 'SOURCE_LOST' ? new Error(`SOURCE_LOST ${message}`) : error;
      }
    },
    {
      signal,
      notice,
      lockSeconds,
      onJob(event) {
        switch (event.event) {
          case 'begun':
            tell({ kind: 'begun', job: event.job });
            break;
          case 'done':
            tell({ kind: 'done', job: event.job, seconds: event.seconds, result });
            break;
          default:
            tell({ kind: 'failed', job: event.job, seconds: event.seconds, reason: event.reason });
        }
      },
    },
  );
  await (opened as { context: WorkerContext } | null)?.context.close();
  await queue.close();
}

const stop = new AbortController();
// Ctrl-C comes to parent and children alike; the parent says when to stop.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stop.abort());
// Without a parent nobody would end it.
process.on('disconnect', () => stop.abort());
process.once('message', (settings: ProcessSettings) => {
  serve(settings, stop.signal)
    .catch((error: unknown) => {
      if (!stop.signal.aborted) {
        const { message } = error as Error;
        tell({ kind: error instanceof WeldonError ? 'refused' : 'notice', sentence: message });
        process.exitCode = 1;
      }
    })
    .finally(() => {
      // Let what was told go out, then end, whatever threads of a backend still wait.
      setTimeout(() => process.exit(), 200);
    });
});
