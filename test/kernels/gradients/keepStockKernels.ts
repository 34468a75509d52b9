import * as tf from '@tensorflow/tfjs-core';

/** Those that `registerGradientKernels({ replaceSlow: true })` replaces on wasm. */
export const slowKernels = [tf.Conv2DBackpropInput, tf.Identity, tf.Tile];

/** Puts the backend's own kernels back. */
export type PutBack = () => void;

export function keepStockKernels(): PutBack {
  const stock = slowKernels.map((name) => tf.getKernel(name, 'wasm'));
  return () =>
    slowKernels.forEach((name, i) => {
      if (stock[i] !== undefined && tf.getKernel(name, 'wasm') !== stock[i]) {
        tf.unregisterKernel(name, 'wasm');
        tf.registerKernel(stock[i]);
      }
    });
}
