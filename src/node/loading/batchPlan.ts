import { expected, expectedInWords } from '../../errors.js';
import { mixSeeds } from '../../random.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { Augmentation } from '../../training/augmentation/augmentation.js';
import { sampleAugmentation, sampleSize } from '../../training/augmentation/sampleAugmentation.js';
import { plainVariant, resolveAugmentation } from '../../training/augmentation/augmentation.js';
import { shuffledOrder } from '../../training/trainingData.js';
import type { ImageDataSet } from '../datasets/imageDataSet.js';
import type { Decoding } from '../images/readForModel.js';
import type { ImageTask } from './imageTask.js';

/** How a data set's images become batches. */
export interface ImagePlanOptions {
  /** how the network takes images, from its `ModelRecipe` */
  recipe: Pick<ModelRecipe, 'input' | 'resize'>;
  /** Side of the network's input in pixels, in place of the recipe's. */
  size?: number;
  /** whole number >= 1 */
  batchSize: number;
  /** How JPEGs are decoded; other features and keys come of `'reduced'`. Default `'full'`. */
  decode?: Decoding;
  /** Seed of the order, which differs from epoch to epoch; `null` keeps the data set's. */
  shuffle: number | null;
  /**
   * Random changes while training. They depend on (`shuffle`, or 0 for `null`; epoch; number of the image in the data
   * set) alone, the size on the batch's number. Default: none.
   */
  augmentation?: Augmentation;
  /**
   * Epochs after which the same changes begin again, so that a feature cache is full by then; with `flip` an even number
   * gives every image both ways. Default: never.
   */
  epochsOfAugmentation?: number;
}

/** One batch of an epoch: which images, and what is to be done to each. */
export interface PlannedBatch {
  /** numbers of the images in the data set */
  members: readonly number[];
  tasks: readonly ImageTask[];
}

/** Which images come when, and how each is changed: settled by the options alone, before a file is opened. */
export interface ImagePlan {
  batchesPerEpoch: number;
  batch(epoch: number, number: number): PlannedBatch;
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(`${name} for imageBatches`, 'a whole number >= 1', value);
  }
}

/** @throws WeldonError for options out of their range or a data set without images */
export function imagePlan({ name, images }: ImageDataSet, options: ImagePlanOptions): ImagePlan {
  const { recipe, batchSize, shuffle, epochsOfAugmentation, decode } = options;
  const { size = recipe.resize.size } = options;
  checkCount('batchSize', batchSize);
  checkCount('size', size);
  if (epochsOfAugmentation !== undefined) {
    checkCount('epochsOfAugmentation', epochsOfAugmentation);
  }
  if (images.length === 0) {
    throw expectedInWords(`the data set ${name}`, 'one with images', 'none');
  }
  const augmentation = options.augmentation === undefined ? null : resolveAugmentation(options.augmentation);
  const smallest = Math.min(size, ...(augmentation?.sizes ?? []));
  if (augmentation !== null && augmentation.padCrop >= smallest) {
    throw expected(
      'padCrop for augmentation',
      `below the ${smallest} pixels of the network's input`,
      augmentation.padCrop,
    );
  }
  const seed = shuffle ?? 0;
  const orderOf = (epoch: number): Int32Array =>
    shuffle === null ? Int32Array.from(images, (_, i) => i) : shuffledOrder(images.length, mixSeeds(shuffle, epoch));
  let latest: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array() };
  return {
    batchesPerEpoch: Math.ceil(images.length / batchSize),
    batch(epoch, number) {
      if (latest.epoch !== epoch) {
        latest = { epoch, order: orderOf(epoch) };
      }
      const members = Array.from(latest.order.subarray(number * batchSize, (number + 1) * batchSize));
      const sampledEpoch = epoch % (epochsOfAugmentation ?? Infinity);
      const rule = { ...recipe.resize, size: sampleSize(augmentation?.sizes ?? [], size, seed, sampledEpoch, number) };
      const tasks = members.map((example) => ({
        path: images[example].path,
        rule,
        input: recipe.input,
        ...(decode === undefined ? {} : { decode }),
        variant:
          augmentation === null
            ? plainVariant
            : sampleAugmentation(augmentation, { seed, epoch: sampledEpoch, example }),
      }));
      return { members, tasks };
    },
  };
}
