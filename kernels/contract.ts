/**
 * What every backend's kernels agree on.
 *
 * A kernel sees one shape, `[batch, regions, channels]`, and numbers that are already resolved: it
 * knows nothing of fractions, conventions, layouts or ranks. For one map (one batch element, one
 * channel) with the regions' values v:
 *
 *   score = topWeight · Σ v over the topCount largest + bottomWeight · Σ v over the bottomCount smallest
 *
 * Rules that hold on every backend:
 * - ties: the lower region index first, for the top and for the bottom; −0 equals +0;
 * - a region may be in both ends (topCount + bottomCount > regions): it counts twice, gradients add;
 * - ±Infinity follows IEEE; a NaN anywhere in a map makes its score NaN;
 * - with a mask, counts and weights come per bag from `plan`; a bag whose counts are 0 scores 0 and
 *   has zero gradient; what masked regions hold (NaN, Infinity) is never looked at.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Forward kernel: `[scores, selection]`. */
export const WeldonPool = 'WeldonPool';
/** Backward kernel: scatters dy onto the selected regions. */
export const WeldonPoolGrad = 'WeldonPoolGrad';
/** Read-out kernel: `[topIndices, topValues, bottomIndices, bottomValues]`. */
export const WeldonRegions = 'WeldonRegions';

/** The four numbers that decide a pooling; with a mask they are the ceiling over the bags. */
export interface PoolingPlan {
  /** Regions of positive evidence, 0 … regions. */
  topCount: number;
  /** Regions of negative evidence, 0 … regions. */
  bottomCount: number;
  /** Factor on the sum of the top values. */
  topWeight: number;
  /** Factor on the sum of the bottom values. */
  bottomWeight: number;
}

/** Columns of the `plan` tensor, float32 `[batch, 4]`: the four numbers of each bag. */
export const planColumns = { topCount: 0, bottomCount: 1, topWeight: 2, bottomWeight: 3 } as const;

export interface WeldonPoolInputs {
  /** float32 `[batch, regions, channels]`, regions >= 1 */
  x: TensorInfo;
  /** bool `[batch, regions]`: the valid instances of each bag; always together with `plan` */
  mask?: TensorInfo;
  /** float32 `[batch, 4]`, columns as in `planColumns`; `attrs` then hold upper bounds of the counts */
  plan?: TensorInfo;
}

/**
 * `[scores, selection]`: scores float32 `[batch, channels]`; selection is whatever `WeldonPoolGrad`
 * of the same backend needs to go back (indices or thresholds), opaque to everyone else.
 */
export type WeldonPoolOutputs = [scores: TensorInfo, selection: TensorInfo];

export interface WeldonPoolGradInputs {
  /** float32 `[batch, channels]` */
  dy: TensorInfo;
  /** the maps of the forward call */
  x: TensorInfo;
  /** the forward kernel's second output */
  selection: TensorInfo;
  mask?: TensorInfo;
  plan?: TensorInfo;
}

export interface WeldonRegionsInputs {
  x: TensorInfo;
  mask?: TensorInfo;
  plan?: TensorInfo;
}

/** Weights are ignored by `WeldonRegions`; bags with fewer valid instances are padded with index −1, value 0. */
export type WeldonRegionsOutputs = [
  topIndices: TensorInfo,
  topValues: TensorInfo,
  bottomIndices: TensorInfo,
  bottomValues: TensorInfo,
];

export const kernelNames = [WeldonPool, WeldonPoolGrad, WeldonRegions] as const;
