import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { availableParallelism } from 'node:os';
import { checkKeys, expected, expectedInWords } from '../../errors.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import type { ResizeRule } from '../../models/recipe.js';
import { plainVariant } from '../../training/augmentation/augmentation.js';
import type { FeatureKey, FeatureStore } from '../../training/featureStore.js';
import { modelOnEngine } from '../../training/featureStore.js';
import { hashOfModel } from '../../training/hashOfModel.js';
import type { FeatureSet } from '../../training/heads/featureSet.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { featurePass, runFeatures } from './featureNetwork.js';
import { featureThreads } from './featureThreads.js';
import type { ImageDataSet, LabelledImage } from '../datasets/imageDataSet.js';
import type { DiskFeatureStore } from './diskFeatureStore.js';
import type { FrozenNetwork } from './frozenNetwork.js';
import type { ImagePlanOptions } from '../loading/batchPlan.js';
import { imagePlan } from '../loading/batchPlan.js';
import { inParallel } from '../images/readImages.js';
import type { ImageTask } from '../loading/imageTask.js';
import { hashFile, preprocessingWords } from '../loading/imageTask.js';
import { checkWorkers, imageThreads, usualWorkers } from '../loading/imageThreads.js';
import { computesInCaller } from '../runtime/backendNames.js';

/** The images and what is done to them are given as for `imageBatches`, so that the same keys come out. */
export interface ComputeFeaturesOptions extends ImagePlanOptions {
  /** Name of the layer whose output is kept. */
  layer: string;
  /** Where features go. One that has `has` is not read for what it holds already. */
  store: FeatureStore & { has?(key: FeatureKey): boolean | Promise<boolean> };
  /** Epochs whose variants are wanted. Default: `epochsOfAugmentation` where there is augmentation, 1 otherwise. */
  epochs?: number;
  /** What runs the network: its `features` are those of `layer`. Default: the active backend. */
  pass?: FrozenPass;
  /**
   * Threads; a pass of another engine has its own. On the backends wasm and cpu each runs the network; default: as many as cores, 0 for the calling thread. On
   * the others the network runs in the calling thread and they read images; default: one less than cores, at most 4.
   */
  workers?: number;
  /** Called after each batch, with images that have their features and all; each variant counts. */
  onProgress?: (done: number, total: number) => void;
  /** Stops; what is done by then is in the store, and the next call goes on from there. */
  signal?: AbortSignal;
}

export interface ComputedFeatures {
  /** images, each variant counted, whose features were computed now */
  computed: number;
  /** those that the store had already */
  found: number;
  stopped: 'finished' | 'aborted';
}

interface Wanted {
  task: ImageTask;
  key: FeatureKey;
}

/** What the features of an image are cached under. */
function featureKey(model: string, image: string, task: Omit<ImageTask, 'path'>): FeatureKey {
  return { model, image, preprocessing: preprocessingWords(task) };
}

/** All variants of all images, each once, in the order of the epochs. */
async function wantedFeatures(
  model: string,
  dataSet: ImageDataSet,
  options: ComputeFeaturesOptions,
): Promise<Wanted[]> {
  const { augmentation, epochsOfAugmentation = 1 } = options;
  const { epochs = augmentation === undefined ? 1 : epochsOfAugmentation } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw expected('epochs for computeFeatures', 'a whole number >= 1', epochs);
  }
  const plan = imagePlan(dataSet, options);
  const tasks = new Map<string, ImageTask>();
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let number = 0; number < plan.batchesPerEpoch; number++) {
      for (const task of plan.batch(epoch, number).tasks) {
        tasks.set(JSON.stringify([task.path, preprocessingWords(task)]), task);
      }
    }
  }
  const hashes = new Map<string, string>();
  await inParallel([...new Set([...tasks.values()].map(({ path }) => path))], async (path) => {
    options.signal?.throwIfAborted();
    hashes.set(path, await hashFile(path));
  });
  return [...tasks.values()].map((task) => ({ task, key: featureKey(model, hashes.get(task.path) as string, task) }));
}

async function isThere({ store }: ComputeFeaturesOptions, { key }: Wanted): Promise<boolean> {
  return store.has === undefined ? (await store.read(key)) !== null : store.has(key);
}

/** Batches of images that the network takes at one size. */
function batchesOf(missing: readonly Wanted[], { batchSize }: ImagePlanOptions): Wanted[][] {
  const bySize = new Map<number, Wanted[]>();
  missing.forEach((wanted) => {
    const { size } = wanted.task.rule;
    bySize.set(size, [...(bySize.get(size) ?? []), wanted]);
  });
  return [...bySize.values()].flatMap((group) => {
    const atOnce = group[0].task.rule.rule === 'fit' ? 1 : batchSize;
    return Array.from({ length: Math.ceil(group.length / atOnce) }, (_, i) =>
      group.slice(i * atOnce, (i + 1) * atOnce),
    );
  });
}

async function openNetwork(
  model: tfl.LayersModel,
  { layer, workers, pass, recipe: { input } }: ComputeFeaturesOptions,
  batches: number,
): Promise<FeatureNetwork> {
  const backend = tf.getBackend();
  const own = pass === undefined || pass.name === backend;
  const alone = !computesInCaller(backend);
  const threads = workers ?? (alone ? usualWorkers() : Math.min(16, availableParallelism()));
  checkWorkers(threads);
  if (own && !alone && threads > 0) {
    return featureThreads(model, { layer, input }, backend, Math.min(threads, batches));
  }
  const network = own ? featurePass(model, layer, input) : pass;
  // Decoding runs in libuv's threads, and where the network runs in others, nothing is left for more of them.
  const images = imageThreads(own ? threads : 0);
  return {
    // Two batches are being read beside those in the network's hands.
    lanes: (network.lanes ?? 1) + 2,
    run: async (tasks) => runFeatures(network, await Promise.all(tasks.map(images.raw)), tasks),
    close: () => images.close(),
  };
}

/**
 * Computes the features of a whole data set by a network that stays as it is, and keeps them in a store: as many images
 * a second as the machine gives. `fineTune` and `extractFeatures` find them there, under the same keys as if they had
 * computed them, bit for bit on cpu and wasm. What the store holds already is not computed again, so that a run which was
 * stopped or killed goes on where it was.
 *
 * On the backends wasm and cpu, which use one core each, several threads run a copy of the network each. Threads know
 * the layers of tfjs and of this package; for others set `workers: 0`.
 *
 * @param model one input; the active backend decides where it runs
 * @throws WeldonError for options out of their range, an unknown layer, an image that cannot be read (`checkImages`
 *   finds those before), or a store that cannot be written
 *
 * @example
 * const images = { recipe, batchSize: 8, shuffle: 0, augmentation: { flip: true }, epochsOfAugmentation: 2 };
 * await computeFeatures(backbone, rooms, { ...images, layer: 'stage5', store: diskFeatureStore('cache') });
 * await fineTune(model, { train: imageBatches(rooms, images) }, { trainFrom: 'stage5', cache: { store }, … });
 */
export async function computeFeatures(
  model: tfl.LayersModel,
  dataSet: ImageDataSet,
  options: ComputeFeaturesOptions,
): Promise<ComputedFeatures> {
  checkKeys(
    options,
    'recipe size batchSize shuffle augmentation epochsOfAugmentation decode layer store epochs workers onProgress signal pass',
    'computeFeatures',
  );
  const { layer, store, onProgress, signal } = options;
  const result: ComputedFeatures = { computed: 0, found: 0, stopped: 'finished' };
  const isAborted = () => signal?.aborted === true;
  let network: FeatureNetwork | null = null;
  const stop = () => void network?.close();
  try {
    const hash = modelOnEngine(await hashOfModel(model, layer), options.pass?.name ?? tf.getBackend());
    const wanted = await wantedFeatures(hash, dataSet, options);
    const there = await inParallel(wanted, (each) => isThere(options, each));
    const missing = wanted.filter((_, i) => !there[i]);
    result.found = wanted.length - missing.length;
    onProgress?.(result.found, wanted.length);
    if (missing.length === 0 || isAborted()) {
      return { ...result, stopped: isAborted() ? 'aborted' : 'finished' };
    }
    const batches = batchesOf(missing, options);
    const { lanes, run } = (network = await openNetwork(model, options, batches.length));
    signal?.addEventListener('abort', stop);
    await inParallel(
      batches,
      async (batch) => {
        if (isAborted()) {
          return;
        }
        const { shape, values } = await run(batch.map(({ task }) => task));
        const size = values.length / batch.length;
        await Promise.all(
          batch.map(({ key }, i) => store.write(key, { shape, values: values.subarray(i * size, (i + 1) * size) })),
        );
        result.computed += batch.length;
        onProgress?.(result.found + result.computed, wanted.length);
      },
      lanes,
    );
  } catch (error) {
    if (!isAborted()) {
      throw error;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await network?.close();
  }
  return { ...result, stopped: isAborted() ? 'aborted' : 'finished' };
}

/**
 * Reads features that `computeFeatures` has stored, of images as they are, into memory: in half precision, in their order.
 *
 * @throws WeldonError if one is missing
 */
export async function loadFeatures(
  network: Pick<FrozenNetwork, 'hash' | 'input'>,
  store: DiskFeatureStore,
  images: readonly LabelledImage[],
  resize: ResizeRule,
): Promise<FeatureSet> {
  const task = { rule: resize, input: network.input, variant: plainVariant };
  const found = await inParallel(images, async ({ path }) => {
    const features = await store.readHalves(featureKey(network.hash, await hashFile(path), task));
    if (features === null) {
      throw expectedInWords(`the features of ${path}`, 'in the cache', 'none');
    }
    return features;
  });
  const [rows, columns, depth] = found[0]?.shape ?? [0, 0, 0];
  return { rows, columns, depth, examples: found.map(({ bits }) => bits) };
}
