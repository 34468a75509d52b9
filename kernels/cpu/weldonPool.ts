import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { CpuBackend } from './backend.js';
import { forEachBag } from './backend.js';
import { selectBothEnds } from './selection.js';

/** The selection is int32 `[batch, channels, topCount + bottomCount]`: region indices, −1 where a bag has fewer. */
export function weldonPool(args: { inputs: WeldonPoolInputs; attrs: PoolingPlan; backend: CpuBackend }): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const [batch, , channels] = inputs.x.shape;
  const slots = attrs.topCount + attrs.bottomCount;
  const scores = new Float32Array(batch * channels);
  const selection = new Int32Array(batch * slots * channels);
  const hasNaN = new Uint8Array(channels);
  const sums = new Float64Array(2 * channels);

  forEachBag(backend, inputs, attrs, (bag, plan, b) => {
    const at = b * slots * channels;
    selectBothEnds(bag, plan.topCount, plan.bottomCount, selection, at, slots, sums, hasNaN);
    const used = plan.topCount + plan.bottomCount;
    for (let channel = 0; used < slots && channel < channels; channel++) {
      selection.fill(-1, at + channel * slots + used, at + (channel + 1) * slots);
    }
    for (let channel = 0; channel < channels; channel++) {
      // An end without regions has no say, so that 0 · Infinity cannot arise from it.
      const positive = plan.topCount > 0 ? plan.topWeight * sums[channel] : 0;
      const negative = plan.bottomCount > 0 ? plan.bottomWeight * sums[channels + channel] : 0;
      scores[b * channels + channel] = hasNaN[channel] === 1 && used > 0 ? NaN : positive + negative;
    }
  });

  return [
    backend.makeTensorInfo([batch, channels], 'float32', scores),
    backend.makeTensorInfo([batch, channels, slots], 'int32', selection),
  ] satisfies WeldonPoolOutputs;
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'cpu',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
