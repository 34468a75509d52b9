import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { mixSeeds, randomBits } from '../../random.js';

/** Normally distributed numbers from a seed (Box and Muller). */
function normalNumbers(count: number, deviation: number, seed: number): Float32Array {
  const draw = randomBits(seed);
  const unit = () => (draw() + 0.5) / 2 ** 32;
  return Float32Array.from(
    { length: count },
    () => deviation * Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()),
  );
}

/**
 * Gives a network's convolutions the initial weights that a seed decides, the same on every backend, so that training from
 * scratch can be repeated. He et al., ICCV 2015: deviation √(2 / inputs of one unit).
 */
export function drawInitialWeights(model: tfl.LayersModel, seed: number): void {
  model.layers.forEach((layer, number) => {
    const depthwise = layer.getClassName() === 'DepthwiseConv2D';
    if (!depthwise && layer.getClassName() !== 'Conv2D') {
      return;
    }
    tf.tidy(() => {
      const [kernel, ...others] = layer.getWeights();
      const [height, width, channels] = kernel.shape;
      const inputs = height * width * (depthwise ? 1 : (channels as number));
      const values = normalNumbers(kernel.size, Math.sqrt(2 / inputs), mixSeeds(seed, number));
      layer.setWeights([tf.tensor(values, kernel.shape), ...others]);
    });
  });
}
