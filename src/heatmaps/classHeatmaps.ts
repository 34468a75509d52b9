import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords, runningModel } from '../errors.js';
import { refuseOtherCopy } from '../layers/otherCopy.js';
import type { FrozenPass, NumberArray } from '../models/frozenPass.js';
import type { FeaturesWithHead } from '../models/graphModelFeatures.js';
import { showShape } from '../models/layerGraph.js';
import type { RawImages } from '../models/prepareImages.js';
import { imageSources, prepareImage } from '../models/prepareImages.js';
import type { ReadOut } from '../models/readOutModel.js';
import { readOutModel } from '../models/readOutModel.js';
import type { ModelRecipe } from '../models/recipe.js';
import type { RecipeParts } from '../models/recipeMetadata.js';
import { recipeWith } from '../models/recipeMetadata.js';
import type { PoolingOptions } from '../pooling/options.js';
import { shownRegions } from '../pooling/registry.js';
import { weldonRegions } from '../pooling/weldonRegions.js';
import type { HeatmapClass } from './classSelection.js';
import { bestClasses, selectClasses } from './classSelection.js';
import type { ImageChunk } from './imageChunks.js';
import { activate, applyActivations, checkNetworkSize, checkNumbers, imageChunks } from './imageChunks.js';
import { rawPixels, someChannels } from './passNumbers.js';
import type { ClassMap, ClassRegions, Region } from './types.js';

export type { HeatmapClass } from './classSelection.js';

/** A network with class maps: a LayersModel, or a GraphModel's features with a head. */
export type HeatmapModel = tfl.LayersModel | FeaturesWithHead;

export interface ClassHeatmapsOptions {
  /** Classes by number or name, the same for every image, in this order. Default: the best of each image. */
  classes?: readonly (number | string)[];
  /** Without `classes`: how many of the classes with the highest scores, for each image. Default 5. */
  top?: number;
  /** The images have the network's size already: no resize. Values are still 0–255 and are scaled. Default false. */
  prepared?: boolean;
  /** Parts of the recipe that the model does not carry, or that shall hold instead of its own. */
  recipe?: RecipeParts;
  /** Which regions to report, as options of `weldonPool`. Default: the ones the model's own pooling selects or weighs most. */
  regions?: Pick<PoolingOptions, 'kMax' | 'kMin'>;
  /** Images in one forward pass. It changes no result; more need more memory. Default 8. */
  batchSize?: number;
  /**
   * Runs the model on another engine: a pass of this model that gives scores and maps. Resizing, probabilities and regions
   * stay here. Default: the model runs on the active backend.
   */
  pass?: FrozenPass;
}

/** What {@link classHeatmaps} reads; index `i` is the image, `j` the class in `classes[i]`. */
export interface ClassHeatmaps {
  /** float32 `[classes of the model]` for each image: before the activation, raw */
  scores: Float32Array[];
  /** likewise, after the activation that the model ends in or its recipe names; absent if there is none */
  probabilities?: Float32Array[];
  /** `classes[i][j]`: the classes that were asked for, or the best of this image */
  classes: HeatmapClass[][];
  /** `maps[i][j]`: the raw, signed evidence of each region, never clipped or normalised */
  maps: ClassMap[][];
  /** `regions[i][j]`: the regions that made the score */
  regions: ClassRegions[][];
  /** size of the network's input for each image, in pixels */
  networkSizes: { width: number; height: number }[];
}

/** Everything that stays the same for all images of a call. */
interface Reader {
  name: string;
  readOut: ReadOut;
  run(x: tf.Tensor4D): tf.Tensor[];
  inputSize: [number | null, number | null];
  input: ModelRecipe['input'];
  resize: ModelRecipe['resize'] | null;
  names: string[] | undefined;
  /** an activation of the recipe's that the model does not have itself */
  activation: ModelRecipe['activation'];
  regions: PoolingOptions;
}

/** What a forward pass gives. */
interface ForwardResult {
  /** `[batch, classes]` */
  scores: tf.Tensor;
  probabilities?: tf.Tensor;
  /** maps of some classes, `[batch, rows, columns, classes]`; the caller disposes them */
  gather(classes: number[]): tf.Tensor4D;
}

function isPair(model: HeatmapModel): model is FeaturesWithHead {
  return typeof model === 'object' && model !== null && 'features' in model && 'head' in model;
}

function predict(model: tfl.LayersModel, x: tf.Tensor4D): tf.Tensor[] {
  return runningModel(model.name, () => model.predict(x, { batchSize: x.shape[0] }) as tf.Tensor[]);
}

/** How a LayersModel takes images that are channels last here. */
function plainInput(model: tfl.LayersModel, readOut: ReadOut): Pick<Reader, 'run' | 'inputSize'> {
  const [, ...shape] = model.inputs[0].shape;
  const first = readOut.inputFormat === 'channelsFirst';
  const [rows, columns, channels] = first ? [shape[1], shape[2], shape[0]] : shape;
  if (model.inputs.length !== 1 || shape.length !== 3 || channels !== 3) {
    throw expectedInWords(
      `model ${model.name}`,
      'a network that takes one RGB image',
      `one with ${model.inputs.length} input of shape ${showShape(model.inputs[0].shape)}`,
    );
  }
  return { run: (x) => predict(readOut.model, first ? tf.transpose(x, [0, 3, 1, 2]) : x), inputSize: [rows, columns] };
}

function makeReader(model: HeatmapModel, options: ClassHeatmapsOptions): Reader {
  refuseOtherCopy(model, 'The model for classHeatmaps');
  if (!isPair(model) && !(model instanceof tfl.LayersModel)) {
    throw expectedInWords(
      'the model for classHeatmaps',
      'a LayersModel, or {features, head} from attachWeldonToGraph',
      `a value of type ${typeof model}`,
    );
  }
  const scored = isPair(model) ? model.head : model;
  const readOut = readOutModel(scored);
  const recipe = recipeWith(scored, options.recipe ?? {}, options.prepared ? ['input'] : ['input', 'resize']);
  const names = recipe.classNames;
  if (names !== undefined && names.length !== readOut.classes) {
    throw expectedInWords(
      `classNames of the recipe of model ${scored.name}`,
      `${readOut.classes} names, one for each map`,
      `${names.length}`,
    );
  }
  return {
    name: scored.name,
    readOut,
    ...(isPair(model)
      ? {
          run: (x: tf.Tensor4D) => predict(readOut.model, model.features.extract(x)),
          inputSize: model.features.inputSize,
        }
      : plainInput(model, readOut)),
    input: recipe.input as ModelRecipe['input'],
    resize: options.prepared ? null : (recipe.resize as ModelRecipe['resize']),
    names,
    activation: readOut.hasProbabilities ? undefined : recipe.activation,
    regions: { ...shownRegions(readOut.pooling), ...options.regions },
  };
}

function regionsAt(
  indices: ArrayLike<number>,
  values: ArrayLike<number>,
  image: number,
  k: number,
  channels: number,
  channel: number,
  columns: number,
): Region[] {
  return Array.from({ length: k }, (_, rank) => {
    const at = (image * k + rank) * channels + channel;
    const index = indices[at];
    return { index, row: Math.floor(index / columns), column: index % columns, value: values[at] };
  });
}

/** Reads the maps and regions of some classes of one forward pass, and only those leave the device. */
async function readMaps(
  gather: ForwardResult['gather'],
  classes: HeatmapClass[][],
  regions: PoolingOptions,
  keep: <T extends tf.Tensor>(tensor: T) => T,
): Promise<{ maps: ClassMap[][]; regions: ClassRegions[][] }> {
  const wanted = [...new Set(classes.flat().map(({ index }) => index))];
  const channelOf = new Map(wanted.map((index, channel) => [index, channel]));
  const gathered = keep(gather(wanted));
  const found = weldonRegions(gathered, regions);
  const tensors = [found.topIndices, found.topValues, found.bottomIndices, found.bottomValues].map(keep);
  const [values, topIndices, topValues, bottomIndices, bottomValues] = await Promise.all(
    [gathered, ...tensors].map((tensor) => tensor.data()),
  );
  const [, rows, columns, channels] = gathered.shape;
  const [kMax, kMin] = [found.topIndices.shape[1], found.bottomIndices.shape[1]];
  const places = rows * columns;
  const channelsOf = classes.map((list) => list.map(({ index }) => channelOf.get(index) as number));
  return {
    maps: channelsOf.map((list, image) =>
      list.map((channel) => {
        const data = new Float32Array(places);
        for (let i = 0; i < places; i++) {
          data[i] = values[(image * places + i) * channels + channel];
        }
        return { data, rows, columns };
      }),
    ),
    regions: channelsOf.map((list, image) =>
      list.map((channel) => ({
        top: regionsAt(topIndices, topValues, image, kMax, channels, channel, columns),
        bottom: regionsAt(bottomIndices, bottomValues, image, kMin, channels, channel, columns),
      })),
    ),
  };
}

/** The model's own forward pass, on the active backend. */
function runModel(reader: Reader, chunk: ImageChunk, keep: <T extends tf.Tensor>(tensor: T) => T): ForwardResult {
  const { readOut } = reader;
  const outputs = tf.tidy(() => {
    const x = tf.concat(
      chunk.sources.map((source) => prepareImage(source, reader.input, reader.resize)),
      0,
    );
    const [scores, maps, probabilities] = reader.run(x);
    return [
      scores,
      readOut.dataFormat === 'channelsFirst' ? tf.transpose(maps, [0, 2, 3, 1]) : maps,
      probabilities ?? activate(scores as tf.Tensor2D, reader.activation),
    ].filter((tensor) => tensor !== undefined);
  });
  const [scores, maps, probabilities] = outputs.map(keep);
  return {
    scores,
    probabilities,
    gather: (wanted) => tf.tidy(() => tf.gather(maps as tf.Tensor4D, tf.tensor1d(wanted, 'int32'), 3)),
  };
}

/** The same by a pass, whose numbers lie in memory. */
async function runPass(
  { readOut, resize, activation }: Reader,
  pass: FrozenPass,
  chunk: ImageChunk,
  keep: <T extends tf.Tensor>(tensor: T) => T,
): Promise<ForwardResult> {
  const found = await pass.run(await rawPixels(chunk, resize));
  const maps = found.maps as NumberArray;
  const given = found.scores as NumberArray;
  const scores = keep(tf.tensor2d(given.data, [given.shape[0], given.shape[1]]));
  const probabilities = readOut.hasProbabilities
    ? applyActivations(scores, readOut.activations)
    : activate(scores, activation);
  return {
    scores,
    probabilities: probabilities === undefined ? undefined : keep(probabilities),
    gather: (wanted) => someChannels(maps, wanted),
  };
}

/** One forward pass; nothing stays on the device, whatever happens. */
async function readChunk(
  reader: Reader,
  chunk: ImageChunk,
  pick: (scores: Float32Array) => HeatmapClass[],
  pass: FrozenPass | undefined,
): Promise<Omit<ClassHeatmaps, 'networkSizes'>> {
  const held: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(tensor: T): T => {
    held.push(tensor);
    return tensor;
  };
  try {
    const result = pass === undefined ? runModel(reader, chunk, keep) : await runPass(reader, pass, chunk, keep);
    const rowsOf = async (tensor: tf.Tensor): Promise<Float32Array[]> => {
      const values = (await tensor.data()) as Float32Array;
      const width = values.length / chunk.sources.length;
      return chunk.sources.map((_, i) => values.slice(i * width, (i + 1) * width));
    };
    const scores = await rowsOf(result.scores);
    const probabilities = result.probabilities === undefined ? undefined : await rowsOf(result.probabilities);
    checkNumbers(reader.name, 'scores', scores);
    const classes = scores.map(pick);
    const read = await readMaps(result.gather, classes, reader.regions, keep);
    read.maps.forEach((list) =>
      checkNumbers(
        reader.name,
        'class maps',
        list.map(({ data }) => data),
      ),
    );
    return { scores, probabilities, classes, ...read };
  } finally {
    tf.dispose(held);
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(`${name} for classHeatmaps`, 'a whole number >= 1', value);
  }
}

/**
 * What a network recognises and where: scores, class maps and the regions that made the scores, for several images
 * and classes, from one forward pass. Nothing flows backwards.
 *
 * The model's recipe prepares the images: resize rule, colour order, scale and offset. Maps are read after class-wise
 * pooling, as the pooling layer takes them; only the classes asked for leave the device. Result i of many images is
 * the result of image i alone. The model is read through a second view that shares its layers and is kept with it.
 *
 * @param model any LayersModel that ends class maps → [class-wise pooling] → a pooling of this package, global
 *   average or global max pooling → [activation], from `attachWeldon`, `convolutionalize` or a file; or `{features, head}` from
 *   `attachWeldonToGraph`
 * @param images values 0–255, RGB or RGBA: pixels `{data, width, height}`, a tensor `[height, width, 3]` or
 *   `[batch, height, width, 3]`, or an array of pixels and tensors of any sizes
 * @returns typed arrays; see {@link ClassHeatmaps}
 * @throws WeldonError for a model without class maps, an unknown class (with the nearest names), something that is no
 *   image, or a recipe that lacks a part that is needed
 *
 * @example
 * const { classes, probabilities, maps } = await classHeatmaps(model, image, { top: 3 });
 * console.log(classes[0][0].name, probabilities[0][classes[0][0].index], maps[0][0].data);
 */
export async function classHeatmaps(
  model: HeatmapModel,
  images: RawImages,
  options: ClassHeatmapsOptions = {},
): Promise<ClassHeatmaps> {
  checkKeys(options, 'classes top prepared recipe regions batchSize pass', 'classHeatmaps');
  const { top = 5, batchSize = 8, pass } = options;
  checkCount('top', top);
  checkCount('batchSize', batchSize);
  const reader = makeReader(model, options);
  const { names, readOut } = reader;
  const selected = options.classes === undefined ? undefined : selectClasses(options.classes, readOut.classes, names);
  const pick = (scores: Float32Array) => selected ?? bestClasses(scores, top, names);

  const result: ClassHeatmaps = { scores: [], classes: [], maps: [], regions: [], networkSizes: [] };
  for (const chunk of imageChunks(imageSources(images), reader.resize, batchSize)) {
    checkNetworkSize(reader.name, chunk, reader.inputSize);
    const { probabilities, ...read } = await readChunk(reader, chunk, pick, pass);
    result.scores.push(...read.scores);
    result.classes.push(...read.classes);
    result.maps.push(...read.maps);
    result.regions.push(...read.regions);
    if (probabilities !== undefined) {
      result.probabilities = [...(result.probabilities ?? []), ...probabilities];
    }
    result.networkSizes.push(...chunk.sources.map(() => ({ width: chunk.width, height: chunk.height })));
  }
  return result;
}
