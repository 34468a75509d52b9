import * as tf from '@tensorflow/tfjs-core';
import { weldonPool } from '../../../pooling/weldonPool.js';
import { featureBatch } from '../../../training/heads/featureSet.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { OpenHead } from '../cache/savedHead.js';

/** The weights of a head as tensors; the caller disposes them. */
export interface HeadOnDevice {
  head: OpenHead;
  kernel: tf.Tensor2D;
  bias: tf.Tensor1D;
}

export function putHead(head: OpenHead): HeadOnDevice {
  return { head, kernel: tf.tensor2d(head.kernel, [head.depth, head.bias.length]), bias: tf.tensor1d(head.bias) };
}

/**
 * Class maps and scores of features as the network gives them; differentiable in these, as training heads need not be.
 *
 * @param features `[batch · regions, depth]`
 * @returns `[batch, classes]` and `[batch, regions, classes]`
 */
export function runOnFeatures(
  { head, kernel, bias }: HeadOnDevice,
  features: tf.Tensor2D,
  regions: number,
): { scores: tf.Tensor2D; maps: tf.Tensor3D } {
  const { classes, maps, pooling } = head;
  const x = head.dividesRegions
    ? (tf.div(features, tf.sqrt(tf.maximum(tf.mean(tf.square(features), 1, true), 1e-12))) as tf.Tensor2D)
    : features;
  const all = tf.reshape(tf.add(tf.matMul(x, kernel), bias), [-1, regions, classes, maps]);
  const classMaps = tf.mean(all, 3) as tf.Tensor3D;
  const scores = (pooling === 'mean' ? tf.mean(classMaps, 1) : weldonPool(classMaps, pooling)) as tf.Tensor2D;
  return { scores, maps: classMaps };
}

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017, eq. 1 and 2) of one class for each picture of a batch at the network's last
 * features: these, weighted by the mean gradient of the class' score, negative sums cut off.
 *
 * A head whose class maps are linear in the features and are pooled with weights that sum to s > 0 has the gradient
 * g_r·w_c at region r, with Σ_r g_r = s. So Grad-CAM is ReLU(s/n · (z_c − b_c)), n the number of regions: the class map
 * without its constant, cut off at zero, for GAP (Selvaraju et al., section 3) and for WELDON and WILDCAT alike.
 *
 * @param features `[batch · regions, depth]`
 * @returns `[batch, regions]`
 */
export function gradCamOfFeatures(
  device: HeadOnDevice,
  features: tf.Tensor2D,
  regions: number,
  classes: readonly number[],
): tf.Tensor2D {
  return tf.tidy(() => {
    const chosen = tf.cast(tf.oneHot(tf.tensor1d([...classes], 'int32'), device.head.classes), 'float32');
    // Pictures do not mix, so the gradient of the sum of their scores holds each one's own.
    const score = (x: tf.Tensor) => tf.sum(tf.mul(runOnFeatures(device, x as tf.Tensor2D, regions).scores, chosen));
    const gradient = tf.grad(score)(features);
    const inRegions = (x: tf.Tensor) => tf.reshape(x, [classes.length, regions, device.head.depth]) as tf.Tensor3D;
    const weights = tf.mean(inRegions(gradient), 1, true);
    return tf.relu(tf.sum(tf.mul(inRegions(features), weights), 2)) as tf.Tensor2D;
  });
}

/** Grad-CAM of some classes of each picture, `classes[i]` of picture i, one map `[regions]` each. */
export async function gradCamMaps(
  head: OpenHead,
  set: FeatureSet,
  classes: readonly (readonly number[])[],
  batchSize = 16,
): Promise<Float32Array[][]> {
  const regions = set.rows * set.columns;
  const wanted = classes.flatMap((list, picture) => list.map((label) => ({ picture, label })));
  const found: Float32Array[][] = classes.map(() => []);
  const device = putHead(head);
  try {
    for (let from = 0; from < wanted.length; from += batchSize) {
      const part = wanted.slice(from, from + batchSize);
      const [pictures, labels] = [part.map(({ picture }) => picture), part.map(({ label }) => label)];
      const maps = tf.tidy(() => gradCamOfFeatures(device, featureBatch(set, pictures, 'none'), regions, labels));
      const values = (await maps.data()) as Float32Array;
      maps.dispose();
      part.forEach(({ picture }, i) => found[picture].push(values.slice(i * regions, (i + 1) * regions)));
    }
    return found;
  } finally {
    tf.dispose([device.kernel, device.bias]);
  }
}
