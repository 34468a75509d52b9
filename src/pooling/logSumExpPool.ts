import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of the stock ops around ours (reshape, transpose, cast, softplus); tfjs-core alone has none.
import '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import { nothingToPool, prepareMaps } from './mapsInput.js';
import type { DataFormat } from './options.js';

/** Options of log-sum-exp pooling, the same words in the layers' configs. */
export interface LogSumExpOptions {
  /** The paper's r, a finite number > 0: towards 0 the mean of the regions, towards infinity their maximum. Default 5. */
  sharpness?: number;
  /** Whether each class learns an r of its own, which `sharpness` is the first value of. Layers only. Default false. */
  learnSharpness?: boolean;
}

export interface LogSumExpPoolOptions {
  /** The paper's r, > 0: one number, or a tensor `[classes]`, which may be differentiated. Default 5. */
  sharpness?: number | tf.Tensor1D;
  /** Layout of the maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
  /** Valid instances of each bag, as for `weldonPool`; a bag without valid instance scores 0. */
  mask?: tf.Tensor | tf.TensorLike | null;
}

/** Far below any value, for regions that do not count. */
const lowest = -3e38;

/** What scores and their gradient have in common. */
function evidence(x: tf.Tensor3D, r: tf.Tensor, mask: tf.Tensor2D | null) {
  const zero = tf.scalar(0);
  const valid = mask === null ? null : tf.expandDims(mask, 2);
  const only = (values: tf.Tensor) => (valid === null ? values : tf.where(valid, values, zero));
  // What does not count may be NaN.
  const values = only(x);
  const best = tf.max(valid === null ? x : tf.where(valid, values, tf.scalar(lowest)), 1, true);
  const isFinite = tf.isFinite(best);
  // An infinite maximum would make NaN of itself.
  const peak = tf.where(isFinite, best, zero);
  const below = tf.sub(values, peak);
  return { best, isFinite, peak, below, scaled: tf.mul(r, below), only };
}

/** exp(t) − 1 for −0.25 < t <= 0, by its series; tf.expm1 takes 1 from exp(t) on some backends. */
function expm1(t: tf.Tensor): tf.Tensor {
  let tail = tf.add(tf.div(t, 7), 1);
  for (const n of [6, 5, 4, 3, 2]) {
    tail = tf.add(tf.mul(tail, tf.div(t, n)), 1);
  }
  return tf.mul(t, tail);
}

/** log(1 + d) for −0.25 < d <= 0, by the series of 2·atanh(d / (2 + d)). */
function log1p(d: tf.Tensor): tf.Tensor {
  const z = tf.div(d, tf.add(d, 2));
  const square = tf.square(z);
  let tail = tf.add(tf.div(square, 7), 1 / 5);
  for (const coefficient of [1 / 3, 1]) {
    tail = tf.add(tf.mul(tail, square), coefficient);
  }
  return tf.mul(tf.mul(z, tail), 2);
}

function score(x: tf.Tensor3D, r: tf.Tensor, mask: tf.Tensor2D | null): tf.Tensor2D {
  const { isFinite, peak, scaled, only } = evidence(x, r, mask);
  const count = mask === null ? tf.scalar(x.shape[1]) : tf.sum(tf.cast(mask, 'float32'), 1, true);
  const mean = (each: tf.Tensor) => tf.div(tf.sum(only(each), 1), count);
  // Close to 1, the mean of exponentials has lost the digits that count where r is small.
  const isFlat = tf.logicalAnd(tf.squeeze(isFinite, [1]), tf.greater(tf.min(only(scaled), 1), -0.25));
  const logMean = tf.where(isFlat, log1p(mean(expm1(scaled))), tf.log(mean(tf.exp(scaled))));
  const scores = tf.add(tf.squeeze(peak, [1]), tf.div(logMean, r));
  return (mask === null ? scores : tf.where(tf.greater(count, 0), scores, tf.scalar(0))) as tf.Tensor2D;
}

/** Each region's share of its map's score; shares of a map add up to 1. */
function shares(x: tf.Tensor3D, r: tf.Tensor, mask: tf.Tensor2D | null): { share: tf.Tensor; below: tf.Tensor } {
  const { best, isFinite, below, scaled, only } = evidence(x, r, mask);
  const powers = only(tf.where(isFinite, tf.exp(scaled), tf.cast(tf.equal(x, best), 'float32')));
  const sum = tf.sum(powers, 1, true);
  // 0 / 0, where no region counts.
  return { share: tf.div(powers, mask === null ? sum : tf.where(tf.equal(sum, 0), tf.scalar(1), sum)), below };
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

function pool(x: tf.Tensor3D, r: tf.Tensor, mask: tf.Tensor2D | null, learnsSharpness: boolean): tf.Tensor2D {
  const captured = mask === null ? [] : [mask];
  const op = tf.customGrad(((...args: unknown[]) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const value = score(x, r, mask);
    save([x, r, value, ...captured]);
    const gradFunc = (dy: tf.Tensor, [$x, $r, $scores, $mask]: tf.Tensor[]) => {
      const { share, below } = shares($x as tf.Tensor3D, $r, ($mask as tf.Tensor2D | undefined) ?? null);
      const dx = tf.mul(tf.expandDims(dy, 1), share);
      if (!learnsSharpness) {
        return dx;
      }
      // ds/dr = (mean of x by the shares − s) / r; −Infinity has no share.
      const weighed = tf.sum(tf.where(tf.greater(share, 0), tf.mul(share, below), tf.scalar(0)), 1);
      const { peak } = evidence($x as tf.Tensor3D, $r, ($mask as tf.Tensor2D | undefined) ?? null);
      const beyond = tf.sub(weighed, tf.sub($scores, tf.squeeze(peak, [1])));
      return [dx, tf.sum(tf.mul(dy, tf.div(beyond, $r)), 0)];
    };
    return { value, gradFunc };
  }) as CustomGradient);
  return (learnsSharpness ? op(x, r) : op(x)) as tf.Tensor2D;
}

function checkSharpness(sharpness: unknown, owner: string): void {
  if (!(typeof sharpness === 'number' && sharpness > 0 && Number.isFinite(sharpness))) {
    throw expected(`sharpness for ${owner}`, 'a finite number > 0', sharpness);
  }
}

function logSumExpPool_(maps: tf.Tensor | tf.TensorLike, options: LogSumExpPoolOptions = {}): tf.Tensor2D {
  checkKeys(options, 'sharpness dataFormat mask', 'logSumExpPool');
  const { sharpness = 5, dataFormat = 'channelsLast' } = options;
  const learns = sharpness instanceof tf.Tensor;
  if (!learns) {
    checkSharpness(sharpness, 'logSumExpPool');
  }
  const { x, mask } = prepareMaps(maps, options.mask, dataFormat, 'logSumExpPool');
  if (learns && (sharpness.rank !== 1 || sharpness.shape[0] !== x.shape[2])) {
    throw expectedInWords(
      'sharpness for logSumExpPool',
      `a number, or of shape [classes] = [${x.shape[2]}]`,
      `shape [${(sharpness as tf.Tensor).shape.join(', ')}]`,
    );
  }
  return x.size === 0 ? nothingToPool(x) : pool(x, learns ? sharpness : tf.scalar(sharpness), mask, learns);
}

/**
 * Log-sum-exp pooling: a smooth maximum of each class map, to which every region adds its share.
 *
 *     s = (1/r) · log( (1/n) · Σ exp(r · x) )
 *
 * over the n valid regions: the mean for r → 0, the maximum for r → ∞. The maximum is taken out of the exponents, so
 * that no value overflows. The gradient of a region is its softmax weight, exp(r·x) / Σ exp(r·x). An infinite region
 * makes the score infinite (−Infinity: only if all are) and infinite regions of the maximum share the gradient alike; a
 * NaN makes the score NaN.
 *
 * Source: Pinheiro, Collobert, "From image-level to pixel-level labeling with convolutional networks", CVPR 2015,
 * equation 6.
 *
 * @param maps class maps `[batch, …regions, classes]`, as for `weldonPool`
 * @param options see {@link LogSumExpPoolOptions}
 * @returns scores, float32 `[batch, classes]`
 * @throws WeldonError if the rank, dtype, mask shape or an option is not as described
 *
 * @example
 * const maps = tf.tensor4d([9, 1, 5, 7], [1, 2, 2, 1]);
 * logSumExpPool(maps, { sharpness: 5 }).print(); // [[8.72275]]: 9 − log(4) / 5, and hardly more
 */
export const logSumExpPool = /* @__PURE__ */ tf.op({ logSumExpPool_ });

/** Log-sum-exp pooling in the table of poolings. */
export const logSumExpKind = {
  optionNames: ['sharpness', 'learnSharpness'],
  resolve({ sharpness = 5, learnSharpness = false }: LogSumExpOptions, owner: string): LogSumExpOptions {
    checkSharpness(sharpness, owner);
    if (typeof learnSharpness !== 'boolean') {
      throw expected(`learnSharpness for ${owner}`, 'true or false', learnSharpness);
    }
    return { sharpness, learnSharpness };
  },
  pool: (maps: tf.Tensor, { sharpness }: LogSumExpOptions) => logSumExpPool(maps, { sharpness }),
  learns: ({ learnSharpness = false }: LogSumExpOptions) => (learnSharpness ? 'the sharpness of each class' : null),
  // Every region counts; the three of the largest shares are outlined, which are the three strongest.
  shownRegions: () => ({ kMax: 3, kMin: 0 }),
};
