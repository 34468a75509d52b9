import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { End, Maps, RankedRegions } from './maps.js';
import { mapsWithNaN, sourceEvidence } from './maps.js';
import { rankEnds } from './ranking.js';
import { slotWeights, takenSlots } from './slots.js';
import type { Ranking, Strategy } from './strategy.js';
import { chooseRanking, chooseStrategy, plainRanking } from './strategy.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';
import { poolEnds } from './thresholds.js';

/**
 * The selection is, by its dtype, either
 * - int32 `[batch, channels, topCount + bottomCount]`: region indices;
 * - int32 `[2 · batch, channels, count]`: the same of both ends ranked as one, the bottoms after the tops; or
 * - float32 `[batch, 2, channels]`: the least value in the top and the largest in the bottom.
 */
export function weldonPool(args: {
  inputs: WeldonPoolInputs;
  attrs: PoolingPlan;
  backend: TensorflowBackend;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  return poolBy(ops, inputs, attrs, strategyFor(ops, inputs, attrs));
}

function strategyFor(ops: TensorflowOps, { x, mask }: Maps, attrs: PoolingPlan): Strategy {
  if (ops.onGpu) {
    return plainRanking;
  }
  return mask === undefined ? chooseStrategy(attrs, x.shape) : chooseRanking(attrs, x.shape);
}

/** For tests of each strategy; `weldonPool` takes the soonest. */
export function poolBy(ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, strategy: Strategy): WeldonPoolOutputs {
  return ops.scope(() =>
    strategy.kind === 'thresholds'
      ? poolByThresholds(ops, maps.x, attrs, strategy)
      : poolByRanking(ops, maps, attrs, strategy),
  );
}

type Outputs = [scores: Tensor, selection: Tensor];

function poolByThresholds(
  ops: TensorflowOps,
  x: TensorInfo,
  attrs: PoolingPlan,
  { methods }: Exclude<Strategy, Ranking>,
): Outputs {
  const { top, bottom } = poolEnds(ops, x, attrs, methods);
  const pooled = [top, bottom].filter((end) => end !== null);
  return [
    pooled.map((end) => end.sum).reduce((a, b) => ops.binary('AddV2', a, b)),
    stackThresholds(ops, x, top?.threshold ?? null, bottom?.threshold ?? null),
  ];
}

/** Values of every map, in any shape, as `[batch, 2, channels]`; 0 at an end without regions. */
function stackThresholds(ops: TensorflowOps, x: TensorInfo, top: Tensor | null, bottom: Tensor | null): Tensor {
  const [batch, , channels] = x.shape;
  return ops.concat(
    [top, bottom].map((threshold) =>
      threshold === null ? ops.fill([batch, 1, channels], 0) : ops.reshape(threshold, [batch, 1, channels]),
    ),
    1,
  );
}

function poolByRanking(ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, { blockSizes }: Ranking): Outputs {
  const { ranked, extreme } = rankEnds(ops, maps, attrs, blockSizes, maps.mask !== undefined);
  const sum = ranked[0].ends.length === 2 ? sumOfBothEnds(ops, ranked[0], attrs) : sumOfEnds(ops, maps, ranked, attrs);
  const holdsNaN = extreme === null ? mapsWithNaN(ops, maps) : ops.unary('IsNan', extreme);
  const scores = ops.select(holdsNaN, ops.float(NaN), sum);
  const selection = ops.onGpu
    ? weakestTaken(ops, maps, ranked, attrs)
    : ops.concat(
        ranked.map(({ indices }) => indices),
        2,
      );
  return [scores, selection];
}

/** `[batch, channels]` of ends that were ranked as one. Weighted before summing, so that a mean does not overflow. */
function sumOfBothEnds(ops: TensorflowOps, { evidence }: RankedRegions, attrs: PoolingPlan): Tensor {
  const [rows, channels, count] = evidence.shape as number[];
  const weights = ops.floats([attrs.topWeight, -attrs.bottomWeight], [2, 1, 1, 1]);
  const perEnd = ops.reshape(evidence, [2, rows / 2, channels, count]);
  return ops.reduce('Sum', ops.binary('Mul', perEnd, weights), [0, 3]);
}

/** The same of ends that were ranked one by one. */
function sumOfEnds(ops: TensorflowOps, maps: Maps, ranked: RankedRegions[], attrs: PoolingPlan): Tensor {
  const evidence = ops.concat(
    ranked.map(({ ends: [end], evidence: each }) =>
      ownSlots(ops, maps, sourceEvidence(ops, each, maps), attrs, end, 0),
    ),
    2,
  );
  return ops.reduce('Sum', ops.binary('Mul', evidence, slotWeights(ops, maps, attrs, -1)), 2);
}

/** What is ranked beyond a bag's own count replaced by `other`; where there is a mask, the strongest come first. */
function ownSlots(
  ops: TensorflowOps,
  maps: Maps,
  evidence: Tensor,
  attrs: PoolingPlan,
  end: End,
  other: number,
): Tensor {
  return maps.mask === undefined ? evidence : ops.select(takenSlots(ops, maps, attrs, end), evidence, ops.float(other));
}

/** The thresholds of both ends; for GPUs, which rank them one by one. */
function weakestTaken(ops: TensorflowOps, maps: Maps, ranked: RankedRegions[], attrs: PoolingPlan): Tensor {
  const weakest: Record<End, Tensor | null> = { top: null, bottom: null };
  for (const {
    ends: [end],
    evidence,
  } of ranked) {
    weakest[end] = leastValue(ops, ownSlots(ops, maps, evidence, attrs, end, Infinity), end);
  }
  return stackThresholds(ops, maps.x, weakest.top, weakest.bottom);
}

/** `[batch, channels]` */
function leastValue(ops: TensorflowOps, evidence: Tensor, end: End): Tensor {
  const least = ops.reduce('Min', evidence, 2);
  return end === 'top' ? least : ops.unary('Neg', least);
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'tensorflow',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
