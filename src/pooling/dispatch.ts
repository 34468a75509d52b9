import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of the stock ops around ours (reshape, transpose, cast); tfjs-core alone has none.
import '@tensorflow/tfjs-layers';
import '../../kernels/register.js';
import type { MaskedBags } from '../../kernels/composed/ends.js';
import { composedPool } from '../../kernels/composed/weldonPool.js';
import { composedPoolGrad } from '../../kernels/composed/weldonPoolGrad.js';
import type { PoolingPlan } from '../../kernels/contract.js';
import { WeldonPool, WeldonPoolGrad } from '../../kernels/contract.js';

/** Whether the active backend has kernels of this package. */
export function hasKernels(): boolean {
  return tf.getKernel(WeldonPool, tf.getBackend()) != null;
}

/** The outputs of a kernel of the active backend. */
export function runKernel(kernelName: string, inputs: tf.NamedTensorMap, attrs: PoolingPlan): tf.Tensor[] {
  const result = tf.engine().runKernel(kernelName, inputs, { ...attrs });
  return Array.isArray(result) ? (result as tf.Tensor[]) : [result as tf.Tensor];
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/** Gradient of the maps from that of the scores and from what was kept: the maps, their selection, and perhaps bags. */
type Scatter = (dy: tf.Tensor2D, kept: tf.Tensor[]) => tf.Tensor3D;

/**
 * The backward pass, which can be differentiated again: it is linear in dy, and so its own gradient gathers from the same
 * regions and sums, by the same weights. The maps decide in steps what is selected: their gradient is zero, not missing.
 */
function scattered(scatter: Scatter, dy: tf.Tensor2D, kept: tf.Tensor[]): tf.Tensor3D {
  const apply = tf.customGrad(((slopes: tf.Tensor2D, maps: tf.Tensor3D, save: tf.GradSaveFunc) => {
    save(kept);
    const gather = (ddx: tf.Tensor3D, saved: tf.Tensor[]) => {
      const weights = scattered(scatter, tf.ones(slopes.shape), saved);
      // What is not selected may be infinite.
      return tf.sum(tf.where(tf.notEqual(weights, 0), tf.mul(weights, ddx), 0), 1);
    };
    const gradFunc = (ddx: tf.Tensor3D, saved: tf.Tensor[]) => [gather(ddx, saved), tf.zeros(maps.shape)];
    return { value: scatter(slopes, kept), gradFunc };
  }) as CustomGradient);
  return apply(dy, kept[0]) as tf.Tensor3D;
}

function scatterByKernel(attrs: PoolingPlan): Scatter {
  return (dy, [x, selection, mask, plan]) => {
    const bags: tf.NamedTensorMap = mask === undefined ? {} : { mask, plan };
    return runKernel(WeldonPoolGrad, { dy, x, selection, ...bags }, attrs)[0] as tf.Tensor3D;
  };
}

// Unmasked calls differentiate through the registered gradient, so they show up in tf.profile as one kernel.
tf.registerGradient({
  kernelName: WeldonPool,
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc: (dy, saved, attrs) => {
    const slope = (Array.isArray(dy) ? dy[0] : dy) as tf.Tensor2D;
    return { x: () => scattered(scatterByKernel(attrs as unknown as PoolingPlan), slope, saved) };
  },
});

/**
 * Runs the pooling on the active backend: by its own kernel where there is one, else from stock ops.
 * Must run inside a tidy scope, which disposes the selection when no gradient wants it.
 */
export function runPool(x: tf.Tensor3D, plan: PoolingPlan, bags: MaskedBags | null): tf.Tensor2D {
  if (!hasKernels()) {
    return runComposed(x, plan, bags);
  }
  return bags === null ? (runKernel(WeldonPool, { x }, plan)[0] as tf.Tensor2D) : runMasked(x, plan, bags);
}

/**
 * Masked calls go through customGrad over the maps alone: a registered gradient would have to answer for the
 * mask as well, and tfjs refuses to when the mask comes out of a differentiated tensor. The kernel runs outside
 * of customGrad, which may keep only what was there before or what it returns.
 */
function runMasked(x: tf.Tensor3D, plan: PoolingPlan, { mask, plan: bagPlan }: MaskedBags): tf.Tensor2D {
  const [scores, selection] = runKernel(WeldonPool, { x, mask, plan: bagPlan }, plan);
  const pool = tf.customGrad(((maps: tf.Tensor3D, save: tf.GradSaveFunc) => {
    save([maps, selection, mask, bagPlan]);
    const gradFunc = (dy: tf.Tensor2D, saved: tf.Tensor[]) => scattered(scatterByKernel(plan), dy, saved);
    return { value: scores.clone(), gradFunc };
  }) as CustomGradient);
  return pool(x) as tf.Tensor2D;
}

/** Scores and thresholds travel as one tensor `[batch, 3, channels]`, so that the gradient finds both. */
function runComposed(x: tf.Tensor3D, plan: PoolingPlan, bags: MaskedBags | null): tf.Tensor2D {
  const [batch, , channels] = x.shape;
  const captured = bags === null ? [] : [bags.mask, bags.plan];
  const pool = tf.customGrad(((maps: tf.Tensor3D, save: tf.GradSaveFunc) => {
    const [scores, thresholds] = composedPool(maps, plan, bags);
    const value = tf.concat([tf.expandDims(scores, 1), thresholds], 1);
    save([maps, value, ...captured]);
    const scatter: Scatter = (dy, [$maps, $value, $mask, $bagPlan]) => {
      const $thresholds = tf.slice($value as tf.Tensor3D, [0, 1, 0], [batch, 2, channels]);
      const $bags = bags === null ? null : { mask: $mask as tf.Tensor2D, plan: $bagPlan as tf.Tensor2D };
      return composedPoolGrad(dy, $maps as tf.Tensor3D, $thresholds, plan, $bags);
    };
    const gradFunc = (dy: tf.Tensor3D, saved: tf.Tensor[]) => {
      const slopes = tf.reshape(tf.slice(dy, [0, 0, 0], [batch, 1, channels]), [batch, channels]) as tf.Tensor2D;
      return scattered(scatter, slopes, saved);
    };
    return { value, gradFunc };
  }) as CustomGradient);
  return tf.reshape(tf.slice(pool(x) as tf.Tensor3D, [0, 0, 0], [batch, 1, channels]), [batch, channels]);
}
