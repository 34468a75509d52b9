import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The two ways to drop evidence while training. tfjs' own Dropout does both; it draws new masks at every step, and
 * they cannot be repeated: with a seed it would draw the same mask again and again.
 */

/** Drops single features; the rest is scaled up so that the mean stays. */
export function dropFeatures(rate: number, name: string): tfl.layers.Layer {
  return tfl.layers.dropout({ rate, name });
}

/** Drops whole maps of `[batch, rows, columns, maps]`: WELDON's "dropmap" (CVPR 2016). */
export function dropMaps(rate: number, name: string): tfl.layers.Layer {
  // null takes over the input's extent, which the typings leave out.
  return tfl.layers.dropout({ rate, name, noiseShape: [null, 1, 1, null] as unknown as number[] });
}
