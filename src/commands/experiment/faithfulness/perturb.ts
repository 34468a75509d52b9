import * as tf from '@tensorflow/tfjs-core';
import { classHeatmaps } from '../../../heatmaps/classHeatmaps.js';
import { gradCam } from '../../../heatmaps/gradCam.js';
import { argmax } from '../../../metrics/checkScores.js';
import { AverageDrop } from '../../../metrics/faithfulness/averageDrop.js';
import { DeletionInsertionMetric } from '../../../metrics/faithfulness/deletionInsertion.js';
import type { ExplainedImage, ProbabilityModel } from '../../../metrics/faithfulness/perturbedImages.js';
import type { NumberArray, PixelBatch } from '../../../models/frozenPass.js';
import { prepareImages } from '../../../models/prepareImages.js';
import { readRecipe } from '../../../models/recipeMetadata.js';
import type { RecipeParts } from '../../../models/recipeMetadata.js';
import { openFrozenNetwork } from '../../../node/features/frozenNetwork.js';
import type { FrozenEngine } from '../../../node/runtime/frozenEngine.js';
import { openPass } from '../../../node/runtime/frozenEngine.js';
import { readForModel } from '../../../node/images/readForModel.js';
import { imageTensor, prepareImage } from '../../../node/loading/imageTask.js';
import { plainVariant } from '../../../training/augmentation/augmentation.js';
import { openSavedNetwork } from '../cache/savedModels.js';
import type { OpenHead } from '../cache/savedModels.js';
import { gradCamOfFeatures, putHead, runOnFeatures } from '../methods/gradCam.js';
import type { HeadOnDevice } from '../methods/gradCam.js';

/** What one image gave for one method; see `FaithfulnessOutcome`. */
export interface PerturbedImage {
  deletion: number;
  insertion: number;
  drop: number;
  increased: boolean;
}

/** Measures methods' maps by perturbing images. */
export interface Perturbation {
  /** one entry per method */
  score(path: string): Promise<PerturbedImage[]>;
  dispose(): void | Promise<void>;
}

/** Perturbs an image by a map of it, and asks the network of each of the 2 · steps + 1 versions. */
async function scoreMap(model: ProbabilityModel, explained: ExplainedImage, steps: number): Promise<PerturbedImage> {
  const { deletion, insertion } = await new DeletionInsertionMetric(model, { steps }).update(explained);
  const metric = new AverageDrop(model);
  await metric.update(explained);
  const { averageDrop, increase } = metric.summary();
  return { deletion, insertion, drop: averageDrop, increased: increase === 1 };
}

/** Heads on features of one frozen network, whose maps are measured. */
export interface HeadsSetup {
  /** folder of the network; default: the one of this package */
  folder?: string;
  layer: string;
  input?: RecipeParts['input'];
  /** images are warped to size × size pixels */
  size: number;
  multiLabel: boolean;
  steps: number;
  heads: { head: OpenHead; gradCam: boolean }[];
}

/** Class that a head takes an image for, how sure it is of it, and the map that says why. */
async function explain(
  device: HeadOnDevice,
  gradCam: boolean,
  features: tf.Tensor2D,
  regions: number,
  toProbabilities: (scores: tf.Tensor2D) => tf.Tensor2D,
): Promise<{ label: number; whole: number; data: Float32Array }> {
  const [sure, maps] = tf.tidy(() => {
    const run = runOnFeatures(device, features, regions);
    return [toProbabilities(run.scores), run.maps];
  });
  try {
    const [probabilities, values] = await Promise.all([sure.data(), maps.data()]);
    const { classes } = device.head;
    const label = argmax(probabilities, 0, classes);
    const whole = probabilities[label];
    if (!gradCam) {
      return { label, whole, data: Float32Array.from({ length: regions }, (_, r) => values[r * classes + label]) };
    }
    const map = gradCamOfFeatures(device, features, regions, [label]);
    try {
      return { label, whole, data: (await map.data()) as Float32Array };
    } finally {
      map.dispose();
    }
  } finally {
    tf.dispose([sure, maps]);
  }
}

/**
 * Opens the network to run it on perturbed images. Each method's map of the class that it takes the image for is measured
 * by what becomes of that class: 2 · steps + 1 perturbed images a method.
 *
 * @throws WeldonError if the network cannot be loaded
 */
async function openHeadsPerturbation(
  { folder, layer, input, size, multiLabel, steps, heads }: HeadsSetup,
  engine: FrozenEngine | undefined,
): Promise<Perturbation> {
  const network = await openFrozenNetwork({ folder, layer, input });
  // Images are perturbed as the network takes them, so that nothing is left to be scaled.
  const asTaken = { colorOrder: 'rgb' as const, scale: 1, offset: 0 };
  const pass = await openPass(engine, { model: network.model, outputs: ['features'], layer, input: asTaken });
  const devices = heads.map(({ head }) => putHead(head));
  const toProbabilities = (scores: tf.Tensor2D) => (multiLabel ? tf.sigmoid(scores) : tf.softmax(scores));
  const featuresOf = async (images: tf.Tensor4D) => {
    const flat = (features: tf.Tensor4D) => {
      const [batch, high, wide, depth] = features.shape;
      return { features: tf.reshape(features, [batch * high * wide, depth]) as tf.Tensor2D, high, wide };
    };
    if (pass === null) {
      return tf.tidy(() => flat(network.run(images)));
    }
    const data = (await images.data()) as Float32Array;
    const found = (await pass.run({ data, shape: images.shape as PixelBatch['shape'] })).features as NumberArray;
    return tf.tidy(() => flat(tf.tensor4d(found.data, found.shape as PixelBatch['shape'])));
  };
  return {
    async score(path) {
      const task = { path, rule: { rule: 'warp' as const, size }, input: network.input, variant: plainVariant };
      const prepared = await prepareImage(task);
      const images = imageTensor([prepared], [task]);
      const image = tf.squeeze(images, [0]) as tf.Tensor3D;
      const held: tf.Tensor[] = [images, image];
      const found: PerturbedImage[] = [];
      try {
        const { features, high, wide } = await featuresOf(images);
        held.push(features);
        for (const [i, device] of devices.entries()) {
          const { label, whole, data } = await explain(
            device,
            heads[i].gradCam,
            features,
            high * wide,
            toProbabilities,
          );
          const model = async (perturbed: tf.Tensor4D) => {
            const { features: changed } = await featuresOf(perturbed);
            try {
              return tf.tidy(() => toProbabilities(runOnFeatures(device, changed, high * wide).scores));
            } finally {
              changed.dispose();
            }
          };
          const explained = { image, map: { data, rows: high, columns: wide }, label, whole };
          found.push(await scoreMap(model, explained, steps));
        }
        return found;
      } finally {
        tf.dispose(held);
      }
    },
    async dispose() {
      await pass?.dispose();
      await network.dispose();
      devices.forEach(({ kernel, bias }) => tf.dispose([kernel, bias]));
    },
  };
}

/** A trained network, whose maps are measured. */
export interface NetworkSetup {
  /** folder of the network, which gives probabilities and carries its recipe */
  network: string;
  /** whether its maps are those of Grad-CAM, not its own */
  gradCam: boolean;
  /** images are warped to size × size pixels */
  size: number;
  steps: number;
}

/**
 * Opens a trained network to run it on perturbed images. Its map of the class that it takes an image for is measured by
 * what becomes of that class.
 *
 * @throws WeldonError if the network cannot be loaded
 */
async function openNetworkPerturbation({
  network,
  gradCam: byGradient,
  size,
  steps,
}: NetworkSetup): Promise<Perturbation> {
  const model = await openSavedNetwork(network);
  const read = byGradient ? gradCam : classHeatmaps;
  return {
    async score(path) {
      const {
        input: { pixels: data, width, height },
      } = await readForModel(path, { rule: 'warp', size });
      const pixels = { data, width, height };
      const found = await read(model, pixels, { prepared: true, top: 1 });
      const [[{ index: label }]] = found.classes;
      const explained = { map: found.maps[0][0], label, whole: found.probabilities![0][label] };
      const image: tf.Tensor3D = tf.tidy(() =>
        tf.squeeze(prepareImages(pixels, readRecipe(model), { prepared: true }), [0]),
      );
      try {
        return [await scoreMap(model, { image, ...explained }, steps)];
      } finally {
        image.dispose();
      }
    },
    dispose: () => {
      model.dispose();
    },
  };
}

/** What perturbing images needs to know; any thread may do it. */
export type PerturbationSetup = HeadsSetup | NetworkSetup;

/** @throws WeldonError if the network cannot be loaded */
export function openPerturbation(setup: PerturbationSetup, engine?: FrozenEngine): Promise<Perturbation> {
  return 'network' in setup ? openNetworkPerturbation(setup) : openHeadsPerturbation(setup, engine);
}
