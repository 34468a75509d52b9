import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import { planColumns } from '../contract.js';
import type { TensorflowOps } from './tensorflowOps.js';

/** The two ends of a map. */
export type End = 'top' | 'bottom';
export const ends = ['top', 'bottom'] as const;

/** A call's maps `[batch, regions, channels]`, with a mask and a plan for each bag or without both. */
export interface Maps {
  x: TensorInfo;
  mask?: TensorInfo;
  plan?: TensorInfo;
}

const largestFloat = 3.4028234663852886e38;

/** Count and weight of one end: the call's, or each bag's own as `[batch, 1, 1]`. */
export interface EndPlan {
  /** host-side upper bound of the count */
  most: number;
  count: Tensor;
  weight: Tensor;
}

export function endPlan(ops: TensorflowOps, { plan }: Maps, attrs: PoolingPlan, end: End): EndPlan {
  const [countName, weightName] = end === 'top'
    ? ['topCount', 'topWeight'] as const : ['bottomCount', 'bottomWeight'] as const;
  const most = attrs[countName];
  if (plan === undefined) {
    return { most, count: ops.float(most), weight: ops.float(attrs[weightName]) };
  }
  const columns = ops.split(plan, [1, 1, 1, 1], 1);
  const column = (name: keyof PoolingPlan) => ops.reshape(columns[planColumns[name]], [plan.shape[0], 1, 1]);
  return { most, count: column(countName), weight: column(weightName) };
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

/** Undoes `rankedSource` on values of valid regions. A masked map that holds the largest float reads as infinite. */
export function sourceValues(ops: TensorflowOps, values: Tensor, { mask }: Maps, end: End): Tensor {
  if (mask === undefined) {
    return values;
  }
  return end === 'top'
    ? ops.select(ops.binary('LessEqual', values, ops.float(-largestFloat)), ops.float(-Infinity), values)
    : ops.select(ops.binary('GreaterEqual', values, ops.float(largestFloat)), ops.float(Infinity), values);
}

/** bool `[batch, channels]`: whether a valid region of the map is NaN. */
export function mapsWithNaN(ops: TensorflowOps, { x, mask }: Maps): Tensor {
  if (mask === undefined && !ops.onGpu) {
    return ops.unary('IsNan', ops.reduce('Max', x, 1));
  }
  const [batch, regions] = x.shape;
  const isNaN = ops.unary('IsNan', x);
  return ops.any(mask === undefined ? isNaN : ops.and(isNaN, ops.reshape(mask, [batch, regions, 1])), 1);
}
