import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords, runningModel, WeldonError } from '../errors.js';
import { featuresAt } from './attachWeldon.js';
import { findClassMaps } from './classMaps.js';
import type { FrozenOutput, FrozenPass, NumberArray, PixelBatch } from './frozenPass.js';
import type { GraphValue, LayerGraph } from './layerGraph.js';
import { layerGraph, showShape } from './layerGraph.js';
import { connect } from './readOutModel.js';
import type { ModelRecipe } from './recipe.js';
import { recipeWith } from './recipeMetadata.js';
import { spatialAxes } from './spatialAxes.js';

/** A network as tfjs runs it. */
export interface TensorPass {
  outputs: readonly FrozenOutput[];
  /** what is done to raw pixels first */
  input: ModelRecipe['input'];
  /** scaled images `[batch, height, width, 3]` → the outputs, in their order; runs in a tidy scope */
  run(images: tf.Tensor4D): tf.Tensor[];
}

/** @throws WeldonError for numbers that are no pixels of this shape */
export function checkPixels({ data, shape }: PixelBatch, what: string): void {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (shape.length !== 4 || shape[3] !== 3 || size < 1 || data.length !== size) {
    throw expectedInWords(
      `the pixels for ${what}`,
      'numbers of shape [batch, height, width, 3]',
      `${data.length} for shape [${shape.join(', ')}]`,
    );
  }
}

/** A frozen pass on the active backend of tfjs, from whatever runs the tensors; it holds nothing of its own. */
export function tensorPass(network: TensorPass): FrozenPass {
  const { outputs, input } = network;
  const name = tf.getBackend();
  return {
    name,
    outputs,
    async run(batch) {
      checkPixels(batch, `the engine ${name}`);
      const results = tf.tidy(() => {
        const values = batch.data instanceof Float32Array ? batch.data : new Float32Array(batch.data);
        const pixels = tf.tensor4d(values, batch.shape);
        const ordered = input.colorOrder === 'bgr' ? tf.reverse(pixels, 3) : pixels;
        return network.run(tf.add(tf.mul(ordered, input.scale), input.offset));
      });
      try {
        const numbers = await Promise.all(results.map((tensor) => tensor.data() as Promise<Float32Array>));
        return Object.fromEntries(
          outputs.map((output, i): [FrozenOutput, NumberArray] => [
            output,
            { data: numbers[i], shape: [...results[i].shape] },
          ]),
        );
      } finally {
        tf.dispose(results);
      }
    },
    dispose: () => undefined,
  };
}

/** Options of {@link forwardPass}. */
export interface ForwardOptions {
  /** What the pass shall give. Default: all that the model has. */
  outputs?: readonly FrozenOutput[];
  /** Name of the layer whose output the features are. Default: the backbone's last spatial output. */
  layer?: string;
  /** How raw pixels are scaled, where the model carries no recipe, or in place of its own. */
  input?: ModelRecipe['input'];
}

/** Where a model's outputs are in its graph; without the name of a layer, the absence of features is no error. */
export function frozenValues(graph: LayerGraph, layer?: string): Partial<Record<FrozenOutput, GraphValue>> {
  const found: Partial<Record<FrozenOutput, GraphValue>> = {};
  try {
    found.features = featuresAt(graph, layer);
  } catch (error) {
    if (layer !== undefined || !(error instanceof WeldonError)) {
      throw error;
    }
  }
  const head = findClassMaps(graph);
  if (!('obstacle' in head)) {
    found.maps = head.maps;
    found.scores = head.scores;
    return found;
  }
  let [scores] = graph.outputs;
  while (scores.step !== null && ['Activation', 'Softmax'].includes(scores.step.layer.getClassName())) {
    [scores] = scores.step.inputs;
  }
  const { activation = 'linear' } = scores.step?.layer.getConfig() ?? {};
  if (scores.shape.length === 2 && (activation === 'linear' || activation === null)) {
    found.scores = scores;
  }
  return found;
}

/**
 * The tfjs form of a {@link FrozenPass}: a model's features, class maps and scores on the active backend, from raw pixels.
 * It shares the model's layers and ends with it: disposing the pass leaves the model as it is.
 *
 * @param model one image as input
 * @throws WeldonError for a model with several inputs, a layer or an output that it does not have, or a recipe without the
 *   input's scaling
 *
 * @example
 * const pass = forwardPass(model, { outputs: ['features'] });
 * const { features } = await pass.run({ data: pixels, shape: [1, 320, 320, 3] });
 * features.shape; // [1, 10, 10, 1280]
 */
export function forwardPass(model: tfl.LayersModel, options: ForwardOptions = {}): FrozenPass {
  const graph = layerGraph(model);
  const [entry] = graph.inputs;
  if (graph.inputs.length !== 1 || entry.shape.length !== 4) {
    throw expectedInWords(
      `model ${model.name}`,
      'one that takes one image',
      `${graph.inputs.length} inputs, the first of shape ${showShape(entry.shape)}`,
    );
  }
  const found = frozenValues(graph, options.layer);
  const outputs = options.outputs ?? (Object.keys(found) as FrozenOutput[]);
  const missing = outputs.find((output) => found[output] === undefined);
  if (missing !== undefined) {
    throw expectedInWords(`model ${model.name}`, `one that gives ${missing}`, `one without: see convolutionalize`);
  }
  const { input } = recipeWith(model, options.input === undefined ? {} : { input: options.input }, ['input']);
  const values = outputs.map((output) => found[output] as GraphValue);
  const view = tfl.model({ ...connect(model, graph, values), name: `${model.name}_forward` });
  const axes = spatialAxes(graph);
  const isFirst = (value: GraphValue) => axes.get(value)?.row === 2;
  return tensorPass({
    outputs,
    input: input as ModelRecipe['input'],
    run: (images) => {
      const x = isFirst(entry) ? tf.transpose(images, [0, 3, 1, 2]) : images;
      const results = [
        runningModel(model.name, () => view.predict(x, { batchSize: x.shape[0] }) as tf.Tensor | tf.Tensor[]),
      ].flat();
      return results.map((tensor, i) => (isFirst(values[i]) ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor));
    },
  });
}
