import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import type { End } from './maps.js';
import { endPlan, sourceValues } from './maps.js';
import type { RankedMaps } from './ranking.js';
import { rankedMaps, rankRegions } from './ranking.js';
import { chooseBlockSizes } from './strategy.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';

export function weldonRegions(
  args: { inputs: WeldonRegionsInputs; attrs: PoolingPlan; backend: TensorflowBackend }): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  const [batch, regions, channels] = inputs.x.shape;
  const blockSizes = ops.onGpu ? { top: 1, bottom: 1 } : chooseBlockSizes(attrs, regions, batch * channels);
  return ops.scope((): WeldonRegionsOutputs => {
    const { top, bottom } = rankedMaps(ops, inputs, blockSizes);
    return [
      ...readEnd(ops, inputs, top, attrs, 'top', blockSizes.top),
      ...readEnd(ops, inputs, bottom, attrs, 'bottom', blockSizes.bottom),
    ];
  });
}

function readEnd(
  ops: TensorflowOps, inputs: WeldonRegionsInputs, maps: RankedMaps, attrs: PoolingPlan, end: End, blockSize: number,
): [indices: Tensor, values: Tensor] {
  const [batch, , channels] = inputs.x.shape;
  const { most, count } = endPlan(ops, inputs, attrs, end);
  if (most === 0) {
    const none = ops.fill([batch, 0, channels], 0);
    return [ops.cast(none, 'int32'), none];
  }
  const ranked = rankRegions(ops, maps, end, most, true, blockSize);
  const indices = ops.transpose(ranked.indices, [0, 2, 1]);
  const values = ops.transpose(sourceValues(ops, ranked.values, inputs, end), [0, 2, 1]);
  if (inputs.mask === undefined) {
    return [indices, values];
  }
  const taken = ops.binary('Less', ops.reshape(ops.range(most, 1, 'float32'), [most, 1]), count);
  return [ops.select(taken, indices, ops.int(-1)), ops.select(taken, values, ops.float(0))];
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'tensorflow',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
