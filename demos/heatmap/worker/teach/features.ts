import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { arrayData, prepareImages, WeldonError } from '../../../../src/index.js';
import type { TrainingData } from '../../../../src/index.js';
import { BackendFailure } from '../../../page/worker/answerCalls.js';
import { decodePhoto } from '../../../page/worker/decodeImage.js';
import { modelNamed } from '../models.js';

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

/** The backbone's last maps of one photo, `[rows, columns, depth]`. */
export interface PhotoFeatures {
  shape: [rows: number, columns: number, depth: number];
  values: Float32Array;
}

const kept = new Map<number, PhotoFeatures>();

/** Features of so many bytes are kept; a photo takes half a megabyte at 320 pixels. */
const mostBytes = 600e6;

const thumbnailSide = 128;

/** Name of the layer that ends the backbone. */
const lastLayer = 'head';

let backbone: { of: tfl.LayersModel; model: tfl.LayersModel } | null = null;

/**
 * A view of the network up to its last maps; it shares the network's layers and is never disposed. The layer is called
 * more than once, where class maps are read from it too; its first output is the network's own.
 */
async function backboneModel(): Promise<tfl.LayersModel> {
  const { original } = await modelNamed('imagenet');
  if (backbone?.of !== original) {
    backbone = {
      of: original,
      model: tfl.model({ inputs: original.inputs, outputs: original.getLayer(lastLayer).getOutputAt(0) }),
    };
  }
  return backbone.model;
}

/**
 * Reads a photo, warps it to `size` × `size` as the papers do, and keeps its features under a number: in main memory,
 * so that they outlive the backend.
 *
 * @returns a small picture of it
 */
export async function learnPhoto(number: number, file: Blob, name: string, size: number): Promise<ImageBitmap> {
  const held = [...kept.values()].reduce((bytes, { values }) => bytes + values.byteLength, 0);
  if (held > mostBytes) {
    throw new WeldonError('There is no room for more photos: take some away, or choose a lower resolution.');
  }
  const { pixels, preview } = await decodePhoto(file, name, 2 * size);
  try {
    const model = await backboneModel();
    const { recipe } = await modelNamed('imagenet');
    const features = tf.tidy(
      () =>
        model.predict(prepareImages(pixels, { input: recipe.input, resize: { rule: 'warp', size } }), {
          batchSize: 1,
        }) as tf.Tensor4D,
    );
    try {
      const [, ...shape] = features.shape;
      kept.set(number, { shape, values: (await features.data()) as Float32Array });
    } finally {
      features.dispose();
    }
    const scale = thumbnailSide / Math.min(preview.width, preview.height);
    return await createImageBitmap(preview, {
      resizeWidth: Math.round(preview.width * scale),
      resizeHeight: Math.round(preview.height * scale),
      resizeQuality: 'medium',
    });
  } catch (error) {
    throw error instanceof WeldonError || tf.getBackend() === 'wasm'
      ? error
      : new BackendFailure((error as Error).message.split('\n')[0]);
  } finally {
    preview.close();
  }
}

export function forgetPhotos(numbers: readonly number[]): void {
  numbers.forEach((number) => kept.delete(number));
}

export function featuresOf(number: number): PhotoFeatures {
  const features = kept.get(number);
  if (features === undefined) {
    throw new WeldonError('A photo has no features yet: wait until all photos are read.');
  }
  return features;
}
