import * as tf from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import { mixSeeds } from '../../../random.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import type { FrozenEngine } from '../../../node/runtime/frozenEngine.js';
import { computesInCaller } from '../../../node/runtime/backendNames.js';
import { inParallel } from '../../../node/images/readImages.js';
import { startThreadPool } from '../../../node/workers/threadPool.js';
import { shuffledOrder } from '../../../training/trainingData.js';
import type { HeadsSetup, NetworkSetup, PerturbationSetup, PerturbedImage } from './perturb.js';
import { openPerturbation } from './perturb.js';
import type { SavedHead, SavedNetwork } from '../cache/savedModels.js';
import { openHead } from '../cache/savedModels.js';
import type { FaithfulnessOutcome } from '../outcome.js';
import { rounded } from '../cache/resultCache.js';
import type { ResultCache } from '../cache/resultCache.js';

/** What perturbing images takes, whatever is measured by it. */
interface PerturbationTask {
  test: ImageDataSet;
  /** images of the sample, at most all */
  images: number;
  resultCache: ResultCache;
  /** threads on the backends wasm and cpu; 0: the calling thread */
  jobs?: number;
  /** where frozen networks run; default: the active backend */
  engine?: FrozenEngine;
  tell(what: string, done: number, total: number): void;
}

/** Heads on features of one frozen network. */
export interface FaithfulnessTask extends PerturbationTask {
  setup: Omit<HeadsSetup, 'heads'>;
  methods: { id: string; head: SavedHead; gradCam: boolean }[];
  /** what tells the images and the network */
  key: unknown;
}

/** A method with a trained network of its own. */
export interface NetworkFaithfulnessTask extends PerturbationTask {
  setup: Omit<NetworkSetup, 'network'>;
  id: string;
  network: SavedNetwork;
}

/** Places of a sample of images that is always the same. */
export function sampleOf(count: number, wanted: number): number[] {
  return Array.from(shuffledOrder(count, mixSeeds(0, 9)).subarray(0, wanted)).sort((a, b) => a - b);
}

/** Perturbs images in threads where a backend has one core only, else in this one. */
async function openLanes(
  setup: PerturbationSetup,
  { jobs, engine }: Pick<PerturbationTask, 'jobs' | 'engine'>,
  images: number,
) {
  const backend = tf.getBackend();
  if (engine !== undefined && !engine.isTensor && !('network' in setup)) {
    // The network has threads of its own, and images are perturbed beside it.
    const perturbation = await openPerturbation(setup, engine);
    const lanes = Math.min(images, 2 * availableParallelism());
    return { lanes, score: (path: string) => perturbation.score(path), close: async () => perturbation.dispose() };
  }
  const threads = computesInCaller(backend) ? Math.min(jobs ?? availableParallelism(), 16, images) : 0;
  if (threads === 0) {
    const perturbation = await openPerturbation(setup);
    return { lanes: 1, score: (path: string) => perturbation.score(path), close: async () => perturbation.dispose() };
  }
  const pool = startThreadPool<string, PerturbedImage[]>(new URL('./perturbWorker.js', import.meta.url), {
    threads,
    workerData: { backend, setup },
  });
  return { lanes: threads, score: (path: string) => pool.run(path), close: () => pool.close() };
}

/**
 * Measures methods' maps by perturbing a sample of the test images; what has been done before is taken from the disk,
 * image by image.
 *
 * @param entry name and key of what an image gives
 * @param open asked where something is left to be done
 * @returns one outcome per method of the setup
 */
async function perturb(
  { test, images, resultCache, jobs, engine, tell }: PerturbationTask,
  methods: number,
  entry: (place: number) => readonly [string, unknown],
  open: () => PerturbationSetup,
): Promise<FaithfulnessOutcome[]> {
  const sample = sampleOf(test.images.length, images);
  const found = new Map<number, PerturbedImage[]>();
  for (const place of sample) {
    const known = await resultCache.find<PerturbedImage[]>(...entry(place));
    if (known !== null) {
      found.set(place, known);
    }
  }
  const waiting = sample.filter((place) => !found.has(place));
  if (waiting.length > 0) {
    const lanes = await openLanes(open(), { jobs, engine }, waiting.length);
    try {
      await inParallel(
        waiting,
        async (place) => {
          const perturbed = await lanes.score(test.images[place].path);
          await resultCache.save(...entry(place), perturbed);
          found.set(place, perturbed);
          tell('images perturbed to measure maps', found.size, sample.length);
        },
        lanes.lanes,
      );
    } finally {
      await lanes.close();
    }
  }
  return Array.from({ length: methods }, (_, r): FaithfulnessOutcome => {
    const each = sample.map((place) => (found.get(place) as PerturbedImage[])[r]);
    const values = (of: 'deletion' | 'insertion' | 'drop') =>
      rounded(
        each.map((one) => one[of]),
        6,
      );
    return {
      images: sample,
      deletion: values('deletion'),
      insertion: values('insertion'),
      drop: values('drop'),
      increase: each.map(({ increased }) => (increased ? 1 : 0)),
    };
  });
}

/** Measures the maps of heads on features of one frozen network, all in one go. */
export async function faithfulnessOf(task: FaithfulnessTask): Promise<Map<string, FaithfulnessOutcome>> {
  const { setup, methods, key } = task;
  const { folder: _, ...decisive } = setup;
  const heads = methods.map(({ head, gradCam }) => [head, gradCam]);
  const outcomes = await perturb(
    task,
    methods.length,
    (place) => [`faithfulness-${place}`, [key, decisive, place, heads]],
    () => ({ ...setup, heads: methods.map(({ head, gradCam }) => ({ head: openHead(head), gradCam })) }),
  );
  return new Map(methods.map(({ id }, i) => [id, outcomes[i]]));
}

/** Measures the maps of a trained network. */
export async function faithfulnessOfNetwork(task: NetworkFaithfulnessTask): Promise<FaithfulnessOutcome> {
  const {
    id,
    setup: { gradCam, size, steps },
    network,
  } = task;
  const entry = (place: number) =>
    [`faithfulness-${id}-${place}`, [network.name, { gradCam, size, steps }, place]] as const;
  const [outcome] = await perturb(task, 1, entry, () => ({ network: network.folder, gradCam, size, steps }));
  return outcome;
}
