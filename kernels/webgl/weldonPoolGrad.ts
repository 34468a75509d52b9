import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { readsBits, runProgram } from './backend.js';
import { GradProgram } from './gradProgram.js';
import { stockPoolGrad } from './stockOps.js';

export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: MathBackendWebGL;
}): TensorInfo {
  const { inputs, attrs, backend } = args;
  if (!readsBits()) {
    return stockPoolGrad(inputs, attrs);
  }
  const { x, dy, selection, mask, plan } = inputs;
  const masked = mask !== undefined && plan !== undefined;
  const textures = masked ? [x, dy, selection, mask, plan] : [x, dy, selection];
  return runProgram(backend, new GradProgram(x.shape, masked), textures, 'float32', x.shape, attrs);
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'webgl',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
