import * as tf from '@tensorflow/tfjs-core';
import { mixSeeds, normalDraws } from '../../random.js';
import type { StoredWeight } from '../checkpoint.js';
import type { Loss, TrainedWeight } from '../index.js';
import { createOptimizer, learningRateFactor } from '../index.js';
import { lossAndGradients } from '../optimisation/index.js';
import type { Optimizer, OptimizerState } from '../optimisation/index.js';
import { shuffledOrder } from '../trainingData.js';
import type { FeatureSet, Normalisation } from './featureSet.js';
import { featureValues } from './featureSet.js';
import type { HeadCheckpoints, HeadsState } from './headCheckpoints.js';
import { runHeads } from './runHeads.js';
import type { HeadTensors } from './runHeads.js';
import type { HeadSpec, TrainedHead } from './headSpec.js';

export interface TrainHeadsOptions {
  features: FeatureSet;
  /** numbers of the examples to train on */
  members: ArrayLike<number>;
  /** marks of each example, `[examples][classes]`, 1 for a class that is there */
  marks: readonly Float32Array[];
  classes: number;
  normalise: Normalisation;
  loss: Loss;
  epochs: number;
  batchSize: number;
  /** λ of λ‖w‖²/2, which is added to the loss; not for biases */
  weightDecay: number;
  /** deviation of the first weights */
  initial: number;
  /** decides the order of the batches */
  seed: number;
  /** keeps how far training is, and goes on where an earlier one with the same options was interrupted */
  checkpoints?: HeadCheckpoints;
  /** tells a figure of each head as it is after every so many epochs, and at the end; lost ones are among them */
  judge?: { every: number; figures(heads: readonly TrainedHead[]): Promise<number[]> };
  onBatch?: (done: number, total: number) => void;
  /** called once where training goes on from a checkpoint, with the steps that are done */
  onResume?: (done: number, total: number) => void;
}

/** Features up to this size are normalised once and kept in single precision, bytes: that is a third of a step. */
const mostKept = 2 ** 31;

/** Gives normalised features of some examples; each is made once where there is room. */
function normalised(
  features: FeatureSet,
  count: number,
  normalise: Normalisation,
): (batch: readonly number[]) => tf.Tensor2D {
  const { rows, columns, depth } = features;
  const size = rows * columns * depth;
  const kept = 4 * size * count <= mostKept ? new Map<number, Float32Array>() : null;
  // One room for all batches: to get tens of megabytes anew in each step takes as long as to fill them.
  let room = new Float32Array(0);
  const valuesOf = (batch: readonly number[]): Float32Array => {
    if (kept === null) {
      return featureValues(features, batch, normalise);
    }
    room = room.length < batch.length * size ? new Float32Array(batch.length * size) : room;
    const values = room.subarray(0, batch.length * size);
    batch.forEach((member, i) => {
      const own = kept.get(member) ?? featureValues(features, [member], normalise);
      kept.set(member, own);
      values.set(own, i * size);
    });
    return values;
  };
  return (batch) => tf.tensor2d(valuesOf(batch), [batch.length * rows * columns, depth]);
}

/** A head while it is trained. */
interface HeadInTraining extends HeadTensors {
  kernel: tf.Variable<tf.Rank.R2>;
  bias: tf.Variable<tf.Rank.R1>;
  /** kernel and bias, for the optimiser, under names of their own */
  weights: TrainedWeight[];
  optimizer: Optimizer;
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
  try {
    return { spec, kernel, bias, weights, optimizer: createOptimizer({ kind: 'adam' }, weights) };
  } catch (error) {
    tf.dispose([kernel, bias]);
    throw error;
  }
}

/** Losses and gradients of one batch, head by head; both are pushed to `held`, which the caller disposes. */
function oneStep(
  heads: readonly HeadInTraining[],
  run: () => tf.Scalar[],
  held: tf.Tensor[],
): { losses: tf.Scalar[]; gradients: tf.Tensor[][] } {
  let losses: tf.Scalar[] = [];
  const sumOfLosses = () => {
    losses = run().map((own) => tf.keep(own));
    held.push(...losses);
    // Each head's weights are in its own loss alone, so that one that is NaN leaves the gradients of the others as they are.
    return losses.reduce((sum, own) => tf.add(sum, own));
  };
  const { loss, gradients } = lossAndGradients(
    sumOfLosses,
    heads.flatMap(({ weights }) => weights),
  );
  held.push(loss, ...gradients);
  return { losses, gradients: heads.map((_, i) => gradients.slice(2 * i, 2 * i + 2)) };
}

/**
 * Trains several heads side by side on the same batches: each has its own loss, weights and learning rate, and gets what
 * it would get alone; only the features are read, scaled and multiplied once for all. Adam with a cosine schedule. A head
 * whose loss or weights become NaN or infinite is lost alone, and trained no further.
 */
export async function trainHeads(specs: readonly HeadSpec[], options: TrainHeadsOptions): Promise<TrainedHead[]> {
  const { features, marks, classes, epochs, batchSize, weightDecay, initial, loss, checkpoints, judge } = options;
  const { rows, depth } = features;
  const members = Array.from(options.members);
  const regions = rows * features.columns;
  const batchesPerEpoch = Math.ceil(members.length / batchSize);
  const steps = epochs * batchesPerEpoch;
  // Mean loss of each epoch, head by head.
  const losses = new Float32Array(specs.length * epochs);
  // The epoch, counted from 1, in which each head was lost; 0 as long as it is not.
  const lost = new Float32Array(specs.length);
  const judgedAfter = Array.from({ length: epochs }, (_, i) => i + 1).filter(
    (epoch) => judge !== undefined && (epoch % judge.every === 0 || epoch === epochs),
  );
  const judged = new Float32Array(specs.length * judgedAfter.length);
  const batchOf = normalised(features, members.length, options.normalise);
  const settings = {
    specs: [...specs],
    judgedAfter,
    members,
    classes,
    depth,
    regions,
    epochs,
    batchSize,
    weightDecay,
    initial,
    seed: options.seed,
  };
  const heads: HeadInTraining[] = [];
  const lose = (i: number, epoch: number) => {
    lost[i] = epoch;
    losses.fill(NaN, i * epochs + epoch - 1, (i + 1) * epochs);
  };
  const trainedHeads = (epoch: number) =>
    Promise.all(
      heads.map(async ({ spec, kernel, bias }, i): Promise<TrainedHead> => {
        const [weights, offsets] = [(await kernel.data()) as Float32Array, (await bias.data()) as Float32Array];
        if (lost[i] === 0 && !(weights.every(Number.isFinite) && offsets.every(Number.isFinite))) {
          lose(i, epoch);
        }
        return {
          spec,
          classes,
          depth,
          kernel: weights,
          bias: offsets,
          ...(lost[i] === 0 ? {} : { lost: lost[i] }),
          losses: Array.from(losses.subarray(i * epochs, (i + 1) * epochs)),
          judged: judgedAfter.map((after, point) => ({ epoch: after, figure: judged[i * judgedAfter.length + point] })),
        };
      }),
    );
  const save = async (step: number) => {
    const states = await Promise.all(heads.map(({ optimizer }) => optimizer.state()));
    const own = (name: string, values: Float32Array) =>
      values.length === 0 ? [] : [{ name, shape: [values.length], values }];
    await checkpoints?.save(settings, {
      step,
      optimizer: {
        steps: step,
        moments: Object.assign({}, ...states.map(({ moments }) => moments)) as OptimizerState['moments'],
      },
      weights: [
        ...(await storedWeights(heads.flatMap(({ weights }) => weights))),
        ...own('losses', losses),
        ...own('judged', judged),
        ...own('lost', lost),
      ],
    });
  };
  const goOnFrom = ({ step, weights, optimizer: state }: HeadsState) => {
    const valuesOf = (wanted: string) => weights.find(({ name }) => name === wanted)?.values ?? [];
    losses.set(valuesOf('losses'));
    judged.set(valuesOf('judged'));
    lost.set(valuesOf('lost'));
    for (const { optimizer, weights: own } of heads) {
      optimizer.restore(state);
      own.forEach(({ name, variable }) => tf.tidy(() => variable.assign(tf.tensor(valuesOf(name), variable.shape))));
    }
    options.onResume?.(step, steps);
  };
  try {
    specs.forEach((spec, i) => heads.push(startHead(spec, i, options)));
    const kept = (await checkpoints?.find(settings)) ?? null;
    if (kept !== null) {
      goOnFrom(kept);
    }
    for (let step = kept?.step ?? 0; step < steps && lost.includes(0); step++) {
      const epoch = Math.floor(step / batchesPerEpoch);
      const order = shuffledOrder(members.length, mixSeeds(options.seed, epoch));
      const at = (step % batchesPerEpoch) * batchSize;
      const batch = Array.from(order.subarray(at, at + batchSize), (place) => members[place]);
      const training = heads.map((_, i) => i).filter((i) => lost[i] === 0);
      const held: tf.Tensor[] = [];
      try {
        const x = batchOf(batch);
        held.push(x);
        const labels = tf.tensor2d(
          batch.flatMap((member) => Array.from(marks[member])),
          [batch.length, classes],
        );
        held.push(labels);
        const own = training.map((i) => heads[i]);
        const result = oneStep(
          own,
          () => runHeads(x, own, classes, regions).scores.map((scores) => loss(scores, labels)),
          held,
        );
        const values = await Promise.all(result.losses.map((one) => one.data()));
        training.forEach((i, place) => {
          const [value] = values[place];
          if (!Number.isFinite(value)) {
            lose(i, epoch + 1);
            return;
          }
          losses[i * epochs + epoch] += value / batchesPerEpoch;
          heads[i].optimizer.apply(result.gradients[place], learningRateFactor({ kind: 'cosine' }, step, steps));
        });
      } finally {
        tf.dispose(held);
      }
      const point = (step + 1) % batchesPerEpoch === 0 ? judgedAfter.indexOf(epoch + 1) : -1;
      if (judge !== undefined && point >= 0) {
        (await judge.figures(await trainedHeads(epoch + 1))).forEach((figure, i) => {
          judged[i * judgedAfter.length + point] = figure;
        });
      }
      if (checkpoints?.due() === true) {
        await save(step + 1);
      }
      options.onBatch?.(step + 1, steps);
    }
    return await trainedHeads(epochs);
  } finally {
    heads.forEach(({ kernel, bias, optimizer }) => {
      optimizer.dispose();
      tf.dispose([kernel, bias]);
    });
  }
}

function storedWeights(weights: readonly TrainedWeight[]): Promise<StoredWeight[]> {
  return Promise.all(
    weights.map(async ({ name, variable }) => ({
      name,
      shape: variable.shape,
      values: Float32Array.from(await variable.data()),
    })),
  );
}
