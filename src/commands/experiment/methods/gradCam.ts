import { expectedInWords } from '../../../errors.js';
import { gradCam } from '../../../heatmaps/gradCam.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { readForModel } from '../../../node/images/readForModel.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import { openHead, openSavedNetwork } from '../cache/savedModels.js';
import type { OpenHead, SavedNetwork } from '../cache/savedModels.js';
import type { MethodOutcome, SeedOutcome } from '../outcome.js';
import { rounded } from '../cache/resultCache.js';
import { rivalOf } from '../../../metrics/localization/peak.js';
import type { GradCamMethod } from '../config.js';
import type { ResultCache } from '../cache/resultCache.js';
import * as tf from '@tensorflow/tfjs-core';
import { poolMaps } from '../../../pooling/registry.js';
import { featureBatch } from '../../../training/heads/featureSet.js';

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
  const scores = poolMaps(classMaps, pooling);
  return { scores, maps: classMaps };
}

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017, eq. 1 and 2) of one class for each image of a batch at the network's last
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
    const marks = tf.buffer([classes.length, device.head.classes]);
    classes.forEach((index, image) => marks.set(1, image, index));
    const chosen = marks.toTensor();
    const { head, kernel, bias } = device;
    if (!head.dividesRegions) {
      // Linear in the features: the mean gradient is made of the classes' own weights, and weighted features are weighted
      // class maps without their constants.
      const perMap = (x: tf.Tensor, shape: number[]) => tf.mean(tf.reshape(x, [...shape, head.maps]), shape.length);
      const linear = perMap(tf.matMul(features, kernel), [classes.length, regions, head.classes]);
      const pooled = (maps: tf.Tensor) => tf.sum(tf.mul(poolMaps(maps as tf.Tensor3D, head.pooling), chosen));
      const gradient = tf.grad(pooled)(tf.add(linear, perMap(bias, [head.classes])));
      return tf.relu(tf.sum(tf.mul(linear, tf.mean(gradient, 1, true)), 2)) as tf.Tensor2D;
    }
    // Images do not mix, so the gradient of the sum of their scores holds each one's own.
    const score = (x: tf.Tensor) => tf.sum(tf.mul(runOnFeatures(device, x as tf.Tensor2D, regions).scores, chosen));
    const gradient = tf.grad(score)(features);
    const inRegions = (x: tf.Tensor) => tf.reshape(x, [classes.length, regions, device.head.depth]) as tf.Tensor3D;
    const weights = tf.mean(inRegions(gradient), 1, true);
    return tf.relu(tf.sum(tf.mul(inRegions(features), weights), 2)) as tf.Tensor2D;
  });
}

/** Grad-CAM of some classes of each image, `classes[i]` of image i, one map `[regions]` each. */
export async function gradCamMaps(
  head: OpenHead,
  set: FeatureSet,
  classes: readonly (readonly number[])[],
  batchSize = 16,
): Promise<Float32Array[][]> {
  const regions = set.rows * set.columns;
  const wanted = classes.flatMap((list, image) => list.map((label) => ({ image, label })));
  const found: Float32Array[][] = classes.map(() => []);
  const device = putHead(head);
  try {
    for (let from = 0; from < wanted.length; from += batchSize) {
      const part = wanted.slice(from, from + batchSize);
      const [images, labels] = [part.map(({ image }) => image), part.map(({ label }) => label)];
      const maps = tf.tidy(() => gradCamOfFeatures(device, featureBatch(set, images, 'none'), regions, labels));
      const values = (await maps.data()) as Float32Array;
      maps.dispose();
      part.forEach(({ image }, i) => found[image].push(values.slice(i * regions, (i + 1) * regions)));
    }
    return found;
  } finally {
    tf.dispose([device.kernel, device.bias]);
  }
}

/** Of each image the classes that it shows, and the strongest other one where there is one. */
function explainedClasses({ images, classes }: ImageDataSet, scores: readonly number[]): (readonly number[])[] {
  return images.map(({ labels }, i) => {
    const rival = rivalOf(scores, i * classes.length, classes.length, labels);
    return rival < 0 ? labels : [...labels, rival];
  });
}

/** The same scores, other maps. */
function withMaps(
  { seed, scores, head, network }: SeedOutcome,
  { images }: ImageDataSet,
  maps: readonly number[][][],
): SeedOutcome {
  return {
    seed,
    scores,
    head,
    network,
    maps: maps.map((list, i) => list.slice(0, images[i].labels.length)),
    rivals: maps.map((list, i) => list[images[i].labels.length] ?? list[0].map(() => 0)),
  };
}

/** The heads of another method, explained by Grad-CAM. */
export async function gradCamMethod(
  method: GradCamMethod,
  explained: MethodOutcome,
  test: ImageDataSet,
  features: () => Promise<FeatureSet>,
  resultCache: ResultCache,
  key: unknown,
): Promise<MethodOutcome> {
  const seeds: SeedOutcome[] = [];
  for (const one of explained.seeds) {
    const { seed, scores, head } = one;
    if (head === undefined) {
      throw expectedInWords(`the head of method ${method.of}`, 'saved, for its Grad-CAM', 'not there');
    }
    const maps = await resultCache.once(`${method.id}-seed${seed}`, [key, head], async () => {
      const found = await gradCamMaps(openHead(head), await features(), explainedClasses(test, scores));
      return found.map((list) => list.map((map) => rounded(map)));
    });
    seeds.push(withMaps(one, test, maps));
  }
  return { choice: explained.choice, grid: explained.grid, seeds };
}

/** Images whose maps are saved together: what is lost where a run is stopped. */
const together = 32;

export interface NetworkGradCamTask {
  method: GradCamMethod;
  explained: MethodOutcome;
  test: ImageDataSet;
  /** images are warped to size × size pixels */
  size: number;
  resultCache: ResultCache;
  tell(what: string, done: number, total: number): void;
}

/** Grad-CAM of some classes of some images, at the last features before the network's class maps. */
async function mapsOfNetwork(
  { folder }: SavedNetwork,
  paths: readonly string[],
  classes: readonly (readonly number[])[],
  size: number,
): Promise<number[][][]> {
  const model = await openSavedNetwork(folder);
  try {
    const found: number[][][] = [];
    for (const [i, path] of paths.entries()) {
      const {
        input: { pixels: data, width, height },
      } = await readForModel(path, { rule: 'warp', size });
      const {
        maps: [list],
      } = await gradCam(model, { data, width, height }, { prepared: true, classes: classes[i] });
      found.push(list.map((map) => rounded(map.data)));
    }
    return found;
  } finally {
    model.dispose();
  }
}

/** The trained networks of another method, explained by Grad-CAM. */
export async function gradCamOfNetworks({
  method,
  explained,
  test,
  size,
  resultCache,
  tell,
}: NetworkGradCamTask): Promise<MethodOutcome> {
  const seeds: SeedOutcome[] = [];
  const paths = test.images.map(({ path }) => path);
  for (const one of explained.seeds) {
    const { seed, scores, network } = one;
    if (network === undefined) {
      throw expectedInWords(`the network of method ${method.of}`, 'saved, for its Grad-CAM', 'not there');
    }
    const classes = explainedClasses(test, scores);
    const maps: number[][][] = [];
    for (let from = 0; from < paths.length; from += together) {
      const to = Math.min(paths.length, from + together);
      const [ownPaths, ownClasses] = [paths.slice(from, to), classes.slice(from, to)];
      maps.push(
        ...(await resultCache.once(`${method.id}-seed${seed}-from${from}`, [network.name, size, ownClasses], () =>
          mapsOfNetwork(network, ownPaths, ownClasses, size),
        )),
      );
      tell(`Grad-CAM of ${method.of}, seed ${seed}`, to, paths.length);
    }
    seeds.push(withMaps(one, test, maps));
  }
  return { choice: explained.choice, grid: explained.grid, seeds };
}
