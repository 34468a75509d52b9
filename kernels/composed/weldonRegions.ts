import * as tf from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End, MaskedBags } from './ends.js';
import { endPlan, ranked, unranked } from './ends.js';

/**
 * Rows of each bag at that bag's own indices: `x[b, indices[b, …]]`. (`tf.gather` has `batchDims` for this, which
 * gives wrong rows on tfjs' wasm backend.)
 */
function gatherWithinBags(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const [batch, regions, ...rest] = x.shape;
  const starts = tf.reshape(tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(regions, 'int32')), [
    batch,
    ...Array<number>(indices.rank - 1).fill(1),
  ]);
  const flat = tf.reshape(tf.add(tf.cast(indices, 'int32'), starts), [-1]) as tf.Tensor1D;
  return tf.reshape(tf.gather(tf.reshape(x, [batch * regions, ...rest]), flat), [...indices.shape, ...rest]);
}

/** Through floats, exact up to 2²⁴ regions: tfjs' webgpu kernels transpose no integers. */
function transposedIndices(indices: tf.Tensor): tf.Tensor {
  return tf.cast(tf.transpose(tf.cast(indices, 'float32'), [0, 2, 1]), 'int32');
}

/**
 * The contract's read-out from stock ops.
 *
 * With a mask, each bag's valid instances are first brought to the front in their order (a stable sort of
 * the mask), so that `tf.topk`'s tie rule still means "lower index first", even among equals.
 *
 * @returns `[topIndices, topValues, bottomIndices, bottomValues]`, each `[batch, k, channels]`
 */
export function composedRegions(x: tf.Tensor3D, attrs: PoolingPlan, bags: MaskedBags | null): tf.Tensor3D[] {
  const [batch, regions, channels] = x.shape;
  const order = bags === null ? null : tf.topk(tf.cast(bags.mask, 'float32'), regions).indices;
  const packed = order === null ? x : gatherWithinBags(x, order);
  const columns = tf.transpose(packed, [0, 2, 1]);
  const validCount = bags === null ? null : tf.reshape(tf.sum(tf.cast(bags.mask, 'float32'), 1), [batch, 1, 1]);

  const readEnd = (end: End): [tf.Tensor, tf.Tensor] => {
    const { most, count } = endPlan(end, attrs, bags);
    if (most === 0) {
      return [tf.zeros([batch, 0, channels], 'int32'), tf.zeros([batch, 0, channels])];
    }
    const evidence = ranked(columns, end);
    const eligible =
      validCount === null ? evidence : tf.where(tf.less(tf.range(0, regions), validCount), evidence, -Infinity);
    const { indices, values } = tf.topk(eligible, most);
    const signed = unranked(values, end);
    if (order === null) {
      return [transposedIndices(indices), tf.transpose(signed, [0, 2, 1])];
    }
    const taken = tf.less(tf.range(0, most), count);
    const picked = gatherWithinBags(order, indices);
    const original = tf.where<tf.Tensor>(taken, picked, tf.scalar(-1, 'int32'));
    return [transposedIndices(original), tf.transpose(tf.where(taken, signed, 0), [0, 2, 1])];
  };

  return [...readEnd('top'), ...readEnd('bottom')] as tf.Tensor3D[];
}
