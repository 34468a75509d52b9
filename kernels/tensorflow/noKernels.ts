import type { KernelConfig } from '@tensorflow/tfjs-core';

/** What browsers have in place of `kernelConfigs.ts`: there is no native TensorFlow there, and this saves 15 kB. */
export const tensorflowKernels: readonly KernelConfig[] = [];

export const tensorflowRegionKernels: readonly KernelConfig[] = [];
