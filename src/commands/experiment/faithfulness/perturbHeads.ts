import * as tf from '@tensorflow/tfjs-core';
import { argmax } from '../../../metrics/checkScores.js';
import type { RecipeParts } from '../../../models/index.js';
import { imageTensor, prepareImage } from '../../../node/loading/imageTask.js';
import { plainVariant } from '../../../training/augmentation/index.js';
import { openFrozenNetwork } from '../../../node/features/frozenNetwork.js';
import { gradCamOfFeatures, putHead, runOnFeatures } from '../methods/gradCam.js';
import type { HeadOnDevice } from '../methods/gradCam.js';
import { scoreMap } from './scoreMap.js';
import type { PerturbedImage, Perturbation } from './scoreMap.js';
import type { OpenHead } from '../cache/savedHead.js';

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
 * by what becomes of that class: 2 · steps + 1 altered images a row.
 *
 * @throws WeldonError if the network cannot be loaded
 */
export async function openHeadsPerturbation({
  folder,
  layer,
  input,
  size,
  multiLabel,
  steps,
  heads,
}: HeadsSetup): Promise<Perturbation> {
  const network = await openFrozenNetwork({ folder, layer, input });
  const devices = heads.map(({ head }) => putHead(head));
  const toProbabilities = (scores: tf.Tensor2D) => (multiLabel ? tf.sigmoid(scores) : tf.softmax(scores));
  const featuresOf = (images: tf.Tensor4D) => {
    const features = network.run(images);
    const [batch, high, wide, depth] = features.shape;
    return { features: tf.reshape(features, [batch * high * wide, depth]) as tf.Tensor2D, high, wide };
  };
  return {
    async score(path) {
      const task = { path, rule: { rule: 'warp' as const, size }, input: network.input, variant: plainVariant };
      const prepared = await prepareImage(task);
      const { image, features, high, wide } = tf.tidy(() => {
        const images = imageTensor([prepared], [task]);
        return { image: tf.squeeze(images, [0]) as tf.Tensor3D, ...featuresOf(images) };
      });
      const found: PerturbedImage[] = [];
      try {
        for (const [i, device] of devices.entries()) {
          const { label, whole, data } = await explain(
            device,
            heads[i].gradCam,
            features,
            high * wide,
            toProbabilities,
          );
          const model = (perturbed: tf.Tensor4D) =>
            tf.tidy(() => toProbabilities(runOnFeatures(device, featuresOf(perturbed).features, high * wide).scores));
          const explained = { image, map: { data, rows: high, columns: wide }, label, whole };
          found.push(await scoreMap(model, explained, steps));
        }
        return found;
      } finally {
        tf.dispose([image, features]);
      }
    },
    dispose() {
      network.dispose();
      devices.forEach(({ kernel, bias }) => tf.dispose([kernel, bias]));
    },
  };
}
