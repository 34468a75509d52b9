import type { GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { env } from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';

/** tfjs' webgl backend: types only, since its package may be absent. */
export type { GPGPUProgram, MathBackendWebGL };

/**
 * Programs of ours read and write packed textures, four numbers a texel, and find their place by themselves: sizes
 * are uniforms, so maps of another size need no other program.
 */
export abstract class PackedProgram implements GPGPUProgram {
  readonly enableShapeUniforms = true;
  packedInputs = true;
  packedOutput = true;
  readonly customUniforms: NonNullable<GPGPUProgram['customUniforms']> = [
    { name: 'regions', type: 'int' as const },
    { name: 'channels', type: 'int' as const },
    { name: 'counts', type: 'ivec2' as const },
    { name: 'weights', type: 'vec2' as const },
  ];
  abstract readonly userCode: string;

  constructor(
    public readonly variableNames: string[],
    public readonly outputShape: number[],
  ) {}
}

/** Runs a program for maps of shape `[batch, regions, channels]` with the plan's numbers. The result stays packed. */
export function runProgram(
  backend: MathBackendWebGL,
  program: PackedProgram,
  inputs: TensorInfo[],
  dtype: DataType,
  [, regions, channels]: number[],
  plan: PoolingPlan,
): TensorInfo {
  const uniforms = [[regions], [channels], [plan.topCount, plan.bottomCount], [plan.topWeight, plan.bottomWeight]];
  return backend.runWebGLProgram(program, inputs, dtype, uniforms, true);
}

/** Shader language 3.00 tells a float's bits; on WebGL 1 the kernels work through stock ops. */
export function readsBits(): boolean {
  return env().getNumber('WEBGL_VERSION') === 2;
}

/** Whether textures hold 32-bit floats; half floats tell integers apart up to 2 048 only. */
export function storesFloat32(): boolean {
  return env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
}
