import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import { refuseOtherCopy } from '../layers/otherCopy.js';
import { isRegionPooling } from '../layers/index.js';
import { findClassMaps } from './classMaps.js';
import type { InputSize } from './inputSize.js';
import { newInputs } from './inputSize.js';
import type { GraphValue, LayerGraph } from './layerGraph.js';
import { callAgain, findStep, layerGraph, showShape, stepsFor } from './layerGraph.js';
import type { RecipeParts } from './recipeMetadata.js';
import { mergeRecipes, recipeParts, withRecipe } from './recipeMetadata.js';
import type { SpatialAxes } from './spatialAxes.js';
import { lastSpatialValue, spatialAxes } from './spatialAxes.js';
import type { ResolvedHead, WeldonHeadConfig } from './weldonHead.js';
import { checkDepth, resolveHead, weldonHead } from './weldonHead.js';

export interface AttachWeldonConfig extends WeldonHeadConfig {
  /**
   * Name of the backbone's layer whose output becomes the features, also inside a model used as a layer. Default: the
   * last one with rows and columns; for a model that already ends in a WELDON head, the one before that head.
   */
  layer?: string;
  /** Whether the backbone is trained too. `false` freezes its layers, in the backbone as well. Default true. */
  trainableBackbone?: boolean;
  /** Default `'free'`: any size, if the layers allow it. */
  inputSize?: InputSize;
  /** Name of the new model. Default: the backbone's with `_weldon`. */
  name?: string;
  /** Parts of the recipe that the backbone lacks, or that replace its own. */
  recipe?: RecipeParts;
}

const transferLayers = new Set(['Dense', 'Conv2D']);
const besideTransfer = new Set(['ClassWisePooling2D', 'Dropout', 'SeededDropout']);

const beforeTransfer = new Set(['Dropout', 'SeededDropout', 'RegionNormalization', 'ChannelStandardization']);

/**
 * In a model that ends in a WELDON head, the features that the head takes, before it normalises or drops any. A Dense
 * layer on maps in front of average or maximum pooling, as `convolutionalize` makes, is a head too.
 */
export function featuresOfHead(graph: LayerGraph): GraphValue | undefined {
  const head = findClassMaps(graph);
  if ('obstacle' in head) {
    return undefined;
  }
  if (!isRegionPooling(head.pooling.layer) && head.maps.step?.layer.getClassName() !== 'Dense') {
    return undefined;
  }
  let value: GraphValue = head.maps;
  while (value.step !== null && besideTransfer.has(value.step.layer.getClassName())) {
    [value] = value.step.inputs;
  }
  if (value.step === null || !transferLayers.has(value.step.layer.getClassName())) {
    return undefined;
  }
  [value] = value.step.inputs;
  while (value.step !== null && beforeTransfer.has(value.step.layer.getClassName())) {
    [value] = value.step.inputs;
  }
  return value;
}

/**
 * Where a model is cut to get features: at a layer, or where `attachWeldon` cuts it by itself.
 *
 * @throws WeldonError if the output there has no rows and columns
 */
export function featuresAt(graph: LayerGraph, layer: string | undefined, axes = spatialAxes(graph)): GraphValue {
  if (layer === undefined) {
    return featuresOfHead(graph) ?? lastSpatialValue(graph, axes);
  }
  const [value] = findStep(graph, layer).outputs;
  if (value.shape.length !== 4 || !axes.has(value)) {
    throw expectedInWords(
      `layer ${layer} of model ${graph.name}`,
      'one with a spatial output, [batch, rows, columns, channels]',
      `an output of shape ${showShape(value.shape)}`,
    );
  }
  return value;
}

/**
 * Puts a WELDON head on a backbone: features → [normalisation] → 1×1 transfer layer → class maps → pooling → scores →
 * activation.
 *
 * The backbone's layers are shared, not copied: training the new model trains the backbone. Both models count their
 * references, so each is disposed once, in any order, and a weight goes with the last model that uses it; disposing
 * the backbone right away frees just the old classifier. Shared layers have two calls from then on, so that tfjs'
 * `layer.output` throws for them; use `model.getLayer(name).getOutputAt(0)`.
 *
 * The backbone's recipe (input scaling, resize rule) is carried over with the new class names. Batch normalisation in
 * tfjs-layers uses and updates batch statistics while training even where its layer is frozen.
 *
 * @param backbone a LayersModel with one image as input, sequential or functional, models used as layers included
 * @param config at least `classes`; see {@link AttachWeldonConfig}
 * @returns a model with one output `[batch, classes]`
 * @throws WeldonError if the backbone has no spatial output, the layer is unknown, or an option is out of range
 *
 * @example
 * const model = attachWeldon(backbone, { classes: ['bar', 'cellar', 'kitchen'], kMax: 0.2, maps: 4 });
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
 */
export function attachWeldon(backbone: tfl.LayersModel, config: AttachWeldonConfig): tfl.LayersModel {
  refuseOtherCopy(backbone, 'The backbone for attachWeldon');
  if (!(backbone instanceof tfl.LayersModel)) {
    throw expectedInWords(
      'the backbone for attachWeldon',
      'a LayersModel (for a GraphModel see attachWeldonToGraph)',
      `a value of type ${typeof backbone}`,
    );
  }
  const head = resolveHead(config, 'attachWeldon', 'layer trainableBackbone inputSize');
  const graph = layerGraph(backbone);
  const axes = spatialAxes(graph);
  const cut = featuresAt(graph, config.layer, axes);
  const channelsFirst = (axes.get(cut) as SpatialAxes).row === 2;
  checkDepth(head, cut.shape[channelsFirst ? 1 : 3], 'attachWeldon');
  const inputs = newInputs(graph, [cut], config.inputSize ?? 'free');
  let [features] = callAgain(graph, inputs, [cut]);
  const steps = stepsFor(graph, [cut]);
  const taken = new Set([...inputs.map((input) => input.sourceLayer.name), ...steps.map((step) => step.layer.name)]);
  if (channelsFirst) {
    features = tfl.layers.permute({ dims: [2, 3, 1], name: 'channels_last' }).apply(features) as tfl.SymbolicTensor;
  }
  if (config.trainableBackbone === false) {
    steps.forEach(({ layer }) => {
      layer.trainable = false;
    });
  }
  const output = weldonHead(features, head, taken);
  const model = tfl.model({ inputs, outputs: output, name: config.name ?? `${backbone.name}_weldon` });
  return withRecipe(model, mergeRecipes(headRecipe(recipeParts(backbone), head, model.name), config.recipe ?? {}));
}

/** The recipe of a model with a new head: what concerns the image stays, what concerns the classes is new. */
export function headRecipe(backbone: RecipeParts, head: ResolvedHead, name: string): RecipeParts {
  return { ...backbone, name, classNames: head.names, pooling: head.pooling, activation: head.activation };
}

/**
 * The output of a layer in a model, also where the layer is shared with another model; tfjs' own `layer.output`
 * throws there.
 *
 * @throws WeldonError with the nearest names if there is no such layer, or if it lies inside a model used as a layer,
 *   whose tensors tfjs cannot connect to the outer model's input
 *
 * @example
 * tf.model({ inputs: model.inputs, outputs: layerOutput(model, 'class_maps') });
 */
export function layerOutput(model: tfl.LayersModel, name: string): tfl.SymbolicTensor {
  const { outputs, within } = findStep(layerGraph(model), name);
  if (within.length > 0) {
    throw expectedInWords(
      `layer ${name} of model ${model.name}`,
      'a layer of the model itself',
      `one inside ${within.join(' / ')}`,
    );
  }
  return outputs[0].tensor;
}
