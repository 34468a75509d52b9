import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { End, Maps } from './maps.js';
import { rankedSource } from './maps.js';
import type { TensorflowOps } from './tensorflowOps.js';

/** One end of every map, `[batch, channels, count]` each. */
export interface RankedRegions {
  values: Tensor;
  /** int32 region indices */
  indices: Tensor;
}

/** Maps of which regions are ranked. */
export interface RankedMaps {
  /** `[batch, regions, channels]` */
  source: TensorInfo;
  /** the same as `[batch, channels, regions]`; null where every end is ranked by blocks */
  columns: Tensor | null;
}

/** What each end ranks; without a mask both share the maps and their transposed copy. */
export function rankedMaps(ops: TensorflowOps, maps: Maps, blockSizes: Record<End, number>): Record<End, RankedMaps> {
  const prepare = (end: End, wanted: boolean): RankedMaps => {
    const source = rankedSource(ops, maps, end);
    return { source, columns: wanted ? ops.transpose(source, [0, 2, 1]) : null };
  };
  if (maps.mask === undefined) {
    const shared = prepare('top', Math.min(blockSizes.top, blockSizes.bottom) === 1);
    return { top: shared, bottom: shared };
  }
  return { top: prepare('top', blockSizes.top === 1), bottom: prepare('bottom', blockSizes.bottom === 1) };
}

/**
 * The `count` strongest regions of one end, in their order if `sorted`; of equals the lower index first.
 *
 * @param blockSize 1 to rank all regions of a map; more, a divisor of the number of regions, to rank blocks of so
 *   many neighbours by their strongest first and then only the regions of the `count` best blocks
 */
export function rankRegions(
  ops: TensorflowOps, maps: RankedMaps, end: End, count: number, sorted: boolean, blockSize: number): RankedRegions {
  return maps.columns === null
    ? rankByBlocks(ops, maps.source, end, count, sorted, blockSize)
    : strongest(ops, maps.columns, end, count, sorted);
}

function strongest(ops: TensorflowOps, columns: TensorInfo, end: End, count: number, sorted: boolean): RankedRegions {
  if (end === 'top') {
    return ops.topK(columns, count, sorted);
  }
  const { values, indices } = ops.topK(ops.unary('Neg', columns), count, sorted);
  return { values: ops.unary('Neg', values), indices };
}

/**
 * A region outside the `count` best blocks has `count` regions before it, the best of those blocks; also among
 * equals, for blocks are runs of neighbours and of equal blocks the first ranks first. So the best blocks hold all
 * that is wanted. They are put back into the order of the map, for the tie rule to hold among their regions.
 */
function rankByBlocks(
  ops: TensorflowOps, source: TensorInfo, end: End, count: number, sorted: boolean, blockSize: number): RankedRegions {
  const [batch, regions, channels] = source.shape;
  const blocks = ops.reshape(source, [batch, regions / blockSize, blockSize, channels]);
  const bestOfBlocks = ops.transpose(ops.reduce(end === 'top' ? 'Max' : 'Min', blocks, 2), [0, 2, 1]);
  const bestBlocks = strongest(ops, bestOfBlocks, end, count, false).indices;
  const inOrder = ops.unary('Neg', ops.topK(ops.unary('Neg', bestBlocks), count, true).values);

  const starts = ops.reshape(ops.binary('Mul', inOrder, ops.int(blockSize)), [batch, channels, count, 1]);
  const candidates = ops.reshape(ops.binary('AddV2', starts, ops.range(blockSize)), [batch, channels, count * blockSize]);
  const values = ops.gather(
    ops.reshape(source, [batch * regions * channels]), flatPositions(ops, candidates, source.shape), 0);
  const ranked = strongest(ops, values, end, count, sorted);
  return { values: ranked.values, indices: ops.gather(candidates, ranked.indices, 2, 2) };
}

/** Where regions `[batch, channels, …]` lie in maps `[batch, regions, channels]`; int32 of the same shape. */
export function flatPositions(ops: TensorflowOps, indices: TensorInfo, [batch, regions, channels]: number[]): Tensor {
  const maps = ops.reshape(ops.range(batch * regions * channels, regions * channels), [batch, 1, 1]);
  const origins = ops.binary('AddV2', maps, ops.reshape(ops.range(channels), [channels, 1]));
  return ops.binary('AddV2', ops.binary('Mul', indices, ops.int(channels)), origins);
}
