import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { End } from './maps.js';
import { endPlan, ends, rankedSource } from './maps.js';
import { flatPositions } from './ranking.js';
import { runningCount } from './runningCount.js';
import type { TensorflowBackend } from './tensorflowOps.js';
import { TensorflowOps } from './tensorflowOps.js';

export function weldonPoolGrad(
  args: { inputs: WeldonPoolGradInputs; attrs: PoolingPlan; backend: TensorflowBackend }): TensorInfo {
  const { inputs, attrs, backend } = args;
  const ops = new TensorflowOps(backend);
  return ops.scope(() => inputs.selection.dtype === 'int32'
    ? scatter(ops, inputs, attrs) : selectByThreshold(ops, inputs, attrs));
}

function wantedEnds(attrs: PoolingPlan): End[] {
  return ends.filter((end) => (end === 'top' ? attrs.topCount : attrs.bottomCount) > 0);
}

/** Puts weight · dy at the indices of each end. Those of one end are distinct; what both ends hold adds up. */
function scatter(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, regions, channels] = x.shape;
  const slope = ops.reshape(dy, [batch, channels, 1]);
  const wanted = wantedEnds(attrs);
  const plans = wanted.map((end) => endPlan(ops, inputs, attrs, end));
  const counts = plans.map(({ most }) => most);
  const ofEnds = (all: Tensor) => wanted.length === 1 ? [all] : ops.split(all, counts, 2);
  const positions = ofEnds(flatPositions(ops, selection, x.shape));

  const gradients = wanted.map((_, i) => ops.scope(() => {
    const { most, count, weight } = plans[i];
    const slots = [batch, channels, most];
    const each = ops.binary('Mul', ops.binary('Mul', slope, weight), ops.fill(slots, 1));
    const values = inputs.mask === undefined ? each
      : ops.select(ops.binary('Less', ops.range(most, 1, 'float32'), count), each, ops.float(0));
    const size = batch * channels * most;
    return ops.sparseToDense(
      ops.reshape(positions[i], [size]), batch * regions * channels, ops.reshape(values, [size]));
  }));
  return ops.reshape(gradients.reduce((a, b) => ops.binary('AddV2', a, b)), [batch, regions, channels]);
}

interface ThresholdEnd {
  end: End;
  source: TensorInfo;
  /** `[batch, 1, channels]` */
  threshold: Tensor;
  /** as `endPlan` has it */
  count: Tensor;
  /** `[batch, 1, channels]`, weight · dy */
  slope: Tensor;
  /** bool `[batch, regions, channels]`, whether a region reaches the threshold */
  reached: Tensor;
}

/** Selection is recognised by comparing with the thresholds, and among equals by counting them from index 0 on. */
function selectByThreshold(ops: TensorflowOps, inputs: WeldonPoolGradInputs, attrs: PoolingPlan): Tensor {
  const { dy, x, selection } = inputs;
  const [batch, , channels] = x.shape;
  const slope = ops.reshape(dy, [batch, 1, channels]);
  const thresholds = ops.split(selection, [1, 1], 1);
  const selected = wantedEnds(attrs).map((end): ThresholdEnd => {
    const { count, weight } = endPlan(ops, inputs, attrs, end);
    const threshold = thresholds[end === 'top' ? 0 : 1];
    const source = rankedSource(ops, inputs, end);
    return {
      end, source, threshold, count, slope: ops.binary('Mul', slope, weight),
      reached: ops.binary(end === 'top' ? 'GreaterEqual' : 'LessEqual', source, threshold),
    };
  });
  const gradients = selected.map((each) => ops.scope(() => {
    const chosen = needsTieRule(ops, each) ? withTieRule(ops, each) : each.reached;
    return ops.select(chosen, each.slope, ops.float(0));
  }));
  return gradients.reduce((a, b) => ops.binary('AddV2', a, b));
}

/**
 * Whether more regions reach a threshold than are wanted, in any map. Asked on TensorFlow's CPU kernels only, by the
 * size of a tensor: on a GPU even that would wait for the device, and what it spares costs little there.
 */
function needsTieRule(ops: TensorflowOps, { reached, count }: ThresholdEnd): boolean {
  if (ops.onGpu) {
    return true;
  }
  return ops.scope(() => {
    const total = ops.reduce('Sum', ops.cast(reached, 'float32'), 1, true);
    const tooMany = ops.binary('Greater', total, count);
    return ops.countTrue(ops.reshape(tooMany, [total.size]));
  }) > 0;
}

/** What lies beyond the threshold, and of those at the threshold as many as there is room for, lower indices first. */
function withTieRule(ops: TensorflowOps, { end, source, threshold, count }: ThresholdEnd): Tensor {
  const beyond = ops.binary(end === 'top' ? 'Greater' : 'Less', source, threshold);
  const level = ops.binary('Equal', source, threshold);
  const room = ops.binary('Sub', count, ops.reduce('Sum', ops.cast(beyond, 'float32'), 1, true));
  return ops.or(beyond, ops.and(level, ops.binary('LessEqual', runningCount(ops, level), room)));
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'tensorflow',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};

