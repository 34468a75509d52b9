/** The gradient kernels that the wasm backend of TensorFlow.js 4.22 lacks, registered on request. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { conv2dBackpropFilterConfig } from './conv2dBackpropFilter.js';
import { conv2dBackpropInputConfig } from './conv2dBackpropInput.js';
import { depthwiseBackpropFilterConfig } from './depthwiseBackpropFilter.js';
import { depthwiseBackpropInputConfig } from './depthwiseBackpropInput.js';
import { identityConfig } from './identity.js';
import { tileConfig } from './tile.js';
import { unsortedSegmentSumConfig } from './unsortedSegmentSum.js';
import { checkKeys } from '../../src/errors.js';

const kernels = [
  conv2dBackpropFilterConfig,
  depthwiseBackpropFilterConfig,
  depthwiseBackpropInputConfig,
  unsortedSegmentSumConfig,
];

/** What takes the place of a kernel that the backend has. */
const improvements: readonly [kernelName: string, ours: (stock: KernelConfig) => KernelConfig][] = [
  [tf.Conv2DBackpropInput, conv2dBackpropInputConfig],
  [tf.Identity, identityConfig],
  [tf.Tile, tileConfig],
];

/** Kernels of ours that stand in a stock kernel's place, so that a second call leaves them there. */
const replacements = new WeakSet<KernelConfig>();

export interface GradientKernelOptions {
  /**
   * Also replace three kernels of the backend by faster ones; default false:
   * - `Conv2DBackpropInput`, behind every convolution but a network's first when it trains, and `tf.conv2dTranspose`;
   * - `Tile`, in the gradient of batch normalisation;
   * - `Identity`, behind `tf.clone`, with which TensorFlow.js keeps all that the way back needs.
   */
  replaceSlow?: boolean;
}

function replaceSlowKernels(): string[] {
  return improvements.flatMap(([kernelName, ours]) => {
    const stock = tf.getKernel(kernelName, 'wasm');
    if (stock == null || replacements.has(stock)) {
      return [];
    }
    const kernel = ours(stock);
    replacements.add(kernel);
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel(kernel);
    return [kernelName];
  });
}

/**
 * Lets convolutional networks train on the wasm backend: registers `Conv2DBackpropFilter`,
 * `DepthwiseConv2dNativeBackpropFilter`, `DepthwiseConv2dNativeBackpropInput` and `UnsortedSegmentSum` (the gradient
 * of `tf.gather` and of embeddings) for it, each only if the backend has none of its own. A second call does
 * nothing. May be called before or after `tf.setBackend('wasm')`, once the backend's package is imported.
 *
 * @param options.replaceSlow also replace three kernels that the backend has and that are slow; default false
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
export function registerGradientKernels(options: GradientKernelOptions = {}): string[] {
  checkKeys(options, 'replaceSlow', 'registerGradientKernels');
  const { replaceSlow = false } = options;
  const missing = kernels.filter(({ kernelName, backendName }) => tf.getKernel(kernelName, backendName) == null);
  missing.forEach((kernel) => tf.registerKernel(kernel));
  return [...missing.map(({ kernelName }) => kernelName), ...(replaceSlow ? replaceSlowKernels() : [])];
}
