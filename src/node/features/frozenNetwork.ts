import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { featuresAt } from '../../models/attachWeldon.js';
import { layerGraph } from '../../models/layerGraph.js';
import { readRecipe } from '../../models/recipeMetadata.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import { modelOnEngine } from '../../training/featureStore.js';
import { hashOfModel } from '../../training/hashOfModel.js';
import { runLower } from '../../training/trainingGraph.js';
import { embeddedModelFolder } from '../packageRoot.js';
import { loadModel } from '../models/loadModel.js';
import type { Notice } from '../notice.js';
import type { FrozenEngine } from '../runtime/frozenEngine.js';
import { openPass } from '../runtime/frozenEngine.js';
import { featurePass, frozenPart } from './featureNetwork.js';

/** A network of which one layer's output is wanted. */
export interface FrozenNetwork {
  model: tfl.LayersModel;
  input: ModelRecipe['input'];
  layer: string;
  /** gives the layer's features of raw pixels, on the engine that was asked for or on tfjs */
  pass: FrozenPass;
  /** of the network up to the layer; see `hashOfModel` */
  modelHash: string;
  /** what the layer's features are cached under; see `modelOnEngine` */
  hash: string;
  /** the layer's output, `[batch, rows, columns, depth]`, for inputs that are scaled already; the caller disposes it */
  run(images: tf.Tensor4D): tf.Tensor4D;
  dispose(): Promise<void>;
}

export interface FrozenNetworkOptions {
  /** folder of a LayersModel; default: the EfficientNet-Lite0 of this package */
  folder?: string;
  /** default: the backbone's last spatial output */
  layer?: string;
  /** what a model that carries no recipe needs to be told */
  input?: RecipeParts['input'];
  /** where it runs; default: the active backend of tfjs */
  engine?: FrozenEngine;
  /** threads of the engine at most */
  threads?: number;
  /** told why a network does not run on the engine */
  notice?: Notice;
}

function lastSpatialLayer(model: tfl.LayersModel): string {
  const { step } = featuresAt(layerGraph(model), undefined);
  if (step === null) {
    throw expectedInWords(`model ${model.name}`, 'one with layers before its pooling', 'one that pools its input');
  }
  return step.layer.name;
}

/**
 * Loads a network to compute features with.
 *
 * @throws WeldonError if it cannot be loaded, has no such layer, or neither carries nor is given how it takes images
 */
export async function openFrozenNetwork({
  folder,
  layer: asked,
  input,
  engine,
  threads,
  notice,
}: FrozenNetworkOptions): Promise<FrozenNetwork> {
  const loaded = await loadModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel');
  }
  const { model } = loaded;
  try {
    const recipe = readRecipe(model, { classNames: ['any'], resize: { rule: 'warp', size: 224 }, input });
    const layer = asked ?? lastSpatialLayer(model);
    const frozen = frozenPart(model, layer);
    const hash = await hashOfModel(model, layer);
    const spec = { model, outputs: ['features'] as const, layer, input: recipe.input, hash, threads };
    const pass = (await openPass(engine, spec, notice)) ?? featurePass(model, layer, recipe.input);
    return {
      model,
      layer,
      pass,
      modelHash: hash,
      hash: modelOnEngine(hash, pass.name),
      input: recipe.input,
      run: (images) => runLower(frozen, images) as tf.Tensor4D,
      async dispose() {
        model.dispose();
        await pass.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
