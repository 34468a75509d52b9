import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import type { ImageSource } from '../models/prepareImages.js';
import { networkSize } from '../models/prepareImages.js';
import type { ModelRecipe } from '../models/recipe.js';

/** Images that go through the network together. */
export interface ImageChunk {
  sources: ImageSource[];
  /** of the network's input, pixels */
  width: number;
  height: number;
}

/** Neighbouring images of one network size go through the network together. */
export function* imageChunks(
  sources: ImageSource[],
  resize: ModelRecipe['resize'] | null,
  batchSize: number,
): Generator<ImageChunk> {
  let current: ImageChunk | undefined;
  for (const source of sources) {
    const { width, height } = networkSize(source, resize);
    if (
      current !== undefined &&
      (current.width !== width || current.height !== height || current.sources.length === batchSize)
    ) {
      yield current;
      current = undefined;
    }
    current ??= { sources: [], width, height };
    current.sources.push(source);
  }
  if (current !== undefined) {
    yield current;
  }
}

/** Refuses images of another size than the network takes; `null` is free. */
export function checkNetworkSize(
  name: string,
  { width, height }: ImageChunk,
  [rows, columns]: [number | null, number | null],
): void {
  if ((rows !== null && rows !== height) || (columns !== null && columns !== width)) {
    throw expectedInWords(
      `images for model ${name}`,
      `${columns ?? 'any'}×${rows ?? 'any'} pixels when they reach the network`,
      `${width}×${height}`,
    );
  }
}

/** Probabilities of scores, where there is an activation that makes some; the softmax of one score is read as sigmoid. */
export function activate(scores: tf.Tensor2D, activation: ModelRecipe['activation']): tf.Tensor2D | undefined {
  switch (activation) {
    case 'softmax':
      return scores.shape[1] === 1 ? tf.sigmoid(scores) : tf.softmax(scores);
    case 'sigmoid':
      return tf.sigmoid(scores);
    default:
      return undefined;
  }
}

/** Probabilities by the activations that a model ends in, in their order; the caller disposes them. */
export function applyActivations(scores: tf.Tensor2D, names: readonly string[]): tf.Tensor2D {
  return tf.tidy(() =>
    names.reduce<tf.Tensor>(
      (x, activation) => tfl.layers.activation({ activation: activation as 'softmax' }).apply(x) as tf.Tensor,
      tf.clone(scores),
    ),
  ) as tf.Tensor2D;
}

/**
 * Refuses scores or maps that are no numbers, as a picture of them would look like evidence.
 *
 * @param what they are, for example `scores`
 * @param images values of each image
 */
export function checkNumbers(name: string, what: string, images: readonly Float32Array[]): void {
  images.forEach((values, image) => {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw expectedInWords(
        `${what} of model ${name}`,
        'finite numbers',
        `${values[wrong]} for image ${image + 1} of ${images.length}: its weights, or scale and offset of its recipe, ` +
          'are too large or no numbers',
      );
    }
  });
}
