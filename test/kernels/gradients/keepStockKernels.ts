import * as tf from '@tensorflow/tfjs-core';

/** Those that `registerGradientKernels({ replaceSlow: true })` replaces on wasm. */
export const slowKernels = [tf.Conv2DBackpropInput, tf.Identity, tf.Tile];

/** Those that TensorFlow.js lacks on wasm, and `registerGradientKernels` adds. */
export const missingKernels = [
  tf.Conv2DBackpropFilter, tf.DepthwiseConv2dNativeBackpropFilter, tf.DepthwiseConv2dNativeBackpropInput, tf.UnsortedSegmentSum,
];

/** Puts the backend's own kernels back, and takes away what it had none for. */
export type PutBack = () => void;

export function keepStockKernels(names: readonly string[] = slowKernels): PutBack {
  const stock = names.map((name) => tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined);
  return () => names.forEach((name, i) => {
    const [own, now] = [stock[i], tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined];
    if (now !== own && now !== undefined) {
      tf.unregisterKernel(name, 'wasm');
    }
    if (now !== own && own !== undefined) {
      tf.registerKernel(own);
    }
  });
}
