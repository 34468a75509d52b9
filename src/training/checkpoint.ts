import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import type { OptimizerState } from './optimisation/optimizer.js';

/** One weight of a model as it stands in a checkpoint. */
export interface StoredWeight {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** Where a run stands: the next batch to train on. */
export interface RunPosition {
  /** number of the phase, 0 or, for the second of `twoPhase`, 1 */
  phase: number;
  /** epoch of the whole run, and batch of that epoch, both from 0 */
  epoch: number;
  batch: number;
  /** optimiser steps taken in the whole run */
  step: number;
}

/** What one epoch gave. */
export interface EpochRecord {
  epoch: number;
  phase: number;
  /** mean training loss of the epoch's batches */
  loss: number;
  /** of the validation data, where there are any */
  validation?: { loss: number; metric: number };
}

/** All that a run needs to go on as if it had not been interrupted. */
export interface Checkpoint {
  version: 1;
  /** what the run was started with; a run with other settings does not take it up */
  settings: Record<string, unknown>;
  position: RunPosition;
  /** sum of the training losses of the unfinished epoch's batches */
  lossSum: number;
  weights: StoredWeight[];
  /** `null` between phases */
  optimizer: OptimizerState | null;
  history: EpochRecord[];
  /** the best epoch so far, and the value that made it so */
  best: { epoch: number; value: number } | null;
  finished: boolean;
}

/** Where checkpoints are saved; `save` must leave the older one in place until the new one is complete. */
export interface CheckpointStore {
  save(kind: 'last' | 'best', checkpoint: Checkpoint): Promise<void>;
  /** `null` if there is none */
  load(kind: 'last' | 'best'): Promise<Checkpoint | null>;
}

/** Saves checkpoints in memory: for pages, and for runs that only want their best weights back. */
export function memoryCheckpoints(): CheckpointStore {
  const held = new Map<string, Checkpoint>();
  return {
    save: async (kind, checkpoint) => {
      held.set(kind, checkpoint);
    },
    load: async (kind) => held.get(kind) ?? null,
  };
}

/** Copies weights. */
export async function readWeights(
  weights: readonly { name: string; shape: readonly (number | null)[]; tensor: tf.Tensor }[],
): Promise<StoredWeight[]> {
  return Promise.all(
    weights.map(async ({ name, shape, tensor }) => ({
      name,
      shape: [...shape] as number[],
      values: new Float32Array(await tensor.data()),
    })),
  );
}

/** All weights of a model, trained or not. */
export function modelWeights(model: tfl.LayersModel): Promise<StoredWeight[]> {
  return readWeights(
    model.weights.map((weight) => ({ name: weight.originalName, shape: weight.shape, tensor: weight.read() })),
  );
}

/**
 * Gives a model the weights of a checkpoint.
 *
 * @throws WeldonError naming the first weight that the model has not, or has in another shape; nothing is changed then
 */
export function writeWeights(model: tfl.LayersModel, stored: readonly StoredWeight[]): void {
  if (stored.length !== model.weights.length) {
    throw expectedInWords(
      'the checkpoint',
      `one of model ${model.name}, with ${model.weights.length} weights`,
      `one with ${stored.length}`,
    );
  }
  model.weights.forEach(({ shape, originalName }, i) => {
    if (!tf.util.arraysEqual(shape as number[], stored[i].shape)) {
      throw expectedInWords(
        `${stored[i].name} in the checkpoint`,
        `of the shape of ${originalName}, [${shape.join(', ')}]`,
        `[${stored[i].shape.join(', ')}]`,
      );
    }
  });
  tf.tidy(() =>
    model.weights.forEach((weight, i) => {
      weight.write(tf.tensor(stored[i].values, stored[i].shape, weight.dtype));
    }),
  );
}
