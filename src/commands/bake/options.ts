import { z } from 'zod';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { largestSide } from '../../models/resizeMapping.js';
import type { BakeTask } from '../../node/bake/bakeJob.js';
import { bakeTasks } from '../../node/bake/bakeJob.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { presetNames } from '../../pooling/presets.js';
import type { DescriptorChoice } from '../../search/descriptors.js';
import * as check from '../checkOptions.js';

/** How {@link bakeImages} goes through images. */
export interface BakeImagesOptions {
  /** What is made of every image. Needed for a new bake; one that was begun knows it. */
  task?: BakeTask;
  /** Folder for the manifest and the shards; an address where one may be. Default `'bake'`. */
  out?: string;
  /** Writes the manifest and ends. Default false. */
  list?: boolean;
  /** Images of a job, and of its shard. Default 64. */
  chunk?: number;
  /** Folder of a LayersModel. Default: the embedded EfficientNet-Lite0. */
  model?: string;
  /** Parts that the model's own recipe lacks, or a JSON file with them. */
  recipe?: RecipeParts | string;
  /** Of features and embeddings: name of the layer whose output they are. Default: the backbone's last spatial output. */
  layer?: string;
  /** Side in pixels. Default: 224; for scores, tags and heat maps of a model the model's own. */
  size?: number;
  /** How an image becomes a square. Default `'warp'`. */
  resize?: 'warp' | 'crop';
  /** Precision that is stored. Default: `'float16'` for features and heat maps, `'float32'` for all else. */
  dtype?: 'float32' | 'float16';
  /** Of embeddings: how features become a vector. Default `'gap'`. */
  pooling?: DescriptorChoice;
  /** Of embeddings: parts of every image that get a vector of their own, 0 … 16. Default 0. */
  crops?: number;
  /** Of tags and heat maps: classes an image. Default 5. */
  top?: number;
  /** Workers on this machine: threads with a network each, or threads of ONNX Runtime. Default: as many as cores. */
  workers?: number;
  /** Address of a queue whose workers do it: `redis://…` or `postgres://…`. Default: workers on this machine. */
  queue?: string;
  /** Bytes of an image at most; larger ones are bad. Default 1 GiB. */
  maxBytes?: number;
  /** Requests a second to one host, of images by URL. Default: as many as come. */
  requestsPerHost?: number;
  /** Whether URLs may lead to this machine and its neighbours. Default false. */
  allowPrivateAddresses?: boolean;
  /** Where the network runs; see `startRuntime`. Default: the active backend of TensorFlow.js. */
  engine?: FrozenEngine;
  /** Stops after the jobs in hand; the next call goes on from there. */
  signal?: AbortSignal;
  /** Takes sentences about what is left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
  /** Called with the images that are done, and all. */
  onImages?: (done: number, total: number) => void;
}

export const collectFormats = ['jsonl', 'npy', 'safetensors', 'parquet', 'catalogue', 'cache'] as const;
export type CollectFormat = (typeof collectFormats)[number];

/** What {@link collectBake} makes of shards. */
export interface CollectBakeOptions {
  /** File or folder for the result; it must not be there yet. */
  to: string;
  /** Default: by the ending of `to`. */
  format?: CollectFormat;
  /** Takes what is there of a bake that is not finished. Default false. */
  partial?: boolean;
  /** Stops; nothing is written then, of a catalogue and a cache whole parts. */
  signal?: AbortSignal;
  /** Takes sentences about what is left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
  /** Called with the images that are written, and all. */
  onImages?: (done: number, total: number) => void;
}

/** What each option may be, for the command line and `bakeImages` alike. */
export const bakeOptions = {
  task: check.oneOf(bakeTasks).optional(),
  out: check.text().optional(),
  list: check.yesOrNo().optional(),
  chunk: check.wholeNumber(1, 1_000_000).optional(),
  model: check.text().optional(),
  recipe: check.recipe().optional(),
  layer: check.text().optional(),
  size: check.wholeNumber(1, largestSide).optional(),
  resize: check.oneOf(['warp', 'crop']).optional(),
  dtype: check.oneOf(['float32', 'float16']).optional(),
  pooling: check
    .ruled(
      z.union([z.enum(['rmac', ...presetNames]), z.custom<DescriptorChoice>((value) => typeof value === 'object')]),
      `one of rmac, ${presetNames.join(', ')}`,
    )
    .optional(),
  crops: check.wholeNumber(0, 16).optional(),
  top: check.wholeNumber(1, 1000).optional(),
  workers: check.wholeNumber(1, 256).optional(),
  queue: check.text().optional(),
  maxBytes: check.wholeNumber(1).optional(),
  requestsPerHost: check.number('a number of requests a second > 0', (value) => value > 0).optional(),
  allowPrivateAddresses: check.yesOrNo().optional(),
  engine: check.engine().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onImages: check.callback<(done: number, total: number) => void>().optional(),
} satisfies { [K in keyof Required<BakeImagesOptions>]: z.ZodType<BakeImagesOptions[K]> };

export const collectOptions = {
  to: check.text(),
  format: check.oneOf(collectFormats).optional(),
  partial: check.yesOrNo().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onImages: check.callback<(done: number, total: number) => void>().optional(),
} satisfies { [K in keyof Required<CollectBakeOptions>]: z.ZodType<CollectBakeOptions[K]> };

const bakeSchema = z.strictObject(bakeOptions);
const collectSchema = z.strictObject(collectOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkBakeOptions(options: unknown): BakeImagesOptions {
  return check.checkOptions(bakeSchema, options, { owner: 'bakeImages', kind: 'options of a bake' });
}

/** @throws WeldonError as `checkBakeOptions` */
export function checkCollectOptions(options: unknown): CollectBakeOptions {
  return check.checkOptions(collectSchema, options, { owner: 'collectBake', kind: 'options of a collection' });
}
