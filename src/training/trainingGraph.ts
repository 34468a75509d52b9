import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import { isRegionPooling } from '../layers/index.js';
import { featuresOfHead } from '../models/attachWeldon.js';
import type { GraphValue, LayerGraph, LayerStep } from '../models/layerGraph.js';
import { findStep, layerGraph, showShape, stepsFor } from '../models/layerGraph.js';
import type { RunMode } from './runSteps.js';
import { runSteps } from './runSteps.js';

/** A model as training sees it: input → [frozen part] → trained part → scores. */
export interface TrainingGraph {
  model: tfl.LayersModel;
  /** with bags and a mask, the bags are its first input */
  graph: LayerGraph;
  /** the second input, where the model has one: the valid instances of each bag, for its pooling */
  mask: GraphValue | null;
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

/** What a part of a network runs on: features, or images where nothing is below it, and perhaps the mask of bags. */
export interface PartInputs {
  features: tf.Tensor;
  mask?: tf.Tensor;
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
 * The graph with its bags first, and the input that is their mask: one of two, which poolings take as their second input
 * and nothing else takes.
 *
 * @throws WeldonError for inputs that are none of this, and for several outputs
 */
function readInputs(whole: LayerGraph): Pick<TrainingGraph, 'graph' | 'mask'> {
  const { inputs, outputs, steps } = whole;
  if (inputs.length === 1 && outputs.length === 1) {
    return { graph: whole, mask: null };
  }
  const isMask = (value: GraphValue): boolean => {
    const takers = steps.filter((step) => step.inputs.includes(value));
    return (
      takers.length > 0 &&
      takers.every((step) => isRegionPooling(step.layer) && step.inputs[1] === value && step.inputs[0] !== value)
    );
  };
  const mask = inputs.find(isMask);
  const bags = inputs.find((value) => value !== mask);
  if (inputs.length !== 2 || outputs.length !== 1 || mask === undefined || bags === undefined) {
    throw expectedInWords(
      `model ${whole.name}`,
      'one with one input, or with bags and the mask that its pooling takes, and one output',
      `one with ${inputs.length} and ${outputs.length}`,
    );
  }
  return { graph: { ...whole, inputs: [bags, mask] }, mask };
}

/**
 * Reads a model for training.
 *
 * @param headFrom name of the layer on whose output the head starts; default: before the transfer layer of a WELDON
 *   head, or before the last layer with weights
 * @throws WeldonError if the model has several inputs that are not bags and their mask, several outputs, or an output that
 *   is not `[batch, classes]`
 */
export function trainingGraph(model: tfl.LayersModel, headFrom?: string): TrainingGraph {
  const { graph, mask } = readInputs(layerGraph(model));
  const { scores, activation, fused } = findScores(graph);
  const classes = scores.shape[1];
  if (scores.shape.length !== 2 || classes == null) {
    throw expectedInWords(`the output of model ${model.name}`, '[batch, classes]', showShape(scores.shape));
  }
  const head =
    headFrom === undefined
      ? (featuresOfHead(graph) ?? lastWeighted(graph, scores))
      : findStep(graph, headFrom).outputs[0];
  return { model, graph, mask, scores, classes, activation, fused, headFrom: beforeDropping(head) };
}

/**
 * Cuts a model at a place.
 *
 * @throws WeldonError if the trained part also needs something else from below the cut
 */
export function splitAt(whole: TrainingGraph, from: GraphValue): SplitGraph {
  const { graph, mask, scores } = whole;
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
      if (input !== from && input !== mask && (input.step === null || below.has(input.step))) {
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

/** Tensors of places in a graph, the mask's among them where there is one. */
export function givenAt(
  graph: LayerGraph,
  from: GraphValue,
  { features, mask }: PartInputs,
): Map<GraphValue, tf.Tensor> {
  const given = new Map([[from, features]]);
  if (mask !== undefined) {
    given.set(graph.inputs[1], mask);
  }
  return given;
}

/**
 * The frozen part's output for a batch of inputs, as at prediction; the caller owns it, the inputs stay.
 *
 * @param mask of bags, where the model takes one
 */
export function runLower({ graph, from, lower }: FrozenPart, input: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  if (lower.length === 0) {
    return tf.clone(input);
  }
  const given = givenAt(graph, graph.inputs[0], { features: input, mask });
  return tf.tidy(() => runSteps(graph.steps, lower, given, from, { training: false }));
}

/** Scores `[batch, classes]`, before softmax or sigmoid, from the frozen part's output. */
export function runUpper({ whole, from, upper }: SplitGraph, inputs: PartInputs, mode: RunMode): tf.Tensor2D {
  const { graph, scores, fused } = whole;
  return tf.tidy(() => {
    const given = givenAt(graph, from, inputs);
    if (fused === null) {
      return runSteps(graph.steps, upper, given, scores, mode) as tf.Tensor2D;
    }
    const [before] = fused.inputs;
    const rest = upper.filter((step) => step !== fused);
    const x = before === from ? inputs.features : runSteps(graph.steps, rest, given, before, mode);
    const [kernel, bias] = fused.layer.weights.map((weight) => weight.read());
    const product = tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
    return (bias === undefined ? product : tf.add(product, bias)) as tf.Tensor2D;
  });
}
