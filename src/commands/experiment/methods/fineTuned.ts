import type * as tfl from '@tensorflow/tfjs-layers';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { mixSeeds } from '../../../random.js';
import { attachWeldon } from '../../../models/attachWeldon.js';
import type { ModelRecipe, ResizeRule } from '../../../models/recipe.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { splitDataSet } from '../../../node/datasets/split.js';
import { imageBatches } from '../../../node/loading/imageBatches.js';
import { diskCheckpoints } from '../../../node/storage/diskCheckpoints.js';
import { DivergenceError } from '../../../training/divergence.js';
import { fineTuneGraph } from '../../../training/fineTune.js';
import type { FeatureStore } from '../../../training/featureStore.js';
import { featureCache } from '../../../training/batchFeatures.js';
import { scoreModel } from '../../../training/scoring.js';
import type { TrainingGraph } from '../../../training/trainingGraph.js';
import { cutAt, trainingGraph } from '../../../training/trainingGraph.js';
import { validationScore } from './linearHead.js';
import { keyHash, rounded } from '../cache/resultCache.js';
import { isSaved, savedNetwork, saveNetwork } from '../cache/savedModels.js';
import type { SavedNetwork } from '../cache/savedModels.js';
import type { Choice, SeedOutcome } from '../outcome.js';
import type { TrainedMethod } from '../config.js';
import { trainingOf } from '../config.js';
import { candidateKey, trainedTestKey } from '../cache/cacheKeys.js';
import type { ResultCache } from '../cache/resultCache.js';

export interface TrainingTask {
  method: TrainedMethod;
  train: ImageDataSet;
  test: ImageDataSet;
  heldOut: number;
  seeds: readonly number[];
  /** A new copy of the backbone; for `scratch` with initial weights that the seed draws. */
  open(seed: number): Promise<{ model: tfl.LayersModel; input: ModelRecipe['input']; layer: string }>;
  resize: ResizeRule;
  store: FeatureStore;
  resultCache: ResultCache;
  /** what tells images, labels and the network that training starts from; see `TrainingKey` */
  source: unknown;
  /** folder for checkpoints */
  folder: string;
  withMaps: boolean;
  /** where trained networks are saved, and of which seeds they are asked something later */
  networks?: { folder: string; wanted(seed: number): boolean };
  /** told of the first step and of every epoch, in epochs */
  onProgress?: (what: string, done: number, epochs: number, loss: number) => void;
  /** told of rates whose training diverged, and of trainings that are done again */
  notice?: (sentence: string) => void;
}

/** What a trained network gives for the images that it is tested on. */
type Predictions = Awaited<ReturnType<typeof scoreModel>>;

/** Scores and the maps of the classes that images show, from the cached end of the frozen part on. */
async function predict(
  whole: TrainingGraph,
  { resize, store, method }: TrainingTask,
  set: ImageDataSet,
  input: ModelRecipe['input'],
  withMaps: boolean,
): Promise<Predictions> {
  const { trainFrom, batchSize } = trainingOf(method);
  const split = cutAt(whole, trainFrom);
  const batches = imageBatches(set, { recipe: { input, resize }, batchSize, shuffle: null, workers: 0 });
  try {
    const labelsOf = (image: number) => set.images[image].labels;
    const cache = await featureCache(split, { store });
    return await scoreModel(split, cache, batches, set.images.length, withMaps ? labelsOf : undefined);
  } finally {
    await batches.close();
  }
}

/** One training of a row. */
interface Training {
  rate: number;
  epochs: number;
  seed: number;
  what: string;
  withMaps: boolean;
  /** where the trained network goes, if anywhere */
  network?: SavedNetwork | null;
}

async function trainOnce(
  task: TrainingTask,
  set: ImageDataSet,
  tested: ImageDataSet,
  { rate, epochs, seed, what, withMaps, network = null }: Training,
  folder: string,
): Promise<Predictions & { losses: number[] }> {
  const { method, resize, store } = task;
  const { kind, pooling, maps, trainFrom, backboneRate, poolingSchedule, headEpochs, dropMap, batchSize } =
    trainingOf(method);
  const { optimizer = 'adam', weightDecay, weightDecayOf, padCrop } = method;
  const { model: backbone, input, layer } = await task.open(seed);
  let model: tfl.LayersModel;
  try {
    model = attachWeldon(backbone, {
      classes: set.classes as string[],
      layer,
      maps,
      dropMap,
      seed,
      activation: set.multiLabel ? 'sigmoid' : 'softmax',
      // A network that is saved says itself how it takes images.
      recipe: { input, resize },
      pooling,
    });
  } catch (error) {
    backbone.dispose();
    throw error;
  }
  const batches = imageBatches(set, {
    recipe: { input, resize },
    batchSize,
    shuffle: mixSeeds(seed, 7),
    augmentation: { flip: true, padCrop },
    epochsOfAugmentation: padCrop === undefined ? 2 : undefined,
    workers: 0,
  });
  const name = `${method.id}, ${what}`;
  const allEpochs = epochs + headEpochs;
  let begun = false;
  try {
    const whole = trainingGraph(model);
    const { history } = await fineTuneGraph(
      whole,
      { train: batches },
      {
        strategy: headEpochs === 0 ? kind : 'twoPhase',
        headEpochs: headEpochs === 0 ? undefined : headEpochs,
        epochs,
        poolingSchedule,
        learningRate: rate,
        backboneRate,
        trainFrom,
        optimizer: { kind: optimizer },
        weightDecay,
        weightDecayOf,
        schedule: { kind: 'cosine', warmUp: Math.min(20, batches.batchesPerEpoch) },
        seed,
        loss: set.multiLabel ? 'oneVsAll' : 'softmax',
        cache: trainFrom === undefined ? undefined : { store },
        checkpoints: diskCheckpoints(folder, { notice: task.notice }),
        checkpointEvery: 'often',
        resume: true,
        onStep: ({ step, loss }) => {
          if (!begun) {
            begun = true;
            task.onProgress?.(name, step / batches.batchesPerEpoch, allEpochs, loss);
          }
        },
        onEpoch: ({ epoch, loss }) => task.onProgress?.(name, epoch + 1, allEpochs, loss),
      },
    );
    const predictions = await predict(whole, task, tested, input, withMaps);
    if (network !== null) {
      await saveNetwork(model, network);
    }
    return { ...predictions, losses: history.map(({ loss }) => Number(loss.toPrecision(5))) };
  } finally {
    await batches.close();
    model.dispose();
    backbone.dispose();
  }
}

/**
 * A training's result, cached, with a folder for checkpoints of its own that goes when the result is saved.
 *
 * @param network saved besides, where one is wanted: without it, the result is computed anew
 */
async function cachedTraining<T>(
  { method, resultCache, folder, notice }: TrainingTask,
  what: string,
  key: unknown,
  compute: (folder: string) => Promise<T>,
  network: SavedNetwork | null = null,
): Promise<T> {
  const own = join(folder, `${what}-${keyHash(key)}`);
  const name = `${method.id}-${what}`;
  const lost = network !== null && !(await isSaved(network));
  if (lost && (await resultCache.find(name, key)) !== null) {
    notice?.(
      `Method ${method.id}, ${what}, is trained again: its network, of which maps are asked, is not there whole`,
    );
  }
  const result = lost ? await compute(own) : await resultCache.once(name, key, () => compute(own));
  if (lost) {
    await resultCache.save(name, key, result);
  }
  await rm(own, { recursive: true, force: true });
  return result;
}

/** Losses are cached beside the result of their training. */
const lossesName = ({ method }: TrainingTask, what: string) => `${method.id}-losses-${what}`;

/** What a candidate gave on the held-out images, or how it was lost: its loss or gradient became NaN or infinite. */
type Candidate = number | { lost: string };

/**
 * Trains the network's upper part or all of it; rate and epochs are chosen on a held-out part of the training images. A
 * candidate whose training diverges is not chosen.
 *
 * @throws WeldonError if all candidates diverge, or the training with what was chosen does
 */
export async function trainedMethod(
  task: TrainingTask,
): Promise<{ choice: Choice; seeds: SeedOutcome[]; grid: [number, number] }> {
  const { method, train, test, source, resize, resultCache } = task;
  const { first, second } = splitDataSet(train, { share: 1 - task.heldOut, seed: mixSeeds(0, 1) });
  const only = method.epochs.length * method.rates.length === 1;
  const candidate = (rate: number, epochs: number) => ({
    what: `choose-${rate}-${epochs}`,
    key: candidateKey({ source, method, resize, rate, epochs }, task.heldOut),
  });
  const testing = (rate: number, epochs: number, seed: number) => ({
    what: `seed-${seed}-${rate}-${epochs}`,
    key: trainedTestKey({ source, method, resize, rate, epochs }, seed, task.withMaps),
  });
  const tried: Choice['tried'] = [];
  for (const epochs of method.epochs) {
    for (const rate of method.rates) {
      const { what, key } = candidate(rate, epochs);
      const found = only
        ? null
        : await cachedTraining(task, what, key, async (folder): Promise<Candidate> => {
            try {
              const { scores, losses } = await trainOnce(
                task,
                first,
                second,
                { rate, epochs, seed: 1, what, withMaps: false },
                folder,
              );
              await resultCache.save(lossesName(task, what), key, losses);
              return validationScore(second.images, train.classes.length, train.multiLabel, scores);
            } catch (error) {
              if (!(error instanceof DivergenceError)) {
                throw error;
              }
              return { lost: (error as Error).message.split('. The model has')[0] };
            }
          });
      if (typeof found === 'object' && found !== null) {
        task.notice?.(`Rate ${rate} of method ${method.id} cannot be chosen for ${epochs} epochs: ${found.lost}`);
      }
      tried.push({ rate, epochs, heldOut: typeof found === 'number' ? found : null });
    }
  }
  if (!only && tried.every(({ heldOut }) => heldOut === null)) {
    throw expectedInWords(
      `the rates of method ${method.id}`,
      'some that it can be trained with',
      `${method.rates.join(', ')}, with all of which its loss or gradient becomes NaN or infinite: name lower ones`,
    );
  }
  const best = tried.reduce((a, b) => ((b.heldOut ?? -Infinity) > (a.heldOut ?? -Infinity) ? b : a));
  const { rate, epochs } = best as { rate: number; epochs: number };
  const seeds: SeedOutcome[] = [];
  let grid: [number, number] = [0, 0];
  for (const seed of task.seeds) {
    const { what, key } = testing(rate, epochs, seed);
    const network =
      task.networks?.wanted(seed) !== true ? null : savedNetwork(task.networks.folder, `${method.id}-${what}`, key);
    const one = await cachedTraining(
      task,
      what,
      key,
      async (folder) => {
        const {
          scores,
          maps,
          rivals,
          grid: size,
          losses,
        } = await trainOnce(task, train, test, { rate, epochs, seed, what, withMaps: task.withMaps, network }, folder);
        await resultCache.save(lossesName(task, what), key, losses);
        return {
          seed,
          scores: rounded(scores, 6),
          maps: maps.map((list) => list.map((map) => rounded(map))),
          size,
          rivals: rivals.map((map) => rounded(map)),
        };
      },
      network,
    );
    grid = one.size;
    const { rivals } = one;
    seeds.push({
      seed,
      scores: one.scores,
      maps: one.maps,
      ...(rivals.length === 0 ? {} : { rivals }),
      ...(network === null ? {} : { network }),
    });
  }
  // Without a choice, the training on all images is what can be shown.
  const { what, key } = only ? testing(rate, epochs, task.seeds[0]) : candidate(rate, epochs);
  const losses = await resultCache.find<number[]>(lossesName(task, what), key);
  const curve =
    losses === null
      ? undefined
      : {
          losses,
          heldOut: tried.flatMap((one) =>
            one.rate === rate && one.heldOut !== null
              ? [{ epoch: (one.epochs as number) + (method.headEpochs ?? 0), value: one.heldOut }]
              : [],
          ),
        };
  return { choice: { tried, rate, epochs, ...(curve === undefined ? {} : { curve }) }, seeds, grid };
}
