import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords, nearestNames, WeldonError } from '../errors.js';
import { refuseOtherCopy } from '../layers/otherCopy.js';

/** `wanted`, or `wanted_1`, `wanted_2`, … if it is taken; the result counts as taken from then on. */
export function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) {
    name = `${wanted}_${i}`;
  }
  taken.add(name);
  return name;
}

/** A tensor of a model's graph: what one layer call produces. */
export interface GraphValue {
  /** as tfjs inferred it when the model was built; `null` is free */
  shape: tfl.Shape;
  /** the call that produces it; `null` for an input of the model */
  step: LayerStep | null;
  tensor: tfl.SymbolicTensor;
}

/** One call of one layer. A layer that is called twice has two steps. */
export interface LayerStep {
  layer: tfl.layers.Layer;
  inputs: GraphValue[];
  outputs: GraphValue[];
  callArgs: Record<string, unknown>;
  /** names of the models around the layer, outermost first; empty for a layer of the model itself */
  within: string[];
}

/** A model as a flat list of layer calls: models used as layers are looked into, at any depth. */
export interface LayerGraph {
  name: string;
  inputs: GraphValue[];
  outputs: GraphValue[];
  /** in an order in which they can run */
  steps: LayerStep[];
}

type Scope = Map<number, GraphValue>;

/** Graphs that have been read, with the ids of their models' inputs and outputs: a Sequential may have grown since. */
const known = new WeakMap<tfl.LayersModel, { ends: string; graph: LayerGraph }>();

/**
 * The graph of a LayersModel, read once per model. A model that was applied like a layer (transfer learning in Keras and tfjs)
 * keeps its own inputs, which is why `nested.getLayer('x').output` cannot be used in the outer model ("Graph
 * disconnected"); here its layers appear as if they had been called on the outer model's tensors.
 */
export function layerGraph(model: tfl.LayersModel): LayerGraph {
  refuseOtherCopy(model, `Model ${model.name}`);
  const ends = [...model.inputs, ...model.outputs].map(({ id }) => id).join();
  const before = known.get(model);
  if (before?.ends === ends) {
    return before.graph;
  }
  const graph = readGraph(model);
  known.set(model, { ends, graph });
  return graph;
}

function readGraph(model: tfl.LayersModel): LayerGraph {
  const steps: LayerStep[] = [];

  function resolve(tensor: tfl.SymbolicTensor, scope: Scope, within: string[]): GraphValue {
    const found = scope.get(tensor.id);
    if (found !== undefined) {
      return found;
    }
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex];
    if (node.inboundLayers.length === 0) {
      throw expectedInWords(
        `every input of model ${model.name}`,
        'among its declared inputs',
        `the undeclared input ${layer.name}`,
      );
    }
    const inputs = node.inputTensors.map((input) => resolve(input, scope, within));
    let outputs: GraphValue[];
    if (layer instanceof tfl.LayersModel) {
      const inner: Scope = new Map(layer.inputs.map((input, i) => [input.id, inputs[i]]));
      outputs = layer.outputs.map((output) => resolve(output, inner, [...within, layer.name]));
    } else {
      const step: LayerStep = { layer, inputs, outputs: [], callArgs: { ...node.callArgs }, within };
      step.outputs = node.outputTensors.map((output) => ({ shape: output.shape, step, tensor: output }));
      steps.push(step);
      outputs = step.outputs;
    }
    node.outputTensors.forEach((output, i) => scope.set(output.id, outputs[i]));
    return outputs[tensor.tensorIndex];
  }

  if (model.outputs.length === 0) {
    throw expectedInWords(`model ${model.name}`, 'a model with layers', 'one without');
  }
  const inputs = model.inputs.map((tensor): GraphValue => ({ shape: tensor.shape, step: null, tensor }));
  const scope: Scope = new Map(model.inputs.map((tensor, i) => [tensor.id, inputs[i]]));
  const outputs = model.outputs.map((tensor) => resolve(tensor, scope, []));
  return { name: model.name, inputs, outputs, steps };
}

/** The steps that `values` depend on, in an order in which they can run. */
export function stepsFor(graph: LayerGraph, values: GraphValue[]): LayerStep[] {
  const needed = new Set<LayerStep>();
  const queue = [...values];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (value.step !== null && !needed.has(value.step)) {
      needed.add(value.step);
      queue.push(...value.step.inputs);
    }
  }
  return graph.steps.filter((step) => needed.has(step));
}

/** A shape as error sentences show it, for example `[null, 7, 7, 512]`. */
export function showShape(shape: tfl.Shape): string {
  return `[${shape.map((extent) => extent ?? 'null').join(', ')}]`;
}

/**
 * Calls the same layers again on new inputs, so that a new model can be cut from them; weights are shared.
 *
 * Each call raises the layer's reference count: the old and the new model can be disposed independently and
 * in any order, and a weight goes with the last model that uses it. tfjs' `layer.output` is ambiguous for a layer
 * that was called twice and throws from then on; `layer.getOutputAt(index)` and `layerOutput` do not.
 *
 * @param graph the model's graph
 * @param inputs new symbolic inputs, one for each of the graph's
 * @param values the values to carry over, with all that they depend on
 * @returns the symbolic tensors that stand for `values` in the new graph
 * @throws WeldonError if two different layers have the same name, which tfjs refuses in one model
 */
export function callAgain(graph: LayerGraph, inputs: tfl.SymbolicTensor[], values: GraphValue[]): tfl.SymbolicTensor[] {
  const steps = stepsFor(graph, values);
  refuseEqualNames(graph, steps);
  const renewed = new Map<GraphValue, tfl.SymbolicTensor>(graph.inputs.map((value, i) => [value, inputs[i]]));
  for (const { layer, inputs: needed, outputs, callArgs } of steps) {
    const tensors = needed.map((value) => renewed.get(value) as tfl.SymbolicTensor);
    const result = layer.apply(tensors.length === 1 ? tensors[0] : tensors, { ...callArgs });
    const produced = (Array.isArray(result) ? result : [result]) as tfl.SymbolicTensor[];
    outputs.forEach((value, i) => renewed.set(value, produced[i]));
  }
  return values.map((value) => renewed.get(value) as tfl.SymbolicTensor);
}

/** tfjs refuses two layers of one name in a model; the sentence tells where they are. */
export function refuseEqualNames(graph: LayerGraph, steps: LayerStep[]): void {
  const byName = new Map<string, LayerStep>();
  for (const step of steps) {
    const other = byName.get(step.layer.name);
    if (other !== undefined && other.layer !== step.layer) {
      const place = (s: LayerStep) => (s.within.length === 0 ? 'the model itself' : s.within.join(' / '));
      throw new WeldonError(
        `Expected the layers of model ${graph.name} to have different names but received two called ` +
          `${step.layer.name}: one in ${place(other)}, one in ${place(step)}. ` +
          'Rename one of them before building the model',
      );
    }
    byName.set(step.layer.name, step);
  }
}

/**
 * The step that produces the output of the layer called `name`, models used as layers included.
 *
 * @throws WeldonError naming the layers that look most alike if there is none, or if the layer is called more than once
 */
export function findStep(graph: LayerGraph, name: string): LayerStep {
  const found = graph.steps.filter((step) => step.layer.name === name);
  if (found.length === 0) {
    const known = [...new Set(graph.steps.map((step) => step.layer.name))];
    throw new WeldonError(
      `Expected layer to be the name of a layer of model ${graph.name} but received "${name}"` +
        nearestNames(name, known),
    );
  }
  if (found.length > 1) {
    throw expectedInWords(
      `layer ${name} of model ${graph.name}`,
      'called once',
      `one that is called ${found.length} times`,
    );
  }
  return found[0];
}
