import { getKernel, registerKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';

/** Two copies of this package in one program share tfjs' registry; the first one in keeps its kernels. */
export function registerOnce(kernels: readonly KernelConfig[]): void {
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) == null) {
      registerKernel(kernel);
    }
  }
}
