import type { ChannelStatistics } from '../../layers/index.js';
import type { FeatureSet } from './featureSet.js';
import { readFloat16 } from '../../formats/float16.js';

/**
 * Mean and deviation of each channel over all regions of some pictures, deviations at least `floor` times their mean:
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
