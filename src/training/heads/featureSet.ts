import * as tf from '@tensorflow/tfjs-core';
import type { ChannelStatistics } from '../../layers/index.js';
import { readFloat16 } from '../../formats/float16.js';

/**
 * Mean and deviation of each channel over all regions of some images, deviations at least `floor` times their mean:
 * what `featureStatistics` measures, on features that are in memory already.
 */
export function channelStatistics(
  { depth, examples }: FeatureSet,
  members: ArrayLike<number>,
  floor = 0.05,
): ChannelStatistics {
  const mean = new Float64Array(depth);
  const squares = new Float64Array(depth);
  let count = 0;
  const values = new Float32Array(examples[0]?.length ?? 0);
  for (const member of Array.from(members)) {
    readFloat16(examples[member], values);
    for (let start = 0; start < values.length; start += depth) {
      for (let c = 0; c < depth; c++) {
        const value = values[start + c];
        mean[c] += value;
        squares[c] += value * value;
      }
      count++;
    }
  }
  const deviation = new Float32Array(depth);
  let sum = 0;
  for (let c = 0; c < depth; c++) {
    mean[c] /= count;
    deviation[c] = Math.sqrt(Math.max(0, squares[c] / count - mean[c] * mean[c]));
    sum += deviation[c];
  }
  return { mean: Float32Array.from(mean), deviation: deviation.map((value) => Math.max(value, (floor * sum) / depth)) };
}

/** Features of some images, half-precision bits `[rows, columns, depth]` of each. */
export interface FeatureSet {
  rows: number;
  columns: number;
  depth: number;
  examples: Uint16Array[];
}

/** What heads are trained on: features as they are, each region divided by its root mean square, or each channel standardised. */
export type Normalisation = 'none' | 'regions' | ChannelStatistics;

function divideRegions(values: Float32Array, depth: number): void {
  for (let start = 0; start < values.length; start += depth) {
    let sum = 0;
    for (let c = start; c < start + depth; c++) {
      sum += values[c] * values[c];
    }
    const factor = sum > 0 ? 1 / Math.sqrt(sum / depth) : 0;
    for (let c = start; c < start + depth; c++) {
      values[c] *= factor;
    }
  }
}

function standardise(values: Float32Array, { mean, deviation }: ChannelStatistics): void {
  const depth = mean.length;
  const factor = Float32Array.from(deviation, (value) => 1 / value);
  const shift = Float32Array.from(mean, (value, c) => -value * factor[c]);
  for (let start = 0; start < values.length; start += depth) {
    for (let c = 0; c < depth; c++) {
      values[start + c] = values[start + c] * factor[c] + shift[c];
    }
  }
}

/** Features of some images, `[batch · rows · columns, depth]`, normalised. */
export function featureValues(
  { rows, columns, depth, examples }: FeatureSet,
  members: ArrayLike<number>,
  normalise: Normalisation,
): Float32Array {
  const size = rows * columns * depth;
  const values = new Float32Array(members.length * size);
  for (let i = 0; i < members.length; i++) {
    readFloat16(examples[members[i]], values.subarray(i * size, (i + 1) * size));
  }
  if (normalise === 'regions') {
    divideRegions(values, depth);
  } else if (normalise !== 'none') {
    standardise(values, normalise);
  }
  return values;
}

/** The same as a tensor. */
export function featureBatch(set: FeatureSet, members: ArrayLike<number>, normalise: Normalisation): tf.Tensor2D {
  return tf.tensor2d(featureValues(set, members, normalise), [members.length * set.rows * set.columns, set.depth]);
}
