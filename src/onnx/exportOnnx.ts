import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords, nearestNames } from '../errors.js';
import { featuresAt } from '../models/attachWeldon.js';
import { layerThatPinsTheSize } from '../models/inputSize.js';
import type { GraphValue, LayerGraph, LayerStep } from '../models/layerGraph.js';
import { layerGraph, stepsFor } from '../models/layerGraph.js';
import type { RecipeParts } from '../models/recipeMetadata.js';
import { recipeWith } from '../models/recipeMetadata.js';
import { poolsWholeMap, spatialAxes } from '../models/spatialAxes.js';
import type { WeightPrecision } from './graphBuilder.js';
import { GraphBuilder } from './graphBuilder.js';
import type { Weight, Weights } from './layerContext.js';
import { LayerContext } from './layerContext.js';
import { checkLayers, exportLayer } from './layers/layerTable.js';
import { ModelEdge } from './modelEdge.js';
import { checkOutputs, modelEnds, usualOutputs, valueOf } from './modelEnds.js';
import { modelFile } from './modelFile.js';
import type { OnnxOutput } from './outputNames.js';
import { opsets, outputNames } from './outputNames.js';

export interface ExportOnnxOptions {
  /** Version of ONNX's operators, 17 to 23. Default 17, which every runtime of today takes. */
  opset?: number;
  /** Default: `scores`, `probabilities` and `class_maps`, as far as the model has them; for a network without head `features`. */
  outputs?: readonly OnnxOutput[];
  /** How kernels are stored. `'float16'` halves the file; runtimes turn them to float32 when they load it. Default `'float32'`. */
  weights?: WeightPrecision;
  /**
   * Whether the recipe's scaling is part of the file, which then takes raw RGB pixels, 0–255. Without, it takes what the
   * model takes. Default true.
   */
  scaling?: boolean;
  /** Layer whose output the `features` are. Default: what the head takes. */
  layer?: string;
  /** Parts of the recipe that the model lacks, or that replace its own. */
  recipe?: RecipeParts;
  /** Told in a sentence of a usual output that the model does not have. */
  onNotice?: (sentence: string) => void;
}

function checkOptions(options: ExportOnnxOptions): void {
  checkKeys(options, 'opset outputs weights scaling layer recipe onNotice', 'exportOnnx');
  const { opset = opsets.oldest, weights = 'float32', scaling = true, outputs } = options;
  if (!Number.isInteger(opset) || opset < opsets.oldest || opset > opsets.newest) {
    throw expected('opset for exportOnnx', `a whole number from ${opsets.oldest} to ${opsets.newest}`, opset);
  }
  if (weights !== 'float32' && weights !== 'float16') {
    throw expected('weights for exportOnnx', "'float32' or 'float16'", weights);
  }
  if (typeof scaling !== 'boolean') {
    throw expected('scaling for exportOnnx', 'true or false', scaling);
  }
  if (options.layer !== undefined && outputs?.includes('features') !== true) {
    throw expected('layer for exportOnnx', "absent without 'features' among the outputs", options.layer);
  }
  if (outputs === undefined) {
    return;
  }
  if (!Array.isArray(outputs) || outputs.length === 0 || new Set(outputs).size < outputs.length) {
    throw expected('outputs for exportOnnx', `some of ${outputNames.join(', ')}, each once`, outputs);
  }
  for (const output of outputs as readonly string[]) {
    if (!(outputNames as readonly string[]).includes(output)) {
      throw expectedInWords(
        'outputs for exportOnnx',
        `some of ${outputNames.join(', ')}`,
        `${JSON.stringify(output)}${nearestNames(String(output), outputNames)}`,
      );
    }
  }
}

function checkModel(model: tfl.LayersModel): LayerGraph {
  if (!(model instanceof tfl.LayersModel)) {
    throw expectedInWords(
      'the model for exportOnnx',
      'a LayersModel',
      'executeAsync' in (model as object)
        ? 'a GraphModel, whose layers cannot be read'
        : `a value of type ${typeof model}`,
    );
  }
  const graph = layerGraph(model);
  if (graph.inputs.length !== 1) {
    throw expectedInWords(
      `model ${model.name}`,
      'one with one input, without a mask of valid instances',
      `one with ${graph.inputs.length} inputs`,
    );
  }
  if (graph.outputs.length !== 1) {
    throw expectedInWords(`model ${model.name}`, 'one with one output', `one with ${graph.outputs.length}`);
  }
  const [{ tensor }] = graph.inputs;
  if (tensor.dtype !== 'float32') {
    throw expectedInWords(`the input of model ${model.name}`, 'float32', tensor.dtype);
  }
  return graph;
}

function weightTensor(modelName: string, weight: tfl.LayerVariable) {
  try {
    return weight.read();
  } catch {
    throw expectedInWords(`model ${modelName}`, 'one with its weights', 'a disposed one');
  }
}

/** All weights of some layers, read from the backend, at once. */
async function readWeights(modelName: string, steps: readonly LayerStep[]): Promise<Map<tfl.layers.Layer, Weights>> {
  const layers = [...new Set(steps.map(({ layer }) => layer))];
  const read = async (layer: tfl.layers.Layer): Promise<[tfl.layers.Layer, Weights]> => {
    const named = layer.weights.map(async (weight): Promise<[string, Weight]> => {
      const tensor = weightTensor(modelName, weight);
      const name = weight.originalName.split('/').at(-1) as string;
      return [name, { values: (await tensor.data()) as Float32Array, shape: tensor.shape }];
    });
    return [layer, Object.fromEntries(await Promise.all(named))];
  };
  return new Map(await Promise.all(layers.map(read)));
}

/** Whether the size of the images is up to the caller: what `convolutionalize` and `attachWeldon` call free. */
function isFree(graph: LayerGraph, values: GraphValue[]): boolean {
  return (
    spatialAxes(graph).has(graph.inputs[0]) &&
    layerThatPinsTheSize(graph, values) === null &&
    !stepsFor(graph, values).some(
      (step) => poolsWholeMap(step) || step.layer.getClassName() === 'AdaptiveAveragePooling2D',
    )
  );
}

/** The recipe as text, for whoever has nothing but the file. */
function metadata(recipe: RecipeParts, scaled: boolean, isImage: boolean): Record<string, string> {
  const pixels = `raw pixels 0-255, RGB; the recipe's scaling is inside`;
  return {
    ...(isImage ? { input: scaled ? pixels : "pixels in the recipe's colour order, with its scaling applied" } : {}),
    recipe: JSON.stringify({ version: 1, ...recipe }),
    ...(recipe.classNames === undefined ? {} : { class_names: JSON.stringify(recipe.classNames) }),
    ...(recipe.license === undefined ? {} : { license: recipe.license }),
    ...(recipe.source === undefined ? {} : { source: recipe.source }),
  };
}

/**
 * Writes a model as an ONNX file, with its scores, its class maps and more as named outputs.
 *
 * The file takes `images`, float32 `[batch, rows, columns, 3]` (channels last, as the model), raw RGB pixels 0–255 with
 * the recipe's colour order and scaling inside; batch, rows and columns are free wherever the layers allow it. Models of
 * bags and volumes take `bags` and `volumes`. Resizing an image is the caller's business; the recipe, the class names,
 * licence and source are in the file's metadata.
 *
 * Scores are those of the model to float32 rounding. A share of the regions is rounded half to even in double; a count
 * above the regions means all of them; equal values are taken by the lower index (onnxruntime on CPUs). A NaN in a map
 * makes its score NaN where top regions count. Weights are read with `data()`, so that any backend will do, WebGPU too.
 *
 * @returns the file's bytes
 * @throws WeldonError for what has no form in ONNX: a GraphModel, several inputs or outputs, masked bags, a layer that is
 *   named with those that can be exported, adaptive pooling of maps of any size, a file of 2 GB; for an opset out of
 *   range, an output that the model does not have, and for images without a recipe that says how they are scaled
 *
 * @example
 * const bytes = await exportOnnx(convolutionalize(model), { outputs: ['scores', 'class_maps'] });
 *
 * Source: ONNX operators and file format, https://onnx.ai/onnx/operators.
 */
export async function exportOnnx(
  model: tfl.LayersModel,
  options: ExportOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(options);
  const { opset = opsets.oldest, weights = 'float32', scaling = true, layer, onNotice } = options;
  const graph = checkModel(model);
  const isImage = graph.inputs[0].shape.length === 4;
  const scaled = isImage && scaling;
  const recipe = recipeWith(model, options.recipe ?? {}, scaled ? ['input'] : []);
  const ends = modelEnds(graph, recipe.activation);
  const outputs = options.outputs ?? usualOutputs(ends);
  checkOutputs(model.name, ends, outputs);
  const features = () => featuresAt(graph, layer);
  const values = outputs.map((output) => valueOf(output, ends, features));
  const steps = stepsFor(graph, values);
  const builder = new GraphBuilder(opset, weights);
  checkLayers(new LayerContext(model.name, builder, new Map()), steps);
  const context = new LayerContext(model.name, builder, await readWeights(model.name, steps));

  const edge = new ModelEdge(context, graph, isFree(graph, values));
  outputs.forEach((output) => builder.unique(output));
  const inputs = [edge.input(scaled ? recipe.input : undefined)];
  for (const step of steps) {
    context.set(step.outputs[0], exportLayer(context, step));
  }
  builder.scope = 'outputs';
  const ports = outputs.map((output, i) => edge.output(output, values[i], ends));
  if (options.outputs === undefined && ends.head === null && ends.scores !== null) {
    onNotice?.(`Model ${model.name} has no class maps: its ONNX file gives ${outputs.join(' and ')} alone.`);
  }
  const { nodes, constants } = builder;
  return modelFile({
    name: model.name,
    opset,
    nodes,
    constants,
    inputs,
    outputs: ports,
    metadata: metadata(recipe, scaled, isImage),
  });
}
