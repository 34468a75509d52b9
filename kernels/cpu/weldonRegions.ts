import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import type { CpuBackend } from './backend.js';
import { forEachBag } from './backend.js';
import { orderEnd, selectBothEnds } from './selection.js';

export function weldonRegions(args: {
  inputs: WeldonRegionsInputs;
  attrs: PoolingPlan;
  backend: CpuBackend;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const [batch, , channels] = inputs.x.shape;
  const { topCount, bottomCount } = attrs;
  const slots = topCount + bottomCount;
  const selection = new Int32Array(slots * channels);
  const topIndices = new Int32Array(batch * topCount * channels).fill(-1);
  const bottomIndices = new Int32Array(batch * bottomCount * channels).fill(-1);
  const topValues = new Float32Array(topIndices.length);
  const bottomValues = new Float32Array(bottomIndices.length);
  const sums = new Float64Array(2 * channels);
  const hasNaN = new Uint8Array(channels);

  forEachBag(backend, inputs, attrs, (bag, plan, b) => {
    selectBothEnds(bag, plan.topCount, plan.bottomCount, selection, 0, slots, sums, hasNaN);
    orderEnd(bag, selection, 0, slots, plan.topCount, 1);
    orderEnd(bag, selection, plan.topCount, slots, plan.bottomCount, -1);
    const read = (from: number, count: number, indices: Int32Array, values: Float32Array, at: number) => {
      for (let j = 0; j < count * channels; j++) {
        const region = selection[from + (j % channels) * slots + Math.floor(j / channels)];
        indices[at + j] = region;
        values[at + j] = bag.values[bag.offset + region * channels + (j % channels)];
      }
    };
    read(0, plan.topCount, topIndices, topValues, b * topCount * channels);
    read(plan.topCount, plan.bottomCount, bottomIndices, bottomValues, b * bottomCount * channels);
  });

  return [
    backend.makeTensorInfo([batch, topCount, channels], 'int32', topIndices),
    backend.makeTensorInfo([batch, topCount, channels], 'float32', topValues),
    backend.makeTensorInfo([batch, bottomCount, channels], 'int32', bottomIndices),
    backend.makeTensorInfo([batch, bottomCount, channels], 'float32', bottomValues),
  ] satisfies WeldonRegionsOutputs;
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'cpu',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
