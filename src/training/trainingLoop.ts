import { expected, expectedInWords } from '../errors.js';
import { disposeBatch } from './batchFeatures.js';
import type { Checkpoint, CheckpointStore, EpochRecord, RunPosition } from './checkpoint.js';
import type { Learner, Trainee } from './learners.js';
import { disposeLearners, openLearners, optimizerState, StepBatches } from './learners.js';
import type { OptimizerRule, OptimizerState } from './optimisation/optimizer.js';
import type { Schedule } from './optimisation/learningRate.js';
import { learningRateFactor } from './optimisation/learningRate.js';
import type { TrainingData } from './trainingData.js';

export interface LoopStep extends RunPosition {
  /** of the last batch, and length of all gradients together before clipping, learner by learner */
  losses: number[];
  norms: number[];
  learningRate: number;
}

export interface LoopOptions {
  data: TrainingData;
  /** weights have `learningRate` times their own rate */
  phases: readonly { epochs: number; learningRate: number }[];
  optimizer: OptimizerRule;
  schedule: Schedule;
  /** batches whose gradients are averaged for one step */
  accumulate: number;
  /** Whether the length of each learner's gradients is measured, refused where it is not finite, and bounded by `clipNorm`. */
  measureGradients: boolean;
  clipNorm?: number;
  monitor: 'loss' | 'metric';
  patience?: number;
  restoreBest: boolean;
  /** what has to be the same for a run to go on from a checkpoint, as plain values */
  settings: Record<string, unknown>;
  checkpoints: CheckpointStore;
  /** Goes on from the last checkpoint. One of other settings is refused, or passed over. */
  resume: 'no' | 'refuseOthers' | 'passOverOthers';
  /** Steps between checkpoints; `'often'`: after every step, but for at most a twentieth of the time. */
  checkpointEvery: number | 'often';
  /** least time between checkpoints that come often, milliseconds */
  leastPause: number;
  /** whether there is a checkpoint after every epoch and at the end, too */
  checkpointEpochs: boolean;
  onResume?: (position: RunPosition) => void;
  onStep?: (record: LoopStep) => void | Promise<void>;
  onEpoch?: (record: EpochRecord) => void | Promise<void>;
  signal?: AbortSignal;
}

export interface LoopResult {
  history: EpochRecord[];
  best: Checkpoint['best'];
  /** `'early'`: no better epoch within `patience`, or no learner left */
  stopped: 'finished' | 'early' | 'aborted';
}

/** The first setting in which a run differs from that of a checkpoint. */
function differingSetting(now: Record<string, unknown>, then: Record<string, unknown>): string | undefined {
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].find(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(then[name]),
  );
}

interface OpenPhase {
  epochs: number;
  learningRate: number;
  learners: Learner[];
  /** epoch of the run with which it begins, and the one behind its last */
  firstEpoch: number;
  endEpoch: number;
}

class Loop {
  private readonly history: EpochRecord[] = [];
  private best: Checkpoint['best'] = null;
  private position: RunPosition = { phase: 0, epoch: 0, batch: 0, step: 0 };
  /** of the unfinished epoch */
  private lossSum = 0;
  /** when the last checkpoint was saved, after which step, and how long that took, milliseconds */
  private saved = { at: -Infinity, step: 0, took: 0 };

  constructor(
    private readonly trainee: Trainee,
    private readonly options: LoopOptions,
  ) {}

  async run(): Promise<LoopResult> {
    const { phases, checkpoints, restoreBest } = this.options;
    const resumed = await this.resume();
    let stopped: LoopResult['stopped'] = resumed?.finished === true && this.outOfPatience() ? 'early' : 'finished';
    if (resumed?.finished !== true) {
      while (stopped === 'finished' && this.position.phase < phases.length) {
        const state = resumed?.position.phase === this.position.phase ? resumed.optimizer : null;
        stopped = await this.runPhase(state);
      }
      if (stopped !== 'aborted' && this.options.checkpointEpochs) {
        await this.save('last', null, true);
      }
    }
    if (stopped !== 'aborted' && restoreBest) {
      const best = await checkpoints.load('best');
      if (best !== null) {
        this.trainee.restore(best.weights);
      }
    }
    return { history: this.history, best: this.best, stopped };
  }

  private async resume(): Promise<Checkpoint | null> {
    const { resume, checkpoints, settings } = this.options;
    const found = resume === 'no' ? null : await checkpoints.load('last');
    if (found === null) {
      return null;
    }
    const other = differingSetting(settings, found.settings);
    if (other !== undefined) {
      if (resume === 'passOverOthers') {
        return null;
      }
      const then = `${JSON.stringify(found.settings[other])}, as in its checkpoint`;
      throw expected(`${other} of the resumed run`, then, settings[other]);
    }
    this.trainee.restore(found.weights);
    this.position = { ...found.position };
    this.best = found.best;
    this.lossSum = found.lossSum;
    this.saved.step = found.position.step;
    this.history.push(...found.history);
    this.options.onResume?.(found.position);
    return found;
  }

  private async runPhase(state: OptimizerState | null): Promise<LoopResult['stopped']> {
    const { position, trainee, options } = this;
    const { epochs, learningRate } = options.phases[position.phase];
    const firstEpoch = options.phases.slice(0, position.phase).reduce((sum, phase) => sum + phase.epochs, 0);
    const learners = openLearners(await trainee.begin(position.phase), options.optimizer, state);
    try {
      return await this.runEpochs({ epochs, learningRate, learners, firstEpoch, endEpoch: firstEpoch + epochs });
    } finally {
      disposeLearners(learners);
    }
  }

  private async runEpochs(phase: OpenPhase): Promise<LoopResult['stopped']> {
    const { position, options, trainee } = this;
    while (position.epoch < phase.endEpoch) {
      if (trainee.active().length === 0) {
        return 'early';
      }
      const ended = await this.runEpoch(phase);
      if (ended !== 'finished') {
        return ended;
      }
      await this.endEpoch(phase);
      if (this.outOfPatience()) {
        return 'early';
      }
      const last = position.epoch === phase.endEpoch;
      if (last) {
        position.phase++;
      }
      if (options.checkpointEpochs || this.isSaveDue()) {
        await this.save('last', last ? null : phase.learners, false);
      }
      if (options.signal?.aborted === true) {
        return 'aborted';
      }
    }
    return 'finished';
  }

  /** Trains from the present position to the end of the epoch. */
  private async runEpoch(phase: OpenPhase): Promise<LoopResult['stopped']> {
    const { position, options, trainee } = this;
    const { batchesPerEpoch } = options.data;
    let group: StepBatches | null = null;
    const refuseBatches = (count: string) =>
      expectedInWords(`epoch ${position.epoch} of the data`, `${batchesPerEpoch} batches`, count);
    try {
      for await (const batch of options.data.batches(position.epoch, position.batch)) {
        const number: number = position.batch + (group?.count ?? 0);
        if (number >= batchesPerEpoch) {
          disposeBatch(batch);
          throw refuseBatches('more');
        }
        group ??= new StepBatches(trainee, phase.learners, position);
        await group.add(batch, position.epoch * batchesPerEpoch + number);
        const complete = group.count === options.accumulate || number + 1 === batchesPerEpoch;
        if (!complete) {
          this.addLosses(await group.settle());
          continue;
        }
        const record = await this.step(phase, group);
        group.dispose();
        group = null;
        await options.onStep?.(record);
        if (position.batch === batchesPerEpoch) {
          continue;
        }
        const aborted = options.signal?.aborted === true;
        if (this.isSaveDue() || aborted) {
          await this.save('last', phase.learners, false);
        }
        if (aborted || trainee.active().length === 0) {
          return aborted ? 'aborted' : 'early';
        }
      }
    } catch (error) {
      group?.takeBack();
      throw error;
    } finally {
      group?.dispose();
    }
    if (position.batch < batchesPerEpoch) {
      throw refuseBatches(`${position.batch + (group?.count ?? 0)}`);
    }
    return 'finished';
  }

  private async step(phase: OpenPhase, group: StepBatches): Promise<LoopStep> {
    const { position, options } = this;
    const stepsPerEpoch = Math.ceil(options.data.batchesPerEpoch / options.accumulate);
    const inPhase =
      (position.epoch - phase.firstEpoch) * stepsPerEpoch + Math.floor(position.batch / options.accumulate);
    const learningRate =
      phase.learningRate * learningRateFactor(options.schedule, inPhase, phase.epochs * stepsPerEpoch);
    const { losses, norms } = await group.apply(learningRate, options);
    this.addLosses(losses);
    position.batch += group.count;
    position.step++;
    return { ...position, losses, norms, learningRate };
  }

  /** Losses that are no finite number are of learners that are lost. */
  private addLosses(losses: readonly number[]): void {
    losses.filter(Number.isFinite).forEach((loss) => {
      this.lossSum += loss;
    });
  }

  private async endEpoch(phase: OpenPhase): Promise<void> {
    const { position, options, trainee } = this;
    const record: EpochRecord = {
      epoch: position.epoch,
      phase: position.phase,
      loss: this.lossSum / options.data.batchesPerEpoch,
    };
    const validation = await trainee.validate(position);
    if (validation !== undefined) {
      record.validation = validation;
    }
    this.history.push(record);
    Object.assign(position, { epoch: position.epoch + 1, batch: 0 });
    this.lossSum = 0;
    if (validation !== undefined) {
      const { epoch } = record;
      const value = validation[options.monitor];
      const { best } = this;
      // The best of numbers that are none is the last.
      if (
        best === null ||
        Number.isNaN(best.value) ||
        (options.monitor === 'loss' ? value < best.value : value > best.value)
      ) {
        this.best = { epoch, value };
        await this.save('best', phase.learners, false);
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
      options: { checkpointEvery, leastPause },
      saved,
    } = this;
    return checkpointEvery === 'often'
      ? Date.now() - saved.at >= Math.max(leastPause, 20 * saved.took)
      : this.position.step - saved.step >= checkpointEvery;
  }

  private async save(kind: 'last' | 'best', learners: readonly Learner[] | null, finished: boolean): Promise<void> {
    const began = Date.now();
    await this.options.checkpoints.save(kind, {
      version: 1,
      settings: this.options.settings,
      position: { ...this.position },
      lossSum: this.lossSum,
      weights: await this.trainee.weights(),
      optimizer: learners === null ? null : await optimizerState(learners),
      history: [...this.history],
      best: this.best,
      finished,
    });
    if (kind === 'last') {
      const at = Date.now();
      this.saved = { at, step: this.position.step, took: at - began };
    }
  }
}

/**
 * Trains, epoch by epoch and phase by phase: the order of the batches, the learning rate, gradients over several batches,
 * checkpoints and going on from them, the best epoch, patience and stopping are the same for all that is trained.
 *
 * @throws WeldonError for data of another number of batches than they say, and for a checkpoint of other settings
 */
export function trainingLoop(trainee: Trainee, options: LoopOptions): Promise<LoopResult> {
  return new Loop(trainee, options).run();
}
