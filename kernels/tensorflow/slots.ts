import type { Tensor } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import type { End, Maps } from './maps.js';
import { mostOf, planned, wantedEnds } from './maps.js';
import type { TensorflowOps } from './tensorflowOps.js';

/** bool `[batch, 1, count]`: which of the slots ranked for an end are within a bag's own count. */
export function takenSlots(ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, end: End): Tensor {
  return ops.binary('Less', ops.range(mostOf(attrs, end)), planned(ops, maps, attrs, end, 'count'));
}

/**
 * What the slots of a selection weigh, first the top's, then the bottom's: `[slots]`, or with a mask
 * `[batch, 1, slots]`, 0 beyond a bag's own counts.
 *
 * @param bottomSign −1 where the bottom's values come negated
 */
export function slotWeights(ops: TensorflowOps, maps: Maps, attrs: PoolingPlan, bottomSign: 1 | -1): Tensor {
  if (maps.mask === undefined) {
    const weights = new Float32Array(attrs.topCount + attrs.bottomCount);
    weights.fill(attrs.topWeight, 0, attrs.topCount).fill(bottomSign * attrs.bottomWeight, attrs.topCount);
    return ops.floats(weights);
  }
  return ops.concat(
    wantedEnds(attrs).map((end) => {
      const weight = planned(ops, maps, attrs, end, 'weight');
      const signed = end === 'bottom' && bottomSign < 0 ? ops.unary('Neg', weight) : weight;
      return ops.select(takenSlots(ops, maps, attrs, end), signed, ops.float(0));
    }),
    2,
  );
}
