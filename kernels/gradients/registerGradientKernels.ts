/** The gradient kernels that the wasm backend of TensorFlow.js 4.22 lacks, registered on request. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { conv2dBackpropFilterConfig } from './conv2dBackpropFilter.js';
import { conv2dBackpropInputConfig } from './conv2dBackpropInput.js';
import { depthwiseBackpropFilterConfig } from './depthwiseBackpropFilter.js';
import { depthwiseBackpropInputConfig } from './depthwiseBackpropInput.js';
import { unsortedSegmentSumConfig } from './unsortedSegmentSum.js';

const kernels = [
  conv2dBackpropFilterConfig, depthwiseBackpropFilterConfig, depthwiseBackpropInputConfig, unsortedSegmentSumConfig];

/** Kernels of ours that stand in a stock kernel's place, so that a second call leaves them there. */
const replacements = new WeakSet<KernelConfig>();

export interface GradientKernelOptions {
  /**
   * Also put a fast kernel in the place of the backend's own `Conv2DBackpropInput`, which is behind every
   * convolution but a network's first when it trains, and behind `tf.conv2dTranspose`; default false.
   */
  replaceSlow?: boolean;
}

function replaceInputGradient(): string[] {
  const stock = tf.getKernel(tf.Conv2DBackpropInput, 'wasm');
  if (stock == null || replacements.has(stock)) {
    return [];
  }
  const ours = conv2dBackpropInputConfig(stock);
  replacements.add(ours);
  tf.unregisterKernel(stock.kernelName, stock.backendName);
  tf.registerKernel(ours);
  return [ours.kernelName];
}

/**
 * Lets convolutional networks train on the wasm backend: registers `Conv2DBackpropFilter`,
 * `DepthwiseConv2dNativeBackpropFilter`, `DepthwiseConv2dNativeBackpropInput` and `UnsortedSegmentSum` (the gradient
 * of `tf.gather` and of embeddings) for it, each only if the backend has none of its own. A second call does
 * nothing. May be called before or after `tf.setBackend('wasm')`, once the backend's package is imported.
 *
 * @param options.replaceSlow also replace a kernel that the backend has, but that is about 12 times slower than its
 *   forward kernel; default false
 * @returns the names of the kernels that this call registered
 *
 * @example
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-wasm';
 * import { registerGradientKernels } from 'tfjs-weldon';
 *
 * registerGradientKernels({ replaceSlow: true });
 * await tf.setBackend('wasm');
 * await model.fit(images, labels);
 */
export function registerGradientKernels({ replaceSlow = false }: GradientKernelOptions = {}): string[] {
  const missing = kernels.filter(({ kernelName, backendName }) => tf.getKernel(kernelName, backendName) == null);
  missing.forEach((kernel) => tf.registerKernel(kernel));
  return [...missing.map(({ kernelName }) => kernelName), ...(replaceSlow ? replaceInputGradient() : [])];
}
