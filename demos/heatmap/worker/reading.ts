import * as tf from '@tensorflow/tfjs-core';
import {
  boxInImage,
  mapGeometry,
  planResize,
  prepareImages,
  scaleGeometry,
  WeldonError,
  weldonPool,
  weldonRegions,
} from '../../../src/index.js';
import type { ClassMap, ClassRegions, DrawnClass, ModelRecipe, PoolingOptions, Region } from '../../../src/index.js';
import type { ModelName, Pooled, RankedClass, Reading } from '../messages.js';
import { BackendFailure } from '../../page/worker/answerCalls.js';
import type { DecodedPhoto } from '../../page/worker/decodeImage.js';
import type { LoadedModel } from './models.js';
import { modelNamed } from './models.js';

/** The class maps at hand, `[1, rows, columns, classes]`: the network has run, pooling them is cheap. */
interface MapsAtHand {
  maps: tf.Tensor4D;
  activation: 'softmax' | 'sigmoid' | 'linear';
}

let atHand: MapsAtHand | null = null;

/** Which network was run last, and at what size. */
let lastRun: { name: ModelName; size: number | null } = { name: 'imagenet', size: null };

/** The network that was run last, with the recipe that prepared its photo. */
export async function lastModel(): Promise<LoadedModel> {
  const found = await modelNamed(lastRun.name);
  return { ...found, recipe: recipeAt(found.recipe, lastRun.name, lastRun.size) };
}

/** How many classes the page lists. */
const listed = 5;

/** Frees the maps, for example before the backend changes. */
export function dropMaps(): void {
  atHand?.maps.dispose();
  atHand = null;
}

function mapsAtHand(): MapsAtHand {
  if (atHand === null) {
    throw new WeldonError('There is no photo yet: open one first.');
  }
  return atHand;
}

async function activated(scores: tf.Tensor2D, activation: MapsAtHand['activation']): Promise<Float32Array | null> {
  if (activation === 'linear') {
    return null;
  }
  const result = activation === 'softmax' && scores.shape[1] > 1 ? tf.softmax(scores) : tf.sigmoid(scores);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}

/** The numbers of some channel of `[1, rows, columns, classes]`, still on the device. */
function channel(maps: tf.Tensor4D, index: number): tf.Tensor4D {
  const [, rows, columns] = maps.shape;
  return tf.slice(maps, [0, 0, 0, index], [1, rows, columns, 1]);
}

async function regionsOf(map: tf.Tensor4D, pooling: PoolingOptions): Promise<ClassRegions> {
  const { topIndices, topValues, bottomIndices, bottomValues } = weldonRegions(map, pooling);
  const tensors = [topIndices, topValues, bottomIndices, bottomValues];
  const [top, topEvidence, bottom, bottomEvidence] = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  const columns = map.shape[2];
  const regions = (indices: ArrayLike<number>, values: ArrayLike<number>): Region[] =>
    Array.from({ length: indices.length }, (_, i) => ({
      index: indices[i],
      row: Math.floor(indices[i] / columns),
      column: indices[i] % columns,
      value: values[i],
    }));
  return { top: regions(top, topEvidence), bottom: regions(bottom, bottomEvidence) };
}

async function poolOnce(pooling: PoolingOptions, selected: number | null): Promise<Pooled> {
  const { maps, activation } = mapsAtHand();
  const scoreTensor = weldonPool(maps, pooling);
  const wanted = selected === null ? null : channel(maps, selected);
  try {
    const [scores, probabilities, early] = await Promise.all([
      scoreTensor.data() as Promise<Float32Array>,
      activated(scoreTensor as tf.Tensor2D, activation),
      wanted === null ? null : regionsOf(wanted, pooling),
    ]);
    const ranked = (index: number): RankedClass => ({
      index,
      score: scores[index],
      probability: probabilities?.[index] ?? null,
    });
    const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
    const index = selected ?? order[0];
    const regions = early ?? (await regionsOfClass(index, pooling));
    return {
      ranking: order.slice(0, listed).map(ranked),
      selected: { ...ranked(index), place: order.indexOf(index) + 1, regions },
    };
  } finally {
    tf.dispose([scoreTensor, ...(wanted === null ? [] : [wanted])]);
  }
}

async function regionsOfClass(index: number, pooling: PoolingOptions): Promise<ClassRegions> {
  const map = channel(mapsAtHand().maps, index);
  try {
    return await regionsOf(map, pooling);
  } finally {
    map.dispose();
  }
}

/** Pools the maps at hand in several ways; those after the first look at the class of the first. */
export async function poolMaps(pooling: readonly PoolingOptions[], selected: number | null): Promise<Pooled[]> {
  const results: Pooled[] = [];
  for (const one of pooling) {
    results.push(await poolOnce(one, selected ?? results[0]?.selected.index ?? null));
  }
  return results;
}

/** One class' map from the maps at hand. */
export async function classMap(index: number): Promise<ClassMap> {
  const { maps } = mapsAtHand();
  const one = channel(maps, index);
  try {
    return { data: (await one.data()) as Float32Array, rows: maps.shape[1], columns: maps.shape[2] };
  } finally {
    one.dispose();
  }
}

/** Classes of the maps at hand with scores, maps and regions. */
export async function describeClasses(
  pooling: PoolingOptions,
  classes: readonly number[],
): Promise<Omit<DrawnClass, 'name'>[]> {
  const described: Omit<DrawnClass, 'name'>[] = [];
  for (const index of classes) {
    const { selected } = await poolOnce(pooling, index);
    described.push({
      index,
      score: selected.score,
      probability: selected.probability ?? undefined,
      regions: selected.regions,
      map: await classMap(index),
    });
  }
  return described;
}

/** How a photo is resized: as the network was trained, or at another size; the one in the package keeps the shape. */
function recipeAt(recipe: ModelRecipe, name: ModelName, size: number | null): ModelRecipe {
  const rule = name === 'imagenet' ? ('fit' as const) : recipe.resize.rule;
  return { ...recipe, resize: { ...recipe.resize, rule, size: size ?? recipe.resize.size } };
}

/** Runs a network on a photo and keeps its class maps. */
export async function readPhoto(
  photo: DecodedPhoto,
  name: ModelName,
  size: number | null,
  pooling: readonly PoolingOptions[],
  selected: number | null,
): Promise<Reading> {
  const { model, readOut, recipe: own } = await modelNamed(name);
  const recipe = recipeAt(own, name, size);
  lastRun = { name, size };
  const { pixels } = photo;
  const begin = performance.now();
  dropMaps();
  let maps: tf.Tensor4D;
  try {
    maps = tf.tidy(() => {
      const [, found] = readOut.model.predict(prepareImages(pixels, recipe), { batchSize: 1 }) as [
        tf.Tensor,
        tf.Tensor4D,
      ];
      return readOut.dataFormat === 'channelsFirst' ? tf.transpose(found, [0, 2, 3, 1]) : found;
    });
    const probe = channel(maps, 0);
    await probe.data(); // GPUs work behind one's back; this waits for them
    probe.dispose();
  } catch (error) {
    if (error instanceof WeldonError || tf.getBackend() === 'wasm') {
      throw error;
    }
    throw new BackendFailure(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
  atHand = {
    maps,
    activation: (readOut.activations.at(-1) ??
      recipe.activation ??
      (readOut.classes === 1 ? 'sigmoid' : 'softmax')) as MapsAtHand['activation'],
  };
  const afterNetwork = performance.now();
  const pooled = await poolMaps(pooling, selected);
  const afterPooling = performance.now();
  const plan = planResize(pixels.width, pixels.height, recipe.resize);
  const [scaleX, scaleY] = [photo.width / pixels.width, photo.height / pixels.height];
  const window = boxInImage({ x: 0, y: 0, width: plan.width, height: plan.height }, plan.toImage);
  return {
    model: name,
    networkWidth: plan.width,
    networkHeight: plan.height,
    geometry: scaleGeometry(mapGeometry(model, pixels, { recipe: { resize: recipe.resize } }), scaleX, scaleY),
    window:
      recipe.resize.rule === 'crop'
        ? { x: window.x * scaleX, y: window.y * scaleY, width: window.width * scaleX, height: window.height * scaleY }
        : null,
    map: await classMap(pooled[0].selected.index),
    pooled,
    networkMilliseconds: afterNetwork - begin,
    poolingMilliseconds: afterPooling - afterNetwork,
  };
}
