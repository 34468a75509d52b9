import { expectedInWords, WeldonError } from '../errors.js';
import { isRegionPooling } from '../layers/index.js';
import type { GraphValue, LayerGraph, LayerStep } from './layerGraph.js';
import { showShape } from './layerGraph.js';
import type { SpatialAxes } from './spatialAxes.js';
import { poolsWholeMap } from './spatialAxes.js';

/** How a classifier gives up the places of the image; `'ownPooling'`: by a pooling of the registry. */
export type Gathering = 'average' | 'max' | 'ownPooling' | 'flatten';

/** The end of a classifier: features → gathering → layers on a vector → output. */
export interface ClassifierHead {
  /** `[batch, rows, columns, depth]` in the layout of `axes` */
  features: GraphValue;
  axes: SpatialAxes;
  /** rows and columns of the features that are gathered; `null` where free */
  rows: number | null;
  columns: number | null;
  gathering: Gathering;
  gatheringStep: LayerStep;
  /** up to and including the last layer with weights: these become layers on maps */
  onMaps: LayerStep[];
  /** what follows: activations, that go behind the pooling */
  behind: LayerStep[];
}

/** Layers that keep the vector's numbers apart from its shape. */
export const reshaping = new Set(['Flatten', 'Reshape']);
const weighted = new Set(['Dense', 'Conv2D', 'BatchNormalization']);
const silent = new Set(['Dropout', 'SeededDropout', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout']);
const activations = new Set(['Activation', 'Softmax', 'ReLU', 'LeakyReLU', 'ELU', 'ThresholdedReLU']);

/** The activation that a layer applies, `'linear'` for none. */
export function activationOf(step: LayerStep): string {
  const name = step.layer.getClassName();
  if (name === 'Softmax') {
    return 'softmax';
  }
  if (name === 'Activation' || weighted.has(name)) {
    return (step.layer.getConfig().activation as string | null | undefined) ?? 'linear';
  }
  return silent.has(name) || reshaping.has(name) ? 'linear' : name;
}

function gatheringOf(step: LayerStep): Gathering | undefined {
  switch (step.layer.getClassName()) {
    case 'GlobalAveragePooling2D':
      return 'average';
    case 'GlobalMaxPooling2D':
      return 'max';
    case 'Flatten':
    case 'Reshape':
      return 'flatten';
    default:
      if (isRegionPooling(step.layer)) {
        return 'ownPooling';
      }
      return poolsWholeMap(step) ? (step.layer.getClassName() === 'MaxPooling2D' ? 'max' : 'average') : undefined;
  }
}

/**
 * Reads the classifier at the end of a model.
 *
 * @throws WeldonError if the model has no features with rows and columns, or if a layer on the way to its output is
 *   none of those that can become a layer on maps
 */
export function readClassifierHead(graph: LayerGraph, axes: Map<GraphValue, SpatialAxes>): ClassifierHead {
  const steps: LayerStep[] = [];
  let [value] = graph.outputs;
  while (!axes.has(value)) {
    const { step } = value;
    if (step === null) {
      throw expectedInWords(
        `model ${graph.name}`,
        'a classifier of images',
        `one whose input is of shape ${showShape(value.shape)}`,
      );
    }
    if (step.inputs.length !== 1) {
      throw cannotConvert(graph, step, `with ${step.inputs.length} inputs`);
    }
    steps.unshift(step);
    [value] = step.inputs;
  }
  const [gatheringStep, ...vector] = steps;
  if (gatheringStep === undefined) {
    throw expectedInWords(
      `model ${graph.name}`,
      'a classifier with an output [batch, classes]',
      `one whose output ${showShape(value.shape)} has rows and columns already`,
    );
  }
  const gathering = gatheringOf(gatheringStep);
  if (gathering === undefined) {
    throw cannotConvert(graph, gatheringStep, gatheringStep.layer.getClassName());
  }
  vector.forEach((step) => checkVectorLayer(graph, step));
  // In front of a flattened head, an average to a fixed grid only makes images of any size fit the head: as a
  // convolution it fits them anyway.
  const grid =
    gathering === 'flatten' && value.step?.layer.getClassName() === 'AdaptiveAveragePooling2D' ? value : null;
  const features = grid?.step?.inputs[0] ?? value;
  const last = vector.map((step) => weighted.has(step.layer.getClassName())).lastIndexOf(true);
  const places = axes.get(value) as SpatialAxes;
  return {
    features,
    axes: places,
    rows: value.shape[places.row],
    columns: value.shape[places.column],
    gathering,
    gatheringStep,
    onMaps: vector.slice(0, last + 1),
    behind: vector.slice(last + 1),
  };
}

function cannotConvert(graph: LayerGraph, step: LayerStep, received: string): WeldonError {
  return expectedInWords(
    `layer ${step.layer.name} in the head of model ${graph.name}`,
    'Dense, a 1×1 Conv2D, batch normalisation, dropout, an activation, Flatten or Reshape',
    received,
  );
}

function checkVectorLayer(graph: LayerGraph, step: LayerStep): void {
  const name = step.layer.getClassName();
  if (!weighted.has(name) && !silent.has(name) && !activations.has(name) && !reshaping.has(name)) {
    throw cannotConvert(graph, step, name);
  }
  const kernel = step.layer.getConfig().kernelSize as number[] | undefined;
  if (name === 'Conv2D' && !(kernel?.[0] === 1 && kernel[1] === 1)) {
    throw cannotConvert(graph, step, `a Conv2D of ${kernel?.join('×')}`);
  }
}

/**
 * Average pooling can only be moved behind layers that are affine, any other pooling behind none.
 *
 * @throws WeldonError naming the first layer that is not
 */
export function checkExact(graph: LayerGraph, head: ClassifierHead): void {
  if (head.gathering === 'flatten') {
    return;
  }
  const tail = head.onMaps.at(-1);
  const bend = head.onMaps.find((step) => step !== tail && activationOf(step) !== 'linear');
  const weights = head.onMaps.length > 0;
  if (bend !== undefined || (head.gathering !== 'average' && weights)) {
    const what =
      bend === undefined
        ? `layers with weights behind ${head.gatheringStep.layer.name} (${head.gatheringStep.layer.getClassName()})`
        : `layer ${bend.layer.name} (${bend.layer.getClassName()}, ${activationOf(bend)}) between ` +
          `${head.gatheringStep.layer.name} and ${tail?.layer.name}`;
    throw new WeldonError(
      `Expected the head of model ${graph.name} to be linear behind an average, so that pooling can move behind it ` +
        `and the scores stay the same, but received ${what}. With exact: false it is converted all the same; the ` +
        'scores then change and the head wants training',
    );
  }
}
