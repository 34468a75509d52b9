import { z } from 'zod';
import { expectedInWords } from '../../errors.js';
import type { PoolingOptions, Reduction } from '../../pooling/options.js';
import { poolingPresets } from '../../pooling/presets.js';
import type { PoolingPreset } from '../../pooling/presets.js';
import type { LossName, Strategy } from '../../training/fineTuneOptions.js';
import * as check from '../checkOptions.js';

/** Options of a training run, plain values; also the keys of a configuration file. */
export interface TrainOptions extends PoolingOptions {
  /** A folder with one folder of images per class, or a CSV file of labels. */
  data?: string;
  /** The run folder: new, empty, or that of a run to go on with. Default: `runs/` and the name of the data. */
  out?: string;
  /** Folder that the paths in a CSV file start from. Default: the file's own. */
  images?: string;
  /** Class folders or a CSV file, or the share of the images to hold out for it, 0 for none. Default 0.2. */
  validation?: string | number;

  /** One of `listBackbones()`, or torchvision's or timm's name of it. Default: the EfficientNet-Lite0 of this package. */
  backbone?: string;
  /** Its weights: safetensors, PyTorch checkpoint, model folder; a path or an http URL. */
  weights?: string;
  /**
   * JSON file with the input scaling of a model folder given as weights that lacks it
   * (`{"input": {"colorOrder": "rgb", "scale": 0.00784, "offset": -1}}`).
   */
  recipe?: string;
  /** Rate of the dropout between the convolutions of a Wide ResNet's blocks, 0 <= rate < 1. Default 0. */
  blockDropout?: number;
  /** Stochastic depth in a ResNet or Wide ResNet: part of the batches that train the last block. Default 1. */
  survival?: number;
  /** Layer or stage whose maps the head takes. Default: the last one with rows and columns. */
  layer?: string;

  /** See `fineTune`. Default `'features'`. */
  strategy?: Strategy;
  /** Default: 20 for `'features'`, 10 for `'fineTune'` and `'twoPhase'`, 60 for `'scratch'`. */
  epochs?: number;
  /** Epochs of the first phase of `'twoPhase'`. Default: half of `epochs`, rounded up. */
  headEpochs?: number;
  /** Of the head, > 0. Default 0.003 for `'features'`, 0.001 otherwise. */
  learningRate?: number;
  /** Learning rate of the backbone, as a share of it. Default 0.1; 1 for `'scratch'`. */
  backboneRate?: number;
  /** Default 32 for `'features'`, 16 otherwise. */
  batchSize?: number;
  /** Default: softmax for one class per image, multiLabelSoftMargin for several. */
  loss?: LossName;
  /** 0 <= ε < 1, default 0. */
  labelSmoothing?: number;
  /** Default `'adam'` for `'features'`, `'adamW'` otherwise. */
  optimizer?: 'sgd' | 'adam' | 'adamW';
  /** Default `'cosine'`. */
  schedule?: 'constant' | 'step' | 'cosine';
  /** Steps of warm-up. Default: 5 % of the run, none for `'features'`. */
  warmUp?: number;
  /** Default 0.001. */
  weightDecay?: number;
  /** `'all'`: biases and normalisation decay, too. Default `'kernels'`. */
  weightDecayOf?: 'kernels' | 'all';
  /** Largest length of all gradients together. Default: no limit. */
  clipNorm?: number;
  /** Batches per step. Default 1. */
  accumulate?: number;
  /** Layer or stage below which nothing is trained; with a cache, its output is saved. */
  trainFrom?: string;
  /** Epochs without improvement after which the run stops. Default: never. */
  patience?: number;
  /** Seed of the split, the order, initial weights, augmentation and dropout. Default 0. */
  seed?: number;

  /** How class maps become scores; `kMax`, `kMin`, `alpha`, `reduction` and `maps` change its parts. Default `'weldon'`. */
  pooling?: PoolingPreset;
  reduction?: Reduction;
  /**
   * `kMax` at the first step: a share where that is a share, a count where it is a count. It then changes step by step to
   * `kMax` at the last. Default: `kMax` throughout.
   */
  kMaxFrom?: number;
  /** Maps per class. Default: the pooling's. */
  maps?: number;
  /**
   * Normalisation of the features before the head: `'regions'` divides those of each region by their root mean square,
   * `'channels'` standardises each channel by the mean and deviation it has in the training images. Default `'none'`.
   */
  normalize?: 'none' | 'regions' | 'channels';
  /** Share of the feature maps dropped in training, 0 <= rate < 1. Default 0. */
  dropMap?: number;
  /** Share of the features dropped in training, 0 <= rate < 1. Default 0. */
  dropout?: number;

  /** Side of the network's input in pixels. Default: that of the backbone's recipe, 320 for most. */
  size?: number;
  /** `'warp'` takes the whole image, `'crop'` its middle without distortion. Default `'warp'`. */
  resize?: 'warp' | 'crop';
  /** Random changes of images in training. Default: none for `'features'`, flip and crop otherwise. */
  augment?: readonly AugmentationWord[];
  /**
   * Epochs after which the same changes repeat. The features of the frozen part are then computed once for each of
   * these variants and cached, as they are without augmentation. Default: changes are new in every epoch.
   */
  augmentEpochs?: number;
  /** Folder that keeps features of the frozen part for other runs. Default: in the run folder, until the run ends. */
  cache?: string;
  /** Steps between checkpoints within an epoch. Default 100. */
  checkpointEvery?: number;
}

/** One kind of random change. */
export type AugmentationWord = 'none' | 'flip' | 'crop' | 'padCrop' | 'color' | 'rotate' | 'scale';

const augmentations: readonly AugmentationWord[] = ['none', 'flip', 'crop', 'padCrop', 'color', 'rotate', 'scale'];

const positive = (most: number) =>
  check.number(`a number above 0, ${most} at most`, (value) => value > 0 && value <= most);
const upTo100 = () => check.number('a number from 0 to 100', (value) => value >= 0 && value <= 100);

/** What each option may be, for the command line, configuration files and `trainModel` alike. */
export const trainOptions = {
  data: check.text(),
  out: check.text(),
  images: check.text(),
  validation: check.ruled(
    z.union([z.number().gte(0).lt(1), check.text()]),
    'class folders, a CSV file, or a share of the images from 0 up to, not including, 1',
    check.toShare,
  ),
  backbone: check.text(),
  weights: check.text(),
  recipe: check.text(),
  blockDropout: check.rate(),
  survival: check.number('a number with 0 < survival <= 1', (value) => value > 0 && value <= 1),
  layer: check.text(),
  strategy: check.oneOf<Strategy>(['scratch', 'features', 'fineTune', 'twoPhase']),
  epochs: check.wholeNumber(1, 100_000),
  headEpochs: check.wholeNumber(1, 100_000),
  learningRate: positive(100),
  backboneRate: upTo100(),
  batchSize: check.wholeNumber(1, 65_536),
  loss: check.oneOf<LossName>(['softmax', 'oneVsAll', 'multiLabelSoftMargin', 'squaredHinge', 'apRanking']),
  labelSmoothing: check.rate(),
  optimizer: check.oneOf(['sgd', 'adam', 'adamW']),
  schedule: check.oneOf(['constant', 'step', 'cosine']),
  warmUp: check.wholeNumber(0, 1e9),
  weightDecay: upTo100(),
  weightDecayOf: check.oneOf(['kernels', 'all']),
  clipNorm: positive(1e9),
  accumulate: check.wholeNumber(1, 65_536),
  trainFrom: check.text(),
  patience: check.wholeNumber(1, 100_000),
  seed: check.wholeNumber(0, 2 ** 31 - 1),
  pooling: check.oneOf(Object.keys(poolingPresets) as PoolingPreset[]),
  kMax: check.regionCount(),
  kMaxFrom: check.ruled(
    check.regionCount().refine((value) => value !== 0),
    'a number of regions such as 3, or a share such as 0.5',
    check.toShare,
  ),
  kMin: check.regionCount().nullable(),
  alpha: check.number('a number from -1000 to 1000', (value) => Math.abs(value) <= 1000),
  reduction: check.oneOf<Reduction>(['mean', 'sum', 'halfMean']),
  maps: check.wholeNumber(1, 256),
  normalize: check.oneOf(['none', 'regions', 'channels']),
  dropMap: check.rate(),
  dropout: check.rate(),
  size: check.wholeNumber(16, 4096),
  resize: check.oneOf(['warp', 'crop']),
  augment: check.someOf(augmentations),
  augmentEpochs: check.wholeNumber(1, 1000),
  cache: check.text(),
  checkpointEvery: check.wholeNumber(1, 1e9),
} satisfies { [K in keyof Required<TrainOptions>]: z.ZodType<TrainOptions[K]> };

/** All of them, each optional. */
export const trainSchema = z.strictObject(trainOptions).partial();

/** Options with today's names: runs and configuration files of 0.1.0 have `normalise`, which is still read. */
export function withNewNames<T>(options: T): T {
  if (typeof options !== 'object' || options === null || !('normalise' in options)) {
    return options;
  }
  const { normalise, ...others } = options;
  return { normalize: normalise, ...others } as T;
}

/**
 * Refuses unknown names, with the nearest known ones, and values out of range. Options that are `undefined` pass.
 *
 * @param owner for the sentences: the function, or the configuration file
 */
export function checkTrainOptions(options: unknown, owner: string): TrainOptions {
  return check.checkOptions(trainSchema, withNewNames(options), { owner, kind: 'options of a run' });
}

/**
 * Options of a run from a JSON file: an object with the names of {@link TrainOptions}. The `config.json` of a run folder
 * is one too; its options are taken. Paths in it are used as they stand, from where the command is run.
 *
 * @throws WeldonError for a file that cannot be read, text that is no JSON object, an unknown option (with the nearest
 *   names), and a value out of range
 */
export async function readTrainConfig(path: string): Promise<Partial<TrainOptions>> {
  const json = await check.readConfigFile(path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw expectedInWords(path, 'a JSON object with options of a run', Array.isArray(json) ? 'an array' : `${json}`);
  }
  const { weldonRun, options } = json as { weldonRun?: unknown; options?: unknown };
  return checkTrainOptions(weldonRun !== undefined && options !== undefined ? options : json, path);
}
