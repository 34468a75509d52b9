import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords, runningModel } from '../errors.js';
import { featuresAt, featuresOfHead } from '../models/attachWeldon.js';
import { findClassMaps } from '../models/classMaps.js';
import type { GraphValue, LayerGraph, LayerStep } from '../models/layerGraph.js';
import { layerGraph, showShape, stepsFor } from '../models/layerGraph.js';
import type { ModelRecipe } from '../models/recipe.js';
import type { SpatialAxes } from '../models/spatialAxes.js';
import { lastSpatialValue, spatialAxes } from '../models/spatialAxes.js';

/** A model cut for Grad-CAM: input → activations → scores. */
export interface GradCamGraph {
  /** name of the layer whose activations are weighted; `the features` where they are the model's input */
  layer: string;
  classes: number;
  /** what turns scores into the model's output */
  activation: ModelRecipe['activation'];
  inputFormat: 'channelsFirst' | 'channelsLast';
  /** `[height, width]` that the model takes, `null` where free */
  inputSize: [number | null, number | null];
  /** Network input → activations, as the layer gives them. The caller owns what comes back. */
  activations(input: tf.Tensor4D): tf.Tensor4D;
  /** Activations → scores `[batch, classes]`, differentiable. */
  scores(activations: tf.Tensor4D): tf.Tensor2D;
  /** Activations or their gradients as `[batch, rows, columns, channels]`. */
  channelsLast(activations: tf.Tensor4D): tf.Tensor4D;
}

const probable = ['softmax', 'sigmoid'];

function activationOf({ layer }: LayerStep): string {
  return layer.getClassName() === 'Softmax'
    ? 'softmax'
    : ((layer.getConfig().activation as string | undefined) ?? 'linear');
}

interface Scores {
  value: GraphValue;
  activation: GradCamGraph['activation'];
  /** a Dense layer with softmax or sigmoid built in, which is left out here */
  fused: LayerStep | null;
}

/** Where the scores are: before the softmax or sigmoid, since its gradient mixes the classes. */
function findScores(graph: LayerGraph): Scores {
  let [value] = graph.outputs;
  let activation: GradCamGraph['activation'] = 'linear';
  while (value.step !== null && ['Activation', 'Softmax'].includes(value.step.layer.getClassName())) {
    const name = activationOf(value.step);
    if (name !== 'linear' && (activation !== 'linear' || !probable.includes(name))) {
      break;
    }
    activation = name === 'linear' ? activation : (name as 'softmax' | 'sigmoid');
    [value] = value.step.inputs;
  }
  const last = value.step;
  if (last === null || activation !== 'linear' || !probable.includes(activationOf(last))) {
    return { value, activation, fused: null };
  }
  if (last.layer.getClassName() !== 'Dense' || last.inputs[0].shape.length !== 2) {
    throw expectedInWords(
      `the ${activationOf(last)} of model ${graph.name}`,
      'a layer of its own, or built into a Dense layer on vectors',
      `one built into layer ${last.layer.name}`,
    );
  }
  return { value, activation: activationOf(last) as 'softmax' | 'sigmoid', fused: last };
}

/** The last features before class maps or a classifier: a class map's own gradient would tell nothing new. */
function defaultPlace(graph: LayerGraph): GraphValue {
  const features = featuresOfHead(graph);
  if (features !== undefined) {
    return features;
  }
  const head = findClassMaps(graph);
  if (!('obstacle' in head) && head.maps.step?.layer.getClassName() === 'Conv2D') {
    return head.maps.step.inputs[0];
  }
  return lastSpatialValue(graph);
}

/**
 * Runs layers on tensors as at prediction. Outside of a gradient, each result is freed when the last layer that needs
 * it is done; inside, all are kept for the way back.
 */
function runLayers(
  steps: readonly LayerStep[],
  from: GraphValue,
  x: tf.Tensor,
  wanted: GraphValue,
  free: boolean,
): tf.Tensor {
  const values = new Map<GraphValue, tf.Tensor>([[from, x]]);
  const lastUse = new Map<GraphValue, LayerStep>();
  steps.forEach((step) => step.inputs.forEach((value) => lastUse.set(value, step)));
  for (const step of steps) {
    const inputs = step.inputs.map((value) => values.get(value) as tf.Tensor);
    const outputs = tf.tidy(() => {
      const result = runningModel(step.layer.name, () =>
        step.layer.apply(inputs.length === 1 ? inputs[0] : inputs, { ...step.callArgs, training: false }),
      );
      return (Array.isArray(result) ? result : [result]) as tf.Tensor[];
    });
    step.outputs.forEach((value, i) => values.set(value, outputs[i]));
    if (free) {
      new Set(step.inputs).forEach((value) => {
        if (lastUse.get(value) === step && value !== from && value !== wanted) {
          values.get(value)?.dispose();
        }
      });
    }
  }
  return values.get(wanted) as tf.Tensor;
}

/** The steps above the cut; they may take nothing else from below it. */
function stepsAbove(graph: LayerGraph, from: GraphValue, scores: GraphValue): LayerStep[] {
  const below = new Set(stepsFor(graph, [from]));
  const above = stepsFor(graph, [scores]).filter((step) => !below.has(step));
  const place = from.step?.layer.name ?? 'the input';
  if (!above.some((step) => step.inputs.includes(from))) {
    throw expectedInWords(
      `layer ${place}`,
      `before the scores of model ${graph.name}`,
      'one that they do not depend on',
    );
  }
  for (const step of above) {
    const other = step.inputs.find((value) => value !== from && (value.step === null || below.has(value.step)));
    if (other !== undefined) {
      throw expectedInWords(
        `layer ${place} of model ${graph.name}`,
        'one that all of the scores go through',
        `one that layer ${step.layer.name} goes around, with the output of ${other.step?.layer.name ?? 'the input'}`,
      );
    }
  }
  return above;
}

/**
 * Cuts a model for Grad-CAM.
 *
 * @param layer name, models used as layers looked into; default: the last features before class maps or classifier
 * @param onFeatures the model's input is a backbone's features, not an image
 * @throws WeldonError for a model of several inputs or outputs, an unknown layer, one without rows and columns, or one
 *   that the scores do not go through
 */
export function gradCamGraph(model: tfl.LayersModel, layer: string | undefined, onFeatures: boolean): GradCamGraph {
  const graph = layerGraph(model);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1 || graph.inputs[0].shape.length !== 4) {
    throw expectedInWords(
      `model ${model.name}`,
      'one with one image as input and one output',
      `one with inputs of shape ${graph.inputs.map(({ shape }) => showShape(shape)).join(' and ')} and ${graph.outputs.length} outputs`,
    );
  }
  const { value: scores, activation, fused } = findScores(graph);
  const classes = scores.shape[1];
  if (scores.shape.length !== 2 || classes == null) {
    throw expectedInWords(`the output of model ${model.name}`, '[batch, classes]', showShape(scores.shape));
  }
  const axes = spatialAxes(graph);
  const [input] = graph.inputs;
  const from = layer !== undefined ? featuresAt(graph, layer, axes) : onFeatures ? input : defaultPlace(graph);
  const above = stepsAbove(graph, from, scores);
  const below = stepsFor(graph, [from]);
  const { row, column } = axes.get(from) as SpatialAxes;
  const inputAxes = axes.get(input) as SpatialAxes;
  return {
    layer: from.step?.layer.name ?? 'the features',
    classes,
    activation,
    inputFormat: inputAxes.row === 2 ? 'channelsFirst' : 'channelsLast',
    inputSize: [input.shape[inputAxes.row], input.shape[inputAxes.column]],
    activations: (x) =>
      from === input ? tf.clone(x) : tf.tidy(() => runLayers(below, input, x, from, true) as tf.Tensor4D),
    scores(x) {
      if (fused === null) {
        return runLayers(above, from, x, scores, false) as tf.Tensor2D;
      }
      const [before] = fused.inputs;
      const vectors = runLayers(
        above.filter((step) => step !== fused),
        from,
        x,
        before,
        false,
      ) as tf.Tensor2D;
      const [kernel, bias] = fused.layer.weights.map((weight) => weight.read());
      const product = tf.matMul(vectors, kernel as tf.Tensor2D);
      return (bias === undefined ? product : tf.add(product, bias)) as tf.Tensor2D;
    },
    channelsLast: (x) => (row === 1 && column === 2 ? x : tf.transpose(x, [0, row, column, 6 - row - column])),
  };
}
