/** A queue by BullMQ, on Redis or on PostgreSQL, by the same code. */
import type * as bullmq from 'bullmq';
import { setTimeout as delay } from 'node:timers/promises';
import type { BakeJob } from '../bake/bakeJob.js';
import type { Notice } from '../notice.js';
import type { Broker } from './brokers.js';
import { brokerOf, kindOf, sentenceOf } from './brokers.js';
import type { FailedJob, JobQueue, QueueCounts, QueueRole, WorkOptions } from './jobQueue.js';
import { jobId } from './jobQueue.js';
import type { QueuePlace } from './queuePlace.js';
import { queuePlace } from './queuePlace.js';

const jobSettings = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: true,
  removeOnFail: false,
  stackTraceLimit: 0,
};

/** BullMQ's words for a job whose processes died. */
const stalledReason = 'job stalled more than allowable limit';

export interface OpenQueueOptions {
  role: QueueRole;
  /** Takes a sentence when the broker goes away or comes back. */
  notice: Notice;
  signal?: AbortSignal;
  /** Seconds that a broker may be away at the start. Default 30 */
  patience?: number;
}

/**
 * Opens a queue.
 *
 * @param url `redis://…` or `postgres://…`
 * @throws WeldonError for an address that is none, packages that are not installed, a broker that is away for longer than
 *   `patience`, refuses the password, or may throw jobs away
 *
 * @example
 * const queue = await openQueue('redis://127.0.0.1:6379', { role: 'producer', notice: console.error });
 */
export async function openQueue(
  url: string,
  { role, notice, signal, patience = 30 }: OpenQueueOptions,
): Promise<JobQueue> {
  const place = queuePlace(url);
  const broker = await brokerOf(place, role);
  /** When the broker went away. */
  let away: number | null = null;
  const tellAway = (error: unknown) => {
    if (away === null) {
      away = Date.now();
      notice(`${sentenceOf(error, place).message}: waiting for it`);
    }
  };
  const tellBack = () => {
    if (away !== null) {
      notice(`${place.location} is back after ${Math.round((Date.now() - away) / 1000)} s`);
      away = null;
    }
  };

  /** Waits until the broker is there, with all that it needs. */
  async function awaited(seconds: number, stop: AbortSignal | undefined): Promise<void> {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      try {
        await broker.ask();
        tellBack();
        return;
      } catch (error) {
        const kind = kindOf(error);
        // Tables are made by the first bake, which may come hours after its workers.
        if (kind === 'refused' || (kind === 'away' && Date.now() > until)) {
          throw sentenceOf(error, place);
        }
        tellAway(error);
        await delay(1000, undefined, { signal: stop });
      }
    }
  }

  await awaited(patience, signal);
  let opened: bullmq.Queue<BakeJob> | null = null;
  const queueOf = () => {
    if (opened === null) {
      opened = broker.queue();
      opened.on('error', (error) => kindOf(error) === 'away' && tellAway(error));
    }
    return opened;
  };

  /** Runs what may be run again, for as long as the broker is away. */
  async function persistent<T>(run: (queue: bullmq.Queue<BakeJob>) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await run(queueOf());
        tellBack();
        return result;
      } catch (error) {
        if (kindOf(error) === 'refused') {
          throw sentenceOf(error, place);
        }
        tellAway(error);
        await delay(1000, undefined, { signal });
        await awaited(Infinity, signal);
      }
    }
  }

  return {
    location: place.location,
    add: (jobs, round = 0) =>
      persistent(async (queue) => {
        await queue.addBulk(
          jobs.map((job) => ({
            name: 'shard',
            data: job,
            opts: { ...jobSettings, jobId: round === 0 ? jobId(job) : `${jobId(job)}-${round}` },
          })),
        );
      }),
    counts: () =>
      persistent(async (queue) => {
        const { waiting, active, delayed, failed, paused, prioritized } = await queue.getJobCounts();
        return { waiting: waiting + (paused ?? 0) + (prioritized ?? 0), active, delayed, failed } as QueueCounts;
      }),
    failed: (out) =>
      persistent(async (queue) =>
        (await queue.getFailed())
          .filter(isOf(out))
          .map(({ id, data, failedReason }): FailedJob => ({
            id: id!,
            job: data,
            reason: place.plain(failedReason),
            hasStalled: failedReason === stalledReason,
          })),
      ),
    forget: (ids) => persistent(async (queue) => void (await Promise.all(ids.map((id) => queue.remove(id))))),
    work: (handler, options) => work(broker, place, handler, options, () => awaited(Infinity, options.signal)),
    async close() {
      await opened?.close().catch(() => undefined);
    },
  };
}

/** Jobs that were removed meanwhile come as nothing. */
const isOf = (out: string) => (job: bullmq.Job<BakeJob> | undefined) => job?.data?.out === out;

async function work(
  broker: Broker,
  place: QueuePlace,
  handler: (job: BakeJob) => Promise<unknown>,
  { signal, onJob, notice, lockSeconds = 30 }: WorkOptions,
  isThere: () => Promise<void>,
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    let inHand: Promise<unknown> = Promise.resolve();
    let rebuild = () => {};
    const broken = new Promise<void>((resolve) => (rebuild = resolve));
    const worker = broker.worker(({ data: job }) => {
      const begun = performance.now();
      const seconds = () => (performance.now() - begun) / 1000;
      isAway = false;
      onJob?.({ event: 'begun', job });
      const done = handler(job).then(
        (result) => {
          onJob?.({ event: 'done', job, seconds: seconds() });
          return result;
        },
        (error: Error) => {
          onJob?.({ event: 'failed', job, seconds: seconds(), reason: error.message });
          // A copy, whose trace tells nothing of this machine.
          throw Object.assign(new Error(error.message), { stack: error.message });
        },
      );
      inHand = done.catch(() => undefined);
      return done;
    }, lockSeconds);
    worker.on('error', (error) => {
      const kind = kindOf(error);
      if (kind === 'empty') {
        rebuild();
      } else if (kind === 'away' && !isAway) {
        isAway = true;
        notice(`${sentenceOf(error, place).message}: waiting for it`);
      } else if (kind === 'refused') {
        notice(place.plain(error.message));
      }
    });
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, broken]);
    // Waits for the job in hand.
    await Promise.race([worker.close(), inHand.then(() => delay(5000, undefined, { ref: false }))]);
    if (!signal.aborted) {
      await isThere().catch((error: unknown) => {
        if (!signal.aborted) {
          throw error;
        }
      });
    }
  }
}
