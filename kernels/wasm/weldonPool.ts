import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import { columnsBinary } from './generated/columnsBinary.js';
import type { WasmBinary } from './module/binary.js';
import type { WasmHost } from './module/wasmHost.js';
import { runInHeap } from './module/runInHeap.js';
import { wasmVariant } from './module/loadModule.js';
import { smallMapsBinary } from './generated/smallMapsBinary.js';
import { sortedListsBinary } from './generated/sortedListsBinary.js';

/** Functions that each of assembly/sortedLists.ts, smallMaps.ts and columns.ts has. */
export interface PoolExports {
  poolScratch(
    batch: number,
    regions: number,
    channels: number,
    topCount: number,
    bottomCount: number,
    masked: boolean,
  ): number;
  pool(
    x: number,
    mask: number,
    plan: number,
    scores: number,
    selection: number,
    scratch: number,
    batch: number,
    regions: number,
    channels: number,
    topCount: number,
    bottomCount: number,
    topWeight: number,
    bottomWeight: number,
  ): void;
}

/** Up to which count lists are the fastest (SIMD lists hold no more), and up to which size sorting all; measured. */
const limits = { simd: { listed: 16, sorted: 128 }, scalar: { listed: 40, sorted: 0 } } as const;

/** The module for these maps; see README.md. */
function moduleFor({ x, mask }: WeldonPoolInputs, { topCount, bottomCount }: PoolingPlan): WasmBinary {
  const [, regions, channels] = x.shape;
  const variant = wasmVariant(columnsBinary);
  const { listed, sorted } = limits[variant];
  if (mask !== undefined || (variant === 'simd' && channels < 4)) {
    return columnsBinary;
  }
  return Math.max(topCount, bottomCount) <= listed
    ? sortedListsBinary
    : regions <= sorted
      ? smallMapsBinary
      : columnsBinary;
}

/**
 * The selection is `[batch, 4, channels]`, four bytes each: threshold of the top (float), number of values equal to
 * it that are taken (integer), and the same for the bottom.
 */
export function weldonPool(args: { inputs: WeldonPoolInputs; attrs: PoolingPlan; backend: WasmHost }): TensorInfo[] {
  const {
    inputs,
    attrs: { topCount, bottomCount, topWeight, bottomWeight },
    backend,
  } = args;
  const { x, mask, plan } = inputs;
  const [batch, regions, channels] = x.shape;
  return runInHeap<PoolExports>(backend, moduleFor(inputs, args.attrs), ({ exports, input, output, scratch }) => {
    exports.pool(
      input(x),
      mask === undefined ? 0 : input(mask),
      plan === undefined ? 0 : input(plan),
      output([batch, channels], 'float32'),
      output([batch, 4, channels], 'int32'),
      scratch(exports.poolScratch(batch, regions, channels, topCount, bottomCount, mask !== undefined)),
      batch,
      regions,
      channels,
      topCount,
      bottomCount,
      topWeight,
      bottomWeight,
    );
  });
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'wasm',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
