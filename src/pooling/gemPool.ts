import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of the stock ops around ours; tfjs-core alone has none.
import '@tensorflow/tfjs-layers';
import { checkKeys, expected } from '../errors.js';
import { nothingToPool, prepareMaps } from './mapsInput.js';
import type { DataFormat } from './options.js';

/** Options of generalized mean pooling, the same words in the layers' configs. */
export interface GemOptions {
  /** The paper's p, a finite number > 0: 1 is the mean of the regions, towards infinity their maximum. Default 3. */
  power?: number;
}

export interface GemPoolOptions extends GemOptions {
  /** Layout of the maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
  /** Valid instances of each bag, as for `weldonPool`; a bag without valid instance scores 0. */
  mask?: tf.Tensor | tf.TensorLike | null;
}

/** Values below count as this much: powers of negative numbers mean nothing, and the root of 0 has no gradient. */
const least = 1e-6;

/** The largest magnitude, taken out so that no power overflows, and valid regions alone. */
function score(x: tf.Tensor3D, power: number, mask: tf.Tensor2D | null): tf.Tensor2D {
  return tf.tidy(() => {
    const valid = mask === null ? null : tf.expandDims(tf.cast(mask, 'float32'), 2);
    const chosen: tf.Tensor = mask === null ? x : tf.where(tf.expandDims(mask, 2), x as tf.Tensor, tf.scalar(least));
    const values = tf.maximum(chosen, least);
    const best = tf.max(values, 1, true);
    // An infinite maximum would make NaN of itself.
    const peak = tf.where(tf.isFinite(best), best, tf.scalar(1));
    const powers = tf.pow(tf.div(values, peak), power);
    const sum = tf.sum(valid === null ? powers : tf.mul(powers, valid), 1);
    const count = valid === null ? tf.scalar(x.shape[1]) : tf.sum(valid, 1);
    const mean = tf.div(sum, valid === null ? count : tf.maximum(count, 1));
    const scores = tf.mul(tf.squeeze(peak, [1]), tf.pow(mean, 1 / power));
    return (valid === null ? scores : tf.where(tf.greater(count, 0), scores, tf.scalar(0))) as tf.Tensor2D;
  });
}

/** Each region's share of the gradient: x^(p−1) / n over s^(p−1); nothing for values that count as others. */
function gradient(
  dy: tf.Tensor,
  x: tf.Tensor3D,
  scores: tf.Tensor,
  power: number,
  mask: tf.Tensor2D | null,
): tf.Tensor {
  return tf.tidy(() => {
    const zero = tf.scalar(0);
    const counts = tf.greaterEqual(x, least);
    const taking = mask === null ? counts : tf.logicalAnd(counts, tf.expandDims(mask, 2));
    const count = mask === null ? tf.scalar(x.shape[1]) : tf.sum(tf.cast(tf.expandDims(mask, 2), 'float32'), 1, true);
    const s = tf.expandDims(tf.maximum(scores, least), 1);
    const share = tf.div(tf.pow(tf.div(tf.maximum(x, least), s), power - 1), tf.maximum(count, 1));
    return tf.where(taking, tf.mul(tf.expandDims(dy, 1), share), zero);
  });
}

function checkPower(power: unknown, owner: string): void {
  if (!(typeof power === 'number' && power > 0 && Number.isFinite(power))) {
    throw expected(`power for ${owner}`, 'a finite number > 0', power);
  }
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

function gemPool_(maps: tf.Tensor | tf.TensorLike, options: GemPoolOptions = {}): tf.Tensor2D {
  checkKeys(options, 'power dataFormat mask', 'gemPool');
  const { power = 3, dataFormat = 'channelsLast' } = options;
  checkPower(power, 'gemPool');
  const { x, mask } = prepareMaps(maps, options.mask, dataFormat, 'gemPool');
  if (x.size === 0) {
    return nothingToPool(x);
  }
  const captured = mask === null ? [] : [mask];
  const op = tf.customGrad(((...args: unknown[]) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const value = score(x, power, mask);
    save([x, value, ...captured]);
    const gradFunc = (dy: tf.Tensor, [$x, $scores, $mask]: tf.Tensor[]) =>
      gradient(dy, $x as tf.Tensor3D, $scores, power, ($mask as tf.Tensor2D | undefined) ?? null);
    return { value, gradFunc };
  }) as CustomGradient);
  return op(x) as tf.Tensor2D;
}

/**
 * Generalized mean pooling of features that are not negative, as they are behind a ReLU:
 *
 *     s = ( (1/n) · Σ max(x, 1e-6)^p )^(1/p)
 *
 * over the n valid regions: the mean for p = 1, the maximum for p → ∞. Infinity makes the score infinite, a NaN
 * makes it NaN.
 *
 * Source: Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI 2018, equation 3.
 *
 * @param maps `[batch, …regions, classes]`, as for `weldonPool`
 * @param options see {@link GemPoolOptions}
 * @returns scores, float32 `[batch, classes]`
 * @throws WeldonError if the rank, dtype, mask shape or an option is not as described
 *
 * @example
 * gemPool(tf.tensor3d([1, 2], [1, 2, 1]), { power: 3 }).print(); // [[1.651]]: the cube root of (1 + 8) / 2
 */
export const gemPool = /* @__PURE__ */ tf.op({ gemPool_ });

/** Generalized mean pooling in the table of poolings. */
export const gemKind = {
  optionNames: ['power'],
  resolve({ power = 3 }: GemOptions, owner: string): GemOptions {
    checkPower(power, owner);
    return { power };
  },
  pool: (maps: tf.Tensor, { power }: GemOptions) => gemPool(maps, { power }),
  learns: () => null,
  // Every region counts; the three strongest, which have the largest shares, are outlined.
  shownRegions: () => ({ kMax: 3, kMin: 0 }),
};
