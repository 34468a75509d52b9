/** Jobs on their way from who makes them to who does them; a broker keeps them, and may lose them: the shards are the truth. */
import type { BakeJob } from '../bake/bakeJob.js';
import { sha256Of } from '../storage/plainFile.js';

/** Jobs of all bakes in a queue. */
export interface QueueCounts {
  waiting: number;
  active: number;
  /** that failed, and wait before they are tried again */
  delayed: number;
  /** that were given up; they stay until they are forgotten */
  failed: number;
}

/** A job that was given up. */
export interface FailedJob {
  id: string;
  job: BakeJob;
  /** one sentence */
  reason: string;
  /** whether its process died, or did not answer, twice */
  hasStalled: boolean;
}

export interface WorkOptions {
  /** Ends the work after the job in hand. */
  signal: AbortSignal;
  /** Seconds after which a worker that is not heard of is taken for dead. Default 30 */
  lockSeconds?: number;
  /** Told when a job begins, and how it ended. */
  onJob?: (event: JobEvent) => void;
  /** Takes a sentence when the broker is away or refuses, and when it is back. */
  notice: (sentence: string) => void;
}

export type JobEvent =
  | { event: 'begun'; job: BakeJob }
  | { event: 'done'; job: BakeJob; seconds: number }
  | { event: 'failed'; job: BakeJob; seconds: number; reason: string };

/** A queue on a broker. What a broker that is away was asked for is done when it is back. */
export interface JobQueue {
  /** without user and password */
  readonly location: string;
  /**
   * Adds jobs; one that is there already is not added again.
   *
   * @param round another one, where those that are there are not trusted any more. Default 0
   */
  add(jobs: readonly BakeJob[], round?: number): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Jobs of one bake that were given up. */
  failed(out: string): Promise<FailedJob[]>;
  /** Removes jobs that were given up, so that they can be added again. */
  forget(ids: readonly string[]): Promise<void>;
  /** Does jobs, one after the other, until the signal; a job whose handler throws is tried again later, five times in all. */
  work(handler: (job: BakeJob) => Promise<unknown>, options: WorkOptions): Promise<void>;
  close(): Promise<void>;
}

/** Who opens a queue: only the first may make tables for it. */
export type QueueRole = 'producer' | 'worker';

/** Stands for a job in the queue: of one bake, and of its lines. */
export function jobId({ out, recipe, manifest, from, to }: BakeJob): string {
  return `${sha256Of([out, recipe, manifest].join('\n')).slice(0, 24)}-${from}-${to}`;
}

/** The jobs of single images that stand for one of several. */
export function singleJobs(job: BakeJob): BakeJob[] {
  return Array.from({ length: job.to - job.from }, (_, i) => ({ ...job, from: job.from + i, to: job.from + i + 1 }));
}
