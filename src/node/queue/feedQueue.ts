import { setTimeout as delay } from 'node:timers/promises';
import type { BakeJob } from '../bake/bakeJob.js';
import type { BakeRun } from '../bake/bakeRun.js';
import { scanRun } from '../bake/bakeRun.js';
import type { FailedJob as LostJob } from '../bake/localWorkers.js';
import type { ShardSink } from '../bake/shardSink.js';
import type { Notice } from '../notice.js';
import type { FailedJob, JobQueue, QueueCounts } from './jobQueue.js';
import { jobId, singleJobs } from './jobQueue.js';

export interface FeedResult {
  /** images whose shards are there: read, or with the reason why not */
  done: number;
  /** of them, those that were there before */
  found: number;
  /** jobs that did not come to their end */
  lost: LostJob[];
  /** whether the signal ended it before all was done */
  isStopped: boolean;
}

export interface FeedOptions {
  notice: Notice;
  onProgress?: (done: number, counts: QueueCounts) => void;
  /** Stops adding, and waiting; jobs that are in the queue are done all the same. */
  signal?: AbortSignal;
  /** Jobs in the broker at most. Default 10 000 */
  window?: number;
  /** Milliseconds between looks at the queue. Default 1000 */
  interval?: number;
  onForeign?: (name: string) => void;
}

/** Jobs that are added at once. */
const batch = 500;
/** Seconds after which jobs that wait are told of, and those of which nothing is heard are added again. */
const patience = { waiting: 30, stuck: 600 };
/** Looks that find jobs ended and their shards not there, before it is given up. */
const fruitlessLooks = 5;

const killed = 'the process that read it ended, twice';
const fruitless = 'jobs end and leave no shard: is the place of the bake the same for all workers?';

/** Whether the images of a job that was given up have a chance one by one. */
const isWorthSplitting = ({ hasStalled, reason, job }: FailedJob) =>
  job.to - job.from > 1 && (hasStalled || reason.startsWith('SOURCE_LOST'));

/**
 * Has a bake done by the workers of a queue: adds what is missing, a window of it at a time, and compares with the shards
 * that are there until nothing is. The queue may lose jobs, or give them twice: what counts is what lies in the place of the
 * bake. A job whose processes died comes back as jobs of single images, so that an image that ends its process costs
 * itself.
 *
 * @throws WeldonError for a manifest that was changed, and a broker that refuses
 */
export async function feedQueue(
  sink: ShardSink,
  run: BakeRun,
  queue: JobQueue,
  { notice, onProgress, signal, window = 10_000, interval = 1000, onForeign }: FeedOptions,
): Promise<FeedResult> {
  /** Jobs that are done image by image. */
  const split = new Set<string>();
  const givenUp = new Map<string, LostJob>();
  const began = Date.now();
  const isStopped = () => signal?.aborted === true;
  let [done, round, isTold] = [0, 0, false];
  let counts = await queue.counts();

  /** Takes note of jobs that were given up; those of an earlier run are tried again, but for chunks that killed. */
  async function takeFailed(isFirst: boolean): Promise<void> {
    const failed = counts.failed > 0 ? await queue.failed(sink.location) : [];
    failed.filter(isWorthSplitting).forEach(({ job }) => split.add(jobId(job)));
    const rest = failed.filter((each) => !isWorthSplitting(each));
    if (isFirst) {
      await queue.forget(rest.map(({ id }) => id));
    } else {
      rest.forEach(({ job, reason, hasStalled }) => {
        givenUp.set(jobId(job), { job, reason: hasStalled ? killed : reason.replace(/^SOURCE_LOST /, '') });
      });
    }
  }

  async function pause(): Promise<void> {
    if (!isTold && counts.active === 0 && counts.waiting > 0 && Date.now() - began > patience.waiting * 1000) {
      isTold = true;
      notice(`${counts.waiting} jobs wait at ${queue.location}, and no worker takes them: weldon worker --queue …`);
    }
    await delay(interval, undefined, { signal }).catch(() => undefined);
  }

  /** Adds jobs as there is room for them. */
  async function offer(jobs: BakeJob[], onFull: (inQueue: number) => void): Promise<void> {
    while (jobs.length > 0 && !isStopped()) {
      counts = await queue.counts();
      const { waiting, active, delayed, failed } = counts;
      const inQueue = waiting + active + delayed + failed;
      const some = jobs.splice(0, Math.max(0, Math.min(batch, window - inQueue)));
      if (some.length > 0) {
        await queue.add(some, round);
      } else {
        onFull(inQueue);
        await pause();
      }
    }
  }

  /** Compares all that should be there with what is, and adds what is not; gives jobs that are wanted. */
  async function pass(isFirst: boolean): Promise<{ missing: number; example: BakeJob | null }> {
    let [missing, example, there, offered] = [0, null as BakeJob | null, 0, 0];
    let jobs: BakeJob[] = [];
    // A long first pass waits for room: what went in and is no longer there counts as done, until it is compared.
    const onFull = (inQueue: number) => onProgress?.(there + Math.max(0, offered - inQueue) * run.chunk, counts);
    for await (const { job: whole, lines, missing: open } of scanRun(sink, run, {
      onForeign: isFirst ? onForeign : undefined,
      signal,
    })) {
      const parts = open.length === 1 && split.has(jobId(whole)) && jobId(open[0]) === jobId(whole);
      const all = parts ? singleJobs(whole) : open;
      there += lines.length - all.reduce((sum, { from, to }) => sum + to - from, 0);
      const wanted = all.filter((job) => !givenUp.has(jobId(job)));
      missing += wanted.length;
      example ??= wanted[0] ?? null;
      jobs.push(...wanted);
      if (jobs.length >= batch) {
        offered += jobs.length;
        await offer(jobs, onFull);
        jobs = [];
      }
    }
    offered += jobs.length;
    await offer(jobs, onFull);
    done = there;
    onProgress?.(done, counts);
    return { missing, example };
  }

  /** Waits for a reason to compare again: all jobs are gone, some were given up, or it is time. */
  async function awaitChange(milliseconds: number): Promise<boolean> {
    const [until, before] = [Date.now() + milliseconds, givenUp.size + split.size];
    for (;;) {
      await pause();
      if (isStopped()) {
        return false;
      }
      counts = await queue.counts();
      await takeFailed(false);
      const isIdle = counts.waiting + counts.active + counts.delayed === 0;
      if (isIdle || givenUp.size + split.size > before || Date.now() > until) {
        return isIdle;
      }
    }
  }

  await takeFailed(true);
  let found = 0;
  let last = { state: '', since: Date.now(), fruitless: 0 };
  try {
    for (let isFirst = true; !isStopped(); isFirst = false) {
      const begin = performance.now();
      const { missing, example } = await pass(isFirst);
      found = isFirst ? done : found;
      if (missing === 0) {
        break;
      }
      const isIdle = await awaitChange(Math.max(5 * interval, 20 * (performance.now() - begin)));
      const state = `${missing} ${givenUp.size} ${split.size}`;
      if (state !== last.state) {
        last = { state, since: Date.now(), fruitless: 0 };
      } else if (isIdle && ++last.fruitless === fruitlessLooks) {
        givenUp.set('', { job: example!, reason: fruitless });
        break;
      } else if (counts.waiting === 0 && Date.now() - last.since > patience.stuck * 1000) {
        notice(`Nothing is heard of ${counts.active} jobs under way at ${queue.location}: they are added again`);
        round++;
        last.since = Date.now();
      }
    }
  } catch (error) {
    if (!isStopped()) {
      throw error;
    }
  }
  return { done, found, lost: [...givenUp.values()], isStopped: isStopped() };
}
