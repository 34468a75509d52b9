/** A network and a data set that train in milliseconds. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import { randomBits } from '../../../src/random.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import type { WeldonHeadConfig } from '../../../src/models/weldonHead.js';
import type { TrainingData } from '../../../src/training/trainingData.js';
import { arrayData } from '../../../src/training/trainingData.js';
import type { BackendName } from '../../tolerances.js';
import type { PutBack } from '../../kernels/gradients/keepStockKernels.js';
import { keepStockKernels } from '../../kernels/gradients/keepStockKernels.js';
import { chain, seedWeights } from '../models/smallModels.js';

export const classes = 3;

/** Stem, batch normalisation, two more convolutions; 8 × 8 → 4 × 4 places. */
export function toyBackbone(): tfl.LayersModel {
  const image = tfl.input({ shape: [8, 8, 2], name: 'image' });
  const features = chain(
    image,
    tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', useBias: false, name: 'stem' }),
    tfl.layers.batchNormalization({ name: 'stem_bn' }),
    tfl.layers.reLU({ name: 'stem_relu' }),
    tfl.layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu', name: 'middle' }),
    tfl.layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu', name: 'top' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: features, name: 'toy' }), 5, 0.5);
}

/** The backbone with a WELDON head; the same weights at every call. */
export function toyModel(head: Partial<WeldonHeadConfig> = {}): tfl.LayersModel {
  const backbone = toyBackbone();
  const model = attachWeldon(backbone, { classes, kMax: 0.25, seed: 3, ...head });
  backbone.dispose();
  return model;
}

/** Noise with a bright patch at a random place; the class is the patch's texture. */
export function toyImages(count: number, seed = 1): { images: Float32Array; labels: number[] } {
  const draw = randomBits(seed);
  const random = () => draw() / 2 ** 32;
  const images = Float32Array.from({ length: count * 128 }, () => 0.3 * random());
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  labels.forEach((label, i) => {
    const top = Math.floor(random() * 5);
    const left = Math.floor(random() * 5);
    for (let y = top; y < top + 4; y++) {
      for (let x = left; x < left + 4; x++) {
        const bright = label === 0 || (label === 1 ? x : y) % 2 === 0;
        images[i * 128 + (y * 8 + x) * 2] += bright ? 1 : -1;
        images[i * 128 + (y * 8 + x) * 2 + 1] += label === 0 ? -1 : 1;
      }
    }
  });
  return { images, labels };
}

export function toyData({ count = 12, batchSize = 4, seed = 1 } = {}): TrainingData {
  const { images, labels } = toyImages(count, seed);
  const keys = labels.map((_, i) => ({ image: `${seed}/${i}`, preprocessing: 'none' }));
  return arrayData({ images, imageShape: [8, 8, 2], labels, batchSize, keys });
}

/** All weights of a model, layer by layer: `layer/index` to values. */
export function weightValues(model: tfl.LayersModel): Record<string, number[]> {
  return Object.fromEntries(
    model.layers.flatMap((layer) =>
      layer.weights.map((weight, i) => [`${layer.name}/${i}`, [...weight.read().dataSync()]]),
    ),
  );
}

/** Registers the gradient kernels for wasm, and puts the backend's own back after the surrounding group. */
export function tidyGradientKernels(backend: BackendName): void {
  let registered: string[] = [];
  let putBack: PutBack;
  before(() => {
    putBack = keepStockKernels();
    registered = backend === 'wasm' ? registerGradientKernels() : [];
  });
  after(() => {
    registered.forEach((name) => tf.unregisterKernel(name, 'wasm'));
    putBack();
  });
}
