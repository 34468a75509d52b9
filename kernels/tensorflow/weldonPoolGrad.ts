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

export function weldonPoolGrad(
  args: { inputs: WeldonPoolGradInputs; attrs: PoolingPlan; backend: TensorflowBackend }): TensorInfo {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  return ops.scope(() => inputs.selection.dtype === 'int32'
    ? scatter(ops, inputs, attrs) : selectByThreshold(ops, inputs, attrs));
}

/** Adds weight · dy up at the selected indices; what is in both ends receives both. */
function scatter(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, regions, channels] = x.shape;
  const slots = selection.shape[2];
  const updates = ops.binary('Mul', ops.reshape(dy, [batch, channels, 1]), slotWeights(ops, inputs, attrs, 1));
  const sums = ops.unsortedSegmentSum(
    ops.reshape(updates, [batch * channels * slots]),
    ops.reshape(flatPositions(ops, selection, x.shape), [batch * channels * slots]), batch * regions * channels);
  return ops.reshape(sums, [batch, regions, channels]);
}

interface ThresholdEnd {
  end: End;
  source: TensorInfo;
  /** `[batch, 1, channels]` */
  threshold: Tensor;
  /** as `planned` has it */
  count: Tensor;
  /** 1 where a region reaches the threshold, else 0; in the shape of the wide view */
  reached: Tensor;
}

/** Selection is recognised by comparing with the thresholds, and among equals by counting them from index 0 on. */
function selectByThreshold(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, , channels] = x.shape;
  const view = wideView(x.shape);
  const slope = spread(ops, ops.reshape(dy, [batch, 1, channels]), view[2]);
  const thresholds = ops.split(selection, [1, 1], 1);
  const selected = wantedEnds(attrs).map((end): ThresholdEnd => {
    const threshold = thresholds[end === 'top' ? 0 : 1];
    const source = rankedSource(ops, inputs, end);
    const reached = ops.binary(
      end === 'top' ? 'GreaterEqual' : 'LessEqual', ops.reshape(source, view), spread(ops, threshold, view[2]));
    return {
      end, source, threshold, count: planned(ops, inputs, attrs, end, 'count'), reached: ops.cast(reached, 'float32'),
    };
  });
  const tied = needTieRule(ops, selected, channels);
  const gradients = selected.map((each) => ops.scope(() => {
    const weighted = ops.binary('Mul', slope, planned(ops, inputs, attrs, each.end, 'weight'));
    const chosen = tied ? ops.reshape(withTieRule(ops, each), view) : each.reached;
    // 0 where nothing is chosen, also when dy is not finite.
    return ops.binary('MulNoNan', weighted, chosen);
  }));
  return ops.reshape(gradients.reduce((a, b) => ops.binary('AddV2', a, b)), x.shape);
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

/**
 * Whether more regions reach a threshold than are wanted, in any map. Asked on TensorFlow's CPU kernels only, by the
 * size of a tensor: on a GPU even that would wait for the device, and what it spares costs little there.
 */
function needTieRule(ops: TensorflowOps, selected: ThresholdEnd[], channels: number): boolean {
  if (ops.onGpu) {
    return true;
  }
  return ops.scope(() => {
    const tooMany = selected.map(({ reached, count }) => {
      const [batch, , row] = reached.shape;
      const rows = ops.reduce('Sum', reached, 1);
      const total = ops.reduce('Sum', ops.reshape(rows, [batch, row / channels, channels]), 1, true);
      return ops.binary('Greater', total, count);
    });
    const either = tooMany.reduce((a, b) => ops.or(a, b));
    return ops.countTrue(ops.reshape(either, [either.size]));
  }) > 0;
}

/** What lies beyond the threshold, and of those at the threshold as many as there is room for, lower indices first. */
function withTieRule(ops: TensorflowOps, { end, source, threshold, count }: ThresholdEnd): Tensor {
  const beyond = ops.binary(end === 'top' ? 'Greater' : 'Less', source, threshold);
  const level = ops.binary('Equal', source, threshold);
  const room = ops.binary('Sub', count, ops.reduce('Sum', ops.cast(beyond, 'float32'), 1, true));
  const chosen = ops.or(beyond, ops.and(level, ops.binary('LessEqual', runningCount(ops, level), room)));
  return ops.cast(chosen, 'float32');
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'tensorflow',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};

