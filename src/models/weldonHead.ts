import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords, refuseRenamed } from '../errors.js';
import { checkStatistics } from '../layers/channelStandardization.js';
import type { ChannelStatistics } from '../layers/index.js';
import {
  channelStandardization,
  classWisePooling2d,
  poolingLayer,
  regionNormalization,
  seededDropout,
} from '../layers/index.js';
import type { PoolingOptions } from '../pooling/options.js';
import type { Pooling } from '../pooling/kinds.js';
import type { PoolingChoice } from '../pooling/presets.js';
import { poolingOf, poolingPresets } from '../pooling/presets.js';
import { resolveChoice, withWeldonOptions } from '../pooling/registry.js';
import { uniqueName } from './layerGraph.js';
import { checkActivation, usualActivation } from './recipe.js';

/** The two ways to drop evidence while training, both repeatable: the masks depend on seed and step alone. */

/** Drops single features; the rest is scaled up so that the mean stays. */
function dropFeatures(rate: number, name: string, seed?: number): tfl.layers.Layer {
  return seededDropout({ rate, name, seed });
}

/** Drops whole maps of `[batch, rows, columns, maps]`: WELDON's "dropmap" (CVPR 2016). */
export function dropMaps(rate: number, name: string, seed?: number): tfl.layers.Layer {
  return seededDropout({ rate, name, wholeMaps: true, seed });
}

/** What turns features into scores; the pooling's words are those of `weldonPool`. */
export interface WeldonHeadConfig extends PoolingOptions {
  /** How many classes there are, or their names. */
  classes: number | readonly string[];
  /** How class maps become scores; `kMax`, `kMin`, `alpha` and `reduction` change parts of it. Default: WELDON's. */
  pooling?: PoolingChoice;
  /** Maps per class, averaged before pooling (WILDCAT's modalities). An integer >= 1; default 1, or that of the preset. */
  maps?: number;
  /**
   * What is done to the features before the transfer layer; default `'none'`.
   * - `'regions'`: the features of each region are divided by their root mean square, see `regionNormalization`;
   * - `{ mean, deviation }`: each channel is standardised, with the statistics that `featureStatistics` measures.
   */
  normalize?: 'none' | 'regions' | ChannelStatistics;
  /** Part of the single features dropped while training, 0 <= rate < 1. Default 0. */
  dropout?: number;
  /** Part of the feature maps dropped as a whole while training (WELDON's dropmap), 0 <= rate < 1. Default 0. */
  dropMap?: number;
  /**
   * What turns scores into probabilities. Default `'softmax'`, for one class `'sigmoid'`, as the softmax of one number is
   * 1; `'sigmoid'` for several labels per image.
   */
  activation?: 'softmax' | 'sigmoid' | 'linear';
  /** Seed of the transfer layer's initial weights and of what is dropped. Default: different at every call. */
  seed?: number;
}

/** The number of classes and, where given, their names. */
function readClasses(classes: WeldonHeadConfig['classes']): { count: number; names?: string[] } {
  if (typeof classes === 'number') {
    if (!Number.isInteger(classes) || classes < 1) {
      throw expected('classes', 'a whole number >= 1, or an array of names', classes);
    }
    return { count: classes };
  }
  if (
    !Array.isArray(classes) ||
    classes.length === 0 ||
    classes.some((name) => typeof name !== 'string' || name === '')
  ) {
    throw expected('classes', 'a whole number >= 1, or an array of names', classes);
  }
  return { count: classes.length, names: [...(classes as readonly string[])] };
}

/** A head's configuration, checked and with its defaults. */
export interface ResolvedHead {
  count: number;
  names?: string[];
  maps: number;
  normalize: 'none' | 'regions' | ChannelStatistics;
  dropout: number;
  dropMap: number;
  activation: 'softmax' | 'sigmoid' | 'linear';
  seed?: number;
  pooling: Pooling;
}

function checkNormalize(normalize: unknown, owner: string): void {
  if (normalize === 'none' || normalize === 'regions') {
    return;
  }
  const { mean, deviation } = (normalize ?? {}) as Partial<ChannelStatistics>;
  if (typeof normalize !== 'object' || !Number.isInteger(mean?.length) || !Number.isInteger(deviation?.length)) {
    throw expected(`normalize for ${owner}`, "'none', 'regions' or { mean, deviation }", normalize);
  }
  checkStatistics(normalize as ChannelStatistics, owner);
}

/**
 * Checks a head's configuration before anything is built.
 *
 * @param more names of options that `owner` has besides, separated by blanks
 * @throws WeldonError naming the option that is out of range
 */
export function resolveHead(config: WeldonHeadConfig, owner: string, more: string): ResolvedHead {
  const { normalize = 'none', dropout = 0, dropMap = 0, seed } = config;
  refuseRenamed(config, 'normalise', 'normalize', owner);
  checkKeys(
    config,
    `classes pooling maps normalize dropout dropMap activation seed kMax kMin alpha reduction name recipe ${more}`,
    owner,
  );
  const own = poolingOf(config.pooling ?? {}, owner);
  const { maps = typeof config.pooling === 'string' ? poolingPresets[config.pooling].maps : 1 } = config;
  const { count, names } = readClasses(config.classes);
  const { recipe } = config as { recipe?: { classNames?: readonly string[] } };
  if (recipe?.classNames !== undefined && recipe.classNames.length !== count) {
    throw expectedInWords(
      `recipe.classNames for ${owner}`,
      `${count} names, one per class`,
      `${recipe.classNames.length}`,
    );
  }
  const { activation = usualActivation(count) } = config;
  if (!Number.isInteger(maps) || maps < 1) {
    throw expected(`maps for ${owner}`, 'a whole number >= 1', maps);
  }
  for (const [name, rate] of Object.entries({ dropout, dropMap })) {
    if (!(typeof rate === 'number' && rate >= 0 && rate < 1)) {
      throw expected(`${name} for ${owner}`, 'a number with 0 <= rate < 1', rate);
    }
  }
  checkNormalize(normalize, owner);
  if (!['softmax', 'sigmoid', 'linear'].includes(activation)) {
    throw expected(`activation for ${owner}`, "'softmax', 'sigmoid' or 'linear'", activation);
  }
  checkActivation(activation, count, owner);
  const { kMax, kMin, alpha, reduction } = config;
  const changed = Object.entries({ kMax, kMin, alpha, reduction }).filter(([, value]) => value !== undefined);
  if (changed.length > 0 && (own.kind ?? 'weldon') !== 'weldon') {
    throw expected(`${changed[0][0]} for ${owner}`, `absent beside ${own.kind} pooling`, changed[0][1]);
  }
  const pooling = resolveChoice(withWeldonOptions(own, { kMax, kMin, alpha, reduction }), owner);
  return { count, names, maps, normalize, dropout, dropMap, activation, seed, pooling };
}

/** Refuses channel statistics of features of another depth, before any layer is made. */
export function checkDepth({ normalize }: ResolvedHead, depth: number | null, owner: string): void {
  if (typeof normalize === 'object') {
    checkStatistics(normalize, owner, depth);
  }
}

/**
 * Puts a WELDON head on features: [normalisation] → [dropmap] → [dropout] → 1×1 transfer layer → [class-wise pooling] →
 * pooling → [activation]. Layers are called `normalised`, `dropmap`, `dropout`, `class_maps`, `class_wise`, `scores` and
 * `probabilities`.
 *
 * The transfer layer is a Dense layer on the 4-D tensor, which is a 1×1 convolution that every backend can train;
 * the wasm backend of TensorFlow.js 4.22 has no gradient for convolution filters.
 *
 * Source: WELDON (CVPR 2016), whose transfer layer and class maps these are; class-wise pooling from WILDCAT (CVPR
 * 2017).
 *
 * @param features `[batch, rows, columns, depth]`, channels last
 * @param taken layer names already in use; the new ones are added
 * @returns scores or probabilities, `[batch, classes]`
 */
export function weldonHead(features: tfl.SymbolicTensor, head: ResolvedHead, taken: Set<string>): tfl.SymbolicTensor {
  const name = (wanted: string) => uniqueName(wanted, taken);
  const layers: tfl.layers.Layer[] = [];
  if (head.normalize !== 'none') {
    layers.push(
      head.normalize === 'regions'
        ? regionNormalization({ name: name('normalised') })
        : channelStandardization({ statistics: head.normalize, name: name('normalised') }),
    );
  }
  if (head.dropMap > 0) {
    layers.push(dropMaps(head.dropMap, name('dropmap'), head.seed));
  }
  if (head.dropout > 0) {
    layers.push(dropFeatures(head.dropout, name('dropout'), head.seed));
  }
  layers.push(
    tfl.layers.dense({
      units: head.count * head.maps,
      // To TensorFlow.js' initialisers the seed 0 means none.
      kernelInitializer: tfl.initializers.glorotNormal(head.seed === undefined ? {} : { seed: head.seed + 1 }),
      name: name('class_maps'),
    }),
  );
  if (head.maps > 1) {
    layers.push(classWisePooling2d({ maps: head.maps, name: name('class_wise') }));
  }
  layers.push(poolingLayer(head.pooling, { name: name('scores') }));
  if (head.activation !== 'linear') {
    layers.push(tfl.layers.activation({ activation: head.activation, name: name('probabilities') }));
  }
  return layers.reduce((value, layer) => layer.apply(value) as tfl.SymbolicTensor, features);
}
