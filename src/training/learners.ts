import * as tf from '@tensorflow/tfjs-core';
import type { EpochRecord, RunPosition, StoredWeight } from './checkpoint.js';
import type { Optimizer, OptimizerRule, OptimizerState, TrainedWeight } from './optimisation/optimizer.js';
import { addGradients, clipByGlobalNorm, globalNorm, lossAndGradients } from './optimisation/gradients.js';
import { createOptimizer } from './optimisation/optimizer.js';
import type { TrainingBatch } from './trainingData.js';
import type { PartInputs } from './trainingGraph.js';

/** Tensors that one batch is trained on. */
export interface BatchInputs extends PartInputs {
  labels: tf.Tensor2D;
}

export function disposeInputs({ features, labels, mask }: BatchInputs): void {
  tf.dispose([features, labels, mask ?? []]);
}

/** Weights that training moves without a gradient, saved so that a step can be taken back. */
export interface SavedStatistics {
  /** Gives the weights the values they had. */
  restore(): void;
  dispose(): void;
}

/**
 * What a loop trains: learners side by side on the same batches, each with a loss, weights and an optimiser of its own. A
 * model is one learner; heads are several.
 */
export interface Trainee {
  /** Makes a phase ready, and gives the weights of each learner. */
  begin(phase: number): Promise<TrainedWeight[][]>;
  /** Numbers of the learners to train; where there are none, the run ends. */
  active(): readonly number[];
  /** Takes a batch over; the loop disposes what it gives. */
  inputs(batch: TrainingBatch): Promise<BatchInputs>;
  /**
   * The losses of `learners` on a batch, to be differentiated. Each depends on its learner's own weights alone.
   *
   * @param draw number of the batch in the whole run, which decides what is drawn at random
   */
  losses(inputs: BatchInputs, learners: readonly number[], draw: number): tf.Scalar[];
  /** The error to throw in place of one that a backend threw while it differentiated. */
  explain?(error: unknown): unknown;
  /** Saves what the forward pass changes without a gradient, for a step that fails. */
  saveStatistics?(): SavedStatistics | null;
  /** Called with each loss of each learner; `epoch` counts from 0. */
  addLoss?(learner: number, loss: number, epoch: number): void;
  /** Called where a learner's loss or gradient is no finite number: throws, or trains that learner no further. */
  diverge(learner: number, what: 'loss' | 'gradient', value: number, position: RunPosition): void;
  /** Measures what an epoch has made. */
  validate(position: RunPosition): Promise<EpochRecord['validation']>;
  /** Copies all that is trained, for a checkpoint, and takes it up again. */
  weights(): Promise<StoredWeight[]>;
  restore(weights: readonly StoredWeight[]): void;
}

/** One that is trained, in one phase. */
export interface Learner {
  weights: TrainedWeight[];
  optimizer: Optimizer;
}

/** @param state what a checkpoint remembers of their optimisers */
export function openLearners(
  weights: readonly TrainedWeight[][],
  rule: OptimizerRule,
  state: OptimizerState | null,
): Learner[] {
  const learners: Learner[] = [];
  try {
    for (const own of weights) {
      learners.push({ weights: own, optimizer: createOptimizer(rule, own) });
    }
    if (state !== null) {
      learners.forEach(({ optimizer }) => optimizer.restore(state));
    }
    return learners;
  } catch (error) {
    disposeLearners(learners);
    throw error;
  }
}

export function disposeLearners(learners: readonly Learner[]): void {
  learners.forEach(({ optimizer }) => optimizer.dispose());
}

export async function optimizerState(learners: readonly Learner[]): Promise<OptimizerState> {
  const states = await Promise.all(learners.map(({ optimizer }) => optimizer.state()));
  return {
    // Learners that are lost have taken fewer, and take no more.
    steps: Math.max(...states.map(({ steps }) => steps)),
    moments: Object.assign({}, ...states.map(({ moments }) => moments)) as OptimizerState['moments'],
  };
}

async function readScalars(scalars: readonly tf.Scalar[]): Promise<number[]> {
  const all = tf.stack([...scalars]);
  try {
    return Array.from(await all.data());
  } finally {
    all.dispose();
  }
}

/** What a step has measured, learner by learner: losses of the last batch, lengths of gradients before clipping. */
export interface MeasuredStep {
  losses: number[];
  norms: number[];
}

/** The batches of one optimiser step, whose gradients are averaged. */
export class StepBatches {
  count = 0;
  /** learners that are trained on all of them */
  private readonly active: readonly number[];
  private readonly before: SavedStatistics | null;
  /** of the last batch, learner by learner */
  private losses: tf.Scalar[] = [];
  /** sums over the batches, of all learners one after the other */
  private gradients: tf.Tensor[] | null = null;

  constructor(
    private readonly trainee: Trainee,
    private readonly learners: readonly Learner[],
    private readonly position: Readonly<RunPosition>,
  ) {
    this.active = [...trainee.active()];
    this.before = trainee.saveStatistics?.() ?? null;
  }

  /** Differentiates the losses of a batch. */
  async add(batch: TrainingBatch, draw: number): Promise<void> {
    const { trainee, active, learners } = this;
    const inputs = await trainee.inputs(batch);
    try {
      const { loss, gradients } = lossAndGradients(
        () => {
          this.losses = trainee.losses(inputs, active, draw).map((own) => tf.keep(own));
          // Weights are in their own learner's loss alone: one that is NaN leaves the gradients of the others as they are.
          return this.losses.reduce((sum, own) => tf.add(sum, own));
        },
        active.flatMap((learner) => learners[learner].weights),
      );
      if (loss !== this.losses[0]) {
        loss.dispose();
      }
      this.gradients = addGradients(this.gradients, gradients);
      this.count++;
    } catch (error) {
      throw trainee.explain?.(error) ?? error;
    } finally {
      disposeInputs(inputs);
    }
  }

  /** The losses of a batch that is not the last. */
  async settle(): Promise<number[]> {
    const { losses } = this;
    this.losses = [];
    try {
      const values = await readScalars(losses);
      values.forEach((loss, at) => this.take(at, loss));
      return values;
    } finally {
      tf.dispose(losses);
    }
  }

  /**
   * Moves the weights of every learner but those whose loss or gradient is no finite number.
   *
   * @param measureGradients whether lengths of gradients are measured, for `clipNorm` too
   */
  async apply(
    learningRate: number,
    { measureGradients, clipNorm }: { measureGradients: boolean; clipNorm?: number },
  ): Promise<MeasuredStep> {
    const { active, count, learners, losses } = this;
    const sums = this.gradients ?? [];
    const means = count === 1 ? sums : tf.tidy(() => sums.map((gradient) => tf.mul(gradient, 1 / count)));
    let lengths: tf.Scalar[] = [];
    try {
      let from = 0;
      const gradients = active.map((learner) => means.slice(from, (from += learners[learner].weights.length)));
      lengths = measureGradients ? gradients.map(globalNorm) : [];
      const values = await readScalars([...losses, ...lengths]);
      const norms = values.slice(active.length);
      active.forEach((learner, at) => {
        if (!this.take(at, values[at], norms[at])) {
          return;
        }
        const { optimizer } = learners[learner];
        const clipped = clipNorm === undefined ? null : clipByGlobalNorm(gradients[at], lengths[at], clipNorm);
        optimizer.apply(clipped ?? gradients[at], learningRate);
        tf.dispose(clipped ?? []);
      });
      return { losses: values.slice(0, active.length), norms };
    } finally {
      tf.dispose([means, lengths]);
    }
  }

  /** Takes a learner's loss; whether the learner goes on. One that an earlier batch of the step has lost does not. */
  private take(at: number, loss: number, norm = 0): boolean {
    const { trainee, position } = this;
    const learner = this.active[at];
    for (const [what, value] of [
      ['loss', loss],
      ['gradient', norm],
    ] as const) {
      if (!Number.isFinite(value)) {
        trainee.diverge(learner, what, value, position);
        return false;
      }
    }
    if (!trainee.active().includes(learner)) {
      return false;
    }
    trainee.addLoss?.(learner, loss, position.epoch);
    return true;
  }

  /** Undoes what forward passes have changed. */
  takeBack(): void {
    this.before?.restore();
  }

  dispose(): void {
    tf.dispose([this.losses, this.gradients ?? []]);
    this.before?.dispose();
  }
}
