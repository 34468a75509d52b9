import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonRegionsInputs } from '../contract.js';
import { planColumns, WeldonRegions } from '../contract.js';
import type { WasmHost } from './module/wasmHost.js';
import { runInHeap } from './module/runInHeap.js';
import { readOutBinary } from './generated/readOutBinary.js';
import { weldonPool } from './weldonPool.js';

/** Functions of assembly/readOut.ts. */
interface ReadOutExports {
  readOutScratch(channels: number, count: number): number;
  readOut(
    x: number,
    thresholds: number,
    mask: number,
    plan: number,
    indices: number,
    values: number,
    scratch: number,
    batch: number,
    regions: number,
    channels: number,
    count: number,
    direction: number,
  ): void;
}

/** Selects as the forward pass does, then turns its thresholds into indices. */
export function weldonRegions(args: {
  inputs: WeldonRegionsInputs;
  attrs: PoolingPlan;
  backend: WasmHost;
}): TensorInfo[] {
  const {
    inputs: { x, mask, plan },
    attrs: { topCount, bottomCount },
    backend,
  } = args;
  const [batch, regions, channels] = x.shape;
  const [scores, selection] = weldonPool(args);
  try {
    return runInHeap<ReadOutExports>(backend, readOutBinary, ({ exports, input, output, scratch }) => {
      const thresholds = input(selection);
      const maps = input(x);
      const masked = mask === undefined ? 0 : input(mask);
      const plans = plan === undefined ? 0 : input(plan);
      const working = scratch(exports.readOutScratch(channels, Math.max(topCount, bottomCount)));
      const read = (count: number, column: number, row: number, direction: number) => {
        const shape = [batch, count, channels];
        exports.readOut(
          maps,
          thresholds + 4 * channels * row,
          masked,
          plans === 0 ? 0 : plans + 4 * column,
          output(shape, 'int32'),
          output(shape, 'float32'),
          working,
          batch,
          regions,
          channels,
          count,
          direction,
        );
      };
      read(topCount, planColumns.topCount, 0, 1);
      read(bottomCount, planColumns.bottomCount, 2, -1);
    });
  } finally {
    backend.disposeData(scores.dataId);
    backend.disposeData(selection.dataId);
  }
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'wasm',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
