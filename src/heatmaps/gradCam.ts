import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerGradientKernels } from '../../kernels/gradients/registerGradientKernels.js';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import { refuseOtherCopy } from '../layers/otherCopy.js';
import type { RawImages } from '../models/prepareImages.js';
import { imageSources, prepareImage } from '../models/prepareImages.js';
import type { ModelRecipe } from '../models/recipe.js';
import type { RecipeParts } from '../models/recipeMetadata.js';
import { recipeWith } from '../models/recipeMetadata.js';
import type { HeatmapModel } from './classHeatmaps.js';
import type { HeatmapClass } from './classSelection.js';
import { bestClasses, selectClasses } from './classSelection.js';
import type { GradCamGraph } from './gradCamGraph.js';
import { gradCamGraph } from './gradCamGraph.js';
import type { ImageChunk } from './imageChunks.js';
import { activate, checkNetworkSize, checkNumbers, imageChunks } from './imageChunks.js';
import type { ClassMap } from './types.js';

export interface GradCamOptions {
  /**
   * Name of the layer whose activations are weighted; models used as layers are looked into. Default: the last features,
   * before class maps or before global pooling.
   */
  layer?: string;
  /** Classes by number or name, the same for every image, in this order. Default: the best of each image. */
  classes?: readonly (number | string)[];
  /** Without `classes`: how many of the classes with the highest scores, for each image. Default 1. */
  top?: number;
  /** Keep negative evidence, which the paper's ReLU cuts off. Default false. */
  signed?: boolean;
  /** The images have the network's size already: no resize. Values are still 0–255 and are scaled. Default false. */
  prepared?: boolean;
  /** Parts of the recipe that the model does not carry, or that shall hold instead of its own. */
  recipe?: RecipeParts;
  /** Images in one pass. It changes no result; more need more memory. Default 8. */
  batchSize?: number;
}

/** What {@link gradCam} reads; index `i` is the image, `j` the class in `classes[i]`. */
export interface GradCam {
  /** the layer whose activations were weighted */
  layer: string;
  /** float32 `[classes of the model]` for each image: before softmax or sigmoid */
  scores: Float32Array[];
  /** likewise, after the softmax or sigmoid that the model ends in or its recipe names; absent if there is none */
  probabilities?: Float32Array[];
  classes: HeatmapClass[][];
  /** `maps[i][j]`: weighted activations, >= 0 unless `signed` was set, at the layer's own resolution */
  maps: ClassMap[][];
  /** size of the network's input for each image, in pixels */
  networkSizes: { width: number; height: number }[];
}

/** The part of the network below the model that is cut, where there is one. */
interface Reader {
  name: string;
  graph: GradCamGraph;
  inputSize: [number | null, number | null];
  /** prepared images, channels last → the layer's activations */
  activations(x: tf.Tensor4D): tf.Tensor4D;
  input: ModelRecipe['input'];
  resize: ModelRecipe['resize'] | null;
  names: string[] | undefined;
  activation: ModelRecipe['activation'];
  signed: boolean;
}

function makeReader(model: HeatmapModel, options: GradCamOptions): Reader {
  refuseOtherCopy(model, 'The model for gradCam');
  const pair = typeof model === 'object' && model !== null && 'features' in model && 'head' in model ? model : null;
  if (pair === null && !(model instanceof tfl.LayersModel)) {
    throw expectedInWords(
      'the model for gradCam',
      'a LayersModel, or {features, head} from attachWeldonToGraph: ' + 'a GraphModel alone has no gradients',
      `a value of type ${typeof model}`,
    );
  }
  const scored = pair === null ? (model as tfl.LayersModel) : pair.head;
  const graph = gradCamGraph(scored, options.layer, pair !== null);
  const recipe = recipeWith(scored, options.recipe ?? {}, options.prepared ? ['input'] : ['input', 'resize']);
  return {
    name: scored.name,
    graph,
    inputSize: pair === null ? graph.inputSize : pair.features.inputSize,
    activations: (x) => {
      if (pair !== null) {
        return tf.tidy(() => graph.activations(pair.features.extract(x)));
      }
      return tf.tidy(() =>
        graph.activations(graph.inputFormat === 'channelsFirst' ? tf.transpose(x, [0, 3, 1, 2]) : x),
      );
    },
    input: recipe.input as ModelRecipe['input'],
    resize: options.prepared ? null : (recipe.resize as ModelRecipe['resize']),
    names: recipe.classNames,
    activation: graph.activation === 'linear' ? recipe.activation : graph.activation,
    signed: options.signed ?? false,
  };
}

/** Grad-CAM of one class for each image of a batch, `[batch, rows, columns]`: one pass back for all of them. */
function weightedMaps({ graph, signed }: Reader, activations: tf.Tensor4D, classes: readonly number[]): tf.Tensor3D {
  return tf.tidy(() => {
    // tf.oneHot refuses one class.
    const marks = tf.buffer([classes.length, graph.classes]);
    classes.forEach((index, image) => marks.set(1, image, index));
    const chosen = marks.toTensor();
    // Images do not mix, so the gradient of the sum of their scores holds each one's own.
    const gradient = tf.grad((x) => tf.sum(tf.mul(graph.scores(x as tf.Tensor4D), chosen)))(activations);
    const weights = tf.mean(graph.channelsLast(gradient as tf.Tensor4D), [1, 2], true);
    const map = tf.sum(tf.mul(graph.channelsLast(activations), weights), 3);
    return (signed ? map : tf.relu(map)) as tf.Tensor3D;
  });
}

async function rowsOf(tensor: tf.Tensor, rows: number): Promise<Float32Array[]> {
  const values = (await tensor.data()) as Float32Array;
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, i) => values.slice(i * width, (i + 1) * width));
}

/** One pass forward and one back per class; nothing stays on the device, whatever happens. */
async function readChunk(
  reader: Reader,
  { sources }: ImageChunk,
  pick: (scores: Float32Array) => HeatmapClass[],
): Promise<Omit<GradCam, 'networkSizes' | 'layer'>> {
  const held: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(tensor: T): T => {
    held.push(tensor);
    return tensor;
  };
  try {
    const activations = keep(
      tf.tidy(() =>
        reader.activations(
          tf.concat(
            sources.map((source) => prepareImage(source, reader.input, reader.resize)),
            0,
          ),
        ),
      ),
    );
    const scoreTensor = keep(tf.tidy(() => reader.graph.scores(activations)));
    const probabilityTensor = tf.tidy(() => activate(scoreTensor, reader.activation));
    const scores = await rowsOf(scoreTensor, sources.length);
    const probabilities =
      probabilityTensor === undefined ? undefined : await rowsOf(keep(probabilityTensor), sources.length);
    checkNumbers(reader.name, 'scores', scores);
    const classes = scores.map(pick);
    const maps: ClassMap[][] = sources.map(() => []);
    for (let j = 0; j < classes[0].length; j++) {
      const tensor = keep(
        weightedMaps(
          reader,
          activations,
          classes.map((list) => list[j].index),
        ),
      );
      const [, rows, columns] = tensor.shape;
      const rowsOfMaps = await rowsOf(tensor, sources.length);
      checkNumbers(reader.name, 'maps', rowsOfMaps);
      rowsOfMaps.forEach((data, i) => maps[i].push({ data, rows, columns }));
    }
    return { scores, probabilities, classes, maps };
  } finally {
    tf.dispose(held);
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(`${name} for gradCam`, 'a whole number >= 1', value);
  }
}

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017, eq. 1 and 2) for any classifier, as a baseline for class maps that a network
 * gives by itself: activations of a layer, weighted by the mean gradient of the class' score, negative sums cut off.
 *
 * The network runs once to the layer; what lies above runs forward once and back once for each class that is asked for
 * of an image. Scores are those before softmax or sigmoid, as in the paper. Result i of many images is the result of
 * image i alone. On wasm the gradient kernels that the stock backend lacks are registered.
 *
 * @param model any LayersModel with one image as input and `[batch, classes]` as output, nested and Sequential ones
 *   included; or `{features, head}` from `attachWeldonToGraph`, whose layers are the head's
 * @param images values 0–255, RGB or RGBA, as for `classHeatmaps`
 * @throws WeldonError for a layer that does not exist (with the nearest names), has no rows and columns or is gone
 *   around, an unknown class, something that is no image, or a recipe that lacks a part that is needed
 *
 * @example
 * const { maps, classes } = await gradCam(model, image, { classes: ['kitchen'] });
 * overlayMap(image, maps[0][0]);
 */
export async function gradCam(model: HeatmapModel, images: RawImages, options: GradCamOptions = {}): Promise<GradCam> {
  checkKeys(options, 'layer classes top signed prepared recipe batchSize', 'gradCam');
  const { top = 1, batchSize = 8 } = options;
  checkCount('top', top);
  checkCount('batchSize', batchSize);
  const reader = makeReader(model, options);
  const { names, graph } = reader;
  if (names !== undefined && names.length !== graph.classes) {
    throw expectedInWords(
      `classNames of the recipe of model ${reader.name}`,
      `${graph.classes} names, one for each score`,
      `${names.length}`,
    );
  }
  const selected = options.classes === undefined ? undefined : selectClasses(options.classes, graph.classes, names);
  const pick = (scores: Float32Array) => selected ?? bestClasses(scores, top, names);
  if (tf.getBackend() === 'wasm') {
    registerGradientKernels({ replaceSlow: true });
  }
  const result: GradCam = { layer: graph.layer, scores: [], classes: [], maps: [], networkSizes: [] };
  for (const chunk of imageChunks(imageSources(images), reader.resize, batchSize)) {
    checkNetworkSize(reader.name, chunk, reader.inputSize);
    const { probabilities, ...read } = await readChunk(reader, chunk, pick);
    result.scores.push(...read.scores);
    result.classes.push(...read.classes);
    result.maps.push(...read.maps);
    if (probabilities !== undefined) {
      result.probabilities = [...(result.probabilities ?? []), ...probabilities];
    }
    result.networkSizes.push(...chunk.sources.map(() => ({ width: chunk.width, height: chunk.height })));
  }
  return result;
}
