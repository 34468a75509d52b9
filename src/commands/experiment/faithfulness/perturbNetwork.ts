import * as tf from '@tensorflow/tfjs-core';
import { classHeatmaps, gradCam } from '../../../heatmaps/index.js';
import { prepareImages, readRecipe } from '../../../models/index.js';
import { readForModel } from '../../../node/images/index.js';
import { scoreMap } from './scoreMap.js';
import type { Perturbation } from './scoreMap.js';
import { openSavedNetwork } from '../cache/savedNetwork.js';

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
export async function openNetworkPerturbation({
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
