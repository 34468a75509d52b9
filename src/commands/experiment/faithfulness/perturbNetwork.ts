import * as tf from '@tensorflow/tfjs-core';
import { classHeatmaps, gradCam } from '../../../heatmaps/index.js';
import { prepareImages, readRecipe } from '../../../models/index.js';
import { readForModel } from '../../../node/images/index.js';
import { judgeMap } from './scoreMap.js';
import type { Altering } from './scoreMap.js';
import { openKeptNetwork } from '../cache/savedNetwork.js';

/** A trained network, whose maps are judged. */
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
 * Opens a trained network to run it on altered images. Its map of the class that it takes an image for is judged by
 * what becomes of that class.
 *
 * @throws WeldonError if the network cannot be loaded
 */
export async function openNetworkAltering({
  network,
  gradCam: byGradient,
  size,
  steps,
}: NetworkSetup): Promise<Altering> {
  const model = await openKeptNetwork(network);
  const read = byGradient ? gradCam : classHeatmaps;
  return {
    async measure(path) {
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
        return [await judgeMap(model, { image, ...explained }, steps)];
      } finally {
        image.dispose();
      }
    },
    dispose: () => {
      model.dispose();
    },
  };
}
