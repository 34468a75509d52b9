import { z } from 'zod';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import type { DescriptorChoice } from '../../search/descriptors.js';
import { presetNames } from '../../pooling/presets.js';
import * as check from '../checkOptions.js';

/** How {@link indexImages} bakes a catalogue. */
export interface IndexImagesOptions {
  /** Folder of the catalogue; made if it is not there. Default `'catalogue'`. */
  out?: string;
  /** Where the vectors are kept instead: `postgres://user:password@host:port/database?catalogue=name`. */
  store?: string;
  /** Folder of a LayersModel. Default: that of the catalogue, for a new one the embedded EfficientNet-Lite0. */
  model?: string;
  /** How features become a vector. Default: the catalogue's, for a new one `'gap'`. */
  pooling?: DescriptorChoice;
  /** Side in pixels that images are embedded at. Default: the catalogue's, for a new one 224. */
  size?: number;
  /** Parts of every image that get a vector of their own, 0 … 16. Default: the catalogue's, for a new one 0. */
  crops?: number;
  /** CSV file with one line an image: its path, and what may be filtered by. */
  meta?: string;
  /** Takes out also what a server was given and no file of the images is. Default false. */
  prune?: boolean;
  /** Where the network runs; see `startRuntime`. Default: the active backend of TensorFlow.js. */
  engine?: FrozenEngine;
  /** Stops after the images in hand; the next call goes on from there. */
  signal?: AbortSignal;
  /** Takes sentences about images that are left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
  /** Called with the number of images whose vectors are there, and all. */
  onImages?: (done: number, total: number) => void;
}

/** What each option may be, for the command line and `indexImages` alike. */
export const indexOptions = {
  out: check.text().optional(),
  store: check
    .ruled(
      z.string().refine((value) => /^postgres(ql)?:\/\//i.test(value)),
      'an address that begins with postgres://',
    )
    .optional(),
  model: check.text().optional(),
  pooling: check
    .ruled(
      z.union([z.enum(['rmac', ...presetNames]), z.custom<DescriptorChoice>((value) => typeof value === 'object')]),
      `one of rmac, ${presetNames.join(', ')}`,
    )
    .optional(),
  size: check.wholeNumber(32, 4096).optional(),
  crops: check.wholeNumber(0, 16).optional(),
  meta: check.text().optional(),
  prune: check.yesOrNo().optional(),
  engine: check.engine().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onImages: check.callback<(done: number, total: number) => void>().optional(),
} satisfies { [K in keyof Required<IndexImagesOptions>]: z.ZodType<IndexImagesOptions[K]> };

const schema = z.strictObject(indexOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkIndexOptions(options: unknown): IndexImagesOptions {
  return check.checkOptions(schema, options, { owner: 'indexImages', kind: 'options of a bake' });
}
