import * as tf from '@tensorflow/tfjs-core';
import type { PoolingPlan } from '../contract.js';
import { planColumns } from '../contract.js';

/** A masked call's own inputs: which instances count, and each bag's counts and weights. */
export interface MaskedBags {
  /** bool `[batch, regions]` */
  mask: tf.Tensor2D;
  /** float32 `[batch, 4]` */
  plan: tf.Tensor2D;
}

/** The two ends of a map. */
export type End = 'top' | 'bottom';

/** Count and weight of one end, as numbers, or as tensors `[batch, 1, 1]` that broadcast over regions and channels. */
export interface EndPlan {
  /** host-side upper bound of the count */
  most: number;
  count: tf.Tensor | number;
  weight: tf.Tensor | number;
}

export function endPlan(end: End, attrs: PoolingPlan, bags: MaskedBags | null): EndPlan {
  const [count, weight] =
    end === 'top' ? (['topCount', 'topWeight'] as const) : (['bottomCount', 'bottomWeight'] as const);
  if (bags === null) {
    return { most: attrs[count], count: attrs[count], weight: attrs[weight] };
  }
  const batch = bags.plan.shape[0];
  const column = (name: keyof PoolingPlan) =>
    tf.reshape(tf.slice(bags.plan, [0, planColumns[name]], [batch, 1]), [batch, 1, 1]);
  return { most: attrs[count], count: column(count), weight: column(weight) };
}

const largestFloat = 3.4028234663852886e38;

/**
 * The maps as both ends are ranked: evidence of the wanted sign is large, and ±Infinity becomes the largest
 * float. tfjs' cpu `topk` compares by difference, and Infinity − Infinity leaves ties among infinities to
 * chance; and −Infinity is then free to mark what a mask hides.
 */
export function ranked(x: tf.Tensor, end: End): tf.Tensor {
  const finite = tf.clipByValue(x, -largestFloat, largestFloat);
  return end === 'top' ? finite : tf.neg(finite);
}

/** Undoes `ranked`. A map that really holds the largest float reads as infinite on this path. */
export function unranked(values: tf.Tensor, end: End): tf.Tensor {
  const signed = end === 'top' ? values : tf.neg(values);
  return tf.where(tf.greaterEqual(tf.abs(signed), largestFloat), tf.mul(signed, 2), signed);
}
