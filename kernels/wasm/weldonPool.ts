import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import { columnsBinary } from './columnsBinary.js';
import type { WasmHost } from './module/index.js';
import { runInHeap, wasmVariant } from './module/index.js';
import type { BagExports, PoolExports } from './poolExports.js';
import { sortedListsBinary } from './sortedListsBinary.js';

/** Up to which count sorted lists are faster than columns; measured, see README.md. SIMD lists hold no more. */
const listLimit = { simd: 16, scalar: 40 } as const;

function keepsLists(channels: number, { topCount, bottomCount }: PoolingPlan): boolean {
  const variant = wasmVariant(sortedListsBinary);
  return Math.max(topCount, bottomCount) <= listLimit[variant] && (channels >= 4 || variant === 'scalar');
}

/**
 * The selection is `[batch, 4, channels]`, four bytes each: threshold of the top (float), number of values equal to
 * it that are taken (integer), and the same for the bottom.
 */
export function weldonPool(
  args: { inputs: WeldonPoolInputs; attrs: PoolingPlan; backend: WasmHost }): TensorInfo[] {
  const { inputs: { x, mask, plan }, attrs, backend } = args;
  const [batch, regions, channels] = x.shape;
  const { topCount, bottomCount, topWeight, bottomWeight } = attrs;
  if (mask !== undefined && plan !== undefined) {
    return runInHeap<BagExports>(backend, columnsBinary, ({ exports, input, output, scratch }) => {
      exports.poolBags(
        input(x), input(mask), input(plan), output([batch, channels], 'float32'), output([batch, 4, channels], 'int32'),
        scratch(exports.poolBagsScratch(regions)), batch, regions, channels);
    });
  }
  const binary = keepsLists(channels, attrs) ? sortedListsBinary : columnsBinary;
  return runInHeap<PoolExports>(backend, binary, ({ exports, input, output, scratch }) => {
    exports.pool(
      input(x), output([batch, channels], 'float32'), output([batch, 4, channels], 'int32'),
      scratch(exports.poolScratch(batch, regions, channels, topCount, bottomCount)), batch, regions, channels,
      topCount, bottomCount, topWeight, bottomWeight);
  });
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'wasm',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
