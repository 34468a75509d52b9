/**
 * The kernels that read regions out, registered where this file is loaded: apart from those that pool, so that a program
 * that never reads out does not carry them.
 */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { weldonRegionsConfig as cpuRegions } from './cpu/weldonRegions.js';
import { registerOnce } from './registerOnce.js';
import { tensorflowRegionKernels } from './tensorflow/kernelConfigs.js';
import { weldonRegionsConfig as wasmRegions } from './wasm/weldonRegions.js';
import { weldonRegionsConfig as webglRegions } from './webgl/weldonRegions.js';
import { weldonRegionsConfig as webgpuRegions } from './webgpu/weldonRegions.js';

export const regionKernels: readonly KernelConfig[] = [
  cpuRegions,
  ...tensorflowRegionKernels,
  wasmRegions,
  webglRegions,
  webgpuRegions,
];

registerOnce(regionKernels);
