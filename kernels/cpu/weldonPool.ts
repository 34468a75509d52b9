import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { CpuBackend } from './backend.js';
import { forEachBag } from './backend.js';
import { selectBothEnds } from './selection.js';

/** The selection is int32 `[batch, topCount + bottomCount, channels]`: region indices, −1 where a bag has fewer. */
export function weldonPool(args: { inputs: WeldonPoolInputs; attrs: PoolingPlan; backend: CpuBackend }): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const [batch, , channels] = inputs.x.shape;
  const slots = attrs.topCount + attrs.bottomCount;
  const scores = new Float32Array(batch * channels);
  const selection = new Int32Array(batch * slots * channels);
  const hasNaN = new Uint8Array(channels);

  forEachBag(backend, inputs, attrs, (bag, plan, b) => {
    const at = b * slots * channels;
    selectBothEnds(bag, plan.topCount, plan.bottomCount, selection, at, hasNaN);
    const used = plan.topCount + plan.bottomCount;
    selection.fill(-1, at + used * channels, at + slots * channels);
    const { values, offset } = bag;
    for (let channel = 0; channel < channels; channel++) {
      let top = 0;
      let bottom = 0;
      for (let j = 0; j < plan.topCount; j++) {
        top += values[offset + selection[at + j * channels + channel] * channels + channel];
      }
      for (let j = plan.topCount; j < used; j++) {
        bottom += values[offset + selection[at + j * channels + channel] * channels + channel];
      }
      // An end without regions has no say, so that 0 · Infinity cannot arise from it.
      const positive = plan.topCount > 0 ? plan.topWeight * top : 0;
      const negative = plan.bottomCount > 0 ? plan.bottomWeight * bottom : 0;
      scores[b * channels + channel] = hasNaN[channel] === 1 && used > 0 ? NaN : positive + negative;
    }
  });

  return [
    backend.makeTensorInfo([batch, channels], 'float32', scores),
    backend.makeTensorInfo([batch, slots, channels], 'int32', selection),
  ] satisfies WeldonPoolOutputs;
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'cpu',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
