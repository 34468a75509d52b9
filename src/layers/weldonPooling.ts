import type * as tf from '@tensorflow/tfjs-core';
import type { PoolingOptions, Reduction } from '../pooling/options.js';
import { resolvePooling } from '../pooling/regionCounts.js';
import { weldonKind, weldonPool } from '../pooling/weldonPool.js';
import { checkConfig } from './layerArgs.js';
import type { RegionPoolingConfig } from './regionPooling.js';
import { RegionPooling, registerPoolingLayers } from './regionPooling.js';

/** Configuration of the WELDON pooling layers; the same words as the op's options. */
export interface WeldonPoolingConfig extends PoolingOptions, RegionPoolingConfig {}

/** What the three ranks share: options and serialisation. */
abstract class WeldonPooling extends RegionPooling {
  readonly kMax: number;
  readonly kMin: number | null;
  readonly alpha: number;
  readonly reduction: Reduction;

  constructor(config: WeldonPoolingConfig = {}) {
    super(config);
    checkConfig(config, `dataFormat ${weldonKind.optionNames.join(' ')}`, this.getClassName());
    resolvePooling(config, this.getClassName());
    this.kMax = config.kMax ?? 3;
    this.kMin = config.kMin ?? null;
    this.alpha = config.alpha ?? 1;
    this.reduction = config.reduction ?? 'mean';
  }

  static get className(): string {
    return 'WeldonPooling';
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), kMax: this.kMax, kMin: this.kMin, alpha: this.alpha, reduction: this.reduction };
  }

  protected override pool(maps: tf.Tensor, mask: tf.Tensor | null): tf.Tensor2D {
    const { kMax, kMin, alpha, reduction, dataFormat } = this;
    return weldonPool(maps, { kMax, kMin, alpha, reduction, dataFormat, mask });
  }
}

/** See {@link weldonPooling1d}. */
export class WeldonPooling1D extends WeldonPooling {
  static override get className(): string {
    return 'WeldonPooling1D';
  }

  protected override get inputRank(): number {
    return 3;
  }
}

/** See {@link weldonPooling2d}. */
export class WeldonPooling2D extends WeldonPooling {
  static override get className(): string {
    return 'WeldonPooling2D';
  }
}

/** See {@link weldonPooling3d}. */
export class WeldonPooling3D extends WeldonPooling {
  static override get className(): string {
    return 'WeldonPooling3D';
  }

  protected override get inputRank(): number {
    return 5;
  }
}

registerPoolingLayers('weldon', [WeldonPooling1D, WeldonPooling2D, WeldonPooling3D]);

/**
 * WELDON pooling over bags of instances, `[batch, instances, classes]` → `[batch, classes]`.
 *
 * Which instances are valid comes from a Masking layer before it, or from a second input `[batch, instances]`
 * (`layer.apply([maps, mask])`): padding is never selected, fractions are of the valid instances, a bag with
 * none scores 0. Config and errors as {@link weldonPooling2d}.
 *
 * @example
 * const bags = tf.input({ shape: [null, 512] });
 * const evidence = tf.layers.dense({ units: 1 }).apply(tf.layers.masking({ maskValue: 0 }).apply(bags));
 * const score = weldonPooling1d({ kMax: 10 }).apply(evidence);
 */
export function weldonPooling1d(config: WeldonPoolingConfig = {}): WeldonPooling1D {
  return new WeldonPooling1D(config);
}

/**
 * WELDON pooling over class maps, `[batch, rows, columns, classes]` → `[batch, classes]`; the spatial sizes may
 * be unknown (`null`). In model.json the options read `k_max`, `k_min`, `alpha`, `reduction`, `data_format`.
 *
 * Source: WELDON (CVPR 2016) equations 1–3, WILDCAT (CVPR 2017) equation 3; see `weldonPool`.
 *
 * @param config `kMax` (3), `kMin` (null: as kMax), `alpha` (1), `reduction` ('mean'), `dataFormat` ('channelsLast'),
 *   `name`
 * @throws WeldonError if an option is out of range, or if the input is not of rank 4
 *
 * @example
 * model.add(tf.layers.dense({ units: 67 }));                     // class maps [batch, 14, 14, 67]
 * model.add(weldonPooling2d({ kMax: 0.1, reduction: 'mean' }));  // scores [batch, 67]
 */
export function weldonPooling2d(config: WeldonPoolingConfig = {}): WeldonPooling2D {
  return new WeldonPooling2D(config);
}

/**
 * WELDON pooling over class volumes, `[batch, depth, rows, columns, classes]` → `[batch, classes]`. Config and
 * errors as {@link weldonPooling2d}.
 *
 * @example
 * model.add(weldonPooling3d({ kMax: 20, kMin: 0 })); // the 20 strongest voxels of each class
 */
export function weldonPooling3d(config: WeldonPoolingConfig = {}): WeldonPooling3D {
  return new WeldonPooling3D(config);
}
