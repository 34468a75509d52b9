/** `Identity` for the wasm backend without a copy. */
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';

interface KernelArguments {
  inputs: Record<'x', TensorInfo>;
  /** `incRef` is public but undocumented. */
  backend: { incRef?(dataId: TensorInfo['dataId']): void };
}

/**
 * Gives x again, as a second reference to the same values, as other backends do. Tensors never change, and the backend
 * counts references; its own kernel copies, once for everything that a training step keeps for the way back.
 */
export function identityConfig(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ((args: KernelArguments & Parameters<KernelFunc>[0]) => {
      const {
        inputs: {
          x: { dataId, shape, dtype },
        },
        backend,
      } = args;
      if (typeof backend.incRef !== 'function') {
        return stock.kernelFunc(args);
      }
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    }) as unknown as KernelFunc,
  };
}
