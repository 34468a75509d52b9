import * as tf from '@tensorflow/tfjs-core';
import { checkKeys } from '../errors.js';
import { planBags } from './bags.js';
import { runPool } from './dispatch.js';
import { nothingToPool, prepareMaps } from './mapsInput.js';
import type { DataFormat, PoolingOptions } from './options.js';
import { averagesAll, poolingPlan, resolvePooling } from './regionCounts.js';

export interface WeldonPoolOptions extends PoolingOptions {
  /** Layout of the maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
  /**
   * Valid instances of each bag, shape `[batch, instances]`, bool, int32 or float32 (non-zero is valid). For maps
   * of rank 3 only. Fractions of regions are then fractions of the valid ones; a bag without valid instance scores 0.
   */
  mask?: tf.Tensor | tf.TensorLike | null;
}

/** Names of the options of `weldonPool` and `weldonRegions`. */
export const weldonPoolKeys = 'kMax kMin alpha reduction dataFormat mask';

function weldonPool_(maps: tf.Tensor | tf.TensorLike, options: WeldonPoolOptions = {}): tf.Tensor2D {
  checkKeys(options, weldonPoolKeys, 'weldonPool');
  const pooling = resolvePooling(options, 'weldonPool');
  const { x, mask } = prepareMaps(maps, options.mask, options.dataFormat ?? 'channelsLast', 'weldonPool');
  const [, regions] = x.shape;
  if (x.size === 0) {
    return nothingToPool(x);
  }
  return runPool(x, poolingPlan(pooling, regions), mask === null ? null : planBags(pooling, mask));
}

/**
 * WELDON pooling: turns each class map into a score from its `kMax` highest regions (positive evidence) and
 * its `kMin` lowest (negative evidence).
 *
 *     s = mean(top kMax) + alpha · mean(bottom kMin)        reduction 'mean'
 *
 * Of equal values the lower region index is taken first, at both ends. A region may be in both ends and then
 * counts twice. A NaN in a map makes that map's score NaN. The gradient reaches the selected regions only.
 *
 * Source: Durand, Thome, Cord, "WELDON: Weakly Supervised Learning of Deep Convolutional Neural Networks",
 * CVPR 2016, equations 1–3; alpha and the means from Durand, Mordan, Thome, Cord, "WILDCAT", CVPR 2017, equation 3.
 *
 * @param maps class maps `[batch, …regions, classes]` (`[batch, classes, …regions]` with `'channelsFirst'`): rank 3
 *   for bags of instances, 4 for maps, 5 for volumes; float32, or int32, which is cast
 * @param options see {@link WeldonPoolOptions}
 * @returns scores, float32 `[batch, classes]`
 * @throws WeldonError if the rank, dtype, mask shape or an option is not as described
 *
 * @example
 * const maps = tf.tensor4d([9, 1, 5, 7], [1, 2, 2, 1]);
 * weldonPool(maps, { kMax: 1, kMin: 1 }).print(); // [[10]]: 9 + 1
 */
export const weldonPool = /* @__PURE__ */ tf.op({ weldonPool_ });

/** WELDON pooling in the table of poolings. */
export const weldonKind = {
  optionNames: ['kMax', 'kMin', 'alpha', 'reduction'],
  resolve(options: PoolingOptions, owner: string): PoolingOptions {
    const { kMax, alpha, reduction } = resolvePooling(options, owner);
    // null follows kMax, also when someone changes kMax in the file.
    return { kMax, kMin: options.kMin ?? null, alpha, reduction };
  },
  pool: (maps: tf.Tensor, options: PoolingOptions): tf.Tensor2D =>
    averagesAll(options)
      ? tf.mean(
          maps,
          maps.shape.slice(1, -1).map((_, axis) => axis + 1),
        )
      : weldonPool(maps, options),
  learns: (): string | null => null,
  shownRegions: ({ kMax, kMin }: PoolingOptions) => ({ kMax, kMin }),
};
