import type * as tfl from '@tensorflow/tfjs-layers';
import {
  convolutionalize,
  missingFromRecipe,
  readOutModel,
  readRecipe,
  recipeParts,
  WeldonError,
} from '../../../src/index.js';
import type { ModelFile, ModelRecipe, ReadOut } from '../../../src/index.js';
import type { ModelName, ModelState } from '../messages.js';
import { modelFromFiles } from '../../page/worker/modelFromFiles.js';

/** A network that ends in class maps, on the active backend. */
export interface LoadedModel {
  model: tfl.LayersModel;
  readOut: ReadOut;
  recipe: ModelRecipe;
  /** the network as it is in its files */
  original: tfl.LayersModel;
}

const files = new Map<ModelName, readonly ModelFile[]>();
const loaded = new Map<ModelName, LoadedModel>();

/** The network itself where it ends in class maps, or a second one that does. */
function withClassMaps(network: tfl.LayersModel): tfl.LayersModel {
  try {
    readOutModel(network);
    return network;
  } catch (error) {
    if (error instanceof WeldonError) {
      return convolutionalize(network, { pooling: 'same' });
    }
    throw error;
  }
}

async function load(from: readonly ModelFile[]): Promise<LoadedModel> {
  const original = await modelFromFiles(from);
  try {
    const missing = missingFromRecipe(recipeParts(original)).filter((part) => part !== 'classNames');
    if (missing.length > 0) {
      throw new WeldonError(
        `This model does not say how it takes photos (${missing.join(', ')} in its recipe is missing), ` +
          'so it cannot be used here.',
      );
    }
    const model = withClassMaps(original);
    const readOut = readOutModel(model);
    if ((readOut.pooling.kind ?? 'weldon') !== 'weldon') {
      throw new WeldonError(
        `This model is pooled by ${readOut.pooling.kind}, which the knobs of this page do not have: weldon heatmap draws it.`,
      );
    }
    const { classNames = Array.from({ length: readOut.classes }, (_, i) => `class ${i}`) } = recipeParts(original);
    if (classNames.length !== readOut.classes) {
      throw new WeldonError(`This model names ${classNames.length} classes but has ${readOut.classes} maps.`);
    }
    return { original, model, readOut, recipe: readRecipe(original, { classNames }) };
  } catch (error) {
    original.dispose();
    throw error;
  }
}

function free({ model, original }: LoadedModel): void {
  if (model !== original) {
    model.dispose();
  }
  original.dispose();
}

/** Frees every network; they load again from memory when they are needed, on whichever backend is active then. */
export function freeModels(): void {
  loaded.forEach(free);
  loaded.clear();
}

/** The network of that name, on the active backend. */
export async function modelNamed(name: ModelName): Promise<LoadedModel> {
  const known = loaded.get(name);
  if (known !== undefined) {
    return known;
  }
  const from = files.get(name);
  if (from === undefined) {
    throw new WeldonError('There is no model of your own yet: teach one, or open one from files.');
  }
  const fresh = await load(from);
  loaded.set(name, fresh);
  return fresh;
}

/**
 * Takes the files of a network, in place of those of the same name.
 *
 * @throws WeldonError for files that are no usable network; the one before stays
 */
export async function setModel(name: ModelName, from: readonly ModelFile[]): Promise<ModelState> {
  const fresh = await load(from);
  const before = loaded.get(name);
  if (before !== undefined) {
    free(before);
  }
  files.set(name, from);
  loaded.set(name, fresh);
  return stateOf(name, fresh);
}

/** Forgets a network and its files. */
export function dropModel(name: ModelName): void {
  const known = loaded.get(name);
  if (known !== undefined) {
    free(known);
  }
  loaded.delete(name);
  files.delete(name);
}

export function filesOf(name: ModelName): readonly ModelFile[] | undefined {
  return files.get(name);
}

function stateOf(name: ModelName, { recipe, readOut }: LoadedModel): ModelState {
  return {
    name,
    title: recipe.name,
    classNames: recipe.classNames,
    size: recipe.resize.size,
    pooling: { kMax: 3, kMin: null, alpha: 1, reduction: 'mean', ...(recipe.pooling ?? readOut.pooling) },
  };
}
