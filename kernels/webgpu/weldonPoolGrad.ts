import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { WebGPUBackend } from './backend.js';
import { maskInputs, runProgram } from './backend.js';
import { GradProgram } from './gradProgram.js';

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
