import { z } from 'zod';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { largestSide } from '../../models/resizeMapping.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import * as check from '../checkOptions.js';

export interface EvaluateModelOptions {
  /** A model folder, its model.json, or a run folder. */
  model: string;
  /** A folder with one folder of images per class, or a CSV file of labels. */
  data: string;
  /** Folder that the paths in a CSV file start from. Default: the file's own. */
  images?: string;
  /** Side of the network's input. Default: that of the model's recipe. */
  size?: number;
  /** Parts that the model's own recipe lacks, or a JSON file with them. */
  recipe?: RecipeParts | string;
  /** Images per batch. Default 16. */
  batchSize?: number;
  /** Probability from which a class counts as found, where images have several. Default 0.5. */
  threshold?: number;
  /** Wrong images that are listed at most. Default 20. */
  worst?: number;
  /** Where the network runs; see `startRuntime`. Default: the active backend of TensorFlow.js. */
  engine?: FrozenEngine;
  signal?: AbortSignal;
  /** Takes one sentence about images that cannot be read, which are left out. Default: a line on stderr. */
  notice?: (sentence: string) => void;
  onStart?: (images: number) => void;
  /** Called with the number of images done and the path of the last. */
  onImages?: (done: number, path: string) => void;
}

/** What each option may be, for the command line and `evaluateModel` alike. */
export const evaluateOptions = {
  model: check.text(),
  data: check.text(),
  images: check.text().optional(),
  size: check.wholeNumber(1, largestSide).optional(),
  recipe: check.recipe().optional(),
  batchSize: check.wholeNumber(1).optional(),
  threshold: check.number('a number between 0 and 1', (value) => value > 0 && value < 1).optional(),
  worst: check.wholeNumber(0).optional(),
  engine: check.engine().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onStart: check.callback<(images: number) => void>().optional(),
  onImages: check.callback<(done: number, path: string) => void>().optional(),
} satisfies { [K in keyof Required<EvaluateModelOptions>]: z.ZodType<EvaluateModelOptions[K]> };

const schema = z.strictObject(evaluateOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkEvaluateOptions(options: unknown): EvaluateModelOptions {
  return check.checkOptions(schema, options, { owner: 'evaluateModel', kind: 'options of an evaluation' });
}
