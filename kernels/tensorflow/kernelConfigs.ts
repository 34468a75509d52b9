import type { KernelConfig } from '@tensorflow/tfjs-core';
import { weldonPoolConfig } from './weldonPool.js';
import { weldonPoolGradConfig } from './weldonPoolGrad.js';
import { weldonRegionsConfig } from './weldonRegions.js';

/** The kernels of tfjs-node and tfjs-node-gpu; bundles for browsers take `noKernels.ts` instead (package.json, browser). */
export const tensorflowKernels: readonly KernelConfig[] = [weldonPoolConfig, weldonPoolGradConfig];

/** Likewise, for reading regions out. */
export const tensorflowRegionKernels: readonly KernelConfig[] = [weldonRegionsConfig];
