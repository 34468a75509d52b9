import * as tf from '@tensorflow/tfjs-core';
import { dropBySeed, isKept, mixSeeds } from '../random.js';
import { SeededDropout } from '../layers/index.js';
import type { GraphValue, LayerStep } from '../models/layerGraph.js';
import { runQuickLayer } from './quickLayer.js';
import type { PoolingSchedule } from './poolingSchedule.js';
import { pooledBySchedule } from './poolingSchedule.js';

/** How layers that behave differently while training behave. */
export type RunMode =
  | {
      training: false;
      /** batch normalisation takes the statistics of the batch all the same, and goes on averaging them. Default false */
      batchStatistics?: boolean;
    }
  | {
      training: true;
      /** `'freeze'`: batch normalisation with its stored statistics, which stay; `'train'`: with those of the batch */
      batchNorm: 'freeze' | 'train';
      seed: number;
      /** number of the batch in the whole run; with the seed, it decides what is dropped */
      draw: number;
      /** how many regions are pooled, at which part of the run */
      pooling?: { schedule: PoolingSchedule; part: number };
    };

/** Tensors at places of a graph, and their masks where there are any. */
export type GraphTensors = Map<GraphValue, tf.Tensor>;

const stockDropout = new Set(['Dropout', 'SpatialDropout1D']);

/** tfjs' own dropout draws what cannot be drawn again, so its draw is made here. */
function dropLikeStock(step: LayerStep, x: tf.Tensor, seed: number, draw: number): tf.Tensor {
  const { rate, noiseShape } = step.layer.getConfig() as { rate: number; noiseShape?: Array<number | null> | null };
  const whole = step.layer.getClassName() === 'SpatialDropout1D' ? [null, 1, null] : noiseShape;
  const maskShape = whole?.map((extent, axis) => extent ?? x.shape[axis]);
  return dropBySeed(x, { rate: rate < 1 ? rate : 0, maskShape, seed, step: draw });
}

/** One call of a layer: its inputs, and its number in the graph, which decides what it drops. */
interface LayerCall {
  inputs: tf.Tensor[];
  mask: tf.Tensor | null;
  number: number;
  /** whether it takes what the whole run starts from */
  isFirst: boolean;
}

function callLayer(step: LayerStep, { inputs, mask, number, isFirst }: LayerCall, mode: RunMode): tf.Tensor[] {
  const { callArgs } = step;
  const layer =
    mode.training && mode.pooling !== undefined
      ? pooledBySchedule(step.layer, mode.pooling.schedule, mode.pooling.part)
      : step.layer;
  const name = layer.getClassName();
  const kwargs: Record<string, unknown> = { ...callArgs, training: mode.training };
  if (mask !== null) {
    kwargs.mask = mask;
  }
  if (mode.training) {
    const seed = mixSeeds(mode.seed, number);
    if (stockDropout.has(name)) {
      return [dropLikeStock(step, inputs[0], seed, mode.draw)];
    }
    if (name === 'SeededDropout') {
      Object.assign(kwargs, { seed, step: mode.draw });
    }
    if (name === 'BatchNormalization' && mode.batchNorm === 'freeze') {
      kwargs.training = false;
    }
  }
  if (!mode.training && mode.batchStatistics === true && name === 'BatchNormalization') {
    kwargs.training = true;
  }
  // A ReLU with a largest value takes less time forward, too.
  if (inputs.length === 1 && (mode.training || name === 'ReLU')) {
    const quick = runQuickLayer(layer, inputs[0], isFirst);
    if (quick !== null) {
      return [quick];
    }
  }
  const result = layer.apply(inputs.length === 1 ? inputs[0] : inputs, kwargs) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}

/**
 * What stochastic depth drops at this draw: the outputs of its layers, where a sum takes them and has something else to
 * add up.
 */
function leftOut(all: readonly LayerStep[], steps: readonly LayerStep[], mode: RunMode): Set<GraphValue> {
  const dropped = new Set<GraphValue>();
  if (!mode.training) {
    return dropped;
  }
  for (const step of steps) {
    const { layer, outputs } = step;
    if (layer instanceof SeededDropout && layer.wholeBatch) {
      const takers = steps.filter(({ inputs }) => inputs.includes(outputs[0]));
      const seed = mixSeeds(mode.seed, all.indexOf(step));
      if (
        !isKept({ rate: layer.rate, seed, step: mode.draw }) &&
        takers.length > 0 &&
        takers.every(
          (taker) =>
            taker.layer.getClassName() === 'Add' && taker.inputs.some((input) => isElse(input, outputs[0], dropped)),
        )
      ) {
        dropped.add(outputs[0]);
      }
    }
  }
  return dropped;
}

const isElse = (input: GraphValue, output: GraphValue, dropped: ReadonlySet<GraphValue>): boolean =>
  input !== output && !dropped.has(input);

/** Those of the steps that `wanted` depends on, without the branches that are left out. */
function neededSteps(
  steps: readonly LayerStep[],
  given: GraphTensors,
  wanted: GraphValue,
  dropped: ReadonlySet<GraphValue>,
): readonly LayerStep[] {
  if (dropped.size === 0) {
    return steps;
  }
  const needed = new Set<LayerStep>();
  const open = [wanted];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const { step } = value;
    if (step !== null && !given.has(value) && !dropped.has(value) && !needed.has(step)) {
      needed.add(step);
      open.push(...step.inputs);
    }
  }
  return steps.filter((step) => needed.has(step));
}

/**
 * Runs layer calls on tensors, as tfjs runs a model, but any part of one, with dropout that can be drawn again and batch
 * normalisation that can stand still. Call it in a tidy scope: while training all results are kept, for the way back;
 * otherwise each is freed when the last layer that needs it is done. A branch that stochastic depth drops is not computed.
 *
 * @param all the graph's steps; a step's place in them decides its seed
 * @param steps those to run, in order
 * @param given what they start from; not freed
 * @param wanted whose tensor to give back
 */
export function runSteps(
  all: readonly LayerStep[],
  steps: readonly LayerStep[],
  given: GraphTensors,
  wanted: GraphValue,
  mode: RunMode,
): tf.Tensor {
  const values: GraphTensors = new Map(given);
  const masks: GraphTensors = new Map();
  const uses = new Map<GraphValue, number>();
  steps.forEach((step) => step.inputs.forEach((value) => uses.set(value, (uses.get(value) ?? 0) + 1)));
  const dropped = leftOut(all, steps, mode);
  for (const step of neededSteps(steps, given, wanted, dropped)) {
    const added = step.inputs.filter((value) => !dropped.has(value));
    if (added.length === 1 && step.inputs.length > 1) {
      values.set(step.outputs[0], values.get(added[0]) as tf.Tensor);
      continue;
    }
    const inputs = added.map((value) => values.get(value) as tf.Tensor);
    const inputMasks = added.map((value) => masks.get(value) ?? null);
    const masked = inputMasks.some((mask) => mask !== null);
    const call = {
      inputs,
      mask: masked ? inputMasks[0] : null,
      number: all.indexOf(step),
      isFirst: step.inputs.every((value) => given.has(value)),
    };
    const outputs = tf.tidy(() => callLayer(step, call, mode));
    step.outputs.forEach((value, i) => values.set(value, outputs[i]));
    if (step.layer.supportsMasking) {
      const mask = step.layer.computeMask(inputs, inputMasks as tf.Tensor[]) as tf.Tensor | tf.Tensor[] | null;
      const first = Array.isArray(mask) ? mask[0] : mask;
      if (first != null) {
        masks.set(step.outputs[0], first);
      }
    }
    if (!mode.training) {
      step.inputs.forEach((value) => {
        const left = (uses.get(value) as number) - 1;
        uses.set(value, left);
        if (left === 0 && value !== wanted && !given.has(value)) {
          values.get(value)?.dispose();
        }
      });
    }
  }
  return values.get(wanted) as tf.Tensor;
}
