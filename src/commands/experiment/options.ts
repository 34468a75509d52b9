import { z } from 'zod';
import type { ImageDataSet } from '../../node/datasets/imageDataSet.js';
import { runtimeBackends } from '../../node/runtime/backendNames.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import * as check from '../checkOptions.js';
import type { ExperimentData } from '../../node/datasets/readers/splits.js';
import type { ExperimentResults } from '../report/results.js';
import type { DataSetConfig, ExperimentConfig } from './config.js';

/** Kinds of data sets that `--dataset` names. */
export const namedDataSets = ['folder', 'scene15', 'labelledList', 'cifar', 'mit67', 'pascalVoc'] as const;
export type DataSetKind = (typeof namedDataSets)[number];

type ScatteredObjects = Extract<DataSetConfig, { kind: 'scatteredObjects' }>;

/** Images that are not there yet, and what making them takes. */
export interface ImagesToMake {
  images: number;
  seconds: number;
  bytes: number;
}

/** Makes the data set of an experiment that is not given one. */
export interface DataMaker {
  /** What `make` would put into a folder, with nothing written; `null` if it is there already. */
  plan(
    folder: string,
    config: ScatteredObjects,
  ): Promise<{ train: ImageDataSet; test: ImageDataSet; making: ImagesToMake } | null>;
  make(folder: string, config: ScatteredObjects, onImage: (done: number, total: number) => void): Promise<unknown>;
}

/** The cache where none is given. */
export const usualCache = '.cache/experiment';

/** What an experiment is run on, and where its results go. */
export interface ExperimentOptions {
  /** JSON file that says what to run; recipes are in `demos/mit67/recipes`. Default: a recipe for `data`. */
  config?: string;
  /** Folder of the data set. */
  data?: string;
  /** What `data` is. Default: what `config` says; without it, what the folder holds. */
  dataset?: DataSetKind;
  /** Random divisions of class folders into train and test; estimates are their means. */
  splits?: number;
  /** Folder of a LayersModel to take as backbone. Default: the EfficientNet-Lite0 of this package. */
  weights?: string;
  /** File of the results, JSON. Default: below `cache`. */
  out?: string;
  /** File of the report. Default: below `cache`. */
  html?: string;
  /** Folder where features and results are cached. Default `.cache/experiment`. */
  cache?: string;
  /** Where to compute. Default `'auto'`. */
  backend?: 'auto' | RuntimeBackend;
  /** Threads that read images, compute features and train heads; 0: the calling thread alone. */
  jobs?: number;
  /** Ids of the only methods to run; what they are made from runs too. Default: all but those marked `full`. */
  methods?: readonly string[];
  /** Runs the methods too that the config marks `full`, for they take long. */
  full?: boolean;
  /** Goes on without images that are listed but not there. */
  allowMissing?: boolean;
  /** Goes on where images are in train and in test under different names. */
  allowShared?: boolean;
  /** Goes on without images that cannot be read. */
  skipCorrupt?: boolean;
  /** The command line before its options, as results tell it. Default `weldon experiment`. */
  command?: string;
  /** Makes the data set of a config of scattered objects where `data` is not given. */
  maker?: DataMaker;
  /** Told what is under way and how much of it is done. */
  onProgress?: (what: string, done: number, total: number, note?: string) => void;
  /** Takes sentences that a reader should know. Default: lines on stderr. */
  notice?: (sentence: string) => void;
}

/** What a run goes by, from its config to its results. */
export interface ExperimentTask {
  config: ExperimentConfig;
  data: ExperimentData;
  /** folder of the backbone; default: the one of this package */
  weights?: string;
  /** where features and results are cached */
  cache: string;
  jobs?: number;
  /** where networks that stay as they are run */
  engine: FrozenEngine;
  made: ExperimentResults['made'];
  /** how an image is named in the results */
  pathOf(path: string): string;
  tell(what: string, done: number, total: number, note?: string): void;
  notice(sentence: string): void;
}

/** What each option may be, for the command line and `runExperiment` alike. */
export const experimentOptions = {
  config: check.text().optional(),
  data: check.text().optional(),
  dataset: check.oneOf(namedDataSets).optional(),
  splits: check.wholeNumber(1).optional(),
  weights: check.text().optional(),
  out: check.text().optional(),
  html: check.text().optional(),
  cache: check.text().optional(),
  backend: check.oneOf(['auto', ...runtimeBackends]).optional(),
  jobs: check.wholeNumber(0, 64).optional(),
  methods: check.ruled(z.array(z.string()).min(1).readonly(), 'ids of methods').optional(),
  full: check.yesOrNo().optional(),
  allowMissing: check.yesOrNo().optional(),
  allowShared: check.yesOrNo().optional(),
  skipCorrupt: check.yesOrNo().optional(),
  command: check.text().optional(),
  maker: check
    .instance<DataMaker>('a maker of a data set', (value) => typeof value === 'object' && value !== null)
    .optional(),
  onProgress: check.callback<NonNullable<ExperimentOptions['onProgress']>>().optional(),
  notice: check.callback<NonNullable<ExperimentOptions['notice']>>().optional(),
} satisfies { [K in keyof Required<ExperimentOptions>]: z.ZodType<ExperimentOptions[K]> };

const schema = z.strictObject(experimentOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkExperimentOptions(options: ExperimentOptions, owner: string): void {
  check.checkOptions(schema, options, { owner, kind: 'options of an experiment' });
}
