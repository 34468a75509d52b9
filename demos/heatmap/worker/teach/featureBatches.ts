import * as tf from '@tensorflow/tfjs-core';
import { arrayData } from '../../../../src/index.js';
import type { TrainingData } from '../../../../src/index.js';
import type { PhotoFeatures } from './features.js';

export interface LabelledFeatures {
  features: PhotoFeatures;
  label: number;
}

/** Features as one tensor `[photos, rows, columns, depth]`. */
export function stackFeatures(photos: readonly LabelledFeatures[]): tf.Tensor4D {
  const {
    shape,
    values: { length },
  } = photos[0].features;
  const values = new Float32Array(photos.length * length);
  photos.forEach(({ features }, i) => values.set(features.values, i * length));
  return tf.tensor4d(values, [photos.length, ...shape]);
}

/** Kept features as batches, in another order each epoch; nothing is copied but the batch in hand. */
export function featureBatches(
  photos: readonly LabelledFeatures[],
  batchSize: number,
  seed: number | null,
): TrainingData {
  // The photos' numbers stand for the photos: the library has the order, the seeds and the labels.
  const numbered = arrayData({
    images: Float32Array.from(photos.keys()),
    imageShape: [1],
    labels: photos.map(({ label }) => label),
    batchSize,
    shuffle: seed,
  });
  return {
    ...numbered,
    async *batches(epoch, from) {
      for await (const { images, labels } of numbered.batches(epoch, from)) {
        const numbers = await (images as () => tf.Tensor)();
        const members = Array.from(await numbers.data(), (i) => photos[i]);
        numbers.dispose();
        yield { images: () => stackFeatures(members), labels };
      }
    },
  };
}
