import * as tf from '@tensorflow/tfjs-core';
import type { NumberArray, PixelBatch } from '../models/frozenPass.js';
import { resizeImage } from '../models/prepareImages.js';
import type { ResizeRule } from '../models/recipe.js';
import type { ImageChunk } from './imageChunks.js';

/** The images of a chunk as a frozen pass takes them: raw, at the network's size. */
export async function rawPixels(
  { sources, width, height }: ImageChunk,
  resize: ResizeRule | null,
): Promise<PixelBatch> {
  const shape: PixelBatch['shape'] = [sources.length, height, width, 3];
  const [first] = sources;
  if (sources.length === 1 && resize === null && first.rgb !== undefined) {
    return { data: first.rgb, shape };
  }
  const x = tf.tidy(() =>
    tf.concat(
      sources.map((source) => resizeImage(source, resize)),
      0,
    ),
  );
  try {
    return { data: (await x.data()) as Float32Array, shape };
  } finally {
    x.dispose();
  }
}

/** Some channels of `[batch, rows, columns, channels]`; the caller disposes them. */
export function someChannels({ data, shape }: NumberArray, wanted: readonly number[]): tf.Tensor4D {
  const [batch, rows, columns, channels] = shape;
  const places = batch * rows * columns;
  const values = new Float32Array(places * wanted.length);
  for (let place = 0; place < places; place++) {
    for (let i = 0; i < wanted.length; i++) {
      values[place * wanted.length + i] = data[place * channels + wanted[i]];
    }
  }
  return tf.tensor4d(values, [batch, rows, columns, wanted.length]);
}
