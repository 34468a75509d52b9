import { expectedInWords } from '../errors.js';
import { poolingOfLayer } from '../layers/index.js';
import type { Pooling } from '../pooling/kinds.js';
import type { DataFormat } from '../pooling/options.js';
import type { GraphValue, LayerGraph, LayerStep } from './layerGraph.js';

/** How class maps become a model's output: maps → pooling → activation. */
export interface ClassMapHead {
  /** what the pooling layer takes, after class-wise pooling: one map per class */
  maps: GraphValue;
  /** the pooling layer's call */
  pooling: LayerStep;
  /** one score per class, before any activation */
  scores: GraphValue;
  /** the model's output */
  output: GraphValue;
  /** what the pooling layer does */
  options: Pooling;
  dataFormat: DataFormat;
  /** names of the activations between scores and output, in order; empty if the scores are the output */
  activations: string[];
}

const behindPooling = new Set(['Activation', 'Softmax', 'ReLU', 'Dropout', 'SeededDropout', 'Flatten', 'Reshape']);

function activationName(step: LayerStep): string[] {
  switch (step.layer.getClassName()) {
    case 'Activation': {
      const name = step.layer.getConfig().activation as string;
      return name === 'linear' ? [] : [name];
    }
    case 'Softmax':
      return ['softmax'];
    case 'ReLU':
      return ['relu'];
    default:
      return [];
  }
}

/**
 * Finds the class maps of a model that ends maps → pooling → activation.
 *
 * @returns the head, or the layer that prevents it; `null` where the model pools nothing
 */
export function findClassMaps(graph: LayerGraph): ClassMapHead | { obstacle: LayerStep | null } {
  const [output] = graph.outputs;
  const activations: string[] = [];
  for (let value = output; value.step !== null; [value] = value.step.inputs) {
    const { step } = value;
    const options = poolingOfLayer(step.layer);
    if (options !== undefined) {
      const dataFormat = step.layer.getConfig().dataFormat === 'channelsFirst' ? 'channelsFirst' : 'channelsLast';
      return { maps: step.inputs[0], pooling: step, scores: value, output, options, dataFormat, activations };
    }
    if (!behindPooling.has(step.layer.getClassName())) {
      return { obstacle: step };
    }
    activations.unshift(...activationName(step));
  }
  return { obstacle: null };
}

/**
 * The same for a model that has to end so.
 *
 * @throws WeldonError naming the layer that prevents it
 */
export function classMapsOf(graph: LayerGraph): ClassMapHead {
  const head = findClassMaps(graph);
  if ('obstacle' in head) {
    throw expectedInWords(
      `model ${graph.name}`,
      'one that ends in class maps, pooling and an activation (convolutionalize and attachWeldon make such)',
      head.obstacle === null
        ? 'one without pooled maps'
        : `one whose output comes from layer ${head.obstacle.layer.name} (${head.obstacle.layer.getClassName()})`,
    );
  }
  return head;
}
