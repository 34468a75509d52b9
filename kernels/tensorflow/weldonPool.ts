import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { End, Maps } from './maps.js';
import { mapsWithNaN, sourceEvidence } from './maps.js';
import type { RankedRegions } from './ranking.js';
import { rankEnds } from './ranking.js';
import { slotWeights, takenSlots } from './slots.js';
import type { Ranking, Strategy } from './strategy.js';
import { chooseRanking, chooseStrategy, plainRanking } from './strategy.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';
import { poolEnds } from './thresholds.js';

/**
 * The selection is, by its dtype, either
 * - int32 `[batch, channels, topCount + bottomCount]`: region indices, or
 * - float32 `[batch, 2, channels]`: the least value in the top and the largest in the bottom.
 */
export function weldonPool(
  args: { inputs: WeldonPoolInputs; attrs: PoolingPlan; backend: TensorflowBackend }): TensorInfo[] {
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
  return ops.scope(() => strategy.kind === 'thresholds'
    ? poolByThresholds(ops, maps.x, attrs, strategy) : poolByRanking(ops, maps, attrs, strategy));
}

type Outputs = [scores: Tensor, selection: Tensor];

function poolByThresholds(
  ops: TensorflowOps, x: TensorInfo, attrs: PoolingPlan, { methods }: Exclude<Strategy, Ranking>): Outputs {
  const { top, bottom } = poolEnds(ops, x, attrs, methods);
  const pooled = [top, bottom].filter((end) => end !== null);
  return [
    pooled.map((end) => end.sum).reduce((a, b) => ops.binary('AddV2', a, b)),
    stackThresholds(ops, x, top?.threshold ?? null, bottom?.threshold ?? null),
  ];
}

/** Values of every map, in any shape, as `[batch, 2, channels]`; an end of which no region is wanted is never looked at. */
function stackThresholds(ops: TensorflowOps, x: TensorInfo, top: Tensor | null, bottom: Tensor | null): Tensor {
  const [batch, , channels] = x.shape;
  return ops.concat([top, bottom].map((threshold) => threshold === null
    ? ops.fill([batch, 1, channels], 0) : ops.reshape(threshold, [batch, 1, channels])), 1);
}

interface RankedEnd {
  /** `[batch, channels, count]`, strongest first where there is a mask; 0 beyond a bag's own count */
  evidence: Tensor;
  /** int32, the same shape */
  indices: Tensor;
  /** `[batch, channels]`, the weakest value taken, as ranked; on a GPU only */
  threshold: Tensor | null;
}

function poolByRanking(
  ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, { blockSizes }: Ranking): Outputs {
  const ranked = rankEnds(ops, maps, attrs, blockSizes, maps.mask !== undefined);
  const parts = new Map([...ranked.ends].map(([end, each]) => [end, rankedEnd(ops, maps, each, attrs, end)]));
  const inOrder = [...parts.values()];
  const evidence = ops.concat(inOrder.map((part) => part.evidence), 2);
  const sum = ops.reduce('Sum', ops.binary('Mul', evidence, slotWeights(ops, maps, attrs, -1)), 2);
  const holdsNaN = ranked.extreme === null ? mapsWithNaN(ops, maps) : ops.unary('IsNan', ranked.extreme);
  const scores = ops.select(holdsNaN, ops.float(NaN), sum);
  return [scores, ops.onGpu
    ? stackThresholds(ops, maps.x, parts.get('top')?.threshold ?? null, parts.get('bottom')?.threshold ?? null)
    : ops.concat(inOrder.map((part) => part.indices), 2)];
}

function rankedEnd(
  ops: TensorflowOps, maps: Maps, { evidence, indices }: RankedRegions, attrs: PoolingPlan, end: End): RankedEnd {
  const masked = maps.mask !== undefined;
  const own = (values: Tensor, other: number) =>
    masked ? ops.select(takenSlots(ops, maps, attrs, end), values, ops.float(other)) : values;
  return {
    evidence: own(sourceEvidence(ops, evidence, maps), 0),
    indices,
    threshold: ops.onGpu ? leastValue(ops, own(evidence, Infinity), end) : null,
  };
}

function leastValue(ops: TensorflowOps, evidence: Tensor, end: End): Tensor {
  const least = ops.reduce('Min', evidence, 2);
  return end === 'top' ? least : ops.unary('Neg', least);
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'tensorflow',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
