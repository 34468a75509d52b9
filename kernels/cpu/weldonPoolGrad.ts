import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { CpuBackend } from './backend.js';
import { planOf, valuesOf } from './backend.js';

/** Adds dy · weight at each selected region; a region in both ends receives both. */
export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: CpuBackend;
}): TensorInfo {
  const { inputs, attrs, backend } = args;
  const [batch, regions, channels] = inputs.x.shape;
  const dy = valuesOf(backend, inputs.dy);
  const selection = valuesOf(backend, inputs.selection);
  const plans = inputs.plan === undefined ? null : valuesOf(backend, inputs.plan);
  const dx = new Float32Array(batch * regions * channels);
  const slots = attrs.topCount + attrs.bottomCount;

  for (let b = 0; b < batch; b++) {
    const { topCount, bottomCount, topWeight, bottomWeight } = planOf(attrs, plans, b);
    const offset = b * regions * channels;
    for (let channel = 0; channel < channels; channel++) {
      const map = b * channels + channel;
      const top = topWeight * dy[map];
      const bottom = bottomWeight * dy[map];
      for (let j = 0, at = map * slots; j < topCount + bottomCount; j++, at++) {
        dx[offset + selection[at] * channels + channel] += j < topCount ? top : bottom;
      }
    }
  }
  return backend.makeTensorInfo(inputs.x.shape, 'float32', dx);
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'cpu',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
