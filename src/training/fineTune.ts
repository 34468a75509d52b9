import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { registerGradientKernels } from '../../kernels/gradients/registerGradientKernels.js';
import { checkKeys, expected, expectedInWords, WeldonError } from '../errors.js';
import { findStep, stepsFor } from '../models/layerGraph.js';
import { areYoung, recomputeAverages, saveAverages } from './batchNormAverages.js';
import type { FeatureCache } from './batchFeatures.js';
import { batchInputs, featureCache } from './batchFeatures.js';
import type { EpochRecord, RunPosition, StoredWeight } from './checkpoint.js';
import { memoryCheckpoints, modelWeights, writeWeights } from './checkpoint.js';
import { DivergenceError } from './divergence.js';
import type { FineTuneOptions, ResolvedOptions } from './fineTuneOptions.js';
import { resolveOptions, settingsOf } from './fineTuneOptions.js';
import type { BatchInputs, SavedStatistics, Trainee } from './learners.js';
import type { TrainedWeight } from './optimisation/optimizer.js';
import { checkScheduledPooling } from './poolingSchedule.js';
import { validate } from './scoring.js';
import type { TrainingBatch, TrainingData } from './trainingData.js';
import { trainedWeights } from './optimisation/optimizer.js';
import type { SplitGraph, TrainingGraph } from './trainingGraph.js';
import { cutAt, runUpper, splitAt, trainingGraph } from './trainingGraph.js';
import { trainingLoop } from './trainingLoop.js';

export interface FineTuneData {
  train: TrainingData;
  /** not trained on; measured after every epoch */
  validation?: TrainingData;
}

export interface FineTuneResult {
  history: EpochRecord[];
  /** `null` without validation data */
  best: { epoch: number; value: number } | null;
  /** why the run ended: all epochs done, no better epoch within `patience`, or `signal` */
  stopped: 'finished' | 'early' | 'aborted';
}

/** A model as a loop trains it: one learner, the part above the cut of the present phase. */
class ModelTrainee implements Trainee {
  private split!: SplitGraph;
  private cache: FeatureCache | null = null;
  private readonly batchesOfRun: number;

  constructor(
    private readonly whole: TrainingGraph,
    private readonly data: FineTuneData,
    private readonly options: ResolvedOptions,
  ) {
    this.batchesOfRun = options.phases.reduce((sum, { epochs }) => sum + epochs, 0) * data.train.batchesPerEpoch;
  }

  async begin(number: number): Promise<TrainedWeight[][]> {
    const { whole, options } = this;
    const { frozen, backboneRate } = options.phases[number];
    const split = frozen === 'backbone' ? splitAt(whole, whole.headFrom) : cutAt(whole, options.trainFrom);
    const weights = trainedWeights(split, backboneRate, options.weightDecay, options.weightDecayOf);
    this.cache = await featureCache(split, options.cache);
    this.split = split;
    return [weights];
  }

  active(): readonly number[] {
    return [0];
  }

  inputs(batch: TrainingBatch): Promise<BatchInputs> {
    return batchInputs(this.split, batch, this.cache);
  }

  losses(inputs: BatchInputs, _: readonly number[], draw: number): tf.Scalar[] {
    const { split, options, batchesOfRun } = this;
    const { batchNorm, seed, poolingSchedule: schedule } = options;
    const pooling = schedule === undefined ? undefined : { schedule, part: draw / batchesOfRun };
    const scores = runUpper(split, inputs, { training: true, batchNorm, seed, draw, pooling });
    const penalties = [...new Set(split.upper.map(({ layer }) => layer))].flatMap((layer) => layer.calculateLosses());
    return [
      penalties.reduce(
        (sum: tf.Tensor, penalty) => tf.add(sum, penalty),
        options.lossOf(scores, inputs.labels),
      ) as tf.Scalar,
    ];
  }

  explain(error: unknown): unknown {
    const [line] = (error as Error).message.split('\n');
    return error instanceof WeldonError
      ? error
      : new WeldonError(`Cannot train model ${this.whole.model.name} on backend ${tf.getBackend()}: ${line}`);
  }

  saveStatistics(): SavedStatistics | null {
    return this.options.batchNorm === 'train' ? saveAverages(this.split) : null;
  }

  diverge(_: number, what: string, value: number, { step, epoch }: RunPosition): never {
    throw new DivergenceError({ subject: `the ${what} at`, step, epoch, value }, 'before');
  }

  /** Brings the averages of batch normalisation up to the weights, where the option or their age asks for it. */
  private async settleAverages({ phase, epoch }: RunPosition): Promise<void> {
    const { split, data, options } = this;
    const { batchNorm, batchNormAverages, phases } = options;
    if (batchNorm === 'freeze' || batchNormAverages === 'moving') {
      return;
    }
    const epochsBefore = phases.slice(0, phase).reduce((sum, { epochs }) => sum + epochs, 0);
    const batches = (epoch + 1 - epochsBefore) * data.train.batchesPerEpoch;
    if (batchNormAverages === 'recomputed' || areYoung(split, batches)) {
      await recomputeAverages(split, data.train.batches(epoch, 0), (batch) => this.inputs(batch));
    }
  }

  async validate(position: RunPosition): Promise<EpochRecord['validation']> {
    const { validation } = this.data;
    const lastEpoch = this.options.phases.reduce((sum, { epochs }) => sum + epochs, 0) - 1;
    if (validation !== undefined || position.epoch === lastEpoch) {
      await this.settleAverages(position);
    }
    return validation && validate(this.split, this.cache, validation, this.options, position);
  }

  weights(): Promise<StoredWeight[]> {
    return modelWeights(this.whole.model);
  }

  restore(weights: readonly StoredWeight[]): void {
    writeWeights(this.whole.model, weights);
  }
}

function checkData(name: string, data: TrainingData): void {
  if (typeof data?.batches !== 'function') {
    throw expectedInWords(
      `${name} in the data of fineTune`,
      'batches as arrayData and imageBatches of tfjs-weldon/node make them, or { batchesPerEpoch, batches(epoch, from) }',
      Array.isArray(data) ? 'an array' : 'something without batches',
    );
  }
}

/** `fineTune` for a model whose graph has been read. */
export async function fineTuneGraph(
  whole: TrainingGraph,
  data: FineTuneData,
  options: FineTuneOptions,
): Promise<FineTuneResult> {
  checkKeys(data, 'train validation', 'the data of fineTune');
  checkData('train', data.train);
  if (data.validation !== undefined) {
    checkData('validation', data.validation);
  }
  const { batchesPerEpoch } = data.train;
  if (!Number.isInteger(batchesPerEpoch) || batchesPerEpoch < 1) {
    throw expected('batchesPerEpoch of the training data', 'a whole number >= 1', batchesPerEpoch);
  }
  const resolved = resolveOptions(options, whole.activation, data.validation !== undefined, whole.classes);
  if (resolved.trainFrom !== undefined) {
    // It may be needed in the second phase alone.
    findStep(whole.graph, resolved.trainFrom);
  }
  if (resolved.poolingSchedule !== undefined) {
    checkScheduledPooling(resolved.poolingSchedule, stepsFor(whole.graph, [whole.scores]), whole.model.name);
  }
  if (tf.getBackend() === 'wasm') {
    registerGradientKernels({ replaceSlow: true });
  }
  const { onStep } = options;
  return trainingLoop(new ModelTrainee(whole, data, resolved), {
    ...resolved,
    data: data.train,
    measureGradients: true,
    restoreBest: resolved.restoreBest === true,
    settings: settingsOf(resolved, batchesPerEpoch),
    checkpoints: resolved.checkpoints ?? memoryCheckpoints(),
    checkpointEvery: resolved.checkpointEvery ?? Infinity,
    leastPause: 0,
    checkpointEpochs: true,
    resume: resolved.resume === true ? 'refuseOthers' : 'no',
    onStep: ({ losses: [loss], norms: [gradientNorm], learningRate, ...position }) =>
      onStep?.({ ...position, loss, learningRate, gradientNorm }),
  });
}

/**
 * Trains a model on a data set, on whichever backend is active: from scratch, its head on frozen features, all of it, or
 * the head first and then all; see {@link FineTuneOptions}. On the wasm backend it registers the gradient kernels that
 * the backend lacks.
 *
 * A frozen part runs as at prediction: no dropout, stored batch statistics. With a `cache` its features are computed once
 * per example. With `checkpoints` the run can be stopped at any moment and goes on, with `resume`, to the same result as
 * an uninterrupted one with the same options and data: bit for bit on cpu and wasm, as far as the order of additions
 * goes elsewhere. What tfjs' noise layers (GaussianNoise and the like) draw is the one thing that is not repeated.
 *
 * @param model one input, or bags and the mask that its pooling takes, and one output `[batch, classes]`; its weights are changed in place
 * @param data batches to train on, and perhaps to measure on after each epoch
 * @param options at least `strategy`, `epochs` and `learningRate`
 * @returns the epochs' losses and metrics, and why the run ended
 * @throws WeldonError for options, data or a model that cannot be used; for a checkpoint of other settings; and where
 *   loss or gradient is no finite number, with the step: the model then has its weights from before that step
 *
 * @example
 * const model = attachWeldon(backbone, { classes: ['bar', 'cellar'], kMax: 0.2, dropMap: 0.3 });
 * await fineTune(model, { train, validation }, {
 *   strategy: 'twoPhase', headEpochs: 5, epochs: 10, learningRate: 1e-3, optimizer: { kind: 'adamW' },
 *   weightDecay: 1e-4, schedule: { kind: 'cosine', warmUp: 20 }, checkpoints, resume: true,
 * });
 */
export async function fineTune(
  model: tfl.LayersModel,
  data: FineTuneData,
  options: FineTuneOptions,
): Promise<FineTuneResult> {
  return fineTuneGraph(trainingGraph(model, options.headFrom), data, options);
}
