import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { WebGPUBackend } from './backend.js';
import { maskInputs, runProgram } from './backend.js';
import { ScoresProgram } from './scoresProgram.js';
import { SelectProgram } from './selectProgram.js';

/** The selection is int32 `[batch, 5, channels]`, rows as in `selectionRows`. */
export function weldonPool(args: {
  inputs: WeldonPoolInputs;
  attrs: PoolingPlan;
  backend: WebGPUBackend;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const { x, mask } = inputs;
  const selection = runProgram(
    backend,
    new SelectProgram(x.shape, mask !== undefined),
    [x, ...maskInputs(inputs)],
    'int32',
    attrs,
  );
  const scores = runProgram(backend, new ScoresProgram(x.shape), [selection], 'float32', attrs);
  return [scores, selection] satisfies WeldonPoolOutputs;
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'webgpu',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
