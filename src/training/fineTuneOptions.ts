import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { CheckpointStore, EpochRecord, RunPosition } from './checkpoint.js';
import type { FeatureSource } from './featureStore.js';
import type { Loss } from './losses/loss.js';
import { apRanking } from './losses/apRanking.js';
import { multiLabelSoftMargin, oneVsAllLogistic } from './losses/logistic.js';
import { softmaxCrossEntropy } from './losses/softmaxCrossEntropy.js';
import { squaredHinge } from './losses/squaredHinge.js';
import type { OptimizerRule } from './optimisation/optimizer.js';
import type { Schedule } from './optimisation/learningRate.js';
import { checkRule } from './optimisation/optimizer.js';
import { checkSchedule } from './optimisation/learningRate.js';
import type { PoolingSchedule } from './poolingSchedule.js';
import { checkPoolingSchedule } from './poolingSchedule.js';

/**
 * How a network is trained on a small data set:
 * - `'scratch'`: all layers at the full rate, from the weights the model has;
 * - `'features'`: the backbone stays as it is, only the head is trained;
 * - `'fineTune'`: all layers, the backbone at `backboneRate` times the head's learning rate;
 * - `'twoPhase'`: first `'features'` for `headEpochs`, then `'fineTune'`: the WELDON paper's recipe. Where a head without
 *   any training would pull at the network, this begins steadier: on garments scattered in rooms it was 4 points better
 *   (demos/mit67/results).
 */
export type Strategy = 'scratch' | 'features' | 'fineTune' | 'twoPhase';

/** Epochs of the first phase of `'twoPhase'`, where nothing is said: half of the second's, as it was measured. */
export const usualHeadEpochs = (epochs: number): number => Math.ceil(epochs / 2);

export type LossName = 'softmax' | 'oneVsAll' | 'multiLabelSoftMargin' | 'squaredHinge' | 'apRanking';

/** Losses by their names in TensorFlow.js. */
const stockLosses = {
  categoricalCrossentropy: 'softmax',
  sparseCategoricalCrossentropy: 'softmax',
  binaryCrossentropy: 'multiLabelSoftMargin',
} as const;

/** What `onStep` is told. */
export interface StepRecord extends RunPosition {
  loss: number;
  /** of the head; weights have this times their own rate */
  learningRate: number;
  /** length of all gradients together, before clipping */
  gradientNorm: number;
}

export interface FineTuneOptions {
  strategy: Strategy;
  /** Epochs; for `'twoPhase'` those of the second phase. */
  epochs: number;
  /** Epochs of the first phase of `'twoPhase'`. Default: half of `epochs`, rounded up. */
  headEpochs?: number;
  /** Learning rate of the head, > 0. */
  learningRate: number;
  /** Learning rate of the first phase of `'twoPhase'`. Default: as `learningRate`. */
  headLearningRate?: number;
  /** Part of the learning rate that backbone layers get, >= 0. Default 0.1; 1 for `'scratch'`. */
  backboneRate?: number;
  /** Name of the last layer of the backbone. Default: found from the head. */
  headFrom?: string;
  /** Name of a layer; it and all before it stay as they are, as at prediction. Default: none. */
  trainFrom?: string;
  /** A rule or its name. Default SGD with Nesterov momentum 0.9. */
  optimizer?: OptimizerRule | OptimizerRule['kind'];
  /** Goes over each phase anew. Default constant. */
  schedule?: Schedule;
  /**
   * Pools more (or fewer) regions at first: `kMax` of the WELDON poolings goes from `from` to its own value, by the same
   * factor at every step, over the first `until` (1) of all steps of the run, both phases of `'twoPhase'` together. A
   * `kMin` that is `null` follows it. Validation, and the model afterwards, pool as the model says. Default: none.
   *
   * @example
   * poolingSchedule: { from: 0.5, until: 0.5 } // half of the regions; from the middle of the run on, the model's own kMax
   */
  poolingSchedule?: PoolingSchedule;
  /** Weight decay >= 0, of weights with two axes or more outside of normalisation layers. Default 0. */
  weightDecay?: number;
  /** `'all'`: biases and normalisation decay, too, as in the wide ResNets' recipe. Default `'kernels'`. */
  weightDecayOf?: 'kernels' | 'all';
  /** Largest length of all gradients together. Default: no limit. */
  clipNorm?: number;
  /** Batches whose gradients are averaged for one step. Default 1. */
  accumulate?: number;
  /** By its name here or in TensorFlow.js. Default: softmax behind a softmax, `'multiLabelSoftMargin'` behind a sigmoid. */
  loss?: LossName | keyof typeof stockLosses | Loss;
  /** For the losses that have a name; see `LossOptions`. */
  labelSmoothing?: number;
  classWeights?: readonly number[];
  /**
   * What batch normalisation does in trained layers: `'freeze'` uses its stored statistics, for batches too small to
   * have any; `'train'` those of the batch. Default `'train'` for `'scratch'`, `'freeze'` otherwise.
   */
  batchNorm?: 'freeze' | 'train';
  /**
   * What prediction, and so validation and the model afterwards, takes as statistics after `batchNorm: 'train'`:
   * `'moving'` averages as training leaves them; `'recomputed'` ones, of 1024 training images under the present weights,
   * before each validation and at the end (precise batch norm, Wu & Johnson 2021); `'auto'` recomputes while the moving
   * ones are young, 10 / (1 − momentum) batches: 100 for this package's builders, 1000 for tfjs' 0.99. Default `'auto'`.
   */
  batchNormAverages?: 'auto' | 'moving' | 'recomputed';
  /** Decides what dropout drops. Default 0. */
  seed?: number;
  /**
   * What validation measures besides the loss, higher is better. Default: the part of images whose best class is right;
   * for one output the part on the right side of score 0; where images have several classes, or none, mean average precision.
   */
  metric?: (scores: Float32Array, labels: Float32Array, classes: number) => number;
  /** What the best epoch is best in. Default `'metric'`; for one output without a `metric` of one's own `'loss'`. */
  monitor?: 'loss' | 'metric';
  /** Epochs without a better one after which the run stops; over all of `'twoPhase'`. Default: never. */
  patience?: number;
  /** Whether the model ends with the weights of its best epoch. Default true where there are validation data. */
  restoreBest?: boolean;
  /** Keeps the frozen part's features; every batch needs keys. */
  cache?: FeatureSource;
  /** Default: in memory. */
  checkpoints?: CheckpointStore;
  /**
   * Steps between checkpoints, besides the one after each epoch; `'often'`: after every step, or more seldom where saving
   * takes long, so that it costs a twentieth of the time at most.
   */
  checkpointEvery?: number | 'often';
  /** Go on from the last checkpoint, if there is one. Default false. */
  resume?: boolean;
  onStep?: (record: StepRecord) => void | Promise<void>;
  onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Stops the run after the step in hand, with a checkpoint. */
  signal?: AbortSignal;
}

type Activation = 'softmax' | 'sigmoid' | 'linear';

/** One phase of a run. */
export interface Phase {
  /** where the frozen part ends */
  frozen: 'backbone' | 'trainFrom';
  epochs: number;
  learningRate: number;
  backboneRate: number;
}

export interface ResolvedOptions extends Omit<FineTuneOptions, 'optimizer'> {
  phases: Phase[];
  lossOf: Loss;
  lossName: string;
  optimizer: OptimizerRule;
  schedule: Schedule;
  weightDecay: number;
  accumulate: number;
  batchNorm: 'freeze' | 'train';
  seed: number;
  monitor: 'loss' | 'metric';
}

function positiveInteger(name: string, value: number | undefined, least = 1): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least)) {
    throw expected(`${name} for fineTune`, `a whole number >= ${least}`, value);
  }
}

function finite(name: string, value: number | undefined, orZero: boolean): void {
  if (value !== undefined && !(Number.isFinite(value) && (orZero ? value >= 0 : value > 0))) {
    throw expected(`${name} for fineTune`, `a finite number ${orZero ? '>=' : '>'} 0`, value);
  }
}

function oneOf(name: string, value: unknown, words: readonly string[]): void {
  if (value !== undefined && !words.includes(value as string)) {
    throw expected(`${name} for fineTune`, words.map((word) => `'${word}'`).join(' or '), value);
  }
}

function resolveLoss(
  options: FineTuneOptions,
  activation: Activation,
  outputs: number,
): { lossOf: Loss; lossName: string } {
  const { labelSmoothing, classWeights } = options;
  const byActivation = { softmax: 'softmax', sigmoid: 'multiLabelSoftMargin', linear: undefined } as const;
  const given = options.loss ?? byActivation[activation];
  const loss = Object.hasOwn(stockLosses, given as string)
    ? stockLosses[given as keyof typeof stockLosses]
    : (given as LossName | Loss | undefined);
  if (loss === undefined) {
    throw expectedInWords('loss for fineTune', 'given for a model whose output is neither softmax nor sigmoid', 'none');
  }
  if (typeof loss === 'function') {
    return { lossOf: loss, lossName: 'function' };
  }
  if (['squaredHinge', 'apRanking'].includes(loss) && labelSmoothing) {
    throw expected(`labelSmoothing for fineTune with loss ${loss}`, '0', labelSmoothing);
  }
  if (loss === 'softmax' && outputs === 1) {
    throw expectedInWords(
      'loss for fineTune',
      "one for one output, such as 'multiLabelSoftMargin', behind a sigmoid",
      `'softmax'${options.loss === undefined ? ', as the model ends in one' : ''}: of one score it is 1, and trains nothing`,
    );
  }
  switch (loss) {
    case 'softmax':
      return { lossName: loss, lossOf: softmaxCrossEntropy({ labelSmoothing, classWeights }) };
    case 'oneVsAll':
      return { lossName: loss, lossOf: oneVsAllLogistic({ labelSmoothing, classWeights }) };
    case 'multiLabelSoftMargin':
      return { lossName: loss, lossOf: multiLabelSoftMargin({ labelSmoothing, classWeights }) };
    case 'squaredHinge':
      return { lossName: loss, lossOf: squaredHinge({ classWeights }) };
    case 'apRanking':
      return { lossName: loss, lossOf: apRanking({ classWeights }) };
    default:
      throw expected(
        'loss for fineTune',
        "'softmax', 'oneVsAll', 'multiLabelSoftMargin', 'squaredHinge', 'apRanking' or a function",
        loss,
      );
  }
}

function readRule(optimizer: FineTuneOptions['optimizer'] = 'sgd'): OptimizerRule {
  if (optimizer instanceof tf.Optimizer) {
    throw expectedInWords(
      'optimizer for fineTune',
      "'sgd', 'adam', 'adamW' or a rule such as { kind: 'adam', beta1: 0.9 }, beside learningRate",
      `a ${optimizer.getClassName()} of tf.train, whose state no checkpoint can hold`,
    );
  }
  const rule = typeof optimizer === 'string' ? { kind: optimizer } : optimizer;
  checkRule(rule);
  return rule;
}

/**
 * Checks the options and fills in what is not given.
 *
 * @throws WeldonError naming the option that is out of range
 */
export function resolveOptions(
  options: FineTuneOptions,
  activation: Activation,
  hasValidation: boolean,
  outputs: number,
): ResolvedOptions {
  checkKeys(
    options,
    'strategy epochs headEpochs learningRate headLearningRate backboneRate headFrom trainFrom optimizer schedule ' +
      'poolingSchedule weightDecay weightDecayOf clipNorm accumulate loss labelSmoothing classWeights batchNorm batchNormAverages seed metric monitor ' +
      'patience restoreBest cache checkpoints checkpointEvery resume onStep onEpoch signal',
    'fineTune',
  );
  const { strategy, epochs, learningRate } = options;
  if (!['scratch', 'features', 'fineTune', 'twoPhase'].includes(strategy)) {
    throw expected('strategy for fineTune', "'scratch', 'features', 'fineTune' or 'twoPhase'", strategy);
  }
  positiveInteger('epochs', epochs ?? NaN);
  positiveInteger('headEpochs', options.headEpochs);
  positiveInteger('accumulate', options.accumulate);
  positiveInteger('patience', options.patience);
  if (options.checkpointEvery !== 'often') {
    positiveInteger('checkpointEvery', options.checkpointEvery);
  }
  finite('learningRate', learningRate ?? NaN, false);
  finite('headLearningRate', options.headLearningRate, false);
  finite('backboneRate', options.backboneRate, true);
  finite('weightDecay', options.weightDecay, true);
  finite('clipNorm', options.clipNorm, false);
  oneOf('batchNorm', options.batchNorm, ['freeze', 'train']);
  oneOf('batchNormAverages', options.batchNormAverages, ['auto', 'moving', 'recomputed']);
  oneOf('weightDecayOf', options.weightDecayOf, ['kernels', 'all']);
  oneOf('monitor', options.monitor, ['loss', 'metric']);
  const { seed = 0 } = options;
  if (!Number.isInteger(seed)) {
    throw expected('seed for fineTune', 'a whole number', seed);
  }
  if (!hasValidation && (options.patience !== undefined || options.restoreBest === true)) {
    throw expectedInWords('the data for fineTune', 'with validation data for patience or restoreBest', 'none');
  }
  const schedule = options.schedule ?? { kind: 'constant' };
  checkSchedule(schedule);
  if (options.poolingSchedule !== undefined) {
    checkPoolingSchedule(options.poolingSchedule);
  }
  const backboneRate = options.backboneRate ?? (strategy === 'scratch' ? 1 : 0.1);
  const all: Phase = { frozen: 'trainFrom', epochs, learningRate, backboneRate };
  const head: Phase = { ...all, frozen: 'backbone' };
  const first = {
    ...head,
    epochs: options.headEpochs ?? usualHeadEpochs(epochs),
    learningRate: options.headLearningRate ?? learningRate,
  };
  const phases = { scratch: [all], fineTune: [all], features: [head], twoPhase: [first, all] }[strategy];
  return {
    ...options,
    ...resolveLoss(options, activation, outputs),
    phases,
    schedule,
    seed,
    optimizer: readRule(options.optimizer),
    weightDecay: options.weightDecay ?? 0,
    accumulate: options.accumulate ?? 1,
    batchNorm: options.batchNorm ?? (strategy === 'scratch' ? 'train' : 'freeze'),
    // Until a score crosses the border, the part of one output that is right stays what it was before training.
    monitor: options.monitor ?? (outputs === 1 && options.metric === undefined ? 'loss' : 'metric'),
    restoreBest: options.restoreBest ?? hasValidation,
  };
}

/** What has to be the same for a run to go on from a checkpoint, as plain values. */
export function settingsOf(options: ResolvedOptions, batchesPerEpoch: number): Record<string, unknown> {
  const { strategy, phases, optimizer, schedule, weightDecay, clipNorm, accumulate, lossName, batchNorm, seed } =
    options;
  const { labelSmoothing, classWeights, headFrom, trainFrom, monitor, patience, cache, poolingSchedule } = options;
  const { batchNormAverages, weightDecayOf } = options;
  const settings = {
    strategy,
    phases,
    optimizer,
    schedule,
    weightDecay,
    weightDecayOf,
    clipNorm,
    accumulate,
    loss: lossName,
    labelSmoothing,
    classWeights,
    batchNorm,
    batchNormAverages,
    seed,
    headFrom,
    trainFrom,
    monitor,
    patience,
    cache: cache !== undefined,
    batchesPerEpoch,
    poolingSchedule,
  };
  return JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
}
