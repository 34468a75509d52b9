/**
 * The kernels' work through stock ops, for what these shaders cannot do. Inside a kernel nothing is recorded for
 * gradients.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { MaskedBags } from '../composed/ends.js';
import { composedPool } from '../composed/weldonPool.js';
import { composedPoolGrad } from '../composed/weldonPoolGrad.js';
import { composedRegions } from '../composed/weldonRegions.js';
import type { PoolingPlan, WeldonPoolGradInputs, WeldonPoolInputs, WeldonRegionsInputs } from '../contract.js';

function bagsOf({ mask, plan }: { mask?: TensorInfo; plan?: TensorInfo }): MaskedBags | null {
  return mask === undefined || plan === undefined ? null : { mask: mask as Tensor2D, plan: plan as Tensor2D };
}

export function stockPool(inputs: WeldonPoolInputs, attrs: PoolingPlan): TensorInfo[] {
  return tidy(() => composedPool(inputs.x as Tensor3D, attrs, bagsOf(inputs)));
}

export function stockPoolGrad(inputs: WeldonPoolGradInputs, attrs: PoolingPlan): TensorInfo {
  return tidy(() =>
    composedPoolGrad(inputs.dy as Tensor2D, inputs.x as Tensor3D, inputs.selection as Tensor3D, attrs, bagsOf(inputs)),
  );
}

export function stockRegions(inputs: WeldonRegionsInputs, attrs: PoolingPlan): TensorInfo[] {
  return tidy(() => composedRegions(inputs.x as Tensor3D, attrs, bagsOf(inputs)));
}
