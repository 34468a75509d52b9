/**
 * Which operations pool maps of a given shape soonest on TensorFlow's CPU kernels, forward and backward together.
 * The figures are nanoseconds, measured on two cores; only their ratios matter.
 */
import type { PoolingPlan } from '../contract.js';
import type { End } from './maps.js';
import { ends, mostOf, wantedEnds } from './maps.js';
import { networkWork } from './sortingNetwork.js';

/** How one end's threshold is found; `'none'` where no region is wanted. */
export type EndMethod = 'none' | 'all' | 'extreme' | 'network' | 'nthElement';

export type Ranking = { kind: 'ranking'; blockSizes: Record<End, number> };
export type Strategy = Ranking | { kind: 'thresholds'; methods: Record<End, EndMethod> };

/** The only one for GPUs: the others are built from what TensorFlow has for the CPU alone, or runs on it alone. */
export const plainRanking: Ranking = { kind: 'ranking', blockSizes: { top: 1, bottom: 1 } };

/** One operation called from JavaScript, whatever its size. */
const call = 10_000;
/** One element read, computed and written by a vectorised operation. */
const vectorised = 0.25;
/** One element moved by `Transpose` from channels-last to channels-first. */
const transposed = 1.4;
/** One element fetched from anywhere by `GatherV2`, or added anywhere by `UnsortedSegmentSum`. */
const scattered = 8;
/** The longest list for which a sorting network is considered: its operations grow faster than the list. */
const longestList = 16;

/** `TopKV2` of one row: a scan, and a heap which every element enters that is among the `count` best so far. */
function topKCost(length: number, count: number): number {
  return 1.5 * length + (11 + 2.5 * Math.log2(count)) * count * (1 + Math.log(length / count));
}

/** Ranking one end of one map whose regions lie side by side. */
function plainRankingCost(regions: number, count: number, maps: number): number {
  return maps * (topKCost(regions, count) + vectorised * regions) + 2 * call;
}

/** Ranking one end by blocks. */
function blockRankingCost(regions: number, count: number, maps: number, blockSize: number): number {
  return (
    maps *
      (1.5 * vectorised * regions +
        topKCost(regions / blockSize, count) +
        topKCost(count, count) +
        (scattered + 2 * vectorised) * count * blockSize +
        topKCost(count * blockSize, count)) +
    14 * call
  );
}

/** Finding the one strongest region: `ArgMax` compares element by element. */
function singleCost(regions: number, maps: number): number {
  return maps * regions * 5 * vectorised + 5 * call;
}

/** The number of regions ranked in either step is least where a block has √(regions / count) of them. */
function bestBlockSize(regions: number, count: number): number {
  if (count < 2) {
    return count === 1 ? regions : 1;
  }
  const ideal = Math.sqrt(regions / count);
  const distance = (size: number) => Math.abs(Math.log(size / ideal));
  let best = 1;
  for (let size = 2; size <= 2 * ideal && size * count < regions; size++) {
    best = regions % size === 0 && distance(size) < distance(best) ? size : best;
  }
  return best;
}

interface Option<Kind extends Strategy> {
  strategy: Kind;
  cost: number;
}

function rankingOption(attrs: PoolingPlan, shape: number[]): Option<Ranking> {
  const [batch, regions, channels] = shape;
  const maps = batch * channels;
  const wanted = wantedEnds(attrs);
  const blocks = { top: bestBlockSize(regions, attrs.topCount), bottom: bestBlockSize(regions, attrs.bottomCount) };
  const costOf = (blockSizes: Record<End, number>) => {
    // An end that is ranked without blocks needs the transposed maps, and both ends can share them.
    let cost = wanted.some((end) => blockSizes[end] === 1) && channels > 1 ? maps * regions * transposed : 0;
    for (const end of wanted) {
      const [count, blockSize] = [mostOf(attrs, end), blockSizes[end]];
      cost +=
        blockSize === 1
          ? plainRankingCost(regions, count, maps)
          : count === 1
            ? singleCost(regions, maps)
            : blockRankingCost(regions, count, maps, blockSize);
      cost += maps * scattered * count;
    }
    return cost + maps * regions * vectorised + 16 * call;
  };
  const options = [plainRanking.blockSizes, blocks, { ...blocks, top: 1 }, { ...blocks, bottom: 1 }].map(
    (blockSizes): Option<Ranking> => ({ strategy: { kind: 'ranking', blockSizes }, cost: costOf(blockSizes) }),
  );
  return options.reduce((best, option) => (option.cost < best.cost ? option : best));
}

function thresholdOption(attrs: PoolingPlan, shape: number[]): Option<Strategy> {
  const [batch, regions, channels] = shape;
  const maps = batch * channels;
  const size = maps * regions;
  const methods: Record<End, EndMethod> = { top: 'none', bottom: 'none' };
  const selected = { top: 0, bottom: 0 };
  let cost = 16 * call;
  for (const end of wantedEnds(attrs)) {
    const count = mostOf(attrs, end);
    cost += 5 * size * vectorised + 6 * call;
    if (count === regions) {
      methods[end] = 'all';
      cost += 2 * size * vectorised;
    } else if (count === 1) {
      methods[end] = 'extreme';
      cost += size * vectorised;
    } else {
      selected[end] = count;
    }
  }
  const selecting = ends.filter((end) => selected[end] > 0);
  if (selecting.length > 0) {
    const byElement =
      selecting.length * (maps * (100 + 5.5 * regions) + 12 * call) + (channels === 1 ? 0 : size * transposed);
    const byNetwork = networkCost(selected, regions, maps, byElement);
    for (const end of selecting) {
      methods[end] = byNetwork < byElement ? 'network' : 'nthElement';
    }
    cost += Math.min(byNetwork, byElement);
  }
  return { strategy: { kind: 'thresholds', methods }, cost };
}

/** @returns Infinity if it certainly exceeds `limit`, without working it out */
function networkCost(counts: Record<End, number>, regions: number, maps: number, limit: number): number {
  const longest = Math.max(counts.top, counts.bottom);
  if (longest > longestList || 2 * longest * Math.log2(regions) * call > limit) {
    return Infinity;
  }
  const { rows, calls } = networkWork(regions, counts);
  return maps * vectorised * (rows + 2 * regions) + calls * call;
}

/** @param shape `[batch, regions, channels]` */
export function chooseStrategy(attrs: PoolingPlan, shape: number[]): Strategy {
  const ranking = rankingOption(attrs, shape);
  const thresholds = thresholdOption(attrs, shape);
  return thresholds.cost < ranking.cost ? thresholds.strategy : ranking.strategy;
}

/** The ranking alone: for masked maps, where every bag has its own counts, and for reading regions out. */
export function chooseRanking(attrs: PoolingPlan, shape: number[]): Ranking {
  return rankingOption(attrs, shape).strategy;
}
