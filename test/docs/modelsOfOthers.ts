/** Models as others would bring them, small and without training: of PyTorch, of Keras, and a GraphModel. */
import * as tfl from '@tensorflow/tfjs-layers';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resnetDesigns } from '../../src/backbones/networks/resnet.js';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import { fileHandler } from '../../src/node/models/fileHandler.js';
import { startRuntime } from '../../src/node/runtime/startRuntime.js';
import { weightsFor } from '../src/backbones/weightsFor.js';
import { classifierGraph } from '../src/models/handBuiltGraph.js';

/** Finite numbers that a network carries through: scales around one, kernels around zero. */
function value(name: string, i: number): number {
  return /running_var|bn\d?\.weight/.test(name) ? 0.5 + (i % 7) / 7 : ((i * 37 + name.length) % 101) / 2000 - 0.025;
}

async function keras(folder: string): Promise<void> {
  const model = tfl.sequential();
  model.add(tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu', inputShape: [64, 64, 3] }));
  model.add(tfl.layers.globalAveragePooling2d({}));
  model.add(tfl.layers.dense({ units: 3, activation: 'softmax' }));
  await model.save(fileHandler(folder));
  model.dispose();
}

/** Puts `resnet18.safetensors`, `keras-model/` with its `recipe.json`, and `graph-model/` into a folder. */
export async function bringModels(folder: string): Promise<void> {
  await startRuntime({ backend: 'cpu' });
  const weights = weightsFor(resnetDesigns.get('resnet18')!, { include: 'classifier', classes: 5 }, value);
  const tensors = [...weights.shapes].map(([name, shape]) => ({
    name,
    shape,
    values: weights.read(name) as Float32Array,
  }));
  writeFileSync(join(folder, 'resnet18.safetensors'), encodeSafetensors(tensors));
  await keras(join(folder, 'keras-model'));
  const recipe = {
    classNames: ['ripe', 'unripe', 'none'],
    input: { colorOrder: 'rgb', scale: 1 / 127.5, offset: -1 },
    resize: { rule: 'warp', size: 64 },
  };
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
  const graph = await classifierGraph();
  await graph.save(fileHandler(join(folder, 'graph-model')));
  graph.dispose();
}
