import type * as tfl from '@tensorflow/tfjs-layers';
import { seededDropout } from '../layers/index.js';

/** The two ways to drop evidence while training, both repeatable: the masks depend on seed and step alone. */

/** Drops single features; the rest is scaled up so that the mean stays. */
export function dropFeatures(rate: number, name: string, seed?: number): tfl.layers.Layer {
  return seededDropout({ rate, name, seed });
}

/** Drops whole maps of `[batch, rows, columns, maps]`: WELDON's "dropmap" (CVPR 2016). */
export function dropMaps(rate: number, name: string, seed?: number): tfl.layers.Layer {
  return seededDropout({ rate, name, wholeMaps: true, seed });
}
