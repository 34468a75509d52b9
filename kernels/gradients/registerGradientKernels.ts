/** The gradient kernels that the wasm backend of TensorFlow.js 4.22 lacks, registered on request. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilterConfig } from './conv2dBackpropFilter.js';
import { depthwiseBackpropFilterConfig } from './depthwiseBackpropFilter.js';
import { depthwiseBackpropInputConfig } from './depthwiseBackpropInput.js';
import { unsortedSegmentSumConfig } from './unsortedSegmentSum.js';

const kernels = [
  conv2dBackpropFilterConfig, depthwiseBackpropFilterConfig, depthwiseBackpropInputConfig, unsortedSegmentSumConfig];

/**
 * Lets convolutional networks train on the wasm backend: registers `Conv2DBackpropFilter`,
 * `DepthwiseConv2dNativeBackpropFilter`, `DepthwiseConv2dNativeBackpropInput` and `UnsortedSegmentSum` (the gradient
 * of `tf.gather` and of embeddings) for it, each only if the backend has none of its own. A second call does
 * nothing. May be called before or after `tf.setBackend('wasm')`, once the backend's package is imported.
 *
 * @returns the names of the kernels that this call registered
 *
 * @example
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-wasm';
 * import { registerGradientKernels } from 'tfjs-weldon';
 *
 * registerGradientKernels();
 * await tf.setBackend('wasm');
 * await model.fit(images, labels);
 */
export function registerGradientKernels(): string[] {
  const missing = kernels.filter(({ kernelName, backendName }) => tf.getKernel(kernelName, backendName) == null);
  missing.forEach((kernel) => tf.registerKernel(kernel));
  return missing.map(({ kernelName }) => kernelName);
}
