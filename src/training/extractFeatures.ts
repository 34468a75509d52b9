import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expectedInWords, refuseRenamed } from '../errors.js';
import { findStep, layerGraph, showShape, stepsFor } from '../models/layerGraph.js';
import type { PoolingChoice } from '../pooling/presets.js';
import { poolMaps } from '../pooling/registry.js';
import { batchFeatures, disposeBatch, featureCache } from './batchFeatures.js';
import type { FeatureSource } from './featureStore.js';
import type { FeatureTable } from './linear/featureTable.js';
import type { TrainingData } from './trainingData.js';

export interface ExtractFeaturesOptions {
  /** Name of the layer whose output is taken. Default: the model's output. */
  layer?: string;
  /** How features with rows and columns become one vector; default `'gap'`, global average pooling. */
  pool?: PoolingChoice;
  /** Whether every vector is divided by its length (one of zeros stays), which suits a linear SVM. Default false. */
  normalize?: boolean;
  /** Keeps the features before pooling; every batch needs keys. */
  cache?: FeatureSource;
}

export interface ExtractedFeatures {
  table: FeatureTable;
  /** of each row: its class number where the data have class numbers, otherwise its multi-hot labels `[classes]` */
  labels: Float32Array;
}

/**
 * The features of a data set by a network that stays as it is, one row per example, in the order of the data's first
 * epoch: what a linear SVM or a linear softmax is trained on.
 *
 * @param model one input; layers inside models used as layers can be named too
 * @throws WeldonError if the layer is unknown, its output is neither vectors nor maps, or the data do not fit
 *
 * @example
 * const { table, labels } = await extractFeatures(backbone, data, { normalize: true, cache: { store } });
 * const svm = trainLinearSvm(table, labels, { c: 10 });
 */
export async function extractFeatures(
  model: tfl.LayersModel,
  data: TrainingData,
  options: ExtractFeaturesOptions = {},
): Promise<ExtractedFeatures> {
  refuseRenamed(options, 'normalise', 'normalize', 'extractFeatures');
  checkKeys(options, 'layer pool normalize cache', 'extractFeatures');
  const { layer, pool = 'gap', normalize = false } = options;
  const graph = layerGraph(model);
  const from = layer === undefined ? graph.outputs[0] : findStep(graph, layer).outputs[0];
  const rank = from.shape.length;
  if (graph.inputs.length !== 1 || ![2, 3, 4, 5].includes(rank)) {
    throw expectedInWords(
      `layer ${layer ?? 'at the end'} of model ${graph.name}`,
      'one of vectors or maps, in a model with one input',
      showShape(from.shape),
    );
  }
  const frozen = { graph, from, lower: stepsFor(graph, [from]) };
  const cache = await featureCache(frozen, options.cache);
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  let size = 0;
  for await (const batch of data.batches(0, 0)) {
    let features: tf.Tensor | null = null;
    try {
      features = await batchFeatures(frozen, batch, cache);
      const vectors = tf.tidy(() => {
        const maps = features as tf.Tensor;
        const plain = rank === 2 ? tf.clone(maps) : poolMaps(maps, pool);
        const length = tf.sqrt(tf.sum(tf.square(plain), 1, true));
        return normalize ? tf.div(plain, tf.maximum(length, 1e-12)) : plain;
      });
      size = vectors.shape[1] as number;
      rows.push(Float32Array.from(await vectors.data()));
      vectors.dispose();
      labels.push(...(await batch.labels.data()));
      batch.labels.dispose();
    } catch (error) {
      disposeBatch(batch);
      throw error;
    } finally {
      features?.dispose();
    }
  }
  if (size === 0) {
    throw expectedInWords('the data for extractFeatures', 'one batch or more', 'none');
  }
  const values = new Float32Array(rows.reduce((sum, part) => sum + part.length, 0));
  rows.reduce((at, part) => {
    values.set(part, at);
    return at + part.length;
  }, 0);
  return { table: { values, size }, labels: Float32Array.from(labels) };
}
