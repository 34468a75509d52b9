import * as tf from '@tensorflow/tfjs-core';
import type { MaskedBags } from '../../kernels/composed/ends.js';
import { composedRegions } from '../../kernels/composed/weldonRegions.js';
import type { PoolingPlan } from '../../kernels/contract.js';
import { WeldonRegions as WeldonRegionsKernel } from '../../kernels/contract.js';
import '../../kernels/registerRegions.js';
import { checkKeys } from '../errors.js';
import { planBags } from './bags.js';
import { hasKernels, runKernel } from './dispatch.js';
import { prepareMaps } from './mapsInput.js';
import { poolingPlan, resolvePooling } from './regionCounts.js';
import type { WeldonPoolOptions } from './weldonPool.js';
import { weldonPoolKeys } from './weldonPool.js';

/** The regions that make each class's score, strongest evidence first. */
export interface WeldonRegions extends tf.NamedTensorMap {
  /** int32 `[batch, kMax, classes]`: flat row-major region indices, largest value first */
  topIndices: tf.Tensor3D;
  /** float32, the values at `topIndices` */
  topValues: tf.Tensor3D;
  /** int32 `[batch, kMin, classes]`, smallest value first */
  bottomIndices: tf.Tensor3D;
  /** float32, the values at `bottomIndices` */
  bottomValues: tf.Tensor3D;
}

/** Reads both ends out on the active backend; four tensors in the contract's order. */
function runRegions(x: tf.Tensor3D, plan: PoolingPlan, bags: MaskedBags | null): tf.Tensor3D[] {
  if (!hasKernels()) {
    return composedRegions(x, plan, bags);
  }
  return runKernel(
    WeldonRegionsKernel,
    { x, ...(bags === null ? {} : { mask: bags.mask, plan: bags.plan }) },
    plan,
  ) as tf.Tensor3D[];
}

function weldonRegions_(maps: tf.Tensor | tf.TensorLike, options: WeldonPoolOptions = {}): WeldonRegions {
  checkKeys(options, weldonPoolKeys, 'weldonRegions');
  const pooling = resolvePooling(options, 'weldonRegions');
  const { x, mask } = prepareMaps(maps, options.mask, options.dataFormat ?? 'channelsLast', 'weldonRegions');
  const [batch, regions, channels] = x.shape;
  const plan = poolingPlan(pooling, regions);
  if (batch === 0 || channels === 0 || regions === 0) {
    return {
      topIndices: tf.zeros([batch, plan.topCount, channels], 'int32'),
      topValues: tf.zeros([batch, plan.topCount, channels]),
      bottomIndices: tf.zeros([batch, plan.bottomCount, channels], 'int32'),
      bottomValues: tf.zeros([batch, plan.bottomCount, channels]),
    };
  }
  const [topIndices, topValues, bottomIndices, bottomValues] = runRegions(
    x,
    plan,
    mask === null ? null : planBags(pooling, mask),
  );
  return { topIndices, topValues, bottomIndices, bottomValues };
}

/**
 * Reads out which regions {@link weldonPool} selects with the same options, and their values.
 *
 * Not differentiable: use `weldonPool` for training. Of equal values the lower region index comes first. Bags
 * with fewer valid instances than k are padded with index −1 and value 0. For a map that holds a NaN the result
 * is unspecified.
 *
 * @param maps class maps, as for `weldonPool`
 * @param options as for `weldonPool`; `alpha` and `reduction` have no effect
 * @returns `{topIndices, topValues, bottomIndices, bottomValues}`, each `[batch, k, classes]`, k resolved against
 *   the number of regions. The index of row r, column c in a map of w columns is r·w + c.
 * @throws WeldonError as `weldonPool`
 *
 * @example
 * const maps = tf.tensor4d([9, 1, 5, 7], [1, 2, 2, 1]);
 * weldonRegions(maps, { kMax: 2, kMin: 1 }).topIndices.print(); // [[[0], [3]]]
 */
export const weldonRegions = /* @__PURE__ */ tf.op({ weldonRegions_ });
