import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { layerOutput, readRecipe } from '../../models/index.js';
import type { ModelRecipe, RecipeParts } from '../../models/index.js';
import { embeddedModelFolder } from '../packageRoot.js';
import { loadModel } from '../models/loadModel.js';
import { hashOfModel } from '../../training/index.js';

/** A network of which some layers' outputs are wanted. */
export interface FrozenNetwork {
  model: tfl.LayersModel;
  input: ModelRecipe['input'];
  layers: readonly string[];
  /** what features of each layer are kept under; see `hashOfModel` */
  hashes: readonly string[];
  /** the layers' outputs, `[batch, rows, columns, depth]` each, for inputs that are scaled already */
  run(images: tf.Tensor4D): tf.Tensor4D[];
  dispose(): void;
}

export interface FrozenNetworkOptions {
  /** folder of a LayersModel; default: the EfficientNet-Lite0 of this package */
  folder?: string;
  layers: readonly string[];
  /** what a model that carries no recipe needs to be told */
  input?: RecipeParts['input'];
}

/**
 * Loads a network to read features from.
 *
 * @throws WeldonError if it cannot be loaded, has no such layer, or neither carries nor is given how it takes images
 */
export async function openFrozenNetwork({ folder, layers, input }: FrozenNetworkOptions): Promise<FrozenNetwork> {
  const loaded = await loadModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel');
  }
  const { model } = loaded;
  try {
    const recipe = readRecipe(model, { classNames: ['any'], resize: { rule: 'warp', size: 224 }, input });
    const read = tfl.model({ inputs: model.inputs, outputs: layers.map((layer) => layerOutput(model, layer)) });
    const hashes = await Promise.all(layers.map((layer) => hashOfModel(model, layer)));
    return {
      model,
      layers,
      hashes,
      input: recipe.input,
      run: (images) => {
        const outputs = read.predictOnBatch(images) as tf.Tensor4D | tf.Tensor4D[];
        return Array.isArray(outputs) ? outputs : [outputs];
      },
      // The second model has the first one's layers and none of its own.
      dispose: () => {
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
