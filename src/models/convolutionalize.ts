import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expectedInWords, WeldonError } from '../errors.js';
import { poolingLayer, poolingOfLayer } from '../layers/index.js';
import type { Pooling } from '../pooling/kinds.js';
import type { PoolingChoice } from '../pooling/presets.js';
import { poolingOf } from '../pooling/presets.js';
import { resolveChoice } from '../pooling/registry.js';
import type { ClassifierHead } from './classifierHead.js';
import { activationOf, checkExact, readClassifierHead, reshaping } from './classifierHead.js';
import type { InputSize } from './inputSize.js';
import { newInputs } from './inputSize.js';
import type { LayerGraph, LayerStep } from './layerGraph.js';
import { callAgain, layerGraph, refuseEqualNames, stepsFor, uniqueName } from './layerGraph.js';
import type { ModelRecipe } from './recipe.js';
import { recipeParts, withRecipe } from './recipeMetadata.js';
import { spatialAxes } from './spatialAxes.js';

/** One layer of the old head and what took its place. */
export interface ReplacedLayer {
  /** name of the layer, which the new one keeps where it has weights */
  layer: string;
  /** for example `Dense 25088 → 4096` */
  was: string;
  /** for example `Conv2D 7×7, 512 → 4096` */
  becomes: string;
}

export interface ConvolutionalizeOptions {
  /**
   * How class maps are pooled: a preset, options, or `'same'` for what the model does, which keeps its scores:
   * the mean of all regions for global average pooling and flattened heads, the maximum for global max pooling, its own
   * options for a pooling of this package. Default: the recipe's pooling, else `'same'`.
   */
  pooling?: PoolingChoice | 'same';
  /** Default `'free'`: any size, if the layers allow it. */
  inputSize?: InputSize;
  /**
   * Whether a head whose scores cannot stay the same (hidden layers behind an average, weights behind a maximum) is
   * refused. Default true.
   */
  exact?: boolean;
  /** Called for each layer that is replaced. */
  onReplace?: (replaced: ReplacedLayer) => void;
  /** Name of the new model. Default: the old one's with `_maps`. */
  name?: string;
}

type Weights = Record<string, tf.Tensor>;

/** A layer's weights by the last part of their names: `kernel`, `bias`, `gamma`, … */
function weightsOf(layer: tfl.layers.Layer): Weights {
  return Object.fromEntries(
    layer.weights.map((weight) => [weight.originalName.split('/').at(-1) as string, weight.read()]),
  );
}

/** A step on maps: the layer to call, what it was, and the weights it gets. */
interface MapLayer {
  layer: tfl.layers.Layer;
  /** copies of the old weights, reshaped; absent for layers without */
  weights?: () => Weights;
  becomes?: string;
}

function copied(step: LayerStep): { name: string; trainable: boolean; useBias: boolean; activation: 'linear' } {
  const { layer } = step;
  return {
    name: layer.name,
    trainable: layer.trainable,
    useBias: layer.getConfig().useBias as boolean,
    activation: 'linear',
  };
}

function onRegions(step: LayerStep, units: number, inputs: number, weights: () => Weights): MapLayer {
  return {
    layer: tfl.layers.dense({ ...copied(step), units }),
    weights,
    becomes: `Dense ${inputs} → ${units} on each region`,
  };
}

/** What a layer of the head becomes; `flattened` is the map whose places its input still mixes. */
function mapLayer(step: LayerStep, flattened: [number, number, number] | null): MapLayer {
  const { layer } = step;
  const config = layer.getConfig();
  const { kernel, bias } = weightsOf(layer);
  const withBias = (reshaped: tf.Tensor): Weights =>
    bias === undefined ? { kernel: reshaped } : { kernel: reshaped, bias };
  switch (layer.getClassName()) {
    case 'Dense': {
      const units = config.units as number;
      if (flattened === null || flattened[0] * flattened[1] === 1) {
        return onRegions(step, units, kernel.shape[0], () => withBias(kernel));
      }
      const [rows, columns, depth] = flattened;
      return {
        layer: tfl.layers.conv2d({ ...copied(step), filters: units, kernelSize: [rows, columns], padding: 'valid' }),
        weights: () => withBias(tf.reshape(kernel, [rows, columns, depth, units])),
        becomes: `Conv2D ${rows}×${columns}, ${depth} → ${units}`,
      };
    }
    case 'Conv2D': {
      const units = config.filters as number;
      return onRegions(step, units, kernel.shape[2] as number, () => withBias(tf.reshape(kernel, [-1, units])));
    }
    case 'BatchNormalization':
      return {
        layer: tfl.layers.batchNormalization({
          name: layer.name,
          trainable: layer.trainable,
          axis: -1,
          epsilon: config.epsilon as number,
          momentum: config.momentum as number,
          center: config.center as boolean,
          scale: config.scale as boolean,
        }),
        weights: () => weightsOf(layer),
        becomes: 'BatchNormalization on each region',
      };
    default:
      return { layer: onLastAxis(step) };
  }
}

/** A layer without weights, which works on maps as it is; only Softmax names an axis of the old shape. */
function onLastAxis({ layer }: LayerStep): tfl.layers.Layer {
  return layer.getClassName() === 'Softmax' ? tfl.layers.softmax({ axis: -1, name: layer.name }) : layer;
}

function describe(step: LayerStep): string {
  const name = step.layer.getClassName();
  const { kernel } = weightsOf(step.layer);
  const activation = activationOf(step);
  const fused = activation !== 'linear' && name !== 'Softmax' && name !== 'Activation' ? `, ${activation}` : '';
  return kernel === undefined
    ? name
    : `${name} ${kernel.shape.slice(0, -1).join('×')} → ${kernel.shape.at(-1)}${fused}`;
}

function applyWithWeights(made: MapLayer, x: tfl.SymbolicTensor): tfl.SymbolicTensor {
  const { layer, weights } = made;
  // The first values are overwritten at once, so that costly random ones are saved.
  layer.setFastWeightInitDuringBuild(weights !== undefined);
  const y = layer.apply(x) as tfl.SymbolicTensor;
  if (weights !== undefined) {
    tf.tidy(() => {
      const values = weights();
      layer.setWeights(layer.weights.map(({ originalName }) => values[originalName.split('/').at(-1) as string]));
    });
  }
  return y;
}

/** The layer that pools class maps; the learnt weights of an equal layer are copied. */
function poolMapsBy(pooling: Pooling | 'same', head: ClassifierHead, name: string): MapLayer {
  if (pooling === 'same' && head.gathering !== 'ownPooling') {
    const stock = head.gathering === 'max' ? tfl.layers.globalMaxPooling2d : tfl.layers.globalAveragePooling2d;
    return { layer: stock({ dataFormat: 'channelsLast', name }) };
  }
  const own = head.gatheringStep.layer;
  const layer = poolingLayer(pooling === 'same' ? (poolingOfLayer(own) as Pooling) : pooling, { name });
  const learnt = own.getClassName() === layer.getClassName() && own.weights.length > 0 && head.onMaps.length === 0;
  return learnt ? { layer, weights: () => weightsOf(own) } : { layer };
}

/** The map that a flattened head mixes, `[rows, columns, depth]`; `null` for heads that pool. */
function flattenedMap(graph: LayerGraph, head: ClassifierHead): [number, number, number] | null {
  if (head.gathering !== 'flatten') {
    return null;
  }
  // The old kernel's rows follow the flattened map; ours is rows, columns, channels.
  const ordered = head.axes.row === 1 || head.gatheringStep.layer.getConfig().dataFormat === 'channelsFirst';
  if (!ordered && !(head.rows === 1 && head.columns === 1)) {
    throw expectedInWords(
      `layer ${head.gatheringStep.layer.name} of model ${graph.name}`,
      "a Flatten with dataFormat 'channelsFirst', which orders a map as rows, columns, channels",
      'one that keeps channels first',
    );
  }
  const { features, axes, rows, columns } = head;
  const depth = features.shape[axes.row === 2 ? 1 : 3];
  const [first] = head.onMaps.filter((step) => !reshaping.has(step.layer.getClassName()));
  const single = rows === 1 && columns === 1;
  if (
    rows === null ||
    columns === null ||
    depth === null ||
    first === undefined ||
    (!single && ['BatchNormalization', 'Conv2D'].includes(first.layer.getClassName()))
  ) {
    throw expectedInWords(
      `what follows layer ${head.gatheringStep.layer.name} of model ${graph.name}`,
      'a Dense layer on a map of known size',
      first === undefined ? 'no layer with weights' : `layer ${first.layer.name} (${first.layer.getClassName()})`,
    );
  }
  return [rows, columns, depth];
}

/** The head's layers with weights on maps; the last one's activation is returned instead of applied. */
function classMaps(
  features: tfl.SymbolicTensor,
  head: ClassifierHead,
  flattened: [number, number, number] | null,
  names: (wanted: string) => string,
  report: (replaced: ReplacedLayer) => void,
): { maps: tfl.SymbolicTensor; activation: string } {
  let x = features;
  if (head.axes.row === 2) {
    x = tfl.layers.permute({ dims: [2, 3, 1], name: names('channels_last') }).apply(x) as tfl.SymbolicTensor;
  }
  let mixed = flattened;
  const last = head.onMaps.at(-1);
  for (const step of head.onMaps) {
    const was = describe(step);
    if (reshaping.has(step.layer.getClassName())) {
      report({ layer: step.layer.name, was, becomes: 'nothing: maps keep their places' });
      continue;
    }
    const made = mapLayer(step, mixed);
    x = applyWithWeights(made, x);
    if (made.weights === undefined) {
      continue;
    }
    mixed = null;
    report({ layer: step.layer.name, was, becomes: made.becomes as string });
    const activation = activationOf(step);
    if (step !== last && activation !== 'linear') {
      const name = names(`${step.layer.name}_${activation}`);
      x = tfl.layers.activation({ activation: activation as 'relu', name }).apply(x) as tfl.SymbolicTensor;
    }
  }
  return { maps: x, activation: last === undefined ? 'linear' : activationOf(last) };
}

/** Whether class maps of a classifier can be pooled to the scores that it has now, as `convolutionalize` asks. */
export function headIsExact(model: tfl.LayersModel): boolean {
  const graph = layerGraph(model);
  const head = readClassifierHead(graph, spatialAxes(graph));
  try {
    checkExact(graph, head);
    return true;
  } catch (error) {
    if (error instanceof WeldonError) {
      return false;
    }
    throw error;
  }
}

/**
 * Turns the classifier at the end of a network into class maps, with no training: the fully connected head becomes
 * convolutions and pooling moves to the end, so that the same weights score every region of an image of any size.
 *
 * - GAP [→ Dropout, Reshape, Flatten, BatchNormalization] → Dense (ResNet, EfficientNet, transfer learning);
 * - GAP → Reshape → Dropout → 1×1 Conv2D → Reshape → softmax (MobileNet of keras.applications);
 * - Flatten → Dense → Dense … (VGG): the first becomes an n×n convolution, the others work on each region.
 *
 * A fully connected layer on a single region is a Dense layer on the 4-D tensor, as in `attachWeldon`. The head's
 * activation moves behind the pooling: maps are logits. At the size the network was built for, scores are those of
 * the original with pooling `'same'` (the same sums in another order; measured below 1e-5), and for flattened heads
 * with any pooling that reads a single region once, for example `kMin: 0`. Several outputs of a model: the first counts.
 *
 * The layers before the head are shared, the new ones hold copies of the weights. Both models count their references:
 * dispose each once, in any order. Shared layers have two calls from then on; see `attachWeldon`.
 *
 * Source: the head as convolution follows Long, Shelhamer, Darrell, "Fully Convolutional Networks" (CVPR 2015); maps
 * before pooling are those of Zhou et al., "Learning Deep Features for Discriminative Localization" (CVPR 2016).
 *
 * @returns a model with one output `[batch, classes]` whose maps `classHeatmaps` reads
 * @throws WeldonError if a layer of the head cannot become a layer on maps, or if the scores could not stay the same
 *   and `exact` is not false
 *
 * @example
 * const model = convolutionalize(mobilenet, { pooling: { kMax: 0.2, reduction: 'halfMean' } });
 * const { maps } = await classHeatmaps(model, image, { classes: ['tabby'] });
 */
export function convolutionalize(model: tfl.LayersModel, options: ConvolutionalizeOptions = {}): tfl.LayersModel {
  checkKeys(options, 'pooling inputSize exact onReplace name', 'convolutionalize');
  const recipe = recipeParts(model);
  const chosen = options.pooling ?? recipe.pooling ?? 'same';
  const pooling = chosen === 'same' ? chosen : poolingOf(chosen, 'convolutionalize');
  if (pooling !== 'same') {
    resolveChoice(pooling, 'convolutionalize');
  }
  const graph = layerGraph(model);
  const head = readClassifierHead(graph, spatialAxes(graph));
  if (options.exact !== false) {
    checkExact(graph, head);
  }
  const flattened = flattenedMap(graph, head);
  refuseEqualNames(graph, stepsFor(graph, graph.outputs));
  const inputs = newInputs(graph, [head.features], options.inputSize ?? 'free');
  const [features] = callAgain(graph, inputs, [head.features]);

  const steps = [...stepsFor(graph, [head.features]), ...head.onMaps, ...head.behind];
  const taken = new Set([...inputs.map((input) => input.sourceLayer.name), ...steps.map((step) => step.layer.name)]);
  const names = (wanted: string) => uniqueName(wanted, taken);
  const report = options.onReplace ?? (() => {});
  const { maps, activation } = classMaps(features, head, flattened, names, report);
  const pool = poolMapsBy(pooling, head, names('scores'));
  report({
    layer: head.gatheringStep.layer.name,
    was: head.gatheringStep.layer.getClassName(),
    becomes: `${pool.layer.getClassName()} behind the class maps`,
  });
  const behind = head.behind.filter((step) => !reshaping.has(step.layer.getClassName())).map(onLastAxis);
  if (activation !== 'linear') {
    behind.unshift(tfl.layers.activation({ activation: activation as 'softmax', name: names('probabilities') }));
  }
  const scores = applyWithWeights(pool, maps);
  const output = behind.reduce((value, layer) => layer.apply(value) as tfl.SymbolicTensor, scores);
  const result = tfl.model({ inputs, outputs: output, name: options.name ?? `${model.name}_maps` });
  const known = [activation, ...head.behind.map(activationOf)].find((name) => name === 'softmax' || name === 'sigmoid');
  return withRecipe(result, {
    ...recipe,
    pooling: pooling === 'same' ? recipe.pooling : pooling,
    activation: (known as ModelRecipe['activation']) ?? recipe.activation,
  });
}
