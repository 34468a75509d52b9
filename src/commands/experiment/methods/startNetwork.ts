import type * as tfl from '@tensorflow/tfjs-layers';
import { drawInitialWeights } from '../../../backbones/weights/initialWeights.js';
import { expectedInWords } from '../../../errors.js';
import type { ModelRecipe } from '../../../models/recipe.js';
import { hashOfModel } from '../../../training/hashOfModel.js';
import { openBackbone } from '../../train/backbone.js';
import type { TrainedMethod } from '../config.js';
import type { ExperimentTask } from '../options.js';

/** A trained method opens its backbone anew for each training; from scratch, the training's seed draws the initial weights. */
export function opener(
  { config, weights }: Pick<ExperimentTask, 'config' | 'weights'>,
  { kind, network, blockDropout, survival }: TrainedMethod,
): (seed: number) => Promise<{ model: tfl.LayersModel; input: ModelRecipe['input']; layer: string }> {
  return async (seed) => {
    const opened = await openBackbone({
      weights: kind === 'scratch' ? undefined : weights,
      strategy: kind,
      backbone: network,
      blockDropout,
      survival,
      seed,
    });
    if (kind === 'scratch') {
      drawInitialWeights(opened.model, seed);
    }
    const input = opened.recipe.input ?? config.backbone.input;
    if (input === undefined) {
      opened.model.dispose();
      throw expectedInWords(
        'the backbone',
        'one that says how it takes images',
        'one without a recipe: say it in the config, as input',
      );
    }
    const layer = network === undefined ? config.backbone.layer : (opened.model.layers.at(-1) as tfl.layers.Layer).name;
    return { model: opened.model, input: input as ModelRecipe['input'], layer };
  };
}

/** What a training starts from, by what is in it; initial weights that are drawn are told by the training's seed. */
export async function startOf(kind: TrainedMethod['kind'], open: ReturnType<typeof opener>): Promise<unknown> {
  const { model, input, layer } = await open(0);
  try {
    return [kind === 'scratch' ? ['drawn by seed', layer] : await hashOfModel(model, layer), input];
  } finally {
    model.dispose();
  }
}
