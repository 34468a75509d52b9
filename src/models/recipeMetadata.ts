import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, WeldonError } from '../errors.js';
import { resolveChoice } from '../pooling/registry.js';
import type { ModelRecipe, ResizeRule } from './recipe.js';

/** A recipe of which some parts may be missing. */
export type RecipeParts = Partial<Omit<ModelRecipe, 'input' | 'resize'>> & {
  input?: Partial<ModelRecipe['input']>;
  resize?: Partial<ResizeRule>;
};

/** The key in a model's user-defined metadata. */
const key = 'weldon';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkOneOf(what: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value as string)) {
    throw expected(what, allowed.map((word) => `'${word}'`).join(' or '), value);
  }
}

function checkNumbers(what: string, value: unknown): void {
  if (value === undefined) {
    return;
  }
  const numbers = Array.isArray(value) ? (value as unknown[]) : [value];
  const finite = numbers.every((x) => typeof x === 'number' && Number.isFinite(x));
  if (!finite || (Array.isArray(value) && numbers.length !== 3)) {
    throw expected(what, 'a finite number, or three of them, one per channel', value);
  }
  if (!numbers.every((x) => Number.isFinite(Math.fround(255 * (x as number))))) {
    throw expected(what, 'small enough for pixels up to 255 to stay finite in float32', value);
  }
}

/** Refuses invalid values; missing ones pass. */
function checkParts(recipe: unknown, owner: string): RecipeParts {
  if (!isObject(recipe)) {
    throw expected(owner, 'an object', recipe);
  }
  checkKeys(recipe, 'version name classNames input resize pooling activation license source', owner);
  const { version, name, classNames, input, resize, pooling, activation } = recipe;
  if (version !== undefined && version !== 1) {
    throw expected(`version of ${owner}`, '1', version);
  }
  for (const [part, value] of Object.entries({ name, license: recipe.license, source: recipe.source })) {
    if (value !== undefined && typeof value !== 'string') {
      throw expected(`${part} of ${owner}`, 'a text', value);
    }
  }
  if (
    classNames !== undefined &&
    !(Array.isArray(classNames) && classNames.length > 0 && classNames.every((x) => typeof x === 'string' && x !== ''))
  ) {
    throw expected(`classNames of ${owner}`, 'an array of names', classNames);
  }
  for (const [part, value] of Object.entries({ input, resize, pooling })) {
    if (value !== undefined && !isObject(value)) {
      throw expected(`${part} of ${owner}`, 'an object', value);
    }
  }
  if (isObject(input)) {
    checkKeys(input, 'colorOrder scale offset', `input of ${owner}`);
    checkOneOf(`input.colorOrder of ${owner}`, input.colorOrder, ['rgb', 'bgr']);
    checkNumbers(`input.scale of ${owner}`, input.scale);
    if ([input.scale].flat().includes(0)) {
      throw expected(`input.scale of ${owner}`, 'other than 0, which makes all images equal', input.scale);
    }
    checkNumbers(`input.offset of ${owner}`, input.offset);
  }
  if (isObject(resize)) {
    checkKeys(resize, 'rule size cropRatio', `resize of ${owner}`);
    checkOneOf(`resize.rule of ${owner}`, resize.rule, ['warp', 'crop', 'fit']);
    if (resize.size !== undefined && !(Number.isInteger(resize.size) && (resize.size as number) >= 1)) {
      throw expected(`resize.size of ${owner}`, 'a whole number of pixels >= 1', resize.size);
    }
    const ratio = resize.cropRatio;
    if (ratio !== undefined && !(typeof ratio === 'number' && ratio > 0 && ratio <= 1)) {
      throw expected(`resize.cropRatio of ${owner}`, 'a number with 0 < cropRatio <= 1', ratio);
    }
  }
  if (isObject(pooling)) {
    resolveChoice(pooling, owner);
  }
  checkOneOf(`activation of ${owner}`, activation, ['softmax', 'sigmoid', 'linear']);
  return recipe as RecipeParts;
}

/** The parts of `over`, and those of `base` that it lacks. */
export function mergeRecipes(base: RecipeParts, over: RecipeParts): RecipeParts {
  const merged: RecipeParts = { ...base, ...defined(over) };
  for (const part of ['input', 'resize', 'pooling'] as const) {
    // Options of one pooling mean nothing to another.
    const other = part === 'pooling' && over.pooling?.kind !== base.pooling?.kind;
    if (base[part] !== undefined && over[part] !== undefined && !other) {
      Object.assign(merged, { [part]: { ...base[part], ...defined(over[part]) } });
    }
  }
  return merged;
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

/** Names of the parts that a recipe lacks, for example `['classNames', 'input.scale']`. */
export function missingFromRecipe(recipe: RecipeParts): string[] {
  const needed: Record<string, unknown> = {
    classNames: recipe.classNames,
    'input.colorOrder': recipe.input?.colorOrder,
    'input.scale': recipe.input?.scale,
    'input.offset': recipe.input?.offset,
    'resize.rule': recipe.resize?.rule,
    'resize.size': recipe.resize?.size,
  };
  return Object.keys(needed).filter((part) => needed[part] === undefined);
}

/**
 * The parts of a recipe that a model carries, checked; an empty object for a model that carries none.
 *
 * @throws WeldonError naming the invalid part, for example a `resize.rule` that does not exist
 */
export function recipeParts(model: tfl.LayersModel): RecipeParts {
  const metadata = model.getUserDefinedMetadata() as Record<string, unknown> | undefined;
  const stored = metadata?.[key];
  return stored === undefined || stored === null ? {} : checkParts(stored, `the recipe of model ${model.name}`);
}

/**
 * A model's recipe, checked to have the needed parts.
 *
 * @param given parts that the model lacks, or that replace its own
 * @param needed beginnings of the names of needed parts, for example `['input', 'resize']`
 * @throws WeldonError naming every needed part that is missing, or an invalid one
 */
export function recipeWith(model: tfl.LayersModel, given: RecipeParts, needed: readonly string[]): RecipeParts {
  const owner = `the recipe of model ${model.name}`;
  const recipe = mergeRecipes(recipeParts(model), checkParts(given, owner));
  const missing = missingFromRecipe(recipe).filter((part) => needed.some((name) => part.startsWith(name)));
  if (missing.length > 0) {
    throw new WeldonError(
      `Expected ${owner} to have ${missing.join(', ')} but it has not. Give what is missing as a recipe`,
    );
  }
  return recipe;
}

/**
 * The recipe that a model carries in its user-defined metadata: class names, input scaling, resize rule and more.
 *
 * @param model a model from this package, or any other together with `given`
 * @param given parts that the model lacks, or that replace its own
 * @throws WeldonError naming every part that is missing, or an invalid one
 *
 * @example
 * const recipe = readRecipe(model, { resize: { size: 448 } });
 */
export function readRecipe(model: tfl.LayersModel, given: RecipeParts = {}): ModelRecipe {
  const recipe = recipeWith(model, given, ['classNames', 'input', 'resize']);
  return { version: 1, name: model.name, ...recipe } as ModelRecipe;
}

/**
 * Writes a recipe into a model's user-defined metadata, from where it goes into model.json; other entries stay.
 *
 * @returns the same model
 * @throws WeldonError naming the invalid part; parts may be missing, `readRecipe` asks for them
 *
 * @example
 * withRecipe(model, {
 *   version: 1, name: 'rooms', classNames: ['bar', 'cellar'],
 *   input: { colorOrder: 'rgb', scale: 1 / 127.5, offset: -1 }, resize: { rule: 'warp', size: 448 },
 * });
 */
export function withRecipe<M extends tfl.LayersModel>(model: M, recipe: RecipeParts): M {
  const parts = checkParts(recipe, `the recipe of model ${model.name}`);
  // tfjs refuses undefined in metadata; JSON is what the file holds in the end.
  const plain = JSON.parse(JSON.stringify({ version: 1, ...parts })) as object;
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), [key]: plain });
  return model;
}
