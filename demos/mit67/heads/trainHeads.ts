import * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../../../src/errors.js';
import { mixSeeds } from '../../../src/layers/dropMask.js';
import type { StoredWeight } from '../../../src/training/checkpoint.js';
import type { Loss, TrainedWeight } from '../../../src/training/index.js';
import { createOptimizer, learningRateFactor } from '../../../src/training/index.js';
import { lossAndGradients } from '../../../src/training/optimisation/index.js';
import { shuffledOrder } from '../../../src/training/trainingData.js';
import type { Normalisation } from '../features/featureBatch.js';
import { featureValues } from '../features/featureBatch.js';
import type { FeatureSet } from '../features/loadFeatures.js';
import type { HeadCheckpoints } from './headCheckpoints.js';
import { runHeads } from './headScores.js';
import type { HeadSpec, TrainedHead } from './headSpec.js';
import { normalDraws } from './normalDraws.js';

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
  /** tells a figure of each head as it is after every so many epochs, and at the end */
  judge?: { every: number; figures(heads: readonly TrainedHead[]): Promise<number[]> };
  onBatch?: (done: number, total: number) => void;
  /** called once where training goes on from a checkpoint, with the steps that are done */
  onResume?: (done: number, total: number) => void;
}

/** Features up to this size are normalised once and kept in single precision, bytes: that is a third of a step. */
const mostKept = 2 ** 31;

/** Gives normalised features of some examples; each is made once where there is room. */
function normalised(features: FeatureSet, count: number, normalise: Normalisation): (batch: readonly number[]) => tf.Tensor2D {
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

/**
 * Trains several heads side by side on the same batches: each has its own loss, weights and learning rate, and gets what
 * it would get alone; only the features are read, scaled and multiplied once for all. Adam with a cosine schedule.
 *
 * @throws WeldonError if a loss is no finite number
 */
export async function trainHeads(specs: readonly HeadSpec[], options: TrainHeadsOptions): Promise<TrainedHead[]> {
  const { features, marks, classes, epochs, batchSize, weightDecay, initial, loss, checkpoints } = options;
  const { rows, depth } = features;
  const members = Array.from(options.members);
  const regions = rows * features.columns;
  const heads = specs.map((spec) => {
    const columns = classes * spec.maps;
    const first = normalDraws(depth * columns, initial, spec.seed);
    return {
      spec,
      kernel: tf.tidy(() => tf.variable(tf.tensor2d(first, [depth, columns]))),
      bias: tf.tidy(() => tf.variable(tf.zeros([columns]) as tf.Tensor1D)),
    };
  });
  const weights = heads.flatMap(({ spec, kernel, bias }, i): TrainedWeight[] => [
    { name: `kernel ${i}`, variable: kernel, rate: spec.rate, decay: weightDecay },
    { name: `bias ${i}`, variable: bias, rate: spec.rate, decay: 0 },
  ]);
  const optimizer = createOptimizer({ kind: 'adam' }, weights);
  const batchesPerEpoch = Math.ceil(members.length / batchSize);
  const steps = epochs * batchesPerEpoch;
  // Mean loss of each epoch, head by head.
  const losses = new Float32Array(specs.length * epochs);
  const { judge } = options;
  const judgedAfter = Array.from({ length: epochs }, (_, i) => i + 1)
    .filter((epoch) => judge !== undefined && (epoch % judge.every === 0 || epoch === epochs));
  const judged = new Float32Array(specs.length * judgedAfter.length);
  const batchOf = normalised(features, members.length, options.normalise);
  const settings = { specs: [...specs], judgedAfter, members, classes, depth, regions, epochs, batchSize, weightDecay, initial, seed: options.seed };
  const trainedHeads = () => Promise.all(heads.map(async ({ spec, kernel, bias }, i): Promise<TrainedHead> => ({
    spec, classes, depth, kernel: await kernel.data() as Float32Array, bias: await bias.data() as Float32Array,
    losses: Array.from(losses.subarray(i * epochs, (i + 1) * epochs)),
    judged: judgedAfter.map((epoch, point) => ({ epoch, figure: judged[i * judgedAfter.length + point] })),
  })));
  const save = async (step: number) => checkpoints?.save(settings, {
    step, optimizer: await optimizer.state(),
    weights: [...await storedWeights(weights), { name: 'losses', shape: [losses.length], values: losses },
      ...(judged.length > 0 ? [{ name: 'judged', shape: [judged.length], values: judged }] : [])],
  });
  try {
    const kept = await checkpoints?.find(settings) ?? null;
    if (kept !== null) {
      optimizer.restore(kept.optimizer);
      weights.forEach(({ variable }, i) => tf.tidy(() => variable.assign(tf.tensor(kept.weights[i].values, variable.shape))));
      losses.set(kept.weights[weights.length].values);
      judged.set(kept.weights[weights.length + 1]?.values ?? []);
      options.onResume?.(kept.step, steps);
    }
    for (let step = kept?.step ?? 0; step < steps; step++) {
      const epoch = Math.floor(step / batchesPerEpoch);
      const order = shuffledOrder(members.length, mixSeeds(options.seed, epoch));
      const at = (step % batchesPerEpoch) * batchSize;
      const batch = Array.from(order.subarray(at, at + batchSize), (place) => members[place]);
      const x = batchOf(batch);
      const labels = tf.tensor2d(batch.flatMap((member) => Array.from(marks[member])), [batch.length, classes]);
      let each: tf.Tensor[] = [];
      const result = lossAndGradients(() => {
        const { scores } = runHeads(x, heads, classes, regions);
        each = scores.map((own) => tf.keep(loss(own, labels)));
        return each.reduce((sum, own) => tf.add(sum, own)) as tf.Scalar;
      }, weights);
      optimizer.apply(result.gradients, learningRateFactor({ kind: 'cosine' }, step, steps));
      const values = await Promise.all(each.map((own) => own.data()));
      tf.dispose([x, labels, each, result.loss, result.gradients]);
      values.forEach(([value], i) => {
        if (!Number.isFinite(value)) {
          throw expectedInWords(`the loss of the heads in epoch ${epoch + 1}`, 'a finite number', `${value}: lower the rates`);
        }
        losses[i * epochs + epoch] += value / batchesPerEpoch;
      });
      const point = (step + 1) % batchesPerEpoch === 0 ? judgedAfter.indexOf(epoch + 1) : -1;
      if (judge !== undefined && point >= 0) {
        (await judge.figures(await trainedHeads())).forEach((figure, i) => { judged[i * judgedAfter.length + point] = figure; });
      }
      if (checkpoints?.due() === true) {
        await save(step + 1);
      }
      options.onBatch?.(step + 1, steps);
    }
    return await trainedHeads();
  } finally {
    optimizer.dispose();
    tf.dispose(heads.flatMap(({ kernel, bias }) => [kernel, bias]));
  }
}

function storedWeights(weights: readonly TrainedWeight[]): Promise<StoredWeight[]> {
  return Promise.all(weights.map(async ({ name, variable }) => (
    { name, shape: variable.shape, values: Float32Array.from(await variable.data()) })));
}
