import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';

/** How a workgroup of 64 threads shares out its maps. */
export interface Sharing {
  /** threads that work on one map together, a power of 4 */
  threads: number;
  /** maps of a workgroup; neighbours in memory, which are read together */
  maps: number;
}

/**
 * One thread a map where there are maps enough to keep a GPU busy, up to 64 where there are few or they are large.
 * Workgroups stay small: wider ones measured slower, since their threads wait for one another several times a round.
 */
export function shareMaps(maps: number, regions: number): Sharing {
  let threads = 1;
  while (threads < 64 && (regions > 1024 * threads || (regions > 16 * threads && maps * threads < 8192))) {
    threads *= 4;
  }
  return { threads, maps: 64 / threads };
}

export function groupSize({ threads, maps }: Sharing): number {
  return threads * maps;
}

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
