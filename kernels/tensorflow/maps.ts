import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End } from '../composed/ends.js';
import { planColumns } from '../contract.js';
import type { TensorflowOps } from './tensorflowOps.js';

export type { End };
export const ends = ['top', 'bottom'] as const;

/** A call's maps `[batch, regions, channels]`, with a mask and a plan for each bag or without both. */
export interface Maps {
  x: TensorInfo;
  mask?: TensorInfo;
  plan?: TensorInfo;
}

/** One end of every map, or both, the bottoms after the tops: `[ends · batch, channels, count]` each. */
export interface RankedRegions {
  ends: readonly End[];
  /** the values, the bottom's negated: larger is stronger at both ends */
  evidence: Tensor;
  /** int32 region indices */
  indices: Tensor;
}

const largestFloat = 3.4028234663852886e38;

const columnsOf = {
  top: { count: 'topCount', weight: 'topWeight' },
  bottom: { count: 'bottomCount', weight: 'bottomWeight' },
} as const;

/** The host's upper bound of an end's count; without a mask the count itself. */
export function mostOf(attrs: PoolingPlan, end: End): number {
  return attrs[columnsOf[end].count];
}

/** The ends that have regions. */
export function wantedEnds(attrs: PoolingPlan): End[] {
  return ends.filter((end) => mostOf(attrs, end) > 0);
}

/** An end's count or weight as float32: the call's, a scalar, or each bag's own, `[batch, 1, 1]`. */
export function planned(
  ops: TensorflowOps,
  { plan }: Maps,
  attrs: PoolingPlan,
  end: End,
  what: 'count' | 'weight',
): Tensor {
  const column = columnsOf[end][what];
  if (plan === undefined) {
    return ops.float(attrs[column]);
  }
  const place = planColumns[column];
  const parts = ops.split(plan, [place, 1, 3 - place], 1);
  return ops.reshape(parts[1], [plan.shape[0], 1, 1]);
}

/**
 * What one end ranks, `[batch, regions, channels]`: the maps. With a mask, what it hides is infinite on the side that
 * is never chosen, and valid regions that are so become the largest float, to come before padding.
 */
export function rankedSource(ops: TensorflowOps, { x, mask }: Maps, end: End): TensorInfo {
  if (mask === undefined) {
    return x;
  }
  const [batch, regions] = x.shape;
  const valid = ops.reshape(mask, [batch, regions, 1]);
  return end === 'top'
    ? ops.select(valid, ops.binary('Maximum', x, ops.float(-largestFloat)), ops.float(-Infinity))
    : ops.select(valid, ops.binary('Minimum', x, ops.float(largestFloat)), ops.float(Infinity));
}

/**
 * Undoes `rankedSource` on the evidence of valid regions (the bottom's values negated). A masked map that holds the
 * largest float reads as infinite.
 */
export function sourceEvidence(ops: TensorflowOps, evidence: Tensor, { mask }: Maps): Tensor {
  return mask === undefined
    ? evidence
    : ops.select(ops.binary('LessEqual', evidence, ops.float(-largestFloat)), ops.float(-Infinity), evidence);
}

/** bool `[batch, channels]`: whether a valid region of the map is NaN, told from each region. */
export function mapsWithNaN(ops: TensorflowOps, { x, mask }: Maps): Tensor {
  const [batch, regions] = x.shape;
  const isNaN = ops.unary('IsNan', x);
  return ops.any(mask === undefined ? isNaN : ops.and(isNaN, ops.reshape(mask, [batch, regions, 1])), 1);
}
