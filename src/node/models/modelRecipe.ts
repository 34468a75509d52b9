import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { decodeText } from '../readText.js';
import { readPlainFile } from '../storage/plainFile.js';
import { missingFromRecipe, recipeWith } from '../../models/recipeMetadata.js';

/** Parts of a recipe, from a JSON file where a path is given. */
async function givenParts(recipe: RecipeParts | string | undefined): Promise<RecipeParts> {
  if (typeof recipe !== 'string') {
    return recipe ?? {};
  }
  try {
    return JSON.parse(decodeText(await readPlainFile(recipe))?.text ?? '') as RecipeParts;
  } catch (error) {
    throw expectedInWords(
      `the recipe ${recipe}`,
      "a JSON file with parts of a model's recipe",
      error instanceof SyntaxError ? 'text that is not JSON' : `no readable file (${(error as Error).message})`,
    );
  }
}

/** What a model's recipe can be completed by: each part as an example. */
const examples: Record<string, string> = {
  classNames: '"classNames": ["cat", "dog"]',
  input: '"input": {"colorOrder": "rgb", "scale": 0.00784, "offset": -1}',
  resize: '"resize": {"rule": "warp", "size": 224}',
};

/**
 * The recipe of a model from the disk: what it says itself, and over that what is given, as parts or as a JSON file of
 * parts.
 *
 * @param path of the model, for the sentences
 * @param needed beginnings of the names of needed parts, for example `['classNames', 'input', 'resize.rule']`
 * @throws WeldonError naming what the model does not say, with an example, or a part that cannot be right
 */
export async function modelRecipe(
  model: tfl.LayersModel,
  path: string,
  given: RecipeParts | string | undefined,
  needed: readonly string[],
): Promise<RecipeParts> {
  const recipe = recipeWith(model, await givenParts(given), []);
  const missing = missingFromRecipe(recipe).filter((part) => needed.some((name) => part.startsWith(name)));
  if (missing.length > 0) {
    const shown = Object.keys(examples)
      .filter((name) => missing.some((part) => part.startsWith(name)))
      .map((name) => examples[name]);
    throw new WeldonError(
      `The model ${path} does not say ${missing.join(', ')}: give a JSON file that does with --recipe, for example ` +
        `{${shown.join(', ')}}`,
    );
  }
  return recipe;
}
