import * as tf from '@tensorflow/tfjs-core';
import { weldonPool } from '../../../src/pooling/weldonPool.js';
import type { HeadSpec } from './headSpec.js';

/** The tensors of one head: kernel `[depth, classes · maps]` and bias `[classes · maps]`. */
export interface HeadTensors {
  spec: HeadSpec;
  kernel: tf.Tensor2D;
  bias: tf.Tensor1D;
}

/** Scores of every head for a batch, and the class maps that they come from where these are wanted. */
export interface HeadOutputs {
  scores: tf.Tensor2D[];
  /** `[batch, regions, classes]`, one per head */
  maps: tf.Tensor3D[];
}

/** Equal parts of the last axis; the native backend has no gradient for a split into one. */
function splitIn(x: tf.Tensor, parts: number): tf.Tensor[] {
  return parts === 1 ? [x] : tf.split(x, parts, x.rank - 1);
}

/**
 * Runs several heads on the same features, those of one pooling together: one product of matrices and one pooling for
 * all of them.
 *
 * @param features `[batch · regions, depth]`
 * @param withMaps whether class maps are wanted; without, averaged heads need no maps at all
 */
export function runHeads(
  features: tf.Tensor2D, heads: readonly HeadTensors[], classes: number, regions: number, withMaps = false,
): HeadOutputs {
  const batch = features.shape[0] / regions;
  const outputs: HeadOutputs = { scores: new Array(heads.length), maps: new Array(heads.length) };
  const kinds = new Map<string, number[]>();
  heads.forEach(({ spec }, i) => {
    const kind = JSON.stringify([spec.pooling, spec.maps]);
    kinds.set(kind, [...kinds.get(kind) ?? [], i]);
  });
  for (const members of kinds.values()) {
    const { pooling, maps } = heads[members[0]].spec;
    const columns = members.length * classes;
    const kernel = tf.concat(members.map((i) => heads[i].kernel), 1);
    const bias = tf.concat(members.map((i) => heads[i].bias));
    const averaged = (x: tf.Tensor) => (maps === 1 ? x
      : tf.mean(tf.reshape(x, [...x.shape.slice(0, -1), columns, maps]), x.rank));
    let scores: tf.Tensor2D;
    if (pooling === 'mean' && !withMaps) {
      const means = tf.mean(tf.reshape(features, [batch, regions, features.shape[1]]), 1) as tf.Tensor2D;
      scores = averaged(tf.add(tf.matMul(means, kernel), bias)) as tf.Tensor2D;
    } else {
      const flat = averaged(tf.add(tf.matMul(features, kernel), bias));
      const classMaps = tf.reshape(flat, [batch, regions, columns]) as tf.Tensor3D;
      scores = pooling === 'mean' ? tf.mean(classMaps, 1) as tf.Tensor2D : weldonPool(classMaps, pooling);
      if (withMaps) {
        const parts = splitIn(classMaps, members.length) as tf.Tensor3D[];
        members.forEach((head, at) => { outputs.maps[head] = parts[at]; });
      }
    }
    const parts = splitIn(scores, members.length) as tf.Tensor2D[];
    members.forEach((head, at) => { outputs.scores[head] = parts[at]; });
  }
  return outputs;
}
