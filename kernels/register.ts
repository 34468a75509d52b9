/** The kernels that pool and their gradients, registered where this file is loaded. */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { weldonPoolConfig as cpuPool } from './cpu/weldonPool.js';
import { weldonPoolGradConfig as cpuPoolGrad } from './cpu/weldonPoolGrad.js';
import { registerOnce } from './registerOnce.js';
import { tensorflowKernels } from './tensorflow/kernelConfigs.js';
import { weldonPoolConfig as wasmPool } from './wasm/weldonPool.js';
import { weldonPoolGradConfig as wasmPoolGrad } from './wasm/weldonPoolGrad.js';
import { weldonPoolConfig as webglPool } from './webgl/weldonPool.js';
import { weldonPoolGradConfig as webglPoolGrad } from './webgl/weldonPoolGrad.js';
import { weldonPoolConfig as webgpuPool } from './webgpu/weldonPool.js';
import { weldonPoolGradConfig as webgpuPoolGrad } from './webgpu/weldonPoolGrad.js';

export const poolingKernels: readonly KernelConfig[] = [
  cpuPool,
  cpuPoolGrad,
  ...tensorflowKernels,
  wasmPool,
  wasmPoolGrad,
  webglPool,
  webglPoolGrad,
  webgpuPool,
  webgpuPoolGrad,
];

registerOnce(poolingKernels);
