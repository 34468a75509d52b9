import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonRegionsInputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import type { End, RankedRegions } from './maps.js';
import { ends, sourceEvidence } from './maps.js';
import { rankEnds, splitEnds } from './ranking.js';
import { takenSlots } from './slots.js';
import { chooseRanking, plainRanking } from './strategy.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';

export function weldonRegions(args: {
  inputs: WeldonRegionsInputs;
  attrs: PoolingPlan;
  backend: TensorflowBackend;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  const { blockSizes } = ops.onGpu ? plainRanking : chooseRanking(attrs, inputs.x.shape);
  return ops.scope((): TensorInfo[] => {
    const ranked = rankEnds(ops, inputs, attrs, blockSizes, true).ranked.flatMap((each) => splitEnds(ops, each));
    return ends.flatMap((end) =>
      readEnd(
        ops,
        inputs,
        ranked.find((each) => each.ends[0] === end),
        attrs,
        end,
      ),
    );
  });
}

function readEnd(
  ops: TensorflowOps,
  inputs: WeldonRegionsInputs,
  ranked: RankedRegions | undefined,
  attrs: PoolingPlan,
  end: End,
): [indices: Tensor, values: Tensor] {
  if (ranked === undefined) {
    const [batch, , channels] = inputs.x.shape;
    const none = ops.fill([batch, 0, channels], 0);
    return [ops.cast(none, 'int32'), none];
  }
  const evidence = sourceEvidence(ops, ranked.evidence, inputs);
  const values = end === 'top' ? evidence : ops.unary('Neg', evidence);
  const inOrder = (each: Tensor) => ops.transpose(each, [0, 2, 1]);
  if (inputs.mask === undefined) {
    return [inOrder(ranked.indices), inOrder(values)];
  }
  const taken = takenSlots(ops, inputs, attrs, end);
  return [inOrder(ops.select(taken, ranked.indices, ops.int(-1))), inOrder(ops.select(taken, values, ops.float(0)))];
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'tensorflow',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
