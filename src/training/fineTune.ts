import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { registerGradientKernels } from '../../kernels/gradients/registerGradientKernels.js';
import { expected, expectedInWords, WeldonError } from '../errors.js';
import { findStep, stepsFor } from '../models/layerGraph.js';
import type { FeatureCache } from './batchFeatures.js';
import { batchInputs, disposeBatch } from './batchFeatures.js';
import type { Checkpoint, EpochRecord, RunPosition } from './checkpoint.js';
import { memoryCheckpoints, readWeights, writeWeights } from './checkpoint.js';
import type { FineTuneOptions, Phase, ResolvedOptions, StepRecord } from './fineTuneOptions.js';
import { checkSettings, resolveOptions, settingsOf } from './fineTuneOptions.js';
import { hashUpTo } from './hashOfModel.js';
import { keepStatistics } from './movingStatistics.js';
import type { KeptStatistics } from './movingStatistics.js';
import type { Optimizer, TrainedWeight } from './optimisation/index.js';
import {
  addGradients,
  clipByGlobalNorm,
  createOptimizer,
  globalNorm,
  lossAndGradients,
  learningRateFactor,
} from './optimisation/index.js';
import { checkScheduledPooling } from './poolingSchedule.js';
import type { TrainingBatch, TrainingData } from './trainingData.js';
import { trainedWeights } from './trainedWeights.js';
import type { SplitGraph, TrainingGraph } from './trainingGraph.js';
import { runUpper, splitAt, trainingGraph } from './trainingGraph.js';
import { validate } from './validate.js';

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

/** One phase, ready to train. */
interface PreparedPhase {
  phase: Phase;
  split: SplitGraph;
  cache: FeatureCache | null;
  weights: TrainedWeight[];
  optimizer: Optimizer;
  /** epoch of the run with which it begins, and the one behind its last */
  firstEpoch: number;
  endEpoch: number;
  stepsPerEpoch: number;
}

class Run {
  readonly history: EpochRecord[] = [];
  best: { epoch: number; value: number } | null = null;
  position: RunPosition = { phase: 0, epoch: 0, batch: 0, step: 0 };
  private lossSum = 0;
  /** when the last checkpoint was saved, after which step, and how long that took, milliseconds */
  private saved = { at: -Infinity, step: 0, took: 0 };
  private readonly store;
  private readonly settings: Record<string, unknown>;

  constructor(
    private readonly whole: TrainingGraph,
    private readonly data: FineTuneData,
    private readonly options: ResolvedOptions,
  ) {
    this.store = options.checkpoints ?? memoryCheckpoints();
    this.settings = settingsOf(options, data.train.batchesPerEpoch);
  }

  async train(): Promise<FineTuneResult> {
    const { phases } = this.options;
    const resumed = this.options.resume === true ? await this.store.load('last') : null;
    if (resumed !== null) {
      checkSettings(this.settings, resumed.settings);
      writeWeights(this.whole.model, resumed.weights);
      Object.assign(this, { position: { ...resumed.position }, best: resumed.best, lossSum: resumed.lossSum });
      this.saved.step = resumed.position.step;
      this.history.push(...resumed.history);
    }
    let stopped: FineTuneResult['stopped'] = resumed?.finished === true && this.outOfPatience() ? 'early' : 'finished';
    if (resumed?.finished !== true) {
      while (stopped === 'finished' && this.position.phase < phases.length) {
        const prepared = await this.prepare(phases[this.position.phase]);
        try {
          const state = resumed?.position.phase === this.position.phase ? resumed.optimizer : null;
          if (state !== null) {
            prepared.optimizer.restore(state);
          }
          stopped = await this.trainPhase(prepared);
        } finally {
          prepared.optimizer.dispose();
        }
      }
      if (stopped !== 'aborted') {
        await this.save('last', null, true);
      }
    }
    if (stopped !== 'aborted' && this.options.restoreBest === true) {
      const best = await this.store.load('best');
      if (best !== null) {
        writeWeights(this.whole.model, best.weights);
      }
    }
    return { history: this.history, best: this.best, stopped };
  }

  private async prepare(phase: Phase): Promise<PreparedPhase> {
    const { whole, options } = this;
    const { graph } = whole;
    const named = options.trainFrom === undefined ? graph.inputs[0] : findStep(graph, options.trainFrom).outputs[0];
    const split = splitAt(whole, phase.frozen === 'backbone' ? whole.headFrom : named);
    const weights = trainedWeights(split, phase.backboneRate, options.weightDecay);
    const cached = options.cache !== undefined && split.lower.length > 0;
    const cache = cached
      ? { store: (options.cache as { store: FeatureCache['store'] }).store, model: await hashUpTo(graph, split.from) }
      : null;
    const index = options.phases.indexOf(phase);
    const firstEpoch = options.phases.slice(0, index).reduce((sum, { epochs }) => sum + epochs, 0);
    return {
      phase,
      split,
      cache,
      weights,
      firstEpoch,
      optimizer: createOptimizer(options.optimizer, weights),
      endEpoch: firstEpoch + phase.epochs,
      stepsPerEpoch: Math.ceil(this.data.train.batchesPerEpoch / options.accumulate),
    };
  }

  private async trainPhase(prepared: PreparedPhase): Promise<FineTuneResult['stopped']> {
    const { position } = this;
    while (position.epoch < prepared.endEpoch) {
      if ((await this.trainEpoch(prepared)) === 'aborted') {
        return 'aborted';
      }
      await this.endEpoch(prepared);
      if (this.outOfPatience()) {
        return 'early';
      }
      const last = position.epoch === prepared.endEpoch;
      if (last) {
        position.phase++;
      }
      await this.save('last', last ? null : prepared.optimizer, false);
      if (this.options.signal?.aborted === true) {
        return 'aborted';
      }
    }
    return 'finished';
  }

  /** Trains from the present position to the end of the epoch. */
  private async trainEpoch(prepared: PreparedPhase): Promise<'done' | 'aborted'> {
    const { position, options } = this;
    const { batchesPerEpoch } = this.data.train;
    let sum: tf.Tensor[] | null = null;
    let summed = 0;
    let before: KeptStatistics | null = null;
    try {
      for await (const batch of this.data.train.batches(position.epoch, position.batch)) {
        if (position.batch + summed >= batchesPerEpoch) {
          disposeBatch(batch);
          throw expectedInWords(`epoch ${position.epoch} of the data`, `${batchesPerEpoch} batches`, 'more');
        }
        if (options.batchNorm === 'train') {
          before ??= keepStatistics(prepared.split);
        }
        const { loss, gradients } = await this.differentiate(prepared, batch, position.batch + summed);
        sum = addGradients(sum, gradients);
        summed++;
        if (summed < options.accumulate && position.batch + summed < batchesPerEpoch) {
          this.lossSum += await this.readLoss(loss);
          continue;
        }
        const gradientsOfStep: tf.Tensor[] = sum;
        sum = null;
        const record = await this.step(prepared, loss, gradientsOfStep, summed);
        summed = 0;
        before?.dispose();
        before = null;
        await options.onStep?.(record);
        if (position.batch < batchesPerEpoch && this.isSaveDue()) {
          await this.save('last', prepared.optimizer, false);
        }
        if (options.signal?.aborted === true && position.batch < batchesPerEpoch) {
          await this.save('last', prepared.optimizer, false);
          return 'aborted';
        }
      }
    } catch (error) {
      before?.restore();
      throw error;
    } finally {
      tf.dispose(sum ?? []);
      before?.dispose();
    }
    if (position.batch < batchesPerEpoch) {
      throw expectedInWords(
        `epoch ${position.epoch} of the data`,
        `${batchesPerEpoch} batches`,
        `${position.batch + summed}`,
      );
    }
    return 'done';
  }

  private async differentiate(
    prepared: PreparedPhase,
    batch: TrainingBatch,
    number: number,
  ): Promise<{ loss: tf.Scalar; gradients: tf.Tensor[] }> {
    const { options, position, whole } = this;
    const { split, cache, weights } = prepared;
    const { features, labels } = await batchInputs(split, batch, cache);
    const draw = position.epoch * this.data.train.batchesPerEpoch + number;
    const layers = new Set(split.upper.map(({ layer }) => layer));
    const schedule = options.poolingSchedule;
    try {
      return lossAndGradients(() => {
        const mode = {
          training: true,
          batchNorm: options.batchNorm,
          seed: options.seed,
          draw,
          pooling: schedule === undefined ? undefined : { schedule, part: draw / this.batchesOfRun },
        } as const;
        const scores = runUpper(split, features, mode);
        const penalties = [...layers].flatMap((layer) => layer.calculateLosses());
        return penalties.reduce(
          (sum: tf.Tensor, penalty) => tf.add(sum, penalty),
          options.lossOf(scores, labels),
        ) as tf.Scalar;
      }, weights);
    } catch (error) {
      throw error instanceof WeldonError
        ? error
        : new WeldonError(
            `Cannot train model ${whole.model.name} on backend ${tf.getBackend()}: ${(error as Error).message.split('\n')[0]}`,
          );
    } finally {
      tf.dispose([features, labels]);
    }
  }

  /** Applies gradients summed over `count` batches; nothing changes where loss or gradient is no finite number. */
  private async step(
    prepared: PreparedPhase,
    loss: tf.Scalar,
    gradients: tf.Tensor[],
    count: number,
  ): Promise<StepRecord> {
    const { position, options } = this;
    const { phase, optimizer, stepsPerEpoch, firstEpoch } = prepared;
    let mean: tf.Tensor[] = gradients;
    let norm: tf.Scalar | undefined;
    try {
      if (count > 1) {
        mean = tf.tidy(() => gradients.map((gradient) => tf.mul(gradient, 1 / count)));
      }
      norm = globalNorm(mean);
      const both = tf.stack([loss, norm]);
      const [lossValue, gradientNorm] = await both.data();
      both.dispose();
      this.checkFinite('loss', lossValue);
      this.checkFinite('gradient', gradientNorm);
      const inPhase = (position.epoch - firstEpoch) * stepsPerEpoch + Math.floor(position.batch / options.accumulate);
      const learningRate =
        phase.learningRate * learningRateFactor(options.schedule, inPhase, phase.epochs * stepsPerEpoch);
      if (options.clipNorm === undefined) {
        optimizer.apply(mean, learningRate);
      } else {
        const clipped = clipByGlobalNorm(mean, norm, options.clipNorm);
        optimizer.apply(clipped, learningRate);
        tf.dispose(clipped);
      }
      this.lossSum += lossValue;
      position.batch += count;
      position.step++;
      return { ...position, loss: lossValue, learningRate, gradientNorm };
    } finally {
      tf.dispose([loss, gradients, mean, norm ?? []]);
    }
  }

  private get batchesOfRun(): number {
    return this.options.phases.reduce((sum, { epochs }) => sum + epochs, 0) * this.data.train.batchesPerEpoch;
  }

  private async readLoss(loss: tf.Scalar): Promise<number> {
    const [value] = await loss.data();
    loss.dispose();
    this.checkFinite('loss', value);
    return value;
  }

  private checkFinite(what: string, value: number): void {
    if (!Number.isFinite(value)) {
      const { step, epoch } = this.position;
      throw new WeldonError(
        `Expected the ${what} at step ${step} (epoch ${epoch}) to be a finite number but received ${value}. The model has ` +
          'its weights from before that step, and the last checkpoint stays; lower learningRate, or set clipNorm',
      );
    }
  }

  private async endEpoch(prepared: PreparedPhase): Promise<void> {
    const { position, options } = this;
    const record: EpochRecord = {
      epoch: position.epoch,
      phase: position.phase,
      loss: this.lossSum / this.data.train.batchesPerEpoch,
    };
    if (this.data.validation !== undefined) {
      record.validation = await validate(prepared.split, prepared.cache, this.data.validation, options);
    }
    this.history.push(record);
    Object.assign(position, { epoch: position.epoch + 1, batch: 0 });
    this.lossSum = 0;
    if (record.validation !== undefined) {
      const value = record.validation[options.monitor];
      const better =
        this.best === null || (options.monitor === 'loss' ? value < this.best.value : value > this.best.value);
      if (better) {
        this.best = { epoch: record.epoch, value };
        await this.save('best', prepared.optimizer, false);
      }
    }
    await options.onEpoch?.(record);
  }

  private outOfPatience(): boolean {
    const { patience } = this.options;
    return patience !== undefined && this.best !== null && this.position.epoch - 1 - this.best.epoch >= patience;
  }

  private isSaveDue(): boolean {
    const {
      options: { checkpointEvery = Infinity },
      saved,
    } = this;
    return checkpointEvery === 'often'
      ? Date.now() - saved.at >= 20 * saved.took
      : this.position.step - saved.step >= checkpointEvery;
  }

  private async save(kind: 'last' | 'best', optimizer: Optimizer | null, finished: boolean): Promise<void> {
    const began = Date.now();
    const checkpoint: Checkpoint = {
      version: 1,
      settings: this.settings,
      position: { ...this.position },
      lossSum: this.lossSum,
      weights: await readWeights(this.whole.model),
      optimizer: optimizer === null ? null : await optimizer.state(),
      history: [...this.history],
      best: this.best,
      finished,
    };
    await this.store.save(kind, checkpoint);
    if (kind === 'last') {
      const at = Date.now();
      this.saved = { at, step: this.position.step, took: at - began };
    }
  }
}

/** `fineTune` for a model whose graph has been read. */
export async function fineTuneGraph(
  whole: TrainingGraph,
  data: FineTuneData,
  options: FineTuneOptions,
): Promise<FineTuneResult> {
  const { batchesPerEpoch } = data.train;
  if (!Number.isInteger(batchesPerEpoch) || batchesPerEpoch < 1) {
    throw expected('batchesPerEpoch of the training data', 'a whole number >= 1', batchesPerEpoch);
  }
  const resolved = resolveOptions(options, whole.activation, data.validation !== undefined);
  if (resolved.poolingSchedule !== undefined) {
    checkScheduledPooling(resolved.poolingSchedule, stepsFor(whole.graph, [whole.scores]), whole.model.name);
  }
  if (tf.getBackend() === 'wasm') {
    registerGradientKernels({ replaceSlow: true });
  }
  return new Run(whole, data, resolved).train();
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
 * @param model one input, one output `[batch, classes]`; its weights are changed in place
 * @param data batches to train on, and perhaps to measure on after each epoch
 * @param options at least `strategy`, `epochs` and `learningRate`
 * @returns the epochs' losses and figures, and why the run ended
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
