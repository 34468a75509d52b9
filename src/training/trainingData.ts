import * as tf from '@tensorflow/tfjs-core';
import { mixSeeds, randomBits } from '../random.js';
import { checkKeys, expected, expectedInWords } from '../errors.js';

/** One batch; whoever takes it disposes its tensors. */
export interface TrainingBatch {
  /**
   * The network's input, `[batch, height, width, channels]` for images, already scaled as the network wants it; or a
   * function that gives it, which is not called where all of the batch's features are in a cache.
   */
  images: tf.Tensor | (() => tf.Tensor | Promise<tf.Tensor>);
  /** class numbers `[batch]`, or float32 `[batch, classes]` with 1 for a class that is there */
  labels: tf.Tensor;
  /**
   * Of bags, for a model whose second input takes it: the valid instances, `[batch, instances]`, bool, int32 or float32,
   * 0 for padding; or a function that gives it.
   */
  mask?: tf.Tensor | (() => tf.Tensor | Promise<tf.Tensor>);
  /** what tells the examples apart in a feature cache, one per example; needed only with a cache */
  keys?: readonly ExampleKey[];
}

/** The parts of a `FeatureKey` that belong to an example. */
export interface ExampleKey {
  image: string;
  preprocessing: string;
}

/** A data set as batches, in an order that depends on the epoch alone, so that a run can be repeated and resumed. */
export interface TrainingData {
  batchesPerEpoch: number;
  /**
   * The batches of one epoch.
   *
   * @param epoch 0 for the first of the run
   * @param from number of the first batch wanted; above 0 where a run is resumed in the middle of an epoch
   */
  batches(epoch: number, from: number): AsyncIterable<TrainingBatch>;
}

export interface ArrayDataConfig {
  /** all examples one after the other */
  images: Float32Array;
  /** of one example, for example `[224, 224, 3]` */
  imageShape: readonly number[];
  /** one class number per example, or with `classes` numbers per example 1 for each class that is there */
  labels: ArrayLike<number>;
  /**
   * Of bags, which instances are valid: 1, or 0 for padding, `imageShape[0]` numbers an example. For a model that takes the
   * mask as its second input.
   */
  masks?: ArrayLike<number>;
  /** numbers per example in `labels`; default 1, class numbers */
  labelSize?: number;
  batchSize: number;
  /** Seed of the order, which differs from epoch to epoch. `null` keeps the order given. Default 0. */
  shuffle?: number | null;
  /** one per example, for a feature cache */
  keys?: readonly ExampleKey[];
}

/** Numbers 0 … count − 1 in an order that a seed decides (Fisher and Yates). */
export function shuffledOrder(count: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const draw = randomBits(seed);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((draw() / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * Batches of example numbers.
 *
 * @param shuffle seed of the order, which differs from epoch to epoch; `null` keeps the order
 */
export function numberBatches(
  count: number,
  batchSize: number,
  shuffle: number | null,
): { batchesPerEpoch: number; batches(epoch: number, from: number): Iterable<number[]> } {
  const batchesPerEpoch = Math.ceil(count / batchSize);
  return {
    batchesPerEpoch,
    *batches(epoch, from) {
      const order =
        shuffle === null
          ? Int32Array.from({ length: count }, (_, i) => i)
          : shuffledOrder(count, mixSeeds(shuffle, epoch));
      for (let batch = from; batch < batchesPerEpoch; batch++) {
        yield Array.from(order.subarray(batch * batchSize, (batch + 1) * batchSize));
      }
    },
  };
}

/** The masks of some bags, one row each. */
function maskRows(masks: ArrayLike<number>, bags: readonly number[], instances: number): number[][] {
  return bags.map((bag) => Array.from({ length: instances }, (_, i) => masks[bag * instances + i]));
}

/** Refuses masks that do not fit the bags, or leave one without instances, which would score 0 and learn nothing. */
function checkMasks(masks: ArrayLike<number>, count: number, imageShape: readonly number[]): void {
  const [instances] = imageShape;
  if (masks.length !== count * instances) {
    throw expectedInWords(
      'masks for arrayData',
      `${count * instances} numbers for ${count} bags of ${instances} instances`,
      `${masks.length}`,
    );
  }
  for (let bag = 0; bag < count; bag++) {
    let valid = 0;
    for (let at = bag * instances; at < (bag + 1) * instances; at++) {
      if (masks[at] !== 0 && masks[at] !== 1) {
        throw expected('masks for arrayData', '1 for an instance or 0 for padding', masks[at]);
      }
      valid += masks[at];
    }
    if (valid === 0) {
      throw expectedInWords('masks for arrayData', 'one valid instance or more in every bag', `none in bag ${bag}`);
    }
  }
}

/**
 * A data set that is in memory: images, bags, or features of any shape.
 *
 * @throws WeldonError if the arrays do not belong together
 *
 * @example
 * const data = arrayData({ images, imageShape: [64, 64, 3], labels: [0, 2, 1], batchSize: 16 });
 * // Bags of up to 40 instances of 512 numbers, for a model with inputs [bags, mask].
 * const bags = arrayData({ images: instances, imageShape: [40, 512], masks, labels, batchSize: 16 });
 */
export function arrayData(config: ArrayDataConfig): TrainingData {
  checkKeys(config, 'images imageShape labels masks labelSize batchSize shuffle keys', 'arrayData');
  const { images, imageShape, labels, masks, labelSize = 1, batchSize, shuffle = 0, keys } = config;
  const size = tf.util.sizeFromShape([...imageShape]);
  const count = images.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw expectedInWords(
      'images for arrayData',
      `one or more examples of ${size} numbers`,
      `${images.length} numbers`,
    );
  }
  if (labels.length !== count * labelSize) {
    throw expectedInWords(
      'labels for arrayData',
      `${count * labelSize} numbers for ${count} examples`,
      `${labels.length}`,
    );
  }
  if (masks !== undefined) {
    checkMasks(masks, count, imageShape);
  }
  if (keys !== undefined && keys.length !== count) {
    throw expectedInWords('keys for arrayData', `${count}, one per example`, `${keys.length}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw expected('batchSize for arrayData', 'a whole number >= 1', batchSize);
  }
  const numbers = numberBatches(count, batchSize, shuffle);
  return {
    batchesPerEpoch: numbers.batchesPerEpoch,
    async *batches(epoch, from) {
      for (const members of numbers.batches(epoch, from)) {
        const values = new Float32Array(members.length * size);
        members.forEach((member, i) => values.set(images.subarray(member * size, (member + 1) * size), i * size));
        const own = members.flatMap((member) =>
          Array.from({ length: labelSize }, (_, i) => labels[member * labelSize + i]),
        );
        yield {
          images: () => tf.tensor(values, [members.length, ...imageShape]),
          labels: labelSize === 1 ? tf.tensor1d(own, 'int32') : tf.tensor2d(own, [members.length, labelSize]),
          ...(masks !== undefined && { mask: () => tf.tensor2d(maskRows(masks, members, imageShape[0])) }),
          keys: keys && members.map((member) => keys[member]),
        };
      }
    },
  };
}
