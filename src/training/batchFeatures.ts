import * as tf from '@tensorflow/tfjs-core';
import { expected, expectedInWords, WeldonError } from '../errors.js';
import { showShape } from '../models/layerGraph.js';
import type { Features, FeatureSource, FeatureStore } from './featureStore.js';
import { modelOnEngine } from './featureStore.js';
import { hashUpTo } from './hashOfModel.js';
import type { ExampleKey, TrainingBatch } from './trainingData.js';
import type { FrozenPart, PartInputs, SplitGraph } from './trainingGraph.js';
import { runLower } from './trainingGraph.js';

/** A feature cache for one frozen part. */
export interface FeatureCache {
  store: FeatureStore;
  /** what features are read under, the first that has them; those computed here are kept under the last */
  models: readonly string[];
}

/** The cache of a frozen part; `null` without a store, and where nothing is frozen. */
export async function featureCache(
  { graph, from, lower }: FrozenPart,
  source: FeatureSource | undefined,
): Promise<FeatureCache | null> {
  if (source === undefined || lower.length === 0) {
    return null;
  }
  const hash = await hashUpTo(graph, from);
  const engines = [...new Set([source.engine ?? tf.getBackend(), tf.getBackend()])];
  return { store: source.store, models: engines.map((engine) => modelOnEngine(hash, engine)) };
}

/** A model that takes a mask must be given one, and no other. */
function checkMaskIsThere({ graph }: FrozenPart, { mask }: TrainingBatch): void {
  const takes = graph.inputs.length > 1;
  if (takes !== (mask !== undefined)) {
    throw expectedInWords(
      `a batch for model ${graph.name}`,
      takes
        ? 'with a mask [batch, instances], for its second input'
        : 'without a mask, as the model has no input for it',
      takes ? 'none (arrayData takes masks)' : 'one',
    );
  }
}

/** Refuses inputs that the model cannot take, before tfjs does in its own words. */
function checkInput(split: FrozenPart, images: tf.Tensor): void {
  const { shape } = split.graph.inputs[0];
  const fits =
    images.rank === shape.length &&
    shape.every((extent, axis) => axis === 0 || extent === null || extent === images.shape[axis]);
  if (!fits) {
    images.dispose();
    throw expectedInWords(
      `a batch for model ${split.graph.name}`,
      `of shape [${shape.map((extent) => extent ?? 'null').join(', ')}]`,
      `shape [${images.shape.join(', ')}]`,
    );
  }
}

function checkMask({ graph }: FrozenPart, bags: tf.Tensor, mask: tf.Tensor | undefined): void {
  if (mask !== undefined && !tf.util.arraysEqual(mask.shape, bags.shape.slice(0, 2))) {
    throw expectedInWords(
      `the mask of a batch for model ${graph.name}`,
      `of shape ${showShape(bags.shape.slice(0, 2))}, one number for each instance`,
      `shape ${showShape(mask.shape)}`,
    );
  }
}

async function compute(
  split: FrozenPart,
  batch: TrainingBatch,
  mask: tf.Tensor | undefined,
  rows?: number[],
): Promise<tf.Tensor> {
  const images = await (typeof batch.images === 'function' ? batch.images() : batch.images);
  checkInput(split, images);
  try {
    checkMask(split, images, mask);
    if (rows === undefined || rows.length === images.shape[0]) {
      return runLower(split, images, mask);
    }
    return tf.tidy(() => runLower(split, tf.gather(images, rows), mask && tf.gather(mask, rows)));
  } finally {
    images.dispose();
  }
}

/** Stacks the features of single examples. */
function stack(split: FrozenPart, found: readonly Features[]): tf.Tensor {
  const [{ shape }] = found;
  const size = tf.util.sizeFromShape([...shape]);
  const wanted = split.from.shape;
  if (
    wanted.length !== shape.length + 1 ||
    wanted.some((extent, i) => i > 0 && extent !== null && extent !== shape[i - 1])
  ) {
    throw expectedInWords(
      `cached features of layer ${split.from.step?.layer.name}`,
      `of shape [${wanted
        .slice(1)
        .map((extent) => extent ?? 'null')
        .join(', ')}]`,
      `[${shape.join(', ')}]`,
    );
  }
  const values = new Float32Array(size * found.length);
  found.forEach((features, i) => {
    if (!tf.util.arraysEqual([...features.shape], [...shape])) {
      throw expectedInWords(
        'the features of one batch',
        'of one shape',
        `[${shape.join(', ')}] and [${features.shape.join(', ')}]`,
      );
    }
    values.set(features.values, i * size);
  });
  return tf.tensor(values, [found.length, ...shape]);
}

/**
 * A batch's features: what the trained part takes. From the cache where they are there; the others are computed and
 * cached. Disposes the batch's images, if there are any; the caller owns the result.
 *
 * @param mask of bags, where the model takes one; it stays
 */
export async function batchFeatures(
  split: FrozenPart,
  batch: TrainingBatch,
  cache: FeatureCache | null,
  mask?: tf.Tensor,
): Promise<tf.Tensor> {
  checkMaskIsThere(split, batch);
  if (cache === null) {
    return compute(split, batch, mask);
  }
  const { keys } = batch;
  if (keys === undefined) {
    tf.dispose(batch.images as tf.Tensor);
    throw new WeldonError('A feature cache needs keys in every batch, to tell the examples apart');
  }
  const { store, models } = cache;
  const keyOf = (key: ExampleKey, model = models[models.length - 1]) => ({
    model,
    image: key.image,
    preprocessing: key.preprocessing,
  });
  const read = async (key: ExampleKey): Promise<Features | null> => {
    for (const model of models) {
      const features = await store.read(keyOf(key, model));
      if (features !== null) {
        return features;
      }
    }
    return null;
  };
  const found = await Promise.all(keys.map(read));
  const missing = found.flatMap((features, i) => (features === null ? [i] : []));
  if (missing.length === 0) {
    tf.dispose(batch.images as tf.Tensor);
    return stack(split, found as Features[]);
  }
  const computed = await compute(split, batch, mask, missing);
  try {
    const values = (await computed.data()) as Float32Array;
    const shape = computed.shape.slice(1);
    const size = tf.util.sizeFromShape(shape);
    await Promise.all(
      missing.map(async (row, i) => {
        found[row] = await store.write(keyOf(keys[row]), { shape, values: values.subarray(i * size, (i + 1) * size) });
      }),
    );
  } finally {
    computed.dispose();
  }
  return stack(split, found as Features[]);
}

/** Labels as float32 `[batch, classes]`, whichever way they are given; disposes the batch's own. */
async function batchLabels({ labels }: TrainingBatch, classes: number): Promise<tf.Tensor2D> {
  try {
    if (labels.rank === 2 && labels.shape[1] === classes) {
      return tf.cast(labels, 'float32') as tf.Tensor2D;
    }
    if (labels.rank !== 1) {
      throw expectedInWords(
        'the labels of a batch',
        `class numbers [batch] or multi-hot labels [batch, ${classes}]`,
        `shape [${labels.shape.join(', ')}]`,
      );
    }
    if (classes === 1) {
      // There is but one class to be numbered: 1 where it is there, 0 where it is not.
      return tf.tidy(() => tf.reshape(tf.cast(labels, 'float32'), [-1, 1]) as tf.Tensor2D);
    }
    const numbers = await labels.data();
    const odd = Array.from(numbers).find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
    if (odd !== undefined) {
      // tf.oneHot would make a row of zeros of it.
      throw expected('the labels of a batch', `class numbers from 0 to ${classes - 1}`, odd);
    }
    return tf.tidy(() =>
      tf.cast(tf.oneHot(tf.cast(labels, 'int32') as tf.Tensor1D, classes), 'float32'),
    ) as tf.Tensor2D;
  } finally {
    labels.dispose();
  }
}

/** Frees what a batch holds, where nobody took it. */
export function disposeBatch({ images, labels, mask }: TrainingBatch): void {
  tf.dispose([images, labels, mask].filter((part): part is tf.Tensor => part instanceof tf.Tensor));
}

/**
 * What one batch is trained or measured on. Disposes the batch; the caller owns the results.
 *
 * @throws WeldonError if the batch does not fit the model, or its parts do not fit one another
 */
export async function batchInputs(
  split: SplitGraph,
  batch: TrainingBatch,
  cache: FeatureCache | null,
): Promise<PartInputs & { labels: tf.Tensor2D }> {
  let mask: tf.Tensor | undefined;
  let labels: tf.Tensor2D | null = null;
  try {
    labels = await batchLabels(batch, split.whole.classes);
    mask = await (typeof batch.mask === 'function' ? batch.mask() : batch.mask);
    const features = await batchFeatures(split, batch, cache, mask);
    if (features.shape[0] !== labels.shape[0]) {
      features.dispose();
      throw expectedInWords('the labels of a batch', `${features.shape[0]}, one per example`, `${labels.shape[0]}`);
    }
    return { features, labels, mask };
  } catch (error) {
    disposeBatch(batch);
    tf.dispose([labels ?? [], mask ?? []]);
    throw error;
  }
}
