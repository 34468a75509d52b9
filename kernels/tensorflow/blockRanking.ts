/**
 * Ranking in two steps, where few of many regions are wanted: runs of neighbouring regions by their strongest, then
 * the regions of the best runs. Both ends go through as one batch, which halves the number of operations.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { End, RankedRegions } from './maps.js';
import type { TensorflowOps } from './tensorflowOps.js';

/**
 * Per end the strongest evidence of each block, `[batch, blocks, channels]`: the bottom's values negated.
 *
 * @param source `[batch, regions, channels]`
 */
export function bestOfBlocks(
  ops: TensorflowOps,
  source: TensorInfo,
  ends: readonly End[],
  blockSize: number,
): Tensor[] {
  const [batch, regions, channels] = source.shape;
  const blocks = ops.reshape(source, [batch, regions / blockSize, blockSize, channels]);
  return ends.map((end) =>
    end === 'top' ? ops.reduce('Max', blocks, 2) : ops.unary('Neg', ops.reduce('Min', blocks, 2)),
  );
}

/**
 * A region outside the `count` best blocks has `count` regions before it, the best of those blocks; also among
 * equals, for blocks are runs of neighbours and of equal blocks the first ranks first. So the best blocks hold all
 * that is wanted. They are put back into the order of the map, for the tie rule to hold among their regions.
 *
 * @param best as `bestOfBlocks` gives it
 */
export function rankByBlocks(
  ops: TensorflowOps,
  source: TensorInfo,
  best: Tensor[],
  ends: readonly End[],
  blockSize: number,
  count: number,
  sorted: boolean,
): RankedRegions {
  const [batch, regions, channels] = source.shape;
  const rows = ends.length * batch;
  const bestBlocks = ops.topK(ops.transpose(ops.concat(best, 0), [0, 2, 1]), count, false).indices;
  const lastToFirst = ops.topK(ops.unary('Neg', bestBlocks), count, true).values;

  const starts = ops.reshape(ops.binary('Mul', lastToFirst, ops.int(-blockSize)), [rows, channels, count, 1]);
  const offsets = ops.ints(Int32Array.from({ length: blockSize }, (_, i) => i));
  const candidates = ops.reshape(ops.binary('AddV2', starts, offsets), [rows, channels, count * blockSize]);
  const values = ops.gather(
    ops.reshape(source, [batch * regions * channels]),
    flatPositions(ops, candidates, source.shape),
    0,
  );
  const ranked = ops.topK(ops.binary('Mul', values, signs(ops, ends, batch)), count, sorted);
  return { ends, evidence: ranked.values, indices: ops.gather(candidates, ranked.indices, 2, 2) };
}

/** `[ends · batch, 1, 1]`, −1 for the bottom. */
function signs(ops: TensorflowOps, ends: readonly End[], batch: number): Tensor {
  const values = ends.flatMap((end) => Array<number>(batch).fill(end === 'top' ? 1 : -1));
  return ops.floats(values, [values.length, 1, 1]);
}

/**
 * Where regions `[n · batch, channels, …]` lie in maps `[batch, regions, channels]`; int32 of the same shape. Rows
 * beyond the first `batch` are of the same maps again.
 */
export function flatPositions(ops: TensorflowOps, indices: TensorInfo, [batch, regions, channels]: number[]): Tensor {
  const rows = indices.shape[0];
  const origins = Int32Array.from(
    { length: rows * channels },
    (_, map) => (Math.floor(map / channels) % batch) * regions * channels + (map % channels),
  );
  const steps = channels === 1 ? indices : ops.binary('Mul', indices, ops.int(channels));
  return ops.binary('AddV2', steps, ops.ints(origins, [rows, channels, 1]));
}
