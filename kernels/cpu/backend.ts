import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import { planColumns } from '../contract.js';
import type { Bag } from './histogramSelection.js';
import { validRegions } from './selection.js';

/** The part of tfjs' cpu backend that the kernels use: no import of the package, which may be absent. */
export interface CpuBackend {
  data: { get(id: DataId): { values: ArrayLike<number> } };
  makeTensorInfo(shape: number[], dtype: DataType, values: Float32Array | Int32Array): TensorInfo;
}

export function valuesOf(backend: CpuBackend, tensor: TensorInfo): ArrayLike<number> {
  return backend.data.get(tensor.dataId).values;
}

function floatsOf(backend: CpuBackend, tensor: TensorInfo): Float32Array {
  const values = valuesOf(backend, tensor);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** A bag's counts and weights: the call's, or with a mask its own row of the plan. */
export function planOf(attrs: PoolingPlan, plans: ArrayLike<number> | null, b: number): PoolingPlan {
  return plans === null
    ? attrs
    : {
        topCount: plans[4 * b + planColumns.topCount],
        bottomCount: plans[4 * b + planColumns.bottomCount],
        topWeight: plans[4 * b + planColumns.topWeight],
        bottomWeight: plans[4 * b + planColumns.bottomWeight],
      };
}

/** Calls `visit` for every bag of a batch with the counts and weights that hold for it. */
export function forEachBag(
  backend: CpuBackend,
  inputs: { x: TensorInfo; mask?: TensorInfo; plan?: TensorInfo },
  attrs: PoolingPlan,
  visit: (bag: Bag, plan: PoolingPlan, batch: number) => void,
): void {
  const { x, mask, plan } = inputs;
  const [batch, regions, channels] = x.shape;
  const values = floatsOf(backend, x);
  const masks = mask === undefined ? null : valuesOf(backend, mask);
  const plans = plan === undefined ? null : valuesOf(backend, plan);
  for (let b = 0; b < batch; b++) {
    const { valid, count } =
      masks === null ? { valid: null, count: regions } : validRegions(masks, b * regions, regions);
    const bag = { values, offset: b * regions * channels, channels, valid, count };
    visit(bag, planOf(attrs, plans, b), b);
  }
}
