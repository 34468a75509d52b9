import * as tf from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import { mixSeeds } from '../../../src/layers/dropMask.js';
import type { ImageDataSet } from '../../../src/node/dataSets/index.js';
import { startThreadPool } from '../../../src/node/workers/index.js';
import { shuffledOrder } from '../../../src/training/trainingData.js';
import type { AlteredPicture, AlteringSetup } from './alteredPictures.js';
import { openAltering } from './alteredPictures.js';
import type { KeptHead } from './keptHead.js';
import { openHead } from './keptHead.js';
import type { FaithfulnessOutcome } from './outcome.js';
import { rounded } from './outcome.js';
import type { StageStore } from './stageStore.js';

export interface FaithfulnessTask {
  setup: Omit<AlteringSetup, 'rows'>;
  rows: { id: string; head: KeptHead; gradCam: boolean }[];
  test: ImageDataSet;
  /** pictures of the sample, at most all */
  pictures: number;
  stages: StageStore;
  /** what tells the pictures and the network */
  key: unknown;
  /** threads on the backends wasm and cpu; 0: the calling thread */
  jobs?: number;
  tell(what: string, done: number, total: number): void;
}

/** Places of a sample of pictures that is always the same. */
export function sampleOf(count: number, wanted: number): number[] {
  return Array.from(shuffledOrder(count, mixSeeds(0, 9)).subarray(0, wanted)).sort((a, b) => a - b);
}

/** Alters pictures in threads where a backend has one core only, else in this one. */
async function openLanes(setup: AlteringSetup, jobs: number | undefined, pictures: number) {
  const backend = tf.getBackend();
  const threads = backend === 'wasm' || backend === 'cpu' ? Math.min(jobs ?? availableParallelism(), 16, pictures) : 0;
  if (threads === 0) {
    const altering = await openAltering(setup);
    return { lanes: 1, measure: (path: string) => altering.measure(path), close: async () => altering.dispose() };
  }
  const pool = startThreadPool<string, AlteredPicture[]>(
    new URL('./alteringWorker.js', import.meta.url), { threads, workerData: { backend, setup } });
  return { lanes: threads, measure: (path: string) => pool.run(path), close: () => pool.close() };
}

/**
 * Measures rows' maps by altering a sample of the test pictures; what has been done before is taken from the disk,
 * picture by picture.
 */
export async function faithfulnessOf(task: FaithfulnessTask): Promise<Map<string, FaithfulnessOutcome>> {
  const { rows, test, stages, tell } = task;
  const places = sampleOf(test.images.length, task.pictures);
  const heads = rows.map(({ head, gradCam }) => [head, gradCam]);
  const { folder: _, ...decisive } = task.setup;
  const stage = (place: number) => [`faithfulness-${place}`, [task.key, decisive, place, heads]] as const;
  const found = new Map<number, AlteredPicture[]>();
  for (const place of places) {
    const known = await stages.find<AlteredPicture[]>(...stage(place));
    if (known !== null) {
      found.set(place, known);
    }
  }
  const open = places.filter((place) => !found.has(place));
  if (open.length > 0) {
    const setup = { ...task.setup, rows: rows.map(({ head, gradCam }) => ({ head: openHead(head), gradCam })) };
    const lanes = await openLanes(setup, task.jobs, open.length);
    try {
      const waiting = [...open];
      const work = async () => {
        for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
          const altered = await lanes.measure(test.images[place].path);
          await stages.keep(...stage(place), altered);
          found.set(place, altered);
          tell('pictures altered to judge maps', found.size, places.length);
        }
      };
      await Promise.all(Array.from({ length: lanes.lanes }, work));
    } finally {
      await lanes.close();
    }
  }
  return new Map(rows.map(({ id }, r): [string, FaithfulnessOutcome] => {
    const each = places.map((place) => (found.get(place) as AlteredPicture[])[r]);
    return [id, {
      pictures: places, deletion: rounded(each.map(({ deletion }) => deletion), 6), insertion: rounded(each.map(({ insertion }) => insertion), 6),
      drop: rounded(each.map(({ drop }) => drop), 6), increase: each.map(({ increased }) => (increased ? 1 : 0)),
    }];
  }));
}
