import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import { gradientBinary } from './generated/gradientBinary.js';
import type { WasmHost } from './module/wasmHost.js';
import { runInHeap } from './module/runInHeap.js';

/** Functions of assembly/gradient.ts. */
export interface GradientExports {
  gradientScratch(channels: number): number;
  poolGradient(
    x: number,
    dy: number,
    selection: number,
    mask: number,
    plan: number,
    dx: number,
    scratch: number,
    batch: number,
    regions: number,
    channels: number,
    topWeight: number,
    bottomWeight: number,
  ): void;
}

/** dy · weight wherever the thresholds of the forward pass say so: one pass over x, nothing is selected again. */
export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: WasmHost;
}): TensorInfo {
  const {
    inputs: { dy, x, selection, mask, plan },
    attrs: { topWeight, bottomWeight },
    backend,
  } = args;
  const [batch, regions, channels] = x.shape;
  const [dx] = runInHeap<GradientExports>(backend, gradientBinary, ({ exports, input, output, scratch }) => {
    exports.poolGradient(
      input(x),
      input(dy),
      input(selection),
      mask === undefined ? 0 : input(mask),
      plan === undefined ? 0 : input(plan),
      output(x.shape, 'float32'),
      scratch(exports.gradientScratch(channels)),
      batch,
      regions,
      channels,
      topWeight,
      bottomWeight,
    );
  });
  return dx;
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'wasm',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
