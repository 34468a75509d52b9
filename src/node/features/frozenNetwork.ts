import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { readRecipe } from '../../models/recipeMetadata.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { hashOfModel } from '../../training/hashOfModel.js';
import { runLower } from '../../training/trainingGraph.js';
import { embeddedModelFolder } from '../packageRoot.js';
import { loadModel } from '../models/loadModel.js';
import { frozenPart } from './featureNetwork.js';

/** A network of which one layer's output is wanted. */
export interface FrozenNetwork {
  model: tfl.LayersModel;
  input: ModelRecipe['input'];
  layer: string;
  /** what the layer's features are cached under; see `hashOfModel` */
  hash: string;
  /** the layer's output, `[batch, rows, columns, depth]`, for inputs that are scaled already; the caller disposes it */
  run(images: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

export interface FrozenNetworkOptions {
  /** folder of a LayersModel; default: the EfficientNet-Lite0 of this package */
  folder?: string;
  layer: string;
  /** what a model that carries no recipe needs to be told */
  input?: RecipeParts['input'];
}

/**
 * Loads a network to compute features with.
 *
 * @throws WeldonError if it cannot be loaded, has no such layer, or neither carries nor is given how it takes images
 */
export async function openFrozenNetwork({ folder, layer, input }: FrozenNetworkOptions): Promise<FrozenNetwork> {
  const loaded = await loadModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel');
  }
  const { model } = loaded;
  try {
    const recipe = readRecipe(model, { classNames: ['any'], resize: { rule: 'warp', size: 224 }, input });
    const frozen = frozenPart(model, layer);
    return {
      model,
      layer,
      hash: await hashOfModel(model, layer),
      input: recipe.input,
      run: (images) => runLower(frozen, images) as tf.Tensor4D,
      dispose: () => {
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
