import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected } from '../../errors.js';
import type { ExampleKey, TrainingBatch, TrainingData } from '../../training/trainingData.js';
import type { ImageDataSet } from '../datasets/imageDataSet.js';
import type { ImagePlanOptions, PlannedBatch } from './batchPlan.js';
import { imagePlan } from './batchPlan.js';
import type { PreparedImage } from './imageTask.js';
import { imageTensor, preprocessingWords } from './imageTask.js';
import { imageThreads, usualWorkers } from './imageThreads.js';

export interface ImageBatchesOptions extends ImagePlanOptions {
  /** Threads that read, decode and change images; 0 for the calling one. Default: one less than cores, at most 4. */
  workers?: number;
  /**
   * Batches made ahead of the one in hand; as many are in memory besides, at 12 bytes a pixel. Default 2.
   */
  prefetch?: number;
}

/** A data set's batches. */
export interface ImageBatches extends TrainingData {
  /** Ends the threads, and refuses the images of batches in hand. Iterating again starts new ones. */
  close(): Promise<void>;
}

/** A planned batch that is being made. */
interface ComingBatch extends PlannedBatch {
  keys: Promise<ExampleKey[]>;
  /** `null` until somebody wants them */
  images: Promise<PreparedImage[]> | null;
}

/** Errors surface where the promise is awaited, and are ignored where it is not. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function labelTensor({ images, classes, multiLabel }: ImageDataSet, members: readonly number[]): tf.Tensor {
  if (!multiLabel && classes.length > 1) {
    return tf.tensor1d(
      members.map((i) => images[i].labels[0]),
      'int32',
    );
  }
  const multiHot = new Float32Array(members.length * classes.length);
  members.forEach((member, i) =>
    images[member].labels.forEach((label) => {
      multiHot[i * classes.length + label] = 1;
    }),
  );
  return tf.tensor2d(multiHot, [members.length, classes.length]);
}

/**
 * A data set's image files as batches for `fineTune` and `extractFeatures`: read, decoded, changed, resized and scaled
 * in threads, ahead of the training that they feed. Pixels, order and keys depend on the data set and the options alone,
 * not on the number of threads.
 *
 * Batches carry keys for a feature cache: the SHA-256 of each file, and in words all that is done to its pixels. While
 * batches' images are not asked for, because their features are in the cache, none are made ahead.
 *
 * Threads start with the first batch, do not keep the process alive, and end with `close()` and where an epoch is left
 * early (`break`).
 *
 * @returns batches of images float32 `[batch, height, width, 3]` and labels int32 `[batch]`, or float32
 *   `[batch, classes]` where the data set is `multiLabel`
 * @throws WeldonError for options out of their range and, from the batches, for a file that is no readable image, with
 *   its name; `checkImages` finds those before
 *
 * @example
 * const train = imageBatches(rooms, { recipe, batchSize: 16, shuffle: 0, augmentation: { flip: true, crop: {} } });
 * await fineTune(model, { train }, { strategy: 'fineTune', epochs: 8, learningRate: 1e-3 });
 * await train.close();
 */
export function imageBatches(dataSet: ImageDataSet, options: ImageBatchesOptions): ImageBatches {
  checkKeys(
    options,
    'recipe size batchSize shuffle augmentation epochsOfAugmentation decode workers prefetch',
    'imageBatches',
  );
  const { workers = usualWorkers(), prefetch = 2 } = options;
  if (!Number.isInteger(prefetch) || prefetch < 0) {
    throw expected('prefetch for imageBatches', 'a whole number >= 0', prefetch);
  }
  const plan = imagePlan(dataSet, options);
  const threads = imageThreads(workers);
  const hashes = new Map<string, Promise<string>>();
  let wanted = true;

  const hashOf = (path: string) => {
    const hash = hashes.get(path) ?? quiet(threads.hash(path));
    hashes.set(path, hash);
    hash.catch(() => hashes.delete(path));
    return hash;
  };
  const makeImages = (batch: ComingBatch) => {
    batch.images ??= quiet(Promise.all(batch.tasks.map(threads.prepare)));
    return batch.images;
  };
  const begin = (epoch: number, number: number): ComingBatch => {
    const planned = plan.batch(epoch, number);
    const keys = quiet(
      Promise.all(
        planned.tasks.map(async (task) => ({
          image: await hashOf(task.path),
          preprocessing: preprocessingWords(task),
        })),
      ),
    );
    return { ...planned, keys, images: null };
  };

  async function* batches(epoch: number, from: number): AsyncGenerator<TrainingBatch> {
    const coming: ComingBatch[] = [];
    let next = from;
    let finished = false;
    try {
      while (coming.length > 0 || next < plan.batchesPerEpoch) {
        while (coming.length <= prefetch && next < plan.batchesPerEpoch) {
          coming.push(begin(epoch, next++));
        }
        if (wanted) {
          coming.forEach(makeImages);
        }
        const batch = coming.shift() as ComingBatch;
        const keys = await batch.keys;
        let asked = false;
        yield {
          keys,
          labels: labelTensor(dataSet, batch.members),
          images: async () => {
            asked = true;
            return imageTensor(await makeImages(batch), batch.tasks);
          },
        };
        wanted = asked;
      }
      finished = true;
    } finally {
      if (!finished) {
        await threads.close();
      }
    }
  }
  return { batchesPerEpoch: plan.batchesPerEpoch, batches, close: () => threads.close() };
}
