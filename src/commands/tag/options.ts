import { z } from 'zod';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { largestSide } from '../../models/resizeMapping.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import * as check from '../checkOptions.js';

/** `'xmp'`: a sidecar `name.jpg.xmp` beside each image; the others lie in the folder for results. */
export const tagFormats = ['json', 'csv', 'xmp', 'html'] as const;
export type TagFormat = (typeof tagFormats)[number];

export interface TagModelsOptions {
  /** Model folders or run folders, beside the embedded network or in its place. */
  models?: readonly string[];
  /** Whether the embedded EfficientNet-Lite0 gives its ImageNet tags, the first of all. Default true. */
  embedded?: boolean;
  /**
   * Tags an image at most, of all models together. Default: 5 of the first model and 2 of each other, which measured best;
   * the first gives so many, too, and each other at most 2.
   */
  top?: number;
  /** Side of the networks' input, pixels. Default: the models' own, and for the embedded one 224 or that of a model on its features. */
  size?: number;
  /** Parts that a model's own recipe lacks, or a JSON file with them; for all `models`. */
  recipe?: RecipeParts | string;
  /**
   * Energy, ln Σ exp(score), below which an image is none for `models`, as `guardEnergy` finds it. A class "none" of a model
   * is a guard without being asked.
   */
  guard?: number;
  /** Where the networks run; see `startRuntime`. Default: the active backend of TensorFlow.js. */
  engine?: FrozenEngine;
  /** Takes sentences about what is left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
}

export interface TagFilesOptions extends TagModelsOptions {
  /** Folder for the results, with what is known of images that were tagged before. Default `'tags'`. */
  out?: string;
  /** What to write. Default `['json']`. */
  formats?: readonly TagFormat[];
  /**
   * Folder for copies of the images with their tags inside, as XMP: pixels and all other metadata stay as they are, and so do
   * the images themselves.
   */
  copies?: string;
  /** JSON file with rules, as `checkTagRules` takes them. */
  rules?: string;
  /** Language of the rules. */
  language?: string;
  /** Probability that a tag needs, 0 … 1. Default 0. */
  least?: number;
  /** Whether to find where the evidence of each tag lies. Default false. */
  regions?: boolean;
  /** Images of more pixels are refused. Default 100 000 000. */
  maxPixels?: number;
  /** Images in one pass. It changes no result. Default 4. */
  batchSize?: number;
  /** Stops after the images in hand; what is known by then is kept, and the next call goes on from there. */
  signal?: AbortSignal;
  /** Called as images are done. */
  onImages?: (done: number, total: number, path: string) => void;
}

export const tagOptions = {
  models: check.ruled(z.array(z.string()).min(1).readonly(), 'one or more folders of models', check.toWords).optional(),
  embedded: check.yesOrNo().optional(),
  top: check.wholeNumber(1, 1000).optional(),
  size: check.wholeNumber(1, largestSide).optional(),
  recipe: check.recipe().optional(),
  guard: check.number('a number', () => true).optional(),
  engine: check.engine().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  out: check.text().optional(),
  formats: check.someOf(tagFormats).optional(),
  copies: check.text().optional(),
  rules: check.text().optional(),
  language: check.text().optional(),
  least: check.share().optional(),
  regions: check.yesOrNo().optional(),
  maxPixels: check.number('a number of pixels above 0', (value) => value > 0).optional(),
  batchSize: check.wholeNumber(1, 256).optional(),
  signal: check.abortSignal().optional(),
  onImages: check.callback<NonNullable<TagFilesOptions['onImages']>>().optional(),
} satisfies { [K in keyof Required<TagFilesOptions>]: z.ZodType<TagFilesOptions[K]> };

const schema = z.strictObject(tagOptions).superRefine(({ models, embedded }, context) => {
  if (embedded === false && models === undefined) {
    const params = { received: 'none, and the embedded network left out' };
    context.addIssue({ code: 'custom', path: ['models'], message: 'one or more folders of models', params });
  }
});

/** @throws WeldonError for an unknown option, with the nearest names, and for one out of range */
export function checkTagOptions(options: TagFilesOptions): void {
  check.checkOptions(schema, options, { owner: 'tagFiles', kind: 'options of tags' });
}
