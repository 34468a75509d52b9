import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { WebGPUBackend } from './backend.js';
import { maskInputs, maskNames, PoolingProgram, runProgram } from './backend.js';
import { rankKeys } from './rankKeys.js';
import { selectionRows } from './selectProgram.js';

/** One pass over the maps: a region receives dy · weight for each end that took it, which the thresholds tell. */
export class GradProgram extends PoolingProgram {
  constructor(
    [batch, regions, channels]: number[],
    private readonly masked: boolean,
  ) {
    super(
      `weldonGrad_${masked}`,
      masked ? ['x', 'dy', 'selection', ...maskNames] : ['x', 'dy', 'selection'],
      [batch, regions, channels],
      batch * regions * channels,
      64,
    );
  }

  getUserCode(): string {
    const { topKey, topCut, bottomKey, bottomCut } = selectionRows;
    return `
      ${rankKeys(this.masked)}

      fn main(index : i32) {
        let regions = uniforms.xShape.y;
        let channels = uniforms.xShape.z;
        if (index >= uniforms.xShape.x * regions * channels) {
          return;
        }
        let channel = index % channels;
        let region = index / channels % regions;
        let bag = index / channels / regions;
        let row = bag * 5 * channels + channel;
        let key = keyOf(x[index]);
        let topKey = bitcast<u32>(selection[row + ${topKey} * channels]);
        let bottomKey = bitcast<u32>(selection[row + ${bottomKey} * channels]);
        var slope = 0f;
        if (isValid(bag, region)) {
          let weights = weightsOf(bag);
          if (key > topKey || (key == topKey && region <= selection[row + ${topCut} * channels])) {
            slope += weights.x;
          }
          if (~key > bottomKey || (~key == bottomKey && region <= selection[row + ${bottomCut} * channels])) {
            slope += weights.y;
          }
        }
        result[index] = select(slope * dy[bag * channels + channel], 0f, slope == 0f);
      }
    `;
  }
}

export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: WebGPUBackend;
}): TensorInfo {
  const { inputs, attrs, backend } = args;
  const { x, dy, selection, mask } = inputs;
  return runProgram(
    backend,
    new GradProgram(x.shape, mask !== undefined),
    [x, dy, selection, ...maskInputs(inputs)],
    'float32',
    attrs,
  );
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'webgpu',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
