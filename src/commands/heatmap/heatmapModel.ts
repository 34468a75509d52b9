import { checkKeys, WeldonError } from '../../errors.js';
import { selectClasses } from '../../heatmaps/classSelection.js';
import { convolutionalize, headIsExact } from '../../models/convolutionalize.js';
import { endsInClassMaps, readOutModel } from '../../models/readOutModel.js';
import { refuseSmallInput } from '../../models/receptiveField.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { mergeRecipes, recipeParts } from '../../models/recipeMetadata.js';
import type { PoolingOptions } from '../../pooling/options.js';
import { withWeldonOptions } from '../../pooling/registry.js';
import { resolvePooling } from '../../pooling/regionCounts.js';
import { embeddedModelFolder } from '../../node/packageRoot.js';
import { loadHashedModel } from '../../node/models/loadModel.js';
import { modelRecipe } from '../../node/models/modelRecipe.js';
import { checkHeatmapModelOptions } from './options.js';
import type { HeatmapModelOptions, PreparedHeatmapModel } from './options.js';

/** The pooling options that were given, without those left out. */
function givenPooling({ kMax, kMin, alpha, reduction }: PoolingOptions): PoolingOptions {
  return Object.fromEntries(
    Object.entries({ kMax, kMin, alpha, reduction }).filter(([, value]) => value !== undefined),
  );
}

/**
 * Loads a model for heat maps. A classifier is turned into class maps without training; pooling options that are given
 * replace the model's own. A classifier with hidden layers behind its pooling, such as Teachable Machine's, has no class
 * maps of the same scores: Grad-CAM makes its maps.
 *
 * @throws WeldonError for a model that cannot be read, has no class maps, or lacks part of its recipe, for options out
 *   of range, and for unknown classes, with the nearest names
 *
 * @example
 * const { model, recipe } = await prepareHeatmapModel({ size: 448, kMax: 0.1 });
 */
export async function prepareHeatmapModel(options: HeatmapModelOptions = {}): Promise<PreparedHeatmapModel> {
  checkKeys(options, 'kMax kMin alpha reduction model size recipe classes', 'prepareHeatmapModel');
  checkHeatmapModelOptions(options);
  const { size } = options;
  const asked = givenPooling(options);
  resolvePooling(asked, 'heat maps');
  const loaded = await loadHashedModel(options.model ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind === 'graph') {
    throw new WeldonError(
      `${loaded.path} is a GraphModel, which has no layers to read class maps from: train a head on ` +
        'its features with attachWeldonToGraph and give the head',
    );
  }
  const own = loaded.model;
  const made: { dispose(): unknown }[] = [own];
  const dispose = () => made.forEach((model) => void model.dispose());
  try {
    const repooled = Object.keys(asked).length > 0;
    const stored = recipeParts(own);
    const fresh = repooled || !endsInClassMaps(own);
    const exact = !fresh || headIsExact(own);
    if (!exact && repooled) {
      throw new WeldonError(
        `The model ${loaded.path} has layers behind its pooling that work on the whole image, so that other pooling ` +
          'would change what it says: leave out the pooling options, and its maps are made by Grad-CAM',
      );
    }
    // With hidden layers only the places are read from it, and the maps from the model itself.
    const model = fresh
      ? convolutionalize(own, { exact, pooling: repooled ? withWeldonOptions(stored.pooling ?? {}, asked) : undefined })
      : own;
    if (fresh) {
      made.unshift(model);
    }
    const given = await modelRecipe(model, loaded.path, options.recipe, [
      'input',
      'resize.rule',
      ...(size === undefined ? ['resize.size'] : []),
    ]);
    const recipe = mergeRecipes(
      { version: 1, name: own.name, ...given },
      size === undefined ? {} : { resize: { size } },
    );
    refuseSmallInput(
      model,
      (recipe as ModelRecipe).resize.size,
      size === undefined ? 'size of the recipe' : 'size for heat maps',
    );
    const readOut = readOutModel(model);
    if (options.classes !== undefined) {
      selectClasses(options.classes, readOut.classes, recipe.classNames);
    }
    return {
      model,
      recipe: recipe as ModelRecipe,
      pooling: readOut.pooling,
      gradCam: exact ? undefined : own,
      sha256: loaded.sha256,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
