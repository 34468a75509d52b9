import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { End, Maps } from './maps.js';
import { endPlan, ends, mapsWithNaN, sourceValues } from './maps.js';
import type { RankedMaps } from './ranking.js';
import { rankedMaps, rankRegions } from './ranking.js';
import type { Strategy } from './strategy.js';
import { chooseBlockSizes, chooseStrategy } from './strategy.js';
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
  const [batch, regions, channels] = x.shape;
  if (ops.onGpu) {
    return { kind: 'ranking', blockSizes: { top: 1, bottom: 1 } };
  }
  // With a mask every bag has counts of its own, which only a ranking can follow.
  return mask === undefined ? chooseStrategy(attrs, regions, batch * channels)
    : { kind: 'ranking', blockSizes: chooseBlockSizes(attrs, regions, batch * channels) };
}

/** For tests of each strategy; `weldonPool` takes the soonest. */
export function poolBy(ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, strategy: Strategy): WeldonPoolOutputs {
  return ops.scope(() => strategy.kind === 'thresholds'
    ? poolByThresholds(ops, maps.x, attrs, strategy) : poolByRanking(ops, maps, attrs, strategy));
}

type Outputs = [scores: Tensor, selection: Tensor];

function poolByThresholds(
  ops: TensorflowOps, x: TensorInfo, attrs: PoolingPlan, { methods }: Strategy & { kind: 'thresholds' }): Outputs {
  const { top, bottom } = poolEnds(ops, x, attrs, methods);
  const pooled = [top, bottom].filter((end) => end !== null);
  return [
    pooled.map((end) => end.sum).reduce((a, b) => ops.binary('AddV2', a, b)),
    stackThresholds(ops, x, top?.threshold ?? null, bottom?.threshold ?? null),
  ];
}

/** `[batch, channels]` each into `[batch, 2, channels]`; an end of which no region is wanted is never looked at. */
function stackThresholds(ops: TensorflowOps, x: TensorInfo, top: Tensor | null, bottom: Tensor | null): Tensor {
  const [batch, , channels] = x.shape;
  return ops.concat([top, bottom].map((threshold) => threshold === null
    ? ops.fill([batch, 1, channels], 0) : ops.reshape(threshold, [batch, 1, channels])), 1);
}

interface RankedEnd {
  /** `[batch, channels]`, weight · Σ of the values taken */
  sum: Tensor;
  /** `[batch, channels]`, the weakest value taken, as ranked; on a GPU only */
  threshold: Tensor | null;
  /** int32 `[batch, channels, count]` */
  indices: Tensor;
}

function poolByRanking(
  ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, { blockSizes }: Strategy & { kind: 'ranking' }): Outputs {
  const ranked = rankedMaps(ops, maps, blockSizes);
  const pooled: Record<End, RankedEnd | null> = { top: null, bottom: null };
  for (const end of ends) {
    pooled[end] = ops.scope(() => rankedEnd(ops, maps, ranked[end], attrs, end, blockSizes[end]));
  }
  const { top, bottom } = pooled;
  const parts = [top, bottom].filter((each) => each !== null);
  const sum = parts.map((each) => each.sum).reduce((a, b) => ops.binary('AddV2', a, b));
  const scores = ops.select(mapsWithNaN(ops, maps), ops.float(NaN), sum);
  return [scores, ops.onGpu
    ? stackThresholds(ops, maps.x, top?.threshold ?? null, bottom?.threshold ?? null)
    : ops.concat(parts.map((each) => each.indices), 2)];
}

function rankedEnd(
  ops: TensorflowOps, maps: Maps, ranked: RankedMaps, attrs: PoolingPlan, end: End, blockSize: number): RankedEnd | null {
  const { most, count, weight } = endPlan(ops, maps, attrs, end);
  if (most === 0) {
    return null;
  }
  const { values, indices } = rankRegions(ops, ranked, end, most, maps.mask !== undefined, blockSize);
  // Of a bag only the first `count` are its own; they come sorted.
  const taken = maps.mask === undefined ? null : ops.binary('Less', ops.range(most, 1, 'float32'), count);
  const own = (each: Tensor, other: number) => taken === null ? each : ops.select(taken, each, ops.float(other));
  const sum = ops.reduce('Sum', ops.binary('Mul', own(sourceValues(ops, values, maps, end), 0), weight), 2);
  const threshold = !ops.onGpu ? null : end === 'top'
    ? ops.reduce('Min', own(values, Infinity), 2) : ops.reduce('Max', own(values, -Infinity), 2);
  return { sum, threshold, indices };
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'tensorflow',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
