import * as tf from '@tensorflow/tfjs-core';
import { normalDraws } from '../../random.js';
import type { CheckpointStore, RunPosition, StoredWeight } from '../checkpoint.js';
import { memoryCheckpoints, readWeights } from '../checkpoint.js';
import type { Loss } from '../losses/loss.js';
import type { TrainedWeight } from '../optimisation/optimizer.js';
import type { BatchInputs, Trainee } from '../learners.js';
import type { TrainingBatch, TrainingData } from '../trainingData.js';
import { numberBatches } from '../trainingData.js';
import { trainingLoop } from '../trainingLoop.js';
import type { FeatureSet, Normalisation } from './featureSet.js';
import { featureValues } from './featureSet.js';
import { runHeads } from './runHeads.js';
import type { HeadTensors } from './runHeads.js';
import type { HeadSpec, TrainedHead } from './headSpec.js';

export interface TrainHeadsOptions {
  features: FeatureSet;
  /** numbers of the examples to train on */
  members: ArrayLike<number>;
  /** of each example, `[examples][classes]`, 1 for a class that is there */
  multiHot: readonly Float32Array[];
  classes: number;
  normalise: Normalisation;
  loss: Loss;
  epochs: number;
  batchSize: number;
  /** λ of λ‖w‖²/2, which is added to the loss; not for biases */
  weightDecay: number;
  /** deviation of the initial weights */
  initial: number;
  /** decides the order of the batches */
  seed: number;
  /** A training with the same options that was interrupted goes on from here; one of others is passed over. Default: none. */
  checkpoints?: CheckpointStore;
  /** Steps between checkpoints; default `'often'`: every two seconds, for at most a twentieth of the time, and after the first step. */
  checkpointEvery?: number | 'often';
  /** gives a score of each head after every so many epochs, and at the end; lost ones are among them */
  validation?: { every: number; scores(heads: readonly TrainedHead[]): Promise<number[]> };
  onBatch?: (done: number, total: number) => void;
  /** called once where training goes on from a checkpoint, with the steps that are done */
  onResume?: (done: number, total: number) => void;
}

/** Features up to this size are normalised once and stay in single precision, bytes: that is a third of a step. */
const mostInMemory = 2 ** 31;

/** Gives normalised features of some examples; each is made once where there is room. */
function normalised(
  features: FeatureSet,
  count: number,
  normalise: Normalisation,
): (batch: readonly number[]) => tf.Tensor2D {
  const { rows, columns, depth } = features;
  const size = rows * columns * depth;
  const made = 4 * size * count <= mostInMemory ? new Map<number, Float32Array>() : null;
  // One room for all batches: to get tens of megabytes anew in each step takes as long as to fill them.
  let room = new Float32Array(0);
  const valuesOf = (batch: readonly number[]): Float32Array => {
    if (made === null) {
      return featureValues(features, batch, normalise);
    }
    room = room.length < batch.length * size ? new Float32Array(batch.length * size) : room;
    const values = room.subarray(0, batch.length * size);
    batch.forEach((member, i) => {
      const own = made.get(member) ?? featureValues(features, [member], normalise);
      made.set(member, own);
      values.set(own, i * size);
    });
    return values;
  };
  return (batch) => tf.tensor2d(valuesOf(batch), [batch.length * rows * columns, depth]);
}

/** Examples in memory as batches: features `[batch · regions, depth]` in place of images. */
function headData(members: readonly number[], options: TrainHeadsOptions): TrainingData {
  const { features, multiHot, classes, batchSize, seed } = options;
  const featuresOf = normalised(features, members.length, options.normalise);
  const numbers = numberBatches(members.length, batchSize, seed);
  return {
    batchesPerEpoch: numbers.batchesPerEpoch,
    async *batches(epoch, from) {
      for (const places of numbers.batches(epoch, from)) {
        const batch = places.map((place) => members[place]);
        const labels = batch.flatMap((member) => Array.from(multiHot[member]));
        yield { images: () => featuresOf(batch), labels: tf.tensor2d(labels, [batch.length, classes]) };
      }
    },
  };
}

/** A head while it is trained. */
interface HeadInTraining extends HeadTensors {
  kernel: tf.Variable<tf.Rank.R2>;
  bias: tf.Variable<tf.Rank.R1>;
  /** kernel and bias, for the optimiser, under names of their own */
  weights: TrainedWeight[];
}

function startHead(
  spec: HeadSpec,
  number: number,
  { classes, features: { depth }, initial, weightDecay }: TrainHeadsOptions,
): HeadInTraining {
  const columns = classes * spec.maps;
  const kernel = tf.tidy(() =>
    tf.variable(tf.tensor2d(normalDraws(depth * columns, initial, spec.seed), [depth, columns])),
  );
  const bias = tf.tidy(() => tf.variable(tf.zeros([columns]) as tf.Tensor1D));
  const weights = [
    { name: `kernel ${number}`, variable: kernel, rate: spec.rate, decay: weightDecay },
    { name: `bias ${number}`, variable: bias, rate: spec.rate, decay: 0 },
  ];
  return { spec, kernel, bias, weights };
}

/** Heads as a loop trains them: each is a learner, which is lost alone. */
class HeadsTrainee implements Trainee {
  readonly validatedAfter: readonly number[];
  private readonly heads: HeadInTraining[];
  /** mean loss of each epoch, head by head */
  private readonly epochLosses: Float32Array;
  /** scores after the epochs `validatedAfter`, head by head */
  private readonly validated: Float32Array;
  /** the epoch, counted from 1, in which each head was lost; 0 as long as it is not */
  private readonly lost: Float32Array;

  constructor(
    specs: readonly HeadSpec[],
    private readonly batchesPerEpoch: number,
    private readonly options: TrainHeadsOptions,
  ) {
    const { epochs, validation } = options;
    this.validatedAfter = Array.from({ length: epochs }, (_, i) => i + 1).filter(
      (epoch) => validation !== undefined && (epoch % validation.every === 0 || epoch === epochs),
    );
    this.epochLosses = new Float32Array(specs.length * epochs);
    this.validated = new Float32Array(specs.length * this.validatedAfter.length);
    this.lost = new Float32Array(specs.length);
    this.heads = specs.map((spec, i) => startHead(spec, i, options));
  }

  async begin(): Promise<TrainedWeight[][]> {
    return this.heads.map(({ weights }) => weights);
  }

  active(): readonly number[] {
    return this.heads.flatMap((_, i) => (this.lost[i] === 0 ? [i] : []));
  }

  async inputs({ images, labels }: TrainingBatch): Promise<BatchInputs> {
    try {
      return { features: await (images as () => tf.Tensor)(), labels: labels as tf.Tensor2D };
    } catch (error) {
      labels.dispose();
      throw error;
    }
  }

  losses({ features, labels }: BatchInputs, learners: readonly number[]): tf.Scalar[] {
    const { heads, options } = this;
    const own = learners.map((i) => heads[i]);
    const regions = options.features.rows * options.features.columns;
    const { scores } = runHeads(features as tf.Tensor2D, own, options.classes, regions);
    return scores.map((each) => options.loss(each, labels));
  }

  addLoss(head: number, loss: number, epoch: number): void {
    this.epochLosses[head * this.options.epochs + epoch] += loss / this.batchesPerEpoch;
  }

  diverge(head: number, _: string, __: number, { epoch }: RunPosition): void {
    this.lose(head, epoch + 1);
  }

  private lose(head: number, epoch: number): void {
    const { epochs } = this.options;
    this.lost[head] = epoch;
    this.epochLosses.fill(NaN, head * epochs + epoch - 1, (head + 1) * epochs);
  }

  async validate({ epoch }: RunPosition): Promise<undefined> {
    const { validatedAfter, options } = this;
    const point = validatedAfter.indexOf(epoch + 1);
    if (options.validation !== undefined && point >= 0) {
      (await options.validation.scores(await this.trained(epoch + 1))).forEach((score, i) => {
        this.validated[i * validatedAfter.length + point] = score;
      });
    }
  }

  /** The heads as they are at the end of an epoch, counted from 1; those with weights that are not finite are lost. */
  trained(epoch: number): Promise<TrainedHead[]> {
    const { lost, options, validatedAfter, validated } = this;
    const { classes, epochs } = options;
    return Promise.all(
      this.heads.map(async ({ spec, kernel, bias }, i): Promise<TrainedHead> => {
        const [weights, offsets] = [(await kernel.data()) as Float32Array, (await bias.data()) as Float32Array];
        if (lost[i] === 0 && !(weights.every(Number.isFinite) && offsets.every(Number.isFinite))) {
          this.lose(i, epoch);
        }
        return {
          spec,
          classes,
          depth: options.features.depth,
          kernel: weights,
          bias: offsets,
          ...(lost[i] === 0 ? {} : { lost: lost[i] }),
          losses: Array.from(this.epochLosses.subarray(i * epochs, (i + 1) * epochs)),
          validation: validatedAfter.map((after, point) => ({
            epoch: after,
            score: validated[i * validatedAfter.length + point],
          })),
        };
      }),
    );
  }

  /** What has been measured, as a checkpoint has it beside the weights. */
  private get records(): [name: string, values: Float32Array][] {
    const { epochLosses, validated, lost } = this;
    const all: [string, Float32Array][] = [
      ['losses', epochLosses],
      ['validation', validated],
      ['lost', lost],
    ];
    return all.filter(([, values]) => values.length > 0);
  }

  async weights(): Promise<StoredWeight[]> {
    const own = this.heads.flatMap(({ weights }) => weights);
    return [
      ...(await readWeights(own.map(({ name, variable }) => ({ name, shape: variable.shape, tensor: variable })))),
      ...this.records.map(([name, values]) => ({ name, shape: [values.length], values: values.slice() })),
    ];
  }

  restore(stored: readonly StoredWeight[]): void {
    const values = new Map(stored.map((weight) => [weight.name, weight.values]));
    this.records.forEach(([name, own]) => own.set(values.get(name) ?? []));
    this.heads
      .flatMap(({ weights }) => weights)
      .forEach(({ name, variable }) =>
        tf.tidy(() => variable.assign(tf.tensor(values.get(name) as Float32Array, variable.shape))),
      );
  }

  dispose(): void {
    tf.dispose(this.heads.flatMap(({ kernel, bias }) => [kernel, bias]));
  }
}

/**
 * Trains heads side by side on the same batches, or one alone: each has its own loss, weights and learning rate, and gets
 * what it would get alone; only the features are read, scaled and multiplied once for all. Adam with a cosine schedule. A
 * head whose loss or weights become NaN or infinite is lost alone, and trained no further.
 */
export async function trainHeads(specs: readonly HeadSpec[], options: TrainHeadsOptions): Promise<TrainedHead[]> {
  const { features, classes, epochs, batchSize, weightDecay, initial, seed, onBatch, onResume } = options;
  const members = Array.from(options.members);
  const data = headData(members, options);
  const steps = epochs * data.batchesPerEpoch;
  const trainee = new HeadsTrainee(specs, data.batchesPerEpoch, options);
  try {
    await trainingLoop(trainee, {
      data,
      // Each head's weights have its own.
      phases: [{ epochs, learningRate: 1 }],
      optimizer: { kind: 'adam' },
      schedule: { kind: 'cosine' },
      accumulate: 1,
      measureGradients: false,
      monitor: 'metric',
      restoreBest: false,
      settings: {
        heads: [...specs],
        validatedAfter: trainee.validatedAfter,
        members,
        classes,
        depth: features.depth,
        regions: features.rows * features.columns,
        epochs,
        batchSize,
        weightDecay,
        initial,
        seed,
      },
      checkpoints: options.checkpoints ?? memoryCheckpoints(),
      checkpointEvery: options.checkpoints === undefined ? Infinity : (options.checkpointEvery ?? 'often'),
      leastPause: 2000,
      checkpointEpochs: false,
      resume: 'passOverOthers',
      onResume: ({ step }) => onResume?.(step, steps),
      onStep: ({ step }) => onBatch?.(step, steps),
    });
    return await trainee.trained(epochs);
  } finally {
    trainee.dispose();
  }
}
