import * as tf from '@tensorflow/tfjs-core';
import { mixSeeds } from '../../../../src/random.js';
import type { TrainingData } from '../../../../src/index.js';
import { shuffledOrder } from '../../../../src/training/trainingData.js';
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
  const batchesPerEpoch = Math.ceil(photos.length / batchSize);
  return {
    batchesPerEpoch,
    async *batches(epoch, from) {
      const order = seed === null ? photos.map((_, i) => i) : [...shuffledOrder(photos.length, mixSeeds(seed, epoch))];
      for (let batch = from; batch < batchesPerEpoch; batch++) {
        const members = order.slice(batch * batchSize, (batch + 1) * batchSize).map((i) => photos[i]);
        yield {
          images: () => stackFeatures(members),
          labels: tf.tensor1d(
            members.map(({ label }) => label),
            'int32',
          ),
        };
      }
    },
  };
}
