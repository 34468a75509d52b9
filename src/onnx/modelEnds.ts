import { expectedInWords } from '../errors.js';
import type { ClassMapHead } from '../models/classMaps.js';
import { findClassMaps } from '../models/classMaps.js';
import type { GraphValue, LayerGraph } from '../models/layerGraph.js';
import type { ModelRecipe } from '../models/recipe.js';
import type { OnnxOutput } from './outputNames.js';

/** What a model's outputs are, as far as it has them. */
export interface ModelEnds {
  /** where the model ends class maps → pooling */
  head: ClassMapHead | null;
  /** `[batch, classes]`; `null` for a model that ends in maps */
  scores: GraphValue | null;
  /** the scores are what the last layer gives before the activation of its own */
  scoresInside: boolean;
  /** after the model's own activation; `null` without one */
  probabilities: GraphValue | null;
  /** an activation that only the recipe names */
  activation: 'softmax' | 'sigmoid' | null;
}

const probable = new Set<unknown>(['softmax', 'sigmoid']);

/** The end of a classifier without maps: a last activation is taken off, be it a layer or part of one. */
function withoutActivation(output: GraphValue): Pick<ModelEnds, 'scores' | 'scoresInside' | 'probabilities'> {
  const { step } = output;
  const { activation } = step?.layer.getConfig() ?? {};
  const isLayer = step?.layer.getClassName() === 'Softmax' || step?.layer.getClassName() === 'Activation';
  if (step === null || !(step.layer.getClassName() === 'Softmax' || probable.has(activation))) {
    return { scores: output, scoresInside: false, probabilities: null };
  }
  return { scores: isLayer ? step.inputs[0] : output, scoresInside: !isLayer, probabilities: output };
}

export function modelEnds(graph: LayerGraph, activation: ModelRecipe['activation']): ModelEnds {
  const [output] = graph.outputs;
  const found = findClassMaps(graph);
  const head = 'obstacle' in found ? null : found;
  const ends =
    head !== null
      ? { scores: head.scores, scoresInside: false, probabilities: head.output === head.scores ? null : head.output }
      : output.shape.length === 2
        ? withoutActivation(output)
        : { scores: null, scoresInside: false, probabilities: null };
  const named = activation === 'softmax' || activation === 'sigmoid' ? activation : null;
  return { ...ends, head, activation: ends.probabilities === null ? named : null };
}

/** Those of the usual outputs that a model has. */
export function usualOutputs({ head, scores, probabilities, activation }: ModelEnds): OnnxOutput[] {
  if (scores === null) {
    return ['features'];
  }
  return [
    'scores',
    ...(probabilities !== null || activation !== null ? ['probabilities' as const] : []),
    ...(head === null ? [] : ['class_maps' as const]),
  ];
}

/** The value that an output stands for in the model, as far as it is one. */
export function valueOf(output: OnnxOutput, ends: ModelEnds, features: () => GraphValue): GraphValue {
  switch (output) {
    case 'features':
      return features();
    case 'class_maps':
      return (ends.head as NonNullable<ModelEnds['head']>).maps;
    case 'probabilities':
      return ends.probabilities ?? (ends.scores as GraphValue);
    default:
      return ends.scores as GraphValue;
  }
}

/** @throws WeldonError for an output that the model does not have */
export function checkOutputs(name: string, ends: ModelEnds, outputs: readonly OnnxOutput[]): void {
  const usual = usualOutputs(ends);
  for (const output of outputs) {
    if (output === 'features' || usual.includes(output) || (ends.head !== null && output.endsWith('_indices'))) {
      continue;
    }
    throw expectedInWords(
      'outputs for exportOnnx',
      `among those that model ${name} has (${[...new Set([...usual, 'features'])].join(', ')})`,
      output === 'probabilities'
        ? `${output}: neither the model nor its recipe has an activation`
        : output === 'scores'
          ? `${output}: the model ends in features`
          : `${output}: the model has no class maps (convolutionalize and attachWeldon make them)`,
    );
  }
}
