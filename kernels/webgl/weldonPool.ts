import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { readsBits, runProgram } from './backend.js';
import { ScoresProgram } from './scoresProgram.js';
import { stockPool } from './stockOps.js';
import { thresholdsOf } from './thresholds.js';

/** The selection is a packed texture, as `ThresholdProgram` writes it; through stock ops it is `composedPool`'s. */
export function weldonPool(args: {
  inputs: WeldonPoolInputs;
  attrs: PoolingPlan;
  backend: MathBackendWebGL;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  if (!readsBits()) {
    return stockPool(inputs, attrs);
  }
  const { shape } = inputs.x;
  const selection = thresholdsOf(backend, inputs, attrs, 0);
  const scores = runProgram(backend, new ScoresProgram(shape), [selection], 'float32', shape, attrs);
  return [scores, selection] satisfies WeldonPoolOutputs;
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'webgl',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
