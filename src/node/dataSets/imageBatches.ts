import * as tf from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../../errors.js';
import { mixSeeds } from '../../layers/dropMask.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { Augmentation } from '../../training/augmentation/index.js';
import { drawAugmentation, drawSize, plainVariant, resolveAugmentation } from '../../training/augmentation/index.js';
import type { TrainingBatch, TrainingData } from '../../training/trainingData.js';
import { shuffledOrder } from '../../training/trainingData.js';
import type { ImageDataSet } from './imageDataSet.js';
import type { PictureTask } from './pictureTask.js';
import { hashFile, preparePicture, preprocessingWords } from './pictureTask.js';

export interface ImageBatchesOptions {
  /** how the network takes pictures, from its `ModelRecipe` */
  recipe: Pick<ModelRecipe, 'input' | 'resize'>;
  /** Side in pixels in place of the recipe's. */
  size?: number;
  batchSize: number;
  /** Seed of the order, which differs from epoch to epoch; `null` keeps the data set's. */
  shuffle: number | null;
  /** What is drawn depends on (`shuffle`, or 0; epoch; number of the picture in the data set) alone. Default: nothing. */
  augmentation?: Augmentation;
  /** Draws after which augmentation begins again, so that a feature cache is full by then. Default: every epoch anew. */
  epochsOfAugmentation?: number;
  /** Threads that decode and augment; 0 for the calling one. */
  workers?: number;
  /** Batches made ahead of the one in hand. Default 2. */
  prefetch?: number;
}

export interface ImageBatches extends TrainingData {
  /** Ends the threads; what they have in hand is dropped. */
  close(): Promise<void>;
}

/** A data set's picture files as batches for `fineTune` and `extractFeatures`. */
export function imageBatches(dataSet: ImageDataSet, options: ImageBatchesOptions): ImageBatches {
  const { recipe, batchSize, shuffle, epochsOfAugmentation = Infinity } = options;
  const { images, classes, multiLabel } = dataSet;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw expected('batchSize for imageBatches', 'a whole number >= 1', batchSize);
  }
  if (images.length === 0) {
    throw expectedInWords(`the data set ${dataSet.name}`, 'one with pictures', 'none');
  }
  const augmentation = options.augmentation === undefined ? null : resolveAugmentation(options.augmentation);
  const usualSize = options.size ?? recipe.resize.size;
  const seed = shuffle ?? 0;
  const hashes = new Map<string, string>();
  const hashOf = async (path: string) => {
    const hash = hashes.get(path) ?? await hashFile(path);
    hashes.set(path, hash);
    return hash;
  };
  const batchesPerEpoch = Math.ceil(images.length / batchSize);
  const labelsOf = (members: readonly number[]) => {
    if (!multiLabel) {
      return tf.tensor1d(members.map((i) => images[i].labels[0]), 'int32');
    }
    const marks = new Float32Array(members.length * classes.length);
    members.forEach((member, i) => images[member].labels.forEach((label) => {
      marks[i * classes.length + label] = 1;
    }));
    return tf.tensor2d(marks, [members.length, classes.length]);
  };
  return {
    batchesPerEpoch,
    async *batches(epoch, from): AsyncGenerator<TrainingBatch> {
      const order = shuffle === null ? Int32Array.from(images, (_, i) => i) : shuffledOrder(images.length, mixSeeds(shuffle, epoch));
      const drawnEpoch = epoch % epochsOfAugmentation;
      for (let batch = from; batch < batchesPerEpoch; batch++) {
        const members = Array.from(order.subarray(batch * batchSize, (batch + 1) * batchSize));
        const size = drawSize(augmentation?.sizes ?? [], usualSize, seed, drawnEpoch, batch);
        const tasks = members.map((example): PictureTask => ({
          path: images[example].path, rule: { ...recipe.resize, size }, input: recipe.input,
          variant: augmentation === null ? plainVariant : drawAugmentation(augmentation, { seed, epoch: drawnEpoch, example }),
        }));
        const keys = await Promise.all(tasks.map(async (task) =>
          ({ image: await hashOf(task.path), preprocessing: preprocessingWords(task) })));
        yield {
          keys,
          labels: labelsOf(members),
          images: async () => {
            const pictures = await Promise.all(tasks.map(preparePicture));
            const [{ width, height }] = pictures;
            return tf.stack(pictures.map(({ values }) => tf.tensor3d(values, [height, width, 3])));
          },
        };
      }
    },
    close: async () => undefined,
  };
}
