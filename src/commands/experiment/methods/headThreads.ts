import * as tf from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import { inParallel } from '../../../node/images/readImages.js';
import { computesInCaller } from '../../../node/runtime/backendNames.js';
import { startThreadPool } from '../../../node/workers/threadPool.js';
import type { ThreadPool } from '../../../node/workers/threadPool.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { HeadJob, HeadReply } from './headJobs.js';
import { batchesOf, doHeadJob } from './headJobs.js';

/** Bytes that the features of all threads may take in single precision. */
const mostInMemory = 2 ** 31;
/** More threads share the work into heads so few that features are read more than multiplied. */
const mostThreads = 8;

/** Where jobs with heads are done: in threads where a backend has one core only, else in this one. */
export interface HeadLanes {
  /** jobs that are done at once */
  readonly lanes: number;
  /** Features as they are sent to threads without a copy each. */
  share(features: FeatureSet): FeatureSet;
  /**
   * Does all jobs; the first that fails ends them once what is under way is over.
   *
   * @param onBatch batches done of all jobs, and how many there are
   * @param onReply called as each job is done
   */
  run(
    jobs: readonly HeadJob[],
    onBatch: (done: number, total: number) => void,
    onReply: (reply: HeadReply, job: number) => Promise<void>,
  ): Promise<void>;
  close(): Promise<void>;
}

function shared({ examples, ...grid }: FeatureSet): FeatureSet {
  const length = examples.reduce((sum, each) => sum + each.length, 0);
  const all = new Uint16Array(new SharedArrayBuffer(2 * length));
  let from = 0;
  return {
    ...grid,
    examples: examples.map((each) => {
      const own = all.subarray(from, (from += each.length));
      own.set(each);
      return own;
    }),
  };
}

/**
 * @param images how many images' features a thread may hold
 * @param jobs threads at most; 0 for none but this one
 */
export function openHeadLanes(
  { rows, columns, depth }: Pick<FeatureSet, 'rows' | 'columns' | 'depth'>,
  images: number,
  jobs = availableParallelism(),
): HeadLanes {
  const backend = tf.getBackend();
  const fitting = Math.floor(mostInMemory / (4 * rows * columns * depth * Math.max(1, images)));
  const threads = computesInCaller(backend) ? Math.min(jobs, mostThreads, fitting) : 0;
  // One thread beside this one, which would wait, gains nothing.
  const lanes = Math.max(1, threads);
  // Started with the first job: where all is on the disk already there is none.
  let pool: ThreadPool<{ job: HeadJob; done: Int32Array }, HeadReply> | null = null;
  const start = () =>
    startThreadPool<{ job: HeadJob; done: Int32Array }, HeadReply>(new URL('./headWorker.js', import.meta.url), {
      threads: lanes,
      workerData: { backend },
    });
  return {
    lanes,
    share: lanes === 1 ? (features) => features : shared,
    async run(waiting, onBatch, onReply) {
      const done = waiting.map(() => new Int32Array(new SharedArrayBuffer(4)));
      const total = waiting.reduce((sum, job) => sum + batchesOf(job), 0);
      const tell = () =>
        onBatch(
          done.reduce((sum, own) => sum + Atomics.load(own, 0), 0),
          total,
        );
      const clock = lanes === 1 ? undefined : setInterval(tell, 250);
      const doJob = (job: HeadJob, own: Int32Array): Promise<HeadReply> => {
        if (lanes === 1) {
          return doHeadJob(job, (batches) => {
            own[0] = batches;
            tell();
          });
        }
        pool ??= start();
        return pool.run({ job, done: own });
      };
      try {
        await inParallel(waiting, async (job, at) => onReply(await doJob(job, done[at]), at), lanes);
        tell();
      } finally {
        clearInterval(clock);
      }
    },
    close: async () => pool?.close(),
  };
}

/** Items shared out one by one, so that neighbours, which are alike, come to different lanes. */
export function sharedOut<T>(items: readonly T[], parts: number): T[][] {
  const count = Math.min(parts, items.length);
  return Array.from({ length: count }, (_, part) => items.filter((_item, i) => i % count === part));
}
