import * as tf from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import { mixSeeds } from '../../../random.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import { startThreadPool } from '../../../node/workers/threadPool.js';
import { shuffledOrder } from '../../../training/trainingData.js';
import type { AlteringSetup } from './perturb.js';
import { openAltering } from './perturb.js';
import type { HeadsSetup } from './perturbHeads.js';
import type { NetworkSetup } from './perturbNetwork.js';
import type { PerturbedImage } from './scoreMap.js';
import type { KeptHead } from '../cache/savedHead.js';
import { openHead } from '../cache/savedHead.js';
import type { KeptNetwork } from '../cache/savedNetwork.js';
import type { FaithfulnessOutcome } from '../scores/outcome.js';
import { rounded } from '../scores/outcome.js';
import type { StageStore } from '../cache/resultCache.js';

/** What altering images takes, whatever is judged by it. */
interface AlteringTask {
  test: ImageDataSet;
  /** images of the sample, at most all */
  images: number;
  stages: StageStore;
  /** threads on the backends wasm and cpu; 0: the calling thread */
  jobs?: number;
  tell(what: string, done: number, total: number): void;
}

/** Heads on features of one frozen network. */
export interface FaithfulnessTask extends AlteringTask {
  setup: Omit<HeadsSetup, 'rows'>;
  rows: { id: string; head: KeptHead; gradCam: boolean }[];
  /** what tells the images and the network */
  key: unknown;
}

/** A row with a trained network of its own. */
export interface NetworkFaithfulnessTask extends AlteringTask {
  setup: Omit<NetworkSetup, 'network'>;
  id: string;
  network: KeptNetwork;
}

/** Places of a sample of images that is always the same. */
export function sampleOf(count: number, wanted: number): number[] {
  return Array.from(shuffledOrder(count, mixSeeds(0, 9)).subarray(0, wanted)).sort((a, b) => a - b);
}

/** Alters images in threads where a backend has one core only, else in this one. */
async function openLanes(setup: AlteringSetup, jobs: number | undefined, images: number) {
  const backend = tf.getBackend();
  const threads = backend === 'wasm' || backend === 'cpu' ? Math.min(jobs ?? availableParallelism(), 16, images) : 0;
  if (threads === 0) {
    const altering = await openAltering(setup);
    return { lanes: 1, measure: (path: string) => altering.measure(path), close: async () => altering.dispose() };
  }
  const pool = startThreadPool<string, PerturbedImage[]>(new URL('./perturbWorker.js', import.meta.url), {
    threads,
    workerData: { backend, setup },
  });
  return { lanes: threads, measure: (path: string) => pool.run(path), close: () => pool.close() };
}

/**
 * Measures rows' maps by altering a sample of the test images; what has been done before is taken from the disk,
 * image by image.
 *
 * @param stage name and key of what an image gives
 * @param open asked where something is left to be done
 * @returns one outcome per row of the setup
 */
async function alter(
  { test, images, stages, jobs, tell }: AlteringTask,
  rows: number,
  stage: (place: number) => readonly [string, unknown],
  open: () => AlteringSetup,
): Promise<FaithfulnessOutcome[]> {
  const places = sampleOf(test.images.length, images);
  const found = new Map<number, PerturbedImage[]>();
  for (const place of places) {
    const known = await stages.find<PerturbedImage[]>(...stage(place));
    if (known !== null) {
      found.set(place, known);
    }
  }
  const waiting = places.filter((place) => !found.has(place));
  if (waiting.length > 0) {
    const lanes = await openLanes(open(), jobs, waiting.length);
    try {
      const work = async () => {
        for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
          const altered = await lanes.measure(test.images[place].path);
          await stages.keep(...stage(place), altered);
          found.set(place, altered);
          tell('images altered to judge maps', found.size, places.length);
        }
      };
      await Promise.all(Array.from({ length: lanes.lanes }, work));
    } finally {
      await lanes.close();
    }
  }
  return Array.from({ length: rows }, (_, r): FaithfulnessOutcome => {
    const each = places.map((place) => (found.get(place) as PerturbedImage[])[r]);
    const values = (of: 'deletion' | 'insertion' | 'drop') =>
      rounded(
        each.map((one) => one[of]),
        6,
      );
    return {
      images: places,
      deletion: values('deletion'),
      insertion: values('insertion'),
      drop: values('drop'),
      increase: each.map(({ increased }) => (increased ? 1 : 0)),
    };
  });
}

/** Judges the maps of heads on features of one frozen network, all in one go. */
export async function faithfulnessOf(task: FaithfulnessTask): Promise<Map<string, FaithfulnessOutcome>> {
  const { setup, rows, key } = task;
  const { folder: _, ...decisive } = setup;
  const heads = rows.map(({ head, gradCam }) => [head, gradCam]);
  const outcomes = await alter(
    task,
    rows.length,
    (place) => [`faithfulness-${place}`, [key, decisive, place, heads]],
    () => ({ ...setup, rows: rows.map(({ head, gradCam }) => ({ head: openHead(head), gradCam })) }),
  );
  return new Map(rows.map(({ id }, i) => [id, outcomes[i]]));
}

/** Judges the maps of a trained network. */
export async function faithfulnessOfNetwork(task: NetworkFaithfulnessTask): Promise<FaithfulnessOutcome> {
  const {
    id,
    setup: { gradCam, size, steps },
    network,
  } = task;
  const stage = (place: number) =>
    [`faithfulness-${id}-${place}`, [network.name, { gradCam, size, steps }, place]] as const;
  const [outcome] = await alter(task, 1, stage, () => ({ network: network.folder, gradCam, size, steps }));
  return outcome;
}
