import { splitDataSet } from '../../../node/datasets/split.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { diskCheckpoints } from '../../../node/storage/diskCheckpoints.js';
import { mixSeeds } from '../../../random.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import { join } from 'node:path';
import { keyHash } from '../cache/resultCache.js';
import type { HeadMethod } from '../config.js';
import type { Choice, HeadWants, SeedOutcome } from '../outcome.js';
import { chooseForHeads, testHeads } from './linearHead.js';
import type { FrozenTask, LostHead } from './linearHead.js';

/** Some heads to choose rates for, or to train with what was chosen and test: plain data, which threads can be sent. */
export type HeadJob = {
  task: FrozenTask;
  /** what the heads are, for sentences */
  name: string;
  /** folder of the checkpoints of heads, and what tells these heads from others there */
  checkpoints: { folder: string; key: unknown };
} & ({ choose: HeadMethod[] } | { test: TestedHeads });

export interface TestedHeads {
  methods: { method: HeadMethod; choice: Choice; wants: HeadWants }[];
  images: ImageDataSet;
  features: FeatureSet;
  seed: number;
}

export interface HeadReply {
  choices: (Choice | null)[];
  outcomes: (SeedOutcome | LostHead)[];
  /** with checkpoints, which may go once the reply is kept */
  folders: string[];
  notices: string[];
}

/** How many batches the trainings of a job have together. */
export function batchesOf(job: HeadJob): number {
  const { train, protocol } = job.task;
  const { epochs, repeats, heldOut, batchSize } = protocol;
  const batches = (images: number) => Math.ceil(images / batchSize);
  if ('test' in job) {
    const counts = new Set(job.test.methods.map(({ choice }) => choice.epochs as number));
    return [...counts].reduce((sum, count) => sum + count * batches(train.images.length), 0);
  }
  let sum = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { first } = splitDataSet(train, { share: 1 - heldOut, seed: mixSeeds(repeat, 1) });
    sum += epochs.reduce((all, count) => all + count * batches(first.images.length), 0);
  }
  return sum;
}

/**
 * Does a job on the backend of this thread.
 *
 * @param onBatch called with the batches done so far, of all trainings of the job
 */
export async function doHeadJob(job: HeadJob, onBatch: (done: number) => void): Promise<HeadReply> {
  const { task, name, checkpoints } = job;
  const folders: string[] = [];
  const notices: string[] = [];
  // Batches of the trainings before the one that runs.
  let before = 0;
  let running = { what: '', total: 0 };
  const watch = {
    checkpoints: (what: string) => {
      const folder = join(checkpoints.folder, `heads-${keyHash([checkpoints.key, what])}`);
      folders.push(folder);
      return diskCheckpoints(folder, { notice: (sentence) => notices.push(sentence) });
    },
    onResume: (what: string, done: number, total: number) =>
      notices.push(`${name}, ${what}: goes on after batch ${done} of ${total}`),
    onBatch: (what: string, done: number, total: number) => {
      if (what !== running.what) {
        before += running.total;
        running = { what, total };
      }
      onBatch(before + done);
    },
  };
  if ('choose' in job) {
    return { choices: await chooseForHeads(job.choose, task, watch), outcomes: [], folders, notices };
  }
  const { methods, images, features, seed } = job.test;
  return { choices: [], outcomes: await testHeads(methods, task, images, features, seed, watch), folders, notices };
}
