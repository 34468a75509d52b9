import type * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { colorMapNames } from '../../heatmaps/colorMaps.js';
import { rangeRules } from '../../heatmaps/displayRange.js';
import type { DisplayRange } from '../../heatmaps/displayRange.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import type { Decoding } from '../../node/images/readForModel.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import type { Pooling } from '../../pooling/kinds.js';
import type { PoolingOptions, Reduction } from '../../pooling/options.js';
import type { HeatmapStyle } from '../../render/composite.js';
import { largestSide } from '../../models/resizeMapping.js';
import * as check from '../checkOptions.js';

/** `'png'`: the image; `'json'`: raw maps with all that is known; `'npy'`: raw maps as a NumPy array. */
export type HeatmapFormat = 'png' | 'json' | 'npy';

export const heatmapFormats: readonly HeatmapFormat[] = ['png', 'json', 'npy'];

/** One file per image, or one page for all. */
export type OutputFormat = HeatmapFormat | 'html';

export const outputFormats: readonly OutputFormat[] = [...heatmapFormats, 'html'];

export interface HeatmapModelOptions extends PoolingOptions {
  /** Folder or model.json of a LayersModel. Default: the embedded EfficientNet-Lite0. */
  model?: string;
  /** Side of the network's input in pixels, at least 1. Default: that of the model's recipe. */
  size?: number;
  /** Parts that the model's own recipe lacks, or a JSON file with them. */
  recipe?: RecipeParts | string;
  /** Classes by number or name; they are looked up before any image is read. */
  classes?: readonly (string | number)[];
}

/** A model that ends in class maps and pooling, with everything that images need. */
export interface PreparedHeatmapModel {
  model: tfl.LayersModel;
  recipe: ModelRecipe;
  /** how its maps are pooled */
  pooling: Pooling;
  /** the model itself, where Grad-CAM makes the maps; `model` then only says where they lie */
  gradCam?: tfl.LayersModel;
  /** hash of the model's files */
  sha256: string;
  dispose(): void;
}

export interface HeatmapFilesOptions extends HeatmapModelOptions, HeatmapStyle {
  /** Folder for the results; made if it is not there. Default `'heatmaps'`. */
  out?: string;
  /** What to write. Default `['png']`. */
  formats?: readonly OutputFormat[];
  /** Number of best classes per image, without `classes`. Default 5. */
  top?: number;
  /** Images of more pixels are refused. Default 100 000 000. */
  maxPixels?: number;
  /**
   * Skip images that have results of the same content, model and options already; not with `'html'`. Default false.
   */
  resume?: boolean;
  /** How JPEGs are decoded. Default: `'reduced'` where another engine than TensorFlow.js runs the network, else `'full'`. */
  decode?: Decoding;
  /** Where the network runs; see `startRuntime`. Default: the active backend of TensorFlow.js. */
  engine?: FrozenEngine;
  /** Lines for the head of the HTML page, such as the backend's name. */
  details?: string[];
  /** Stops after the current image; files that are written are whole. */
  signal?: AbortSignal;
  /** Takes sentences about what is passed over in folders, or is there already. Default: lines on stderr. */
  notice?: (sentence: string) => void;
  /** Called once everything is ready: the number of images to come, the model, and how many `resume` leaves out. */
  onStart?: (images: number, model: PreparedHeatmapModel, there: number) => void;
}

const modelOptions = {
  model: check.text().optional(),
  size: check.wholeNumber(1, largestSide).optional(),
  recipe: check.recipe().optional(),
  classes: check
    .ruled(z.array(z.union([z.string(), z.number()])).min(1), "names or numbers of the model's classes", check.toWords)
    .optional(),
  kMax: check.regionCount().optional(),
  kMin: check.regionCount().nullable().optional(),
  alpha: check.number('a number', () => true).optional(),
  reduction: check.oneOf<Reduction>(['mean', 'sum', 'halfMean']).optional(),
} satisfies { [K in keyof Required<HeatmapModelOptions>]: z.ZodType<HeatmapModelOptions[K]> };

/** What each option may be, for the command line and `heatmapFiles` alike. */
export const heatmapOptions = {
  ...modelOptions,
  out: check.text().optional(),
  formats: check.someOf(outputFormats).optional(),
  top: check.wholeNumber(1).optional(),
  maxPixels: check.number('a number of pixels above 0', (value) => value > 0).optional(),
  resume: check.yesOrNo().optional(),
  decode: check.oneOf<Decoding>(['full', 'reduced']).optional(),
  engine: check.engine().optional(),
  details: z.array(z.string()).optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onStart: check.callback<NonNullable<HeatmapFilesOptions['onStart']>>().optional(),
  colors: check.oneOf(colorMapNames).optional(),
  range: check
    .ruled(
      z.union([z.enum(rangeRules), z.custom<DisplayRange>((value) => typeof value === 'object' && value !== null)]),
      `one of ${rangeRules.join(', ')}, or a range of numbers`,
    )
    .optional(),
  ownRange: check.yesOrNo().optional(),
  opacity: check.share().optional(),
  saturation: check.share().optional(),
  fade: check.yesOrNo().optional(),
  method: check.oneOf(['bilinear', 'bicubic']).optional(),
  outlines: check.oneOf(['cells', 'boxes', 'none']).optional(),
} satisfies { [K in keyof Required<HeatmapFilesOptions>]: z.ZodType<HeatmapFilesOptions[K]> };

const kind = 'options of heat maps';
const modelSchema = z.object(modelOptions);
const filesSchema = z.strictObject(heatmapOptions).superRefine(({ resume, formats }, context) => {
  if (resume === true && formats?.includes('html') === true) {
    const params = { received: 'both: a page cannot be continued' };
    context.addIssue({ code: 'custom', path: ['resume'], message: 'used without the format html', params });
  }
});

/** @throws WeldonError for an option out of range; others than those of the model pass, which other functions take */
export function checkHeatmapModelOptions(options: HeatmapModelOptions): void {
  check.checkOptions(modelSchema, options, { owner: 'prepareHeatmapModel', kind });
}

/** @throws WeldonError for an unknown option, with the nearest names, and for one out of range */
export function checkHeatmapOptions(options: HeatmapFilesOptions): void {
  check.checkOptions(filesSchema, options, { owner: 'heatmapFiles', kind });
}
