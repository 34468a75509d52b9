/**
 * Pooling by the least value that still belongs to an end, on TensorFlow's CPU kernels: without the indices of
 * regions, which only `TopKV2` gives, at a price that grows with the count.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End } from './maps.js';
import { ends } from './maps.js';
import { extremeRows } from './sortingNetwork.js';
import type { EndMethod } from './strategy.js';
import type { TensorflowOps } from './tensorflowOps.js';

/** One end of every map. */
export interface PooledEnd {
  /** `[batch, channels]`, weight · Σ of the end's values; NaN for a map that holds a NaN */
  sum: Tensor;
  /** the least of the top's values, the largest of the bottom's; as many, in any shape */
  threshold: Tensor;
}

/** Both ends of maps `[batch, regions, channels]`; null for an end without regions. */
export function poolEnds(
  ops: TensorflowOps,
  x: TensorInfo,
  attrs: PoolingPlan,
  methods: Record<End, EndMethod>,
): Record<End, PooledEnd | null> {
  const counts = { top: attrs.topCount, bottom: attrs.bottomCount };
  const weights = { top: attrs.topWeight, bottom: attrs.bottomWeight };
  const ofMethod = (method: EndMethod) => ends.filter((end) => methods[end] === method);
  const pooled: Record<End, PooledEnd | null> = { top: null, bottom: null };

  for (const end of ofMethod('all')) {
    pooled[end] = poolAll(ops, x, end, weights[end]);
  }
  for (const end of ofMethod('extreme')) {
    pooled[end] = poolExtreme(ops, x, end, weights[end]);
  }
  const byNetwork = ofMethod('network');
  if (byNetwork.length > 0) {
    poolByNetwork(ops, x, counts, weights, byNetwork, pooled);
  }
  const byElement = ofMethod('nthElement');
  if (byElement.length > 0) {
    const [batch, regions, channels] = x.shape;
    const columns = ops.reshape(ops.transpose(x, [0, 2, 1]), [batch * channels, regions]);
    for (const end of byElement) {
      const { sum, threshold } = ops.scope(() => poolByElement(ops, columns, end, counts[end], weights[end]));
      pooled[end] = { sum: ops.reshape(sum, [batch, channels]), threshold };
    }
  }
  return pooled;
}

/** Weighted before they are summed, so that a mean does not overflow. */
function poolAll(ops: TensorflowOps, x: TensorInfo, end: End, weight: number): PooledEnd {
  const [batch, , channels] = x.shape;
  return {
    sum: ops.reduce('Sum', ops.binary('Mul', x, ops.float(weight)), 1),
    threshold: ops.fill([batch, channels], end === 'top' ? -Infinity : Infinity),
  };
}

function poolExtreme(ops: TensorflowOps, x: TensorInfo, end: End, weight: number): PooledEnd {
  const threshold = ops.reduce(end === 'top' ? 'Max' : 'Min', x, 1);
  return { sum: ops.binary('Mul', threshold, ops.float(weight)), threshold };
}

function poolByNetwork(
  ops: TensorflowOps,
  x: TensorInfo,
  counts: Record<End, number>,
  weights: Record<End, number>,
  wanted: End[],
  pooled: Record<End, PooledEnd | null>,
): void {
  const [batch, regions, channels] = x.shape;
  const rows = ops.reshape(ops.transpose(x, [1, 0, 2]), [regions, batch * channels]);
  const count = (end: End) => (wanted.includes(end) ? counts[end] : 0);
  const lists = extremeRows<Tensor>(ops, rows, regions, { top: count('top'), bottom: count('bottom') });
  for (const end of wanted) {
    const weight = ops.float(weights[end]);
    const weighted = lists[end].map((values) => ops.binary('Mul', values, weight));
    const sum = weighted.reduce((a, b) => ops.binary('AddV2', a, b));
    pooled[end] = { sum: ops.reshape(sum, [batch, channels]), threshold: lists[end][counts[end] - 1] };
  }
}

/**
 * Σ of the end = Σ of what lies beyond the threshold + threshold · (count − how many lie beyond): exact among ties,
 * and for infinite thresholds too, as at least one region lies at the threshold. A NaN compares false, so it is
 * never at or below the threshold and reaches the sum.
 *
 * @param columns `[maps, regions]`
 */
function poolByElement(ops: TensorflowOps, columns: TensorInfo, end: End, count: number, weight: number): PooledEnd {
  const [maps, regions] = columns.shape;
  const threshold = ops.nthElement(columns, count - 1, end === 'top');
  const within = ops.binary(end === 'top' ? 'LessEqual' : 'GreaterEqual', columns, ops.reshape(threshold, [maps, 1]));
  const beyond = ops.select(within, ops.float(0), columns);
  const sumBeyond = ops.reshape(ops.matMul(beyond, ops.fill([regions, 1], weight)), [maps]);
  const countWithin = ops.reduce('Sum', ops.cast(within, 'float32'), 1);
  const factor = ops.binary('Mul', ops.binary('Sub', countWithin, ops.float(regions - count)), ops.float(weight));
  return { sum: ops.binary('AddV2', sumBeyond, ops.binary('Mul', factor, threshold)), threshold };
}
