import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expectedInWords } from '../../errors.js';
import { featuresAt } from '../../models/attachWeldon.js';
import { convolutionalize, headIsExact } from '../../models/convolutionalize.js';
import { forwardPass, frozenValues } from '../../models/forward.js';
import { layerGraph } from '../../models/layerGraph.js';
import { readRecipe } from '../../models/recipeMetadata.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import type { FrozenOutput, FrozenPass } from '../../models/frozenPass.js';
import { endsInClassMaps } from '../../models/readOutModel.js';
import { modelOnEngine } from '../../training/featureStore.js';
import { hashOfModel, hashUpTo } from '../../training/hashOfModel.js';
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
  /** whether the pass gives the model's class maps, too; a model that ends in a dense layer is convolutionalized */
  maps?: boolean;
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

/** @throws WeldonError for a model that has none */
function withClassMaps(own: tfl.LayersModel, path: string): tfl.LayersModel {
  if (endsInClassMaps(own)) {
    return own;
  }
  if (!headIsExact(own)) {
    own.dispose();
    throw expectedInWords(
      `the model ${path} for its class maps`,
      'one that has them',
      'one with layers behind its pooling',
    );
  }
  return convolutionalize(own);
}

function hashOfMaps(model: tfl.LayersModel): Promise<string> {
  const graph = layerGraph(model);
  return hashUpTo(graph, frozenValues(graph).maps!);
}

/**
 * Loads a network to compute features with.
 *
 * @throws WeldonError if it cannot be loaded, has no such layer, or neither carries nor is given how it takes images
 *
 * @example
 * const network = await openFrozenNetwork();
 * const { hits } = await searchImages(catalogue, network.pass, { image: await readSearchImage('room.jpg') });
 * await network.dispose();
 */
export async function openFrozenNetwork(options: FrozenNetworkOptions = {}): Promise<FrozenNetwork> {
  checkKeys(options, 'folder layer input engine maps threads notice', 'openFrozenNetwork');
  const { folder, layer: asked, input, engine, maps = false, threads, notice } = options;
  const loaded = await loadModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel');
  }
  const model = maps ? withClassMaps(loaded.model, loaded.path) : loaded.model;
  const disposeModels = () => new Set([model, loaded.model]).forEach((each) => void each.dispose());
  try {
    const recipe = readRecipe(model, { classNames: ['any'], resize: { rule: 'warp', size: 224 }, input });
    const layer = asked ?? lastSpatialLayer(model);
    const frozen = frozenPart(model, layer);
    const hash = maps ? await hashOfMaps(model) : await hashOfModel(model, layer);
    const outputs: readonly FrozenOutput[] = maps ? ['features', 'maps'] : ['features'];
    const spec = { model, outputs, layer, input: recipe.input, hash, threads };
    const pass =
      (await openPass(engine, spec, notice)) ??
      (maps ? forwardPass(model, { outputs, layer, input: recipe.input }) : featurePass(model, layer, recipe.input));
    return {
      model,
      layer,
      pass,
      modelHash: hash,
      hash: modelOnEngine(hash, pass.name),
      input: recipe.input,
      run: (images) => runLower(frozen, images) as tf.Tensor4D,
      async dispose() {
        disposeModels();
        await pass.dispose();
      },
    };
  } catch (error) {
    disposeModels();
    throw error;
  }
}
