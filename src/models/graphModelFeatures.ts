import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../errors.js';
import { headRecipe } from './attachWeldon.js';
import type { RecipeParts } from './recipeMetadata.js';
import { mergeRecipes, withRecipe } from './recipeMetadata.js';
import type { WeldonHeadConfig } from './weldonHead.js';
import { checkDepth, resolveHead, weldonHead } from './weldonHead.js';

/**
 * The part of `tf.GraphModel` used here, spelt out so that @tensorflow/tfjs-converter stays optional. A GraphModel runs and
 * cannot be trained: its weights are constants.
 */
export interface GraphModelLike {
  readonly inputs: { name: string; shape?: number[] }[];
  readonly outputs: { name: string }[];
  execute(inputs: tf.Tensor | tf.NamedTensorMap, outputs?: string | string[]): tf.Tensor | tf.Tensor[];
}

/** A GraphModel up to one of its nodes, as a frozen feature extractor. */
export interface GraphFeatures {
  model: GraphModelLike;
  /** the node whose output are the features */
  node: string;
  /** channels of the features */
  channels: number;
  /** pixels of the network's input from one region to the next, `[rows, columns]` */
  stride: [number, number];
  /** `[height, width]` that the model takes, `null` where free */
  inputSize: [number | null, number | null];
  /** images as the network takes them, `[batch, height, width, 3]` → features `[batch, rows, columns, channels]` */
  extract(images: tf.Tensor4D): tf.Tensor4D;
}

/** A frozen feature extractor and the LayersModel that scores its features. */
export interface FeaturesWithHead {
  features: GraphFeatures;
  /** `[batch, rows, columns, channels]` → `[batch, classes]`; train and save this one */
  head: tfl.LayersModel;
}

/** Options of {@link graphModelFeatures}. */
export interface GraphFeaturesOptions {
  /** Name of the node whose output becomes the features. Default: the last one with rows and columns. */
  node?: string;
  /** Side in pixels of the black image that is run once for the nodes' shapes where size is free. Default 128. */
  probeSize?: number;
}

interface TopologyNode {
  name: string;
  op: string;
  input?: string[];
}

/** Operations that give features or pass them on. */
const featureOps = new Set([
  'Conv2D',
  '_FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2dNative',
  'FusedBatchNorm',
  'FusedBatchNormV2',
  'FusedBatchNormV3',
  'BiasAdd',
  'Relu',
  'Relu6',
  'Elu',
  'Selu',
  'LeakyRelu',
  'Prelu',
  'Sigmoid',
  'Tanh',
  'Softplus',
  'Add',
  'AddV2',
  'Sub',
  'Mul',
  'Maximum',
  'Minimum',
  'MaxPool',
  'AvgPool',
  'Concat',
  'ConcatV2',
  'Pad',
  'PadV2',
  'MirrorPad',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
  'Conv2DBackpropInput',
]);

/** The graph's nodes; tfjs keeps them in a field that its typings hide. */
function topology(model: GraphModelLike): TopologyNode[] | null {
  const artifacts = (model as unknown as { artifacts?: { modelTopology?: { node?: TopologyNode[] } } }).artifacts;
  return artifacts?.modelTopology?.node ?? null;
}

const bare = (name: string) => name.replace(/^\^/, '').replace(/:\d+$/, '');

/** Nodes that the model's outputs depend on, each after its inputs. */
function runningOrder(nodes: TopologyNode[], outputs: string[]): TopologyNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const order: TopologyNode[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const node = byName.get(name);
    if (node === undefined || seen.has(name)) {
      return;
    }
    seen.add(name);
    node.input?.forEach((input) => visit(bare(input)));
    order.push(node);
  };
  outputs.forEach((name) => visit(bare(name)));
  return order;
}

function probeShape(model: GraphModelLike, probeSize: number): [number, number, number, number] {
  const images = model.inputs.filter(({ shape }) => shape === undefined || shape.length === 4);
  if (model.inputs.length !== 1 || images.length !== 1) {
    throw expectedInWords(
      'the GraphModel',
      'one that takes one image, [batch, height, width, 3]',
      `inputs ${model.inputs.map(({ name, shape }) => `${name} [${shape?.join(', ') ?? ''}]`).join(', ')}`,
    );
  }
  if (!Number.isInteger(probeSize) || probeSize < 1) {
    throw expected('probeSize', 'a whole number of pixels >= 1', probeSize);
  }
  const [, height = -1, width = -1, channels = -1] = images[0].shape ?? [];
  return [1, height > 0 ? height : probeSize, width > 0 ? width : probeSize, channels > 0 ? channels : 3];
}

/** Shapes of the outputs of `names` for a black image of shape `shape`. */
function probe(model: GraphModelLike, shape: [number, number, number, number], names: string[]): number[][] {
  return tf.tidy('probe', () => {
    const result = model.execute({ [bare(model.inputs[0].name)]: tf.zeros(shape) }, names);
    const shapes = (Array.isArray(result) ? result : [result]).map((tensor) => tensor.shape);
    return shapes as unknown as tf.TensorContainer;
  }) as unknown as number[][];
}

const hasPlaces = (shape: number[]) => shape.length === 4 && shape[1] * shape[2] > 1;

function chooseNode(
  model: GraphModelLike,
  shape: [number, number, number, number],
  wanted: string | undefined,
): { node: string; found: number[] } {
  const nodes = topology(model);
  if (wanted !== undefined && (nodes === null || nodes.some(({ name }) => name === bare(wanted)))) {
    const [found] = probe(model, shape, [wanted]);
    if (hasPlaces(found)) {
      return { node: wanted, found };
    }
    throw new WeldonError(
      `Expected node ${wanted} of the GraphModel to give features [batch, rows, columns, channels] but received ` +
        `an output of shape [${found.join(', ')}]${listCandidates(model, shape, nodes)}`,
    );
  }
  if (nodes === null) {
    throw expectedInWords(
      'node for graphModelFeatures',
      'given, since this GraphModel does not tell its nodes',
      'none',
    );
  }
  if (wanted !== undefined) {
    throw new WeldonError(
      `Expected node to be the name of a node of the GraphModel but received "${wanted}"` +
        nearestNames(
          wanted,
          nodes.filter(({ op }) => featureOps.has(op)).map(({ name }) => name),
        ),
    );
  }
  const candidates = featureNodes(model, shape, nodes);
  const last = candidates.at(-1);
  if (last === undefined) {
    throw expectedInWords(
      'the GraphModel',
      'a network with nodes that give [batch, rows, columns, channels]',
      'one without',
    );
  }
  return { node: last.name, found: last.shape };
}

function featureNodes(
  model: GraphModelLike,
  shape: [number, number, number, number],
  nodes: TopologyNode[],
): { name: string; shape: number[] }[] {
  const names = runningOrder(
    nodes,
    model.outputs.map(({ name }) => name),
  )
    .filter(({ op }) => featureOps.has(op))
    .map(({ name }) => name);
  if (names.length === 0) {
    return [];
  }
  return probe(model, shape, names)
    .map((found, i) => ({ name: names[i], shape: found }))
    .filter((candidate) => hasPlaces(candidate.shape));
}

function listCandidates(
  model: GraphModelLike,
  shape: [number, number, number, number],
  nodes: TopologyNode[] | null,
): string {
  const names =
    nodes === null
      ? []
      : featureNodes(model, shape, nodes)
          .slice(-5)
          .map(({ name }) => name);
  return names.length === 0 ? '' : `. The last nodes that do: ${names.join(', ')}`;
}

/**
 * Takes a GraphModel, what `tf.loadGraphModel` gives and most published tfjs models are, as a frozen feature
 * extractor.
 *
 * The model stays the caller's: dispose it when no features are wanted any more. Features are taken as channels last,
 * which is what the TensorFlow.js converter writes.
 *
 * @throws WeldonError if the model does not take one image, or the node is unknown or gives no rows and columns; the
 *   sentence lists nodes that do
 *
 * @example
 * const features = graphModelFeatures(await tf.loadGraphModel(url));
 * console.log(features.node, features.channels, features.stride);
 */
export function graphModelFeatures(model: GraphModelLike, options: GraphFeaturesOptions = {}): GraphFeatures {
  checkKeys(options, 'node probeSize', 'graphModelFeatures');
  const shape = probeShape(model, options.probeSize ?? 128);
  const { node, found } = chooseNode(model, shape, options.node);
  const input = bare(model.inputs[0].name);
  const [batch = -1, height = -1, width = -1] = model.inputs[0].shape ?? [];
  const run = (images: tf.Tensor4D): tf.Tensor4D => {
    const result = model.execute({ [input]: images }, node);
    return (Array.isArray(result) ? result[0] : result) as tf.Tensor4D;
  };
  return {
    model,
    node,
    channels: found[3],
    stride: [shape[1] / found[1], shape[2] / found[2]],
    inputSize: [height > 0 ? height : null, width > 0 ? width : null],
    extract: (images) =>
      tf.tidy(() =>
        batch === 1 && images.shape[0] !== 1
          ? tf.concat(
              tf.split(images, images.shape[0]).map((image) => run(image as tf.Tensor4D)),
              0,
            )
          : run(images),
      ),
  };
}

/** Configuration of {@link attachWeldonToGraph}. */
export interface AttachToGraphConfig extends WeldonHeadConfig, GraphFeaturesOptions {
  /** Name of the head. Default `weldon_head`. */
  name?: string;
  /** Input scaling and resize rule of the GraphModel, licence, source; a GraphModel carries none itself. */
  recipe?: RecipeParts;
}

/** Where a head remembers the node that its features came from. */
const nodeKey = 'weldonFeatures';

/**
 * Puts a WELDON head over a GraphModel. The GraphModel is frozen, the head is a LayersModel on its features: train it
 * on `features.extract(images)`, save it, and pair it again with {@link pairWithGraph}.
 *
 * @returns `{features, head}`, which `classHeatmaps` takes in place of a model
 * @throws WeldonError as `graphModelFeatures` and `attachWeldon`
 *
 * @example
 * const pair = attachWeldonToGraph(graphModel, { classes: ['ripe', 'unripe'], kMax: 0.2 });
 * pair.head.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
 */
export function attachWeldonToGraph(model: GraphModelLike, config: AttachToGraphConfig): FeaturesWithHead {
  const head = resolveHead(config, 'attachWeldonToGraph', 'node probeSize');
  const { node, probeSize } = config;
  const features = graphModelFeatures(model, { node, probeSize });
  checkDepth(head, features.channels, 'attachWeldonToGraph');
  const input = tfl.input({ shape: [null, null, features.channels], name: 'features' });
  const output = weldonHead(input, head, new Set(['features']));
  const made = tfl.model({ inputs: input, outputs: output, name: config.name ?? 'weldon_head' });
  made.setUserDefinedMetadata({ [nodeKey]: { node: features.node } });
  withRecipe(made, mergeRecipes(headRecipe({}, head, made.name), config.recipe ?? {}));
  return { features, head: made };
}

/**
 * Pairs a loaded head with the GraphModel that it was trained on; the head remembers the node.
 *
 * @throws WeldonError if the head takes features of another depth
 *
 * @example
 * const pair = pairWithGraph(await tf.loadGraphModel(url), await tf.loadLayersModel(headUrl));
 */
export function pairWithGraph(
  model: GraphModelLike,
  head: tfl.LayersModel,
  options: GraphFeaturesOptions = {},
): FeaturesWithHead {
  checkKeys(options, 'node probeSize', 'pairWithGraph');
  const metadata = head.getUserDefinedMetadata() as { [nodeKey]?: { node?: string } } | undefined;
  const features = graphModelFeatures(model, { node: metadata?.[nodeKey]?.node, ...options });
  const depth = head.inputs[0].shape.at(-1);
  if (depth !== features.channels) {
    throw expectedInWords(
      `head ${head.name}`,
      `one for features of ${features.channels} channels, as node ${features.node} gives`,
      `one for ${depth}`,
    );
  }
  return { features, head };
}
