import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { ChannelStatistics } from '../layers/index.js';
import { featuresAt } from '../models/attachWeldon.js';
import { layerGraph, stepsFor } from '../models/layerGraph.js';
import { spatialAxes } from '../models/spatialAxes.js';
import { batchFeatures, disposeBatch, featureCache } from './batchFeatures.js';
import type { FeatureSource } from './featureStore.js';
import type { TrainingData } from './trainingData.js';

export interface FeatureStatisticsOptions {
  /** Name of the layer whose output is measured. Default: where `attachWeldon` cuts the model. */
  layer?: string;
  /** Least deviation, as a part >= 0 of the mean deviation of all channels. Default 0.05. */
  floor?: number;
  /** Keeps the features, for `fineTune` to find; every batch needs keys. */
  cache?: FeatureSource;
  /** Called after each batch with the number of batches done and of all. */
  onBatch?: (done: number, total: number) => void;
  /** Stops before the next batch. */
  signal?: AbortSignal;
}

/** Mean and sum of squared differences from it, per channel, of all numbers so far. */
interface Moments {
  count: number;
  mean: Float64Array;
  squares: Float64Array;
}

/** Joins the moments of a batch to those of all before (Chan, Golub and LeVeque 1983): one pass, nothing cancels. */
function join(all: Moments, count: number, mean: ArrayLike<number>, variance: ArrayLike<number>): void {
  const total = all.count + count;
  for (let c = 0; c < all.mean.length; c++) {
    const step = mean[c] - all.mean[c];
    all.squares[c] += variance[c] * count + (step * step * all.count * count) / total;
    all.mean[c] += (step * count) / total;
  }
  all.count = total;
}

/**
 * Mean and standard deviation of each channel of a network's features, over all regions of all examples of the data's
 * first epoch: what `attachWeldon` takes as `normalize`. Reads the data once and keeps only sums.
 *
 * Channels that hardly vary would be blown up to noise, so deviations are at least `floor` times their mean over the
 * channels.
 *
 * @param model the backbone, or a model with a WELDON head; one input
 * @throws WeldonError if the layer is unknown or has no rows and columns, the data do not fit the model, or the
 *   features are not finite or nowhere different; an `AbortError` where `signal` stops it
 *
 * @example
 * const statistics = await featureStatistics(backbone, train, { cache: { store } });
 * const model = attachWeldon(backbone, { classes, kMax: 0.08, normalize: statistics });
 */
export async function featureStatistics(
  model: tfl.LayersModel,
  data: TrainingData,
  options: FeatureStatisticsOptions = {},
): Promise<ChannelStatistics> {
  checkKeys(options, 'layer floor cache onBatch signal', 'featureStatistics');
  const { layer, floor = 0.05, signal } = options;
  if (!(floor >= 0 && Number.isFinite(floor))) {
    throw expected('floor for featureStatistics', 'a finite number >= 0', floor);
  }
  const graph = layerGraph(model);
  const axes = spatialAxes(graph);
  const from = featuresAt(graph, layer, axes);
  const channels = axes.get(from)?.row === 2 ? 1 : 3;
  if (graph.inputs.length !== 1) {
    throw expectedInWords(`model ${graph.name}`, 'one with one input', `one with ${graph.inputs.length}`);
  }
  const frozen = { graph, from, lower: stepsFor(graph, [from]) };
  const cache = await featureCache(frozen, options.cache);
  let all: Moments | null = null;
  let done = 0;
  for await (const batch of data.batches(0, 0)) {
    let features: tf.Tensor | null = null;
    try {
      signal?.throwIfAborted();
      batch.labels.dispose();
      features = await batchFeatures(frozen, batch, cache);
      const depth = features.shape[channels] as number;
      const both = tf.tidy(() => {
        const { mean, variance } = tf.moments(
          features as tf.Tensor,
          [0, 1, 2, 3].filter((axis) => axis !== channels),
        );
        return tf.concat([mean, variance]);
      });
      const values = await both.data();
      both.dispose();
      all ??= { count: 0, mean: new Float64Array(depth), squares: new Float64Array(depth) };
      join(all, features.size / depth, values.subarray(0, depth), values.subarray(depth));
    } catch (error) {
      disposeBatch(batch);
      throw error;
    } finally {
      features?.dispose();
    }
    options.onBatch?.(++done, data.batchesPerEpoch);
  }
  if (all === null) {
    throw expectedInWords('the data for featureStatistics', 'one batch or more', 'none');
  }
  return withFloor(all, floor, from.step?.layer.name ?? 'the input');
}

function withFloor({ count, mean, squares }: Moments, floor: number, layer: string): ChannelStatistics {
  const deviation = squares.map((sum) => Math.sqrt(sum / count));
  const average = deviation.reduce((sum, value) => sum + value, 0) / deviation.length;
  if (!Number.isFinite(average)) {
    throw expectedInWords(`the features of layer ${layer}`, 'finite numbers', 'NaN or infinite ones');
  }
  if (average === 0) {
    throw expectedInWords(`the features of layer ${layer}`, 'different from region to region', 'the same everywhere');
  }
  return {
    mean: Float32Array.from(mean),
    deviation: Float32Array.from(deviation, (value) => Math.max(value, floor * average)),
  };
}
