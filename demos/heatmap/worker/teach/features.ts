import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { prepareImages, WeldonError } from '../../../../src/index.js';
import { BackendFailure } from '../answerCalls.js';
import { decodePhoto } from '../decodeImage.js';
import { modelNamed } from '../models.js';

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
