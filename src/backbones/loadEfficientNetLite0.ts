import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, WeldonError } from '../errors.js';
import { checkStageNames } from './networks/backboneOptions.js';
import type { BackboneOptions } from './networks/backboneOptions.js';
import { cutBackbone } from './cutBackbone.js';
import { efficientNetLite0Stages } from './networks/efficientNetLite0.js';

/** The words of `BackboneOptions` that apply to stored weights; batch norm is already folded in them. */
export type LoadEfficientNetLite0Options = Pick<BackboneOptions, 'stages' | 'include'>;

/** Where a model comes from, for an error sentence. */
function nameOf(source: string | tf.io.IOHandler): string {
  return typeof source === 'string' ? source : 'the given handler';
}

async function loadWhole(source: string | tf.io.IOHandler): Promise<tfl.LayersModel> {
  try {
    return await tfl.loadLayersModel(source);
  } catch (error) {
    throw new WeldonError(
      `Expected EfficientNet-Lite0 to load from ${nameOf(source)} but received the error: ` +
        (error instanceof Error ? error.message : String(error)),
    );
  }
}

/**
 * Loads the EfficientNet-Lite0 in this package's `models/efficientnet-lite0` folder: ImageNet-1k weights, batch norm
 * folded, float16 in the files and float32 in memory (18.5 MB). Input `[batch, height, width, 3]` of any size from
 * 64 × 64 on, RGB as (pixel − 127) / 128; the model's recipe, in its user-defined metadata under `weldon`, says the
 * same. Output: the 1000 logits with `include: 'classifier'` (the default here, for that is what the folder holds), or
 * the maps of the named stages (`efficientNetLite0Stages`).
 *
 * @param source a URL of its model.json (browsers; Node over http), or any `tf.io.IOHandler`
 * @throws WeldonError for an unknown stage, a source that cannot be read, and one that is another model
 *
 * @example
 * // The classifier, from a web page's own copy of the folder
 * const classifier = await loadEfficientNetLite0('/models/efficientnet-lite0/model.json');
 * // Features at stride 16 and 32
 * const features = await loadEfficientNetLite0(url, { stages: ['stage5', 'head'] });
 */
export async function loadEfficientNetLite0(
  source: string | tf.io.IOHandler,
  options: LoadEfficientNetLite0Options = {},
): Promise<tfl.LayersModel> {
  checkKeys(options, 'stages include', 'loadEfficientNetLite0');
  const include = options.include ?? (options.stages === undefined ? 'classifier' : 'features');
  if (include !== 'features' && include !== 'classifier') {
    throw expected('include for loadEfficientNetLite0', `'features' or 'classifier'`, include);
  }
  if (include === 'classifier' && options.stages !== undefined) {
    throw expected('stages for loadEfficientNetLite0', `absent with include: 'classifier'`, options.stages);
  }
  const stages = typeof options.stages === 'string' ? [options.stages] : (options.stages ?? ['head']);
  checkStageNames('loadEfficientNetLite0', stages, efficientNetLite0Stages);
  const model = await loadWhole(source);
  const layers = new Set(model.layers.map(({ name }) => name));
  const missing = efficientNetLite0Stages.find(({ name }) => !layers.has(name));
  if (missing !== undefined) {
    model.dispose();
    throw expected(`the model at ${nameOf(source)}`, `EfficientNet-Lite0, with a layer ${missing.name}`, model.name);
  }
  return include === 'classifier' ? model : cutBackbone(model, stages);
}
