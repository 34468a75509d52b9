/** A network of one convolution and WELDON pooling, with everything that commands ask of a model. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { fileHandler } from '../../../src/node/models/fileHandler.js';

/** Saves it to a folder. Its classes are the main colours, and its regions every second pixel from 3 × 3 on. */
export async function writeTinyModel(folder: string): Promise<void> {
  await tf.setBackend('cpu');
  const pixels = tfl.input({ shape: [null, null, 3] });
  const features = tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, name: 'features' });
  const backbone = tfl.model({ inputs: pixels, outputs: features.apply(pixels) as tfl.SymbolicTensor });
  const steps = (shape: number[]) =>
    tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i % 7) - 3) / 9),
      shape,
    );
  features.setWeights([steps([3, 3, 3, 4]), tf.zeros([4])]);
  const model = attachWeldon(backbone, {
    classes: ['red', 'green', 'blue'],
    kMax: 2,
    recipe: {
      name: 'tiny',
      input: { colorOrder: 'rgb', scale: 1 / 127.5, offset: -1 },
      resize: { rule: 'warp', size: 32 },
    },
  });
  model.getLayer('class_maps').setWeights([steps([4, 3]), tf.zeros([3])]);
  await model.save(fileHandler(folder));
  model.dispose();
  backbone.dispose();
}
