import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { End } from './maps.js';
import { planned, rankedSource, wantedEnds } from './maps.js';
import { flatPositions } from './blockRanking.js';
import { runningCount } from './runningCount.js';
import { slotWeights } from './slots.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';

export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: TensorflowBackend;
}): TensorInfo {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  return ops.scope(() =>
    inputs.selection.dtype === 'int32' ? scatter(ops, inputs, attrs) : selectByThreshold(ops, inputs, attrs),
  );
}

/** Adds weight · dy up at the selected indices; what is in both ends receives both. */
function scatter(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, regions, channels] = x.shape;
  const [rows, , slots] = selection.shape;
  const weights = slotWeights(ops, inputs, attrs, 1);
  const updates = ops.binary(
    'Mul',
    ops.reshape(dy, [batch, channels, 1]),
    rows === batch ? weights : ops.reshape(weights, [2, 1, 1, slots]),
  );
  const sums = ops.unsortedSegmentSum(
    ops.reshape(updates, [rows * channels * slots]),
    ops.reshape(flatPositions(ops, selection, x.shape), [rows * channels * slots]),
    batch * regions * channels,
  );
  return ops.reshape(sums, [batch, regions, channels]);
}

/** One end of maps, as ranked, and where it begins. */
interface ThresholdEnd {
  end: End;
  /** `[batch, regions, channels]` */
  source: TensorInfo;
  /** `[batch, 1, channels]` */
  threshold: Tensor;
  /** as `planned` has it */
  count: Tensor;
}

/** Selection is recognised by comparing with the thresholds, and among equals by counting them from index 0 on. */
function selectByThreshold(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, , channels] = x.shape;
  const view = wideView(x.shape);
  const slope = spread(ops, ops.reshape(dy, [batch, 1, channels]), view[2]);
  const thresholds = ops.split(selection, [1, 1], 1);
  const gradients = wantedEnds(attrs).map((end) =>
    ops.scope(() => {
      const each: ThresholdEnd = {
        end,
        source: rankedSource(ops, inputs, end),
        threshold: thresholds[end === 'top' ? 0 : 1],
        count: planned(ops, inputs, attrs, end, 'count'),
      };
      // 0 where nothing is chosen, also when dy is not finite.
      return ops.binary(
        'MulNoNan',
        ops.binary('Mul', slope, planned(ops, inputs, attrs, end, 'weight')),
        chosenRegions(ops, each, view),
      );
    }),
  );
  return ops.reshape(
    gradients.reduce((a, b) => ops.binary('AddV2', a, b)),
    x.shape,
  );
}

/** 1 where a region is in the end, else 0; in the shape of the wide view. */
function chosenRegions(ops: TensorflowOps, each: ThresholdEnd, view: number[]): Tensor {
  if (ops.onGpu) {
    return withTieRule(ops, each, view);
  }
  const { end, source, threshold, count } = each;
  const compared = end === 'top' ? 'GreaterEqual' : 'LessEqual';
  const reached = ops.scope(() =>
    ops.cast(ops.binary(compared, ops.reshape(source, view), spread(ops, threshold, view[2])), 'float32'),
  );
  return exceed(ops, reached, count, source.shape[2]) ? withTieRule(ops, each, view) : reached;
}

/** Rows of this length broadcast over the regions at full speed. */
const wideRow = 256;

/**
 * The shape in which maps of few channels are compared with a value for each channel: several regions' channels
 * make up one row. A single channel broadcasts at full speed as it is.
 */
function wideView([batch, regions, channels]: number[]): number[] {
  let together = 1;
  for (let count = 2; channels > 1 && together * channels < wideRow && count * channels <= 4 * wideRow; count++) {
    together = regions % count === 0 ? count : together;
  }
  return [batch, regions / together, together * channels];
}

/** `[batch, 1, channels]` repeated to fit the rows of a wide view. */
function spread(ops: TensorflowOps, perChannel: Tensor, row: number): Tensor {
  const times = row / perChannel.shape[2]!;
  return times === 1 ? perChannel : ops.tile(perChannel, [1, 1, times]);
}

/** Sums over the regions of each map, `[batch, 1, channels]`, of what is in the shape of the wide view. */
function totals(ops: TensorflowOps, flags: Tensor, channels: number): Tensor {
  const [batch, , row] = flags.shape as number[];
  const rows = ops.reduce('Sum', flags, 1, true);
  return row === channels ? rows : ops.reduce('Sum', ops.reshape(rows, [batch, row / channels, channels]), 1, true);
}

/**
 * Whether in any map more regions reach the threshold than are wanted, which takes the tie rule. Told by the size of
 * a tensor: nothing is read. On a GPU even that would wait for the device, and the tie rule costs little there.
 */
function exceed(ops: TensorflowOps, reached: Tensor, count: Tensor, channels: number): boolean {
  return ops.scope(() => ops.countTrue(ops.binary('Greater', totals(ops, reached, channels), count))) > 0;
}

/** What lies beyond the threshold, and of those at the threshold as many as there is room for, lower indices first. */
function withTieRule(ops: TensorflowOps, { end, source, threshold, count }: ThresholdEnd, view: number[]): Tensor {
  const maps = ops.reshape(source, view);
  const thresholds = spread(ops, threshold, view[2]);
  const beyond = ops.binary(end === 'top' ? 'Greater' : 'Less', maps, thresholds);
  const level = ops.binary('Equal', maps, thresholds);
  const room = ops.binary('Sub', count, totals(ops, ops.cast(beyond, 'float32'), source.shape[2]));
  const place = ops.reshape(runningCount(ops, ops.reshape(level, source.shape)), view);
  const chosen = ops.or(beyond, ops.and(level, ops.binary('LessEqual', place, spread(ops, room, view[2]))));
  return ops.cast(chosen, 'float32');
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'tensorflow',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
