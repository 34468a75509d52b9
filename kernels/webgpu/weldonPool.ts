import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { WebGPUBackend } from './backend.js';
import { maskInputs, PoolingProgram, runProgram } from './backend.js';
import { selectionRows, SelectProgram } from './selectProgram.js';

/** Copies the scores out of the selection; a program writes one buffer, so they cannot be written at once. */
export class ScoresProgram extends PoolingProgram {
  constructor([batch, , channels]: number[]) {
    super('weldonScores', ['selection'], [batch, channels], batch * channels, 64);
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        let channels = uniforms.outShape.y;
        if (index < uniforms.outShape.x * channels) {
          let bag = index / channels;
          result[index] = bitcast<f32>(selection[(bag * 5 + ${selectionRows.scoreBits}) * channels + index % channels]);
        }
      }
    `;
  }
}

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
