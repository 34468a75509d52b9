import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import { featuresOfHead } from '../models/attachWeldon.js';
import type { GraphValue, LayerGraph, LayerStep } from '../models/layerGraph.js';
import { findStep, layerGraph, showShape, stepsFor } from '../models/layerGraph.js';
import type { RunMode } from './runSteps.js';
import { runSteps } from './runSteps.js';

/** A model as training sees it: input → [frozen part] → trained part → scores. */
export interface TrainingGraph {
  model: tfl.LayersModel;
  graph: LayerGraph;
  /** where the scores are, before the softmax or sigmoid */
  scores: GraphValue;
  classes: number;
  /** what turns scores into the model's output */
  activation: 'softmax' | 'sigmoid' | 'linear';
  /** a Dense layer with its activation built in, which training leaves out */
  fused: LayerStep | null;
  /** where the head starts: what its first layer with weights takes, before any dropout */
  headFrom: GraphValue;
}

/** A network's lower part, which stays as it is. */
export interface FrozenPart {
  graph: LayerGraph;
  /** where it ends; the network's input if nothing is frozen */
  from: GraphValue;
  lower: LayerStep[];
}

/** A model cut in two. */
export interface SplitGraph extends FrozenPart {
  whole: TrainingGraph;
  upper: LayerStep[];
}

const dropping = new Set(['Dropout', 'SpatialDropout1D', 'SeededDropout']);

function activationName(step: LayerStep): string {
  return step.layer.getClassName() === 'Softmax'
    ? 'softmax'
    : ((step.layer.getConfig().activation as string | null | undefined) ?? 'linear');
}

function beforeDropping(value: GraphValue): GraphValue {
  let found = value;
  while (found.step !== null && dropping.has(found.step.layer.getClassName())) {
    [found] = found.step.inputs;
  }
  return found;
}

/** The scores of a model, and what is done to them behind. */
function findScores(graph: LayerGraph): Pick<TrainingGraph, 'scores' | 'activation' | 'fused'> {
  let [scores] = graph.outputs;
  let activation = 'linear';
  while (scores.step !== null && ['Activation', 'Softmax'].includes(scores.step.layer.getClassName())) {
    const name = activationName(scores.step);
    if (name !== 'linear') {
      if (activation !== 'linear') {
        break;
      }
      activation = name;
    }
    [scores] = scores.step.inputs;
  }
  const { step } = scores;
  const builtIn =
    step !== null && ['Dense', 'Conv2D'].includes(step.layer.getClassName()) ? activationName(step) : 'linear';
  const fused = activation === 'linear' && ['softmax', 'sigmoid'].includes(builtIn) ? step : null;
  if (fused !== null) {
    activation = builtIn;
    if (fused.layer.getClassName() !== 'Dense' || fused.inputs[0].shape.length !== 2) {
      throw expectedInWords(
        `the ${builtIn} of model ${graph.name}`,
        'a layer of its own, or built into a Dense layer on vectors',
        `one built into layer ${fused.layer.name}`,
      );
    }
  }
  if (!['softmax', 'sigmoid', 'linear'].includes(activation)) {
    throw expectedInWords(`the activation that ends model ${graph.name}`, 'softmax, sigmoid or none', activation);
  }
  return { scores, activation: activation as TrainingGraph['activation'], fused };
}

/** What the last layer with weights takes. */
function lastWeighted(graph: LayerGraph, scores: GraphValue): GraphValue {
  const steps = stepsFor(graph, [scores]).filter(({ layer }) => layer.weights.length > 0);
  if (steps.length === 0) {
    throw expectedInWords(`model ${graph.name}`, 'one with weights', 'one without');
  }
  return steps[steps.length - 1].inputs[0];
}

/**
 * Reads a model for training.
 *
 * @param headFrom name of the layer on whose output the head starts; default: before the transfer layer of a WELDON
 *   head, or before the last layer with weights
 * @throws WeldonError if the model has several inputs or outputs, or its output is not `[batch, classes]`
 */
export function trainingGraph(model: tfl.LayersModel, headFrom?: string): TrainingGraph {
  const graph = layerGraph(model);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw expectedInWords(
      `model ${model.name}`,
      'one with one input and one output',
      `one with ${graph.inputs.length} and ${graph.outputs.length}`,
    );
  }
  const { scores, activation, fused } = findScores(graph);
  const classes = scores.shape[1];
  if (scores.shape.length !== 2 || classes == null) {
    throw expectedInWords(`the output of model ${model.name}`, '[batch, classes]', showShape(scores.shape));
  }
  const head =
    headFrom === undefined
      ? (featuresOfHead(graph) ?? lastWeighted(graph, scores))
      : findStep(graph, headFrom).outputs[0];
  return { model, graph, scores, classes, activation, fused, headFrom: beforeDropping(head) };
}

/**
 * Cuts a model at a place.
 *
 * @throws WeldonError if the trained part also needs something else from below the cut
 */
export function splitAt(whole: TrainingGraph, from: GraphValue): SplitGraph {
  const { graph, scores } = whole;
  const place = from.step?.layer.name ?? 'the input';
  const lower = stepsFor(graph, [from]);
  const below = new Set(lower);
  const upper = stepsFor(graph, [scores]).filter((step) => !below.has(step));
  if (from !== graph.inputs[0] && !upper.some((step) => step.inputs.includes(from))) {
    throw expectedInWords(
      `layer ${place}`,
      `before the scores of model ${graph.name}`,
      'one that they do not depend on',
    );
  }
  const frozen = new Set(lower.filter(({ layer }) => layer.weights.length > 0).map(({ layer }) => layer));
  for (const step of upper) {
    if (frozen.has(step.layer)) {
      throw expectedInWords(`layer ${step.layer.name}`, `on one side of layer ${place}`, 'one that is called on both');
    }
    for (const input of step.inputs) {
      if (input !== from && (input.step === null || below.has(input.step))) {
        throw expectedInWords(
          `model ${graph.name}`,
          `one path at layer ${place}, to be cut there`,
          `layer ${step.layer.name}, which also takes the output of ${input.step?.layer.name ?? 'the input'}`,
        );
      }
    }
  }
  return { whole, graph, from, lower, upper };
}

/** The same below a layer by its name, or with nothing frozen. */
export function cutAt(whole: TrainingGraph, layer: string | undefined): SplitGraph {
  const { graph } = whole;
  return splitAt(whole, layer === undefined ? graph.inputs[0] : findStep(graph, layer).outputs[0]);
}

/** The frozen part's output for a batch of inputs, as at prediction; the caller owns it, the input stays. */
export function runLower({ graph, from, lower }: FrozenPart, input: tf.Tensor): tf.Tensor {
  if (lower.length === 0) {
    return tf.clone(input);
  }
  return tf.tidy(() => runSteps(graph.steps, lower, new Map([[graph.inputs[0], input]]), from, { training: false }));
}

/** Scores `[batch, classes]`, before softmax or sigmoid, from the frozen part's output. */
export function runUpper({ whole, from, upper }: SplitGraph, features: tf.Tensor, mode: RunMode): tf.Tensor2D {
  const { graph, scores, fused } = whole;
  return tf.tidy(() => {
    const given = new Map([[from, features]]);
    if (fused === null) {
      return runSteps(graph.steps, upper, given, scores, mode) as tf.Tensor2D;
    }
    const [before] = fused.inputs;
    const rest = upper.filter((step) => step !== fused);
    const x = before === from ? features : runSteps(graph.steps, rest, given, before, mode);
    const [kernel, bias] = fused.layer.weights.map((weight) => weight.read());
    const product = tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
    return (bias === undefined ? product : tf.add(product, bias)) as tf.Tensor2D;
  });
}
