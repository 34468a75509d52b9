import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import { bestOfBlocks, rankByBlocks } from './blockRanking.js';
import type { End, Maps, RankedRegions } from './maps.js';
import { mostOf, rankedSource, wantedEnds } from './maps.js';
import type { TensorflowOps } from './tensorflowOps.js';

export interface RankedEnds {
  ranked: RankedRegions[];
  /** `[batch, channels]`, NaN for a map that holds a valid NaN; null on GPUs, whose `Max` does not promise that */
  extreme: Tensor | null;
}

/**
 * The strongest regions of each wanted end, in their order if `sorted`; of equals the lower index first.
 *
 * @param blockSizes per end 1 to rank all regions of a map; more, a divisor of their number, to rank runs of so many
 *   neighbours by their strongest first; all regions together where only one region is wanted
 */
export function rankEnds(
  ops: TensorflowOps,
  maps: Maps,
  attrs: PoolingPlan,
  blockSizes: Record<End, number>,
  sorted: boolean,
): RankedEnds {
  const ranked: RankedRegions[] = [];
  let extreme: Tensor | null = null;
  let sharedColumns: Tensor | null = null;
  for (const group of groupsOf(maps, attrs, blockSizes)) {
    const [end] = group;
    const blockSize = blockSizes[end];
    const count = mostOf(attrs, end);
    const source = rankedSource(ops, maps, end);
    if (blockSize === 1) {
      const columns: Tensor =
        maps.mask === undefined && sharedColumns !== null ? sharedColumns : ops.transpose(source, [0, 2, 1]);
      sharedColumns = columns;
      extreme ??= ops.onGpu ? null : ops.reduce('Max', columns, 2);
      ranked.push(ops.scope(() => rankColumns(ops, columns, end, count, sorted)));
    } else {
      const best = bestOfBlocks(ops, source, group, blockSize);
      extreme ??= ops.reduce('Max', best[0], 1);
      ranked.push(
        ops.scope(() =>
          blockSize === source.shape[1]
            ? strongestOfAll(ops, source, best[0], end)
            : rankByBlocks(ops, source, best, group, blockSize, count, sorted),
        ),
      );
    }
  }
  return { ranked, extreme };
}

/** Each end by itself. */
export function splitEnds(ops: TensorflowOps, ranked: RankedRegions): RankedRegions[] {
  const { ends, evidence, indices } = ranked;
  if (ends.length === 1) {
    return [ranked];
  }
  const perEnd = (all: Tensor) =>
    ops.split(
      all,
      ends.map(() => all.shape[0] / ends.length),
      0,
    );
  const [evidences, regions] = [perEnd(evidence), perEnd(indices)];
  return ends.map((end, i) => ({ ends: [end], evidence: evidences[i], indices: regions[i] }));
}

/** Ends that block ranking can treat as one: the same maps, blocks and count. */
function groupsOf(maps: Maps, attrs: PoolingPlan, blockSizes: Record<End, number>): End[][] {
  const wanted = wantedEnds(attrs);
  const alike =
    wanted.length === 2 &&
    maps.mask === undefined &&
    attrs.topCount === attrs.bottomCount &&
    blockSizes.top === blockSizes.bottom &&
    blockSizes.top > 1 &&
    blockSizes.top < maps.x.shape[1];
  return alike ? [wanted] : wanted.map((end) => [end]);
}

/** @param columns `[batch, channels, regions]` */
function rankColumns(ops: TensorflowOps, columns: TensorInfo, end: End, count: number, sorted: boolean): RankedRegions {
  const { values, indices } = ops.topK(end === 'top' ? columns : ops.unary('Neg', columns), count, sorted);
  return { ends: [end], evidence: values, indices };
}

/** @param best `[batch, 1, channels]`, the strongest evidence itself */
function strongestOfAll(ops: TensorflowOps, source: TensorInfo, best: Tensor, end: End): RankedRegions {
  const [batch, , channels] = source.shape;
  const place = ops.place(end === 'top' ? 'ArgMax' : 'ArgMin', source, 1);
  const shape = [batch, channels, 1];
  return { ends: [end], evidence: ops.reshape(best, shape), indices: ops.reshape(place, shape) };
}
