/**
 * Which operations pool a given shape soonest on TensorFlow's CPU kernels. The figures are nanoseconds, measured on
 * two cores; only their ratios matter.
 */
import type { PoolingPlan } from '../contract.js';
import type { End } from './maps.js';
import { ends } from './maps.js';
import { networkWork } from './sortingNetwork.js';

/** How one end's threshold is found; `'none'` where no region is wanted. */
export type EndMethod = 'none' | 'all' | 'extreme' | 'network' | 'nthElement';

export type Strategy =
  | { kind: 'ranking'; blockSizes: Record<End, number> }
  | { kind: 'thresholds'; methods: Record<End, EndMethod> };

/** One operation called from JavaScript, whatever its size. */
const call = 12_000;
/** One element read, computed and written by a vectorised operation. */
const vectorised = 0.3;
/** One element moved by `Transpose` from channels-last to channels-first. */
const transposed = 1.7;
/** The longest list for which a sorting network is considered: its operations grow faster than the list. */
const longestList = 16;

/** `TopKV2` of one row: a scan, and a heap that the k-th part of the elements met so far gets into. */
function topKCost(length: number, count: number): number {
  return 1.5 * length + (11 + 2.5 * Math.log2(count)) * count * (1 + Math.log(length / count));
}

/** `NthElement` of one row, and the sums around it. */
function nthElementCost(length: number): number {
  return 100 + 5.5 * length;
}

/** Ranking `count` of one map's regions, after the maps are transposed. */
function rankingCost(regions: number, count: number, maps: number): number {
  return maps * (topKCost(regions, count) + vectorised * regions) + 4 * call;
}

/** Ranking by blocks of regions; needs no transposed maps. */
function blockRankingCost(regions: number, count: number, maps: number, blockSize: number): number {
  const candidates = count * blockSize;
  return maps * (regions * vectorised + topKCost(regions / blockSize, count) + topKCost(count, count)
    + 8 * candidates + topKCost(candidates, count)) + 24 * call;
}

/** The number of regions ranked in either step is least where a block has √(regions / count) of them. */
function bestBlockSize(regions: number, count: number): number {
  const ideal = Math.sqrt(regions / count);
  let best = 1;
  for (let size = 2; size <= 2 * ideal && size * count < regions; size++) {
    if (regions % size === 0 && Math.abs(Math.log(size / ideal)) < Math.abs(Math.log(best / ideal))) {
      best = size;
    }
  }
  return best;
}

function rankingStrategy(counts: Record<End, number>, regions: number, maps: number): { strategy: Strategy; cost: number } {
  const blockSizes = { top: 1, bottom: 1 };
  let cost = 0;
  let gain = -maps * regions * transposed;
  for (const end of ends.filter((each) => counts[each] > 0)) {
    const count = counts[end];
    const blockSize = bestBlockSize(regions, count);
    const plain = rankingCost(regions, count, maps);
    cost += plain;
    if (blockSize > 1) {
      blockSizes[end] = blockSize;
      gain += blockRankingCost(regions, count, maps, blockSize) - plain;
    } else {
      gain = Infinity;
    }
  }
  // Both ends by blocks, or none: a single one of them already needs the transposed maps.
  return gain < 0
    ? { strategy: { kind: 'ranking', blockSizes }, cost: cost + maps * regions * transposed + gain }
    : { strategy: { kind: 'ranking', blockSizes: { top: 1, bottom: 1 } }, cost: cost + maps * regions * transposed };
}

function thresholdStrategy(counts: Record<End, number>, regions: number, maps: number): { strategy: Strategy; cost: number } {
  const size = maps * regions;
  const methods: Record<End, EndMethod> = { top: 'none', bottom: 'none' };
  const selecting: End[] = [];
  let cost = 0;
  for (const end of ends) {
    if (counts[end] === regions) {
      methods[end] = 'all';
      cost += 2 * size * vectorised + 4 * call;
    } else if (counts[end] === 1) {
      methods[end] = 'extreme';
      cost += size * vectorised + 3 * call;
    } else if (counts[end] > 0) {
      methods[end] = 'nthElement';
      selecting.push(end);
    }
  }
  if (selecting.length === 0) {
    return { strategy: { kind: 'thresholds', methods }, cost };
  }
  const byElement = selecting.length * (maps * nthElementCost(regions) + 16 * call) + size * transposed;
  const wanted = (end: End) => selecting.includes(end) ? counts[end] : 0;
  let byNetwork = Infinity;
  if (Math.max(wanted('top'), wanted('bottom')) <= longestList) {
    const work = networkWork(regions, { top: wanted('top'), bottom: wanted('bottom') });
    byNetwork = work.rows * maps * vectorised + work.calls * call + 2 * size * vectorised + 20 * call;
  }
  for (const end of selecting) {
    methods[end] = byNetwork < byElement ? 'network' : 'nthElement';
  }
  return { strategy: { kind: 'thresholds', methods }, cost: cost + Math.min(byNetwork, byElement) };
}

/** @param maps number of maps, batch · channels */
export function chooseStrategy(attrs: PoolingPlan, regions: number, maps: number): Strategy {
  const counts = { top: attrs.topCount, bottom: attrs.bottomCount };
  const ranking = rankingStrategy(counts, regions, maps);
  const thresholds = thresholdStrategy(counts, regions, maps);
  return thresholds.cost < ranking.cost ? thresholds.strategy : ranking.strategy;
}

/** For reading regions out, which thresholds cannot; also of masked maps. */
export function chooseBlockSizes(attrs: PoolingPlan, regions: number, maps: number): Record<End, number> {
  const { strategy } = rankingStrategy({ top: attrs.topCount, bottom: attrs.bottomCount }, regions, maps);
  return strategy.kind === 'ranking' ? strategy.blockSizes : { top: 1, bottom: 1 };
}
