import { z } from 'zod';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import type { OnnxOutput } from '../../onnx/outputNames.js';
import { opsets, outputNames } from '../../onnx/outputNames.js';
import * as check from '../checkOptions.js';

/** Formats that a model can be exported to. */
export const exportFormats = ['onnx'] as const;

export interface ExportModelOptions {
  /** A model folder, its model.json, or a run folder. Default: the EfficientNet-Lite0 of this package. */
  model?: string;
  /** The file to write: a new one, or an older export. */
  out: string;
  /** Default `'onnx'`, the only one so far. */
  format?: (typeof exportFormats)[number];
  /** Version of ONNX's operators, 17 to 23. Default 17. */
  opset?: number;
  /** Default: scores, probabilities and class maps, as far as the model has them. */
  outputs?: readonly OnnxOutput[];
  /** Stores half precision, half the size; it is computed in float32 all the same. Default false. */
  float16?: boolean;
  /** Whether the recipe's scaling is inside, so that the file takes raw pixels. Default true. */
  scaling?: boolean;
  /** Whether a classifier gets class maps without training, as for heat maps. Default true. */
  maps?: boolean;
  /** Parts that the model's own recipe lacks, or a JSON file with them. */
  recipe?: RecipeParts | string;
  /** Takes one sentence about what the file is without. Default: a line on stderr. */
  notice?: (sentence: string) => void;
}

/** What each option may be, for the command line and `exportModel` alike. */
export const exportOptions = {
  model: check.text().optional(),
  out: check.text(),
  format: check.oneOf(exportFormats).optional(),
  opset: check.wholeNumber(opsets.oldest, opsets.newest).optional(),
  outputs: check.someOf(outputNames).optional(),
  float16: check.yesOrNo().optional(),
  scaling: check.yesOrNo().optional(),
  maps: check.yesOrNo().optional(),
  recipe: check.recipe().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
} satisfies { [K in keyof Required<ExportModelOptions>]: z.ZodType<ExportModelOptions[K]> };

const schema = z.strictObject(exportOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkExportOptions(options: unknown): ExportModelOptions {
  return check.checkOptions(schema, options, { owner: 'exportModel', kind: 'options of an export' });
}
