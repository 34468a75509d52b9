import * as tf from '@tensorflow/tfjs-core';
import { isGap } from '../../pooling/presets.js';
import { poolMaps } from '../../pooling/registry.js';
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

/** Parts of the last axis; the native backend has no gradient for a split into one. */
function splitIn(x: tf.Tensor, sizes: number[]): tf.Tensor[] {
  return sizes.length === 1 ? [x] : tf.split(x, sizes, x.rank - 1);
}

/**
 * `features · kernel`, of which the kernel alone is trained. The wasm backend multiplies quickly only what is not
 * transposed, and the gradient is `featuresᵀ · dy`: there the features are transposed first, which takes a tenth of the time.
 */
function project(features: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') {
    return tf.matMul(features, kernel);
  }
  const product = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [weights, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([features]);
    return {
      value: tf.matMul(features, weights),
      gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => tf.matMul(tf.transpose(x), dy as tf.Tensor2D),
    };
  });
  return product(kernel) as tf.Tensor2D;
}

/** Heads that are pooled alike. */
interface Kind {
  spec: HeadSpec;
  members: number[];
}

function kindsOf(heads: readonly HeadTensors[]): Kind[] {
  const kinds = new Map<string, Kind>();
  heads.forEach(({ spec }, i) => {
    const key = JSON.stringify([spec.pooling, spec.maps]);
    const kind = kinds.get(key) ?? { spec, members: [] };
    kind.members.push(i);
    kinds.set(key, kind);
  });
  return [...kinds.values()];
}

/**
 * Runs several heads on the same features: one product of matrices for all of them, and one pooling for those that are
 * pooled alike.
 *
 * @param features `[batch · regions, depth]`
 * @param withMaps whether class maps are wanted; without, averaged heads need no maps at all
 */
export function runHeads(
  features: tf.Tensor2D,
  heads: readonly HeadTensors[],
  classes: number,
  regions: number,
  withMaps = false,
): HeadOutputs {
  const batch = features.shape[0] / regions;
  const outputs: HeadOutputs = { scores: new Array(heads.length), maps: new Array(heads.length) };
  const kinds = kindsOf(heads);
  const averaged = (x: tf.Tensor, { members, spec: { maps } }: Kind) =>
    maps === 1 ? x : tf.mean(tf.reshape(x, [...x.shape.slice(0, -1), members.length * classes, maps]), x.rank);
  const together = (x: tf.Tensor2D, some: readonly Kind[]) => {
    const members = some.flatMap((kind) => kind.members);
    const flat = tf.add(
      project(
        x,
        tf.concat(
          members.map((i) => heads[i].kernel),
          1,
        ),
      ),
      tf.concat(members.map((i) => heads[i].bias)),
    );
    return splitIn(
      flat,
      some.map((kind) => kind.members.length * classes * kind.spec.maps),
    );
  };
  const keep = ({ members }: Kind, scores: tf.Tensor) => {
    splitIn(
      scores,
      members.map(() => classes),
    ).forEach((own, at) => {
      outputs.scores[members[at]] = own as tf.Tensor2D;
    });
  };
  const plain = withMaps ? [] : kinds.filter(({ spec }) => isGap(spec.pooling));
  const mapped = kinds.filter((kind) => !plain.includes(kind));
  if (plain.length > 0) {
    const means = tf.mean(tf.reshape(features, [batch, regions, features.shape[1]]), 1) as tf.Tensor2D;
    together(means, plain).forEach((flat, i) => keep(plain[i], averaged(flat, plain[i])));
  }
  if (mapped.length > 0) {
    together(features, mapped).forEach((flat, i) => {
      const {
        members,
        spec: { pooling },
      } = mapped[i];
      const classMaps = tf.reshape(averaged(flat, mapped[i]), [
        batch,
        regions,
        members.length * classes,
      ]) as tf.Tensor3D;
      keep(mapped[i], poolMaps(classMaps, pooling));
      if (withMaps) {
        splitIn(
          classMaps,
          members.map(() => classes),
        ).forEach((own, at) => {
          outputs.maps[members[at]] = own as tf.Tensor3D;
        });
      }
    });
  }
  return outputs;
}
