import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../../errors.js';
import type { ClassMap } from '../../heatmaps/types.js';
import { upsampleMap } from '../../heatmaps/upsampleMap.js';

/**
 * What is to be explained: a LayersModel with probabilities as output, or any function from a batch of network inputs,
 * `[batch, height, width, channels]`, to probabilities `[batch, classes]`. What a function gives is disposed here.
 */
export type ProbabilityModel = tfl.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D | Promise<tf.Tensor2D>);

/** One class of one image and the map that is said to explain it. */
export interface ExplainedImage {
  /** as the network takes it, `[height, width, channels]`; it stays the caller's */
  image: tf.Tensor3D;
  /** of any resolution; its regions tile the image evenly */
  map: ClassMap;
  label: number;
  /** the model's probability of the class for the whole image, if known: it saves a forward pass */
  whole?: number;
}

export function checkWhole(whole: number | undefined, owner: string): void {
  if (whole !== undefined && !(whole >= 0 && whole <= 1)) {
    throw expected(`whole for ${owner}`, 'a probability from 0 to 1', whole);
  }
}

/** What stands where an image was taken away: its own mean colour, or a value of the network's input. */
export type Removed = 'mean' | number;

export function checkRemoved(removed: Removed, owner: string): void {
  if (removed !== 'mean' && !Number.isFinite(removed)) {
    throw expected(`removed for ${owner}`, "'mean' or a finite number", removed);
  }
}

export function checkPositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(name, 'a whole number >= 1', value);
  }
}

/** The map at the image's size; NaN is refused, since it has no place in an order. */
export function mapAtSize({ image, map }: ExplainedImage, owner: string): ClassMap {
  if (image.rank !== 3) {
    throw expectedInWords(
      `the image for ${owner}`,
      'of shape [height, width, channels]',
      `shape [${image.shape.join(', ')}]`,
    );
  }
  const [height, width] = image.shape;
  const wide = upsampleMap(map, { width, height });
  if (wide.data.some((value) => !Number.isFinite(value))) {
    throw expectedInWords(`the map for ${owner}`, 'one of finite numbers', 'one with NaN or Infinity');
  }
  return wide;
}

/** The image with its content taken away, `[height, width, channels]`. */
export function removedImage(image: tf.Tensor3D, removed: Removed): tf.Tensor3D {
  return tf.tidy(() => {
    const value = removed === 'mean' ? tf.mean(image, [0, 1], true) : tf.scalar(removed);
    return tf.add(tf.zerosLike(image), value) as tf.Tensor3D;
  });
}

/** A Gaussian that is cut off at one deviation, as RISE blurs (11 pixels, deviation 5), mirrored at the edges. */
export function blurredImage(image: tf.Tensor3D, deviation: number): tf.Tensor3D {
  return tf.tidy(() => {
    const [height, width, channels] = image.shape;
    let x = tf.expandDims(image, 0) as tf.Tensor4D;
    for (const [axis, extent] of [
      [1, height],
      [2, width],
    ]) {
      const radius = Math.min(Math.max(1, Math.round(deviation)), extent - 1);
      const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
        Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
      );
      const sum = weights.reduce((a, b) => a + b, 0);
      const line = tf.tensor1d(weights.map((weight) => weight / sum));
      const kernel = tf.tile(tf.reshape(line, axis === 1 ? [-1, 1, 1, 1] : [1, -1, 1, 1]), [
        1,
        1,
        channels,
        1,
      ]) as tf.Tensor4D;
      const padding = [0, 1, 2, 3].map((a): [number, number] => (a === axis ? [radius, radius] : [0, 0]));
      x = tf.depthwiseConv2d(tf.mirrorPad(x, padding, 'reflect') as tf.Tensor4D, kernel, 1, 'valid');
    }
    return tf.squeeze(x, [0]) as tf.Tensor3D;
  });
}

/**
 * Probability of one class for many versions of an image, a few at a time.
 *
 * @param make version i; called in a tidy scope
 */
export async function probabilitiesOf(
  model: ProbabilityModel,
  count: number,
  make: (i: number) => tf.Tensor3D,
  label: number,
  batchSize: number,
  owner: string,
): Promise<number[]> {
  const found: number[] = [];
  for (let first = 0; first < count; first += batchSize) {
    const size = Math.min(batchSize, count - first);
    const images = tf.tidy(() => tf.stack(Array.from({ length: size }, (_, i) => make(first + i)))) as tf.Tensor4D;
    let output: tf.Tensor2D | undefined;
    try {
      output =
        typeof model === 'function' ? await model(images) : (model.predict(images, { batchSize: size }) as tf.Tensor2D);
      const [rows, classes] = output.shape;
      if (output.rank !== 2 || rows !== size || !(label >= 0 && label < classes)) {
        throw expectedInWords(
          `what the model for ${owner} gives`,
          `[${size}, classes] with a class ${label}`,
          `shape [${output.shape.join(', ')}]`,
        );
      }
      const values = await output.data();
      for (let i = 0; i < size; i++) {
        const value = values[i * classes + label];
        if (!(value >= 0 && value <= 1)) {
          throw expected(`what the model for ${owner} gives`, 'probabilities from 0 to 1', value);
        }
        found.push(value);
      }
    } finally {
      images.dispose();
      output?.dispose();
    }
  }
  return found;
}
