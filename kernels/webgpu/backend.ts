import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';

/** tfjs' webgpu backend: types only, since its package may be absent. */
export type { WebGPUBackend };
export type WebGPUProgram = Parameters<WebGPUBackend['runWebGPUProgram']>[0];
type Uniforms = NonNullable<Parameters<WebGPUBackend['runWebGPUProgram']>[3]>;

/** What every program of ours has in common: one-dimensional dispatch, counts and weights as uniforms. */
export abstract class PoolingProgram implements WebGPUProgram {
  readonly uniforms = 'topCount : i32, bottomCount : i32, topWeight : f32, bottomWeight : f32,';
  readonly dispatchLayout = { x: [0] };
  dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];

  constructor(
    public shaderKey: string,
    public readonly variableNames: string[],
    public readonly outputShape: number[],
    threads: number,
    threadsPerGroup: number,
  ) {
    this.workgroupSize = [threadsPerGroup, 1, 1];
    this.dispatch = [Math.ceil(threads / threadsPerGroup), 1, 1];
  }

  abstract getUserCode(): string;
}

/** Runs a program with the plan's numbers as its uniforms. */
export function runProgram(
  backend: WebGPUBackend,
  program: PoolingProgram,
  inputs: TensorInfo[],
  dtype: DataType,
  plan: PoolingPlan,
): TensorInfo {
  const uniforms: Uniforms = [
    { type: 'int32', data: [plan.topCount] },
    { type: 'int32', data: [plan.bottomCount] },
    { type: 'float32', data: [plan.topWeight] },
    { type: 'float32', data: [plan.bottomWeight] },
  ];
  return backend.runWebGPUProgram(program, inputs, dtype, uniforms);
}

/** The inputs that a program reads besides its own: with a mask also `mask` and `plan`. */
export function maskInputs({ mask, plan }: { mask?: TensorInfo; plan?: TensorInfo }): TensorInfo[] {
  return mask === undefined || plan === undefined ? [] : [mask, plan];
}

export const maskNames = ['mask', 'plan'];
