import * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../errors.js';
import type { Pooling } from '../pooling/kinds.js';
import type { DataFormat } from '../pooling/options.js';
import { classMapsOf } from './classMaps.js';
import { newInputs } from './inputSize.js';
import type { GraphValue, LayerGraph } from './layerGraph.js';
import { callAgain, layerGraph, stepsFor } from './layerGraph.js';
import { spatialAxes } from './spatialAxes.js';

/** A model's class maps and scores in one forward pass. */
export interface ReadOut {
  /**
   * Outputs `[scores, maps]`, or `[scores, maps, probabilities]` where the model ends in an activation: scores
   * `[batch, classes]` before the activation, maps as the pooling layer takes them. It shares the layers of the model
   * it was read from: never dispose it, that would destroy the model.
   */
  model: tfl.LayersModel;
  /** Whether there is a third output. */
  hasProbabilities: boolean;
  /** The activations between scores and output, for example `['softmax']`. */
  activations: string[];
  /** What the model's pooling layer does. */
  pooling: Pooling;
  /** Layout of the maps. */
  dataFormat: DataFormat;
  /** Layout of the images that the model takes. */
  inputFormat: DataFormat;
  /** Number of classes. */
  classes: number;
}

const cache = new WeakMap<tfl.LayersModel, { output: tfl.SymbolicTensor; readOut: ReadOut }>();

/**
 * The tensors for a model with these outputs. Layers of the model itself give them as they are. Inside a model used as
 * a layer they belong to that model's own graph, so the layers are called again; their reference counts are put back at
 * once, since a read-out is never disposed and must not keep weights alive.
 */
export function connect(
  model: tfl.LayersModel,
  graph: LayerGraph,
  values: GraphValue[],
): { inputs: tfl.SymbolicTensor[]; outputs: tfl.SymbolicTensor[] } {
  if (values.every((value) => value.step === null || value.step.within.length === 0)) {
    return { inputs: model.inputs, outputs: values.map((value) => value.tensor) };
  }
  const inputs = newInputs(graph, values, 'asBuilt');
  const outputs = callAgain(graph, inputs, values);
  stepsFor(graph, values).forEach((step) => step.layer.dispose());
  return { inputs, outputs };
}

/**
 * A second view of a model that gives its class maps along with its scores, in one forward pass.
 *
 * Works for any LayersModel that ends class maps → [class-wise pooling] → a pooling of this package, global average or
 * global max pooling → [activation], loaded from model.json or just built. Made once per model and kept for as long as
 * the model lives.
 *
 * @throws WeldonError naming the layer that prevents it
 *
 * @example
 * const [scores, maps] = readOutModel(model).model.predict(images) as [tf.Tensor2D, tf.Tensor4D];
 */
export function readOutModel(model: tfl.LayersModel): ReadOut {
  const known = cache.get(model);
  if (known !== undefined && known.output === model.outputs[0]) {
    return known.readOut;
  }
  const graph = layerGraph(model);
  const { scores, maps, output, options, dataFormat, activations } = classMapsOf(graph);
  const hasProbabilities = output !== scores;
  const { inputs, outputs } = connect(model, graph, hasProbabilities ? [scores, maps, output] : [scores, maps]);
  const readOut: ReadOut = {
    model: tfl.model({ inputs, outputs, name: `${model.name}_read_out` }),
    hasProbabilities,
    activations,
    pooling: options,
    dataFormat,
    inputFormat: spatialAxes(graph).get(graph.inputs[0])?.row === 2 ? 'channelsFirst' : 'channelsLast',
    classes: scores.shape[1] as number,
  };
  cache.set(model, { output: model.outputs[0], readOut });
  return readOut;
}

/** Whether a model ends in class maps and their pooling, as `readOutModel` wants it. */
export function endsInClassMaps(model: tfl.LayersModel): boolean {
  try {
    readOutModel(model);
    return true;
  } catch (error) {
    if (error instanceof WeldonError) {
      return false;
    }
    throw error;
  }
}
