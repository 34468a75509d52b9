import type * as tfl from '@tensorflow/tfjs-layers';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildBackbone, drawBackbone, fitWeights } from '../../backbones/networks/buildBackbone.js';
import type { BatchNormMode } from '../../backbones/networks/backboneOptions.js';
import { resolveBackboneOptions } from '../../backbones/networks/backboneOptions.js';
import type { TrainedDesign } from '../../backbones/catalog.js';
import { chooseNaming } from '../../backbones/weights/checkWeights.js';
import type { FoundBackbone } from '../../backbones/findBackbone.js';
import { findBackbone, listBackbones } from '../../backbones/findBackbone.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import type { Strategy } from '../../training/fineTuneOptions.js';
import { embeddedModelFolder } from '../../node/packageRoot.js';
import { loadModel } from '../../node/models/loadModel.js';
import { modelRecipe } from '../../node/models/modelRecipe.js';
import type { TrainOptions } from './options.js';
import { openWeightFile } from '../../node/models/weightFile.js';

/** A network to put a head on, and what has to be told of it. */
export interface TrainingBackbone {
  /** the caller disposes it */
  model: tfl.LayersModel;
  name: string;
  /** What the head's recipe takes over: input scaling, licence, source. */
  recipe: RecipeParts;
  /** Side of its input in pixels, for images that shall be seen whole. */
  size: number;
  /** Whether its weights are those that it was drawn with. */
  untrained: boolean;
  /** Texts that go with its weights wherever they go. */
  licenseFiles: string[];
}

const embedded = { name: 'efficientNetLite0', folder: 'efficientnet-lite0' };
/** Networks for 224 pixels find small things better in larger images, and still see all of an image at this size. */
const usualSize = 320;

function lookUp(name: string): FoundBackbone {
  const found = findBackbone(name);
  if (found === null) {
    throw expectedInWords(
      'backbone for trainModel',
      'the name of a backbone',
      JSON.stringify(name) +
        nearestNames(
          name,
          listBackbones().map((each) => each.name),
        ),
    );
  }
  return found;
}

async function fromFolder(folder: string, given?: string): Promise<TrainingBackbone> {
  const loaded = await loadModel(folder);
  if (loaded.kind === 'graph') {
    loaded.model.dispose();
    throw new WeldonError(
      `${loaded.path} is a GraphModel, whose layers cannot be trained: give a LayersModel, or weights with a backbone`,
    );
  }
  const { model, path } = loaded;
  let recipe: RecipeParts;
  try {
    recipe = await modelRecipe(model, path, given, ['input']);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const beside = ['LICENSE', 'NOTICE'].map((name) => join(dirname(path), name)).filter(existsSync);
  return {
    model,
    recipe,
    untrained: false,
    licenseFiles: beside,
    name: recipe.name ?? basename(dirname(path)),
    size:
      recipe.resize?.size === undefined || (recipe.resize.rule === 'crop' && recipe.resize.size >= 64)
        ? usualSize
        : recipe.resize.size,
  };
}

function recipeOf({ colorOrder, input }: TrainedDesign, source: string, license?: string): RecipeParts {
  const numbers = (value: number | readonly [number, number, number]) =>
    typeof value === 'number' ? value : ([...value] as [number, number, number]);
  return { input: { colorOrder, scale: numbers(input.scale), offset: numbers(input.offset) }, source, license };
}

function sizeOf({ input }: TrainedDesign): number {
  return input.size < 64 ? input.size : usualSize;
}

/** Frozen statistics are fastest folded; a trained backbone keeps them fixed, and one that starts anew has its own. */
function batchNormFor(strategy: Strategy, folded: boolean): BatchNormMode {
  return folded || strategy === 'features' ? 'fold' : strategy === 'scratch' ? 'train' : 'freeze';
}

/** Keras' weights go by names of their own, and where these are found the network is theirs. */
function designFor(
  found: FoundBackbone,
  source: WeightSource,
): { trained: TrainedDesign; convention: string; folded: boolean } {
  const namingOf = ({ design }: TrainedDesign) => {
    const drawn = drawBackbone(
      design,
      resolveBackboneOptions(design.name, design.stages, design.last, { weights: source }),
    );
    const naming = chooseNaming(drawn.slots, source, drawn.namings);
    drawn.model.dispose();
    return naming;
  };
  const naming = namingOf(found);
  const trained = naming.convention === 'Keras' && found.keras !== undefined ? found.keras : found;
  return { trained, convention: naming.convention, folded: naming.folded };
}

async function fromWeights(found: FoundBackbone, weights: string, strategy: Strategy): Promise<TrainingBackbone> {
  const file = await openWeightFile(weights);
  try {
    const source = fitWeights(found.design, file.source, [found.design.last]);
    const { trained, convention, folded } = designFor(found, source);
    const model = await buildBackbone(trained.design, { weights: source, batchNorm: batchNormFor(strategy, folded) });
    const from = /^https?:/i.test(weights) ? weights : basename(resolve(weights));
    return {
      model,
      name: found.name,
      size: sizeOf(trained),
      untrained: false,
      licenseFiles: [],
      recipe: recipeOf(trained, `${from}, tensors named as ${convention}'s`),
    };
  } finally {
    await file.close();
  }
}

/** The network with dropout or stochastic depth in its blocks, where that is asked for. */
function withBlocks(
  found: FoundBackbone | null,
  { blockDropout, survival, seed = 0 }: Pick<TrainOptions, 'blockDropout' | 'survival' | 'seed'>,
): FoundBackbone | null {
  const asked = Object.entries({ blockDropout, survival }).filter(([, value]) => value !== undefined);
  for (const [name, value] of asked) {
    const known: readonly string[] = found?.blocks?.options ?? [];
    if (!known.includes(name === 'survival' ? name : 'dropout')) {
      const where =
        name === 'survival' ? 'a ResNet or Wide ResNet' : 'a Wide ResNet for small images, such as wrn_16_4';
      throw expected(`${name} for trainModel`, `absent where the backbone is not, by its name, ${where}`, value);
    }
  }
  return found?.blocks === undefined || asked.length === 0
    ? found
    : { ...found, design: found.blocks.design({ dropout: blockDropout, survival, seed }) };
}

/**
 * The network that a run starts from: the EfficientNet-Lite0 of this package, a model folder, a named backbone filled
 * with weights, or, to be trained from scratch, a named one as it is drawn.
 *
 * @throws WeldonError for an unknown name, with the nearest ones; for weights that cannot be read, do not fit, or do not
 *   say how pixels are scaled; and for a strategy that needs weights where there are none
 */
export async function openBackbone({
  backbone,
  weights,
  recipe,
  strategy = 'features',
  ...blocks
}: Pick<
  TrainOptions,
  'backbone' | 'weights' | 'recipe' | 'strategy' | 'blockDropout' | 'survival' | 'seed'
>): Promise<TrainingBackbone> {
  const found = withBlocks(backbone === undefined ? null : lookUp(backbone), blocks);
  if (recipe !== undefined && (found !== null || weights === undefined)) {
    throw expectedInWords(
      'recipe for trainModel',
      'given with a model folder as weights, and no backbone',
      found !== null ? `one with the backbone ${found.name}, which says all itself` : 'one without weights',
    );
  }
  if (weights !== undefined) {
    if (found !== null) {
      return fromWeights(found, weights, strategy);
    }
    if (/\.(safetensors|pth|pt|bin)$/i.test(weights)) {
      throw expectedInWords('backbone for trainModel', `named for the weights ${weights}`, 'none');
    }
    return fromFolder(weights, recipe);
  }
  if (strategy !== 'scratch') {
    if (found !== null && found.name !== embedded.name) {
      throw new WeldonError(
        `Expected weights for trainModel to be given for the backbone ${found.name}, which has none in this ` +
          `package, but received none: give a file of them, or train it from scratch (strategy scratch)`,
      );
    }
    return { ...(await fromFolder(embeddedModelFolder(embedded.folder))), name: embedded.name };
  }
  const drawn = found ?? lookUp(embedded.name);
  return {
    model: await buildBackbone(drawn.design, { batchNorm: 'train' }),
    name: drawn.name,
    size: sizeOf(drawn),
    untrained: true,
    licenseFiles: [],
    recipe: recipeOf(drawn, `${drawn.name} trained from scratch`),
  };
}
