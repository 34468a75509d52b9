import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../errors.js';
import type { DataFormat, PoolingOptions, Reduction } from '../pooling/options.js';
import { resolvePooling } from '../pooling/regionCounts.js';
import { weldonPool } from '../pooling/weldonPool.js';
import type { LayerArgs } from './layerArgs.js';
import { callHook, singleShape } from './layerArgs.js';

/** Configuration of the WELDON pooling layers; the same words as the op's options. */
export interface WeldonPoolingConfig extends PoolingOptions, LayerArgs {
  /** Layout of the input maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
}

/** What the three ranks share: options, shapes, serialisation. */
abstract class WeldonPooling extends tfl.layers.Layer {
  readonly kMax: number;
  readonly kMin: number | null;
  readonly alpha: number;
  readonly reduction: Reduction;
  readonly dataFormat: DataFormat;

  /** Axes of the input: batch, one per spatial dimension, channels. */
  protected abstract readonly inputRank: number;

  constructor(config: WeldonPoolingConfig = {}) {
    super(config);
    const owner = (this.constructor as typeof WeldonPooling).className;
    resolvePooling(config, owner);
    this.kMax = config.kMax ?? 3;
    this.kMin = config.kMin ?? null;
    this.alpha = config.alpha ?? 1;
    this.reduction = config.reduction ?? 'mean';
    this.dataFormat = config.dataFormat ?? 'channelsLast';
    if (this.dataFormat !== 'channelsLast' && this.dataFormat !== 'channelsFirst') {
      throw expected(`dataFormat for ${owner}`, "'channelsLast' or 'channelsFirst'", config.dataFormat);
    }
  }

  static get className(): string {
    return 'WeldonPooling';
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.checkRank(inputShape);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = this.checkRank(inputShape);
    return [shape[0], this.dataFormat === 'channelsLast' ? shape[shape.length - 1] : shape[1]];
  }

  override computeMask(): tf.Tensor {
    // The instances are pooled away: nothing behind this layer could use their mask. tfjs takes null here,
    // though its typings do not say so.
    return null as unknown as tf.Tensor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      const { maps, mask } = this.readInputs(inputs, kwargs);
      return weldonPool(maps, {
        kMax: this.kMax,
        kMin: this.kMin,
        alpha: this.alpha,
        reduction: this.reduction,
        dataFormat: this.dataFormat,
        mask,
      });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      kMax: this.kMax,
      kMin: this.kMin,
      alpha: this.alpha,
      reduction: this.reduction,
      dataFormat: this.dataFormat,
    };
  }

  protected readInputs(
    inputs: tf.Tensor | tf.Tensor[],
    _kwargs: Record<string, unknown>,
  ): { maps: tf.Tensor; mask: tf.Tensor | null } {
    return { maps: Array.isArray(inputs) ? inputs[0] : inputs, mask: null };
  }

  protected checkRank(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = singleShape(inputShape);
    if (shape.length !== this.inputRank) {
      throw expectedInWords(
        `the input of ${this.getClassName()} ${this.name}`,
        `of rank ${this.inputRank}`,
        `shape [${shape.map((extent) => extent ?? 'null').join(', ')}]`,
      );
    }
    return shape;
  }
}

/** See {@link weldonPooling1d}. */
export class WeldonPooling1D extends WeldonPooling {
  protected override readonly inputRank = 3;

  constructor(config: WeldonPoolingConfig = {}) {
    super(config);
    this.supportsMasking = true;
  }

  static override get className(): string {
    return 'WeldonPooling1D';
  }

  protected override readInputs(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>) {
    const [maps, second] = Array.isArray(inputs) ? inputs : [inputs];
    const given = kwargs?.mask as tf.Tensor | tf.Tensor[] | null | undefined;
    const mask = second ?? (Array.isArray(given) ? given[0] : given) ?? null;
    return { maps, mask };
  }
}

/** See {@link weldonPooling2d}. */
export class WeldonPooling2D extends WeldonPooling {
  protected override readonly inputRank = 4;

  static override get className(): string {
    return 'WeldonPooling2D';
  }
}

/** See {@link weldonPooling3d}. */
export class WeldonPooling3D extends WeldonPooling {
  protected override readonly inputRank = 5;

  static override get className(): string {
    return 'WeldonPooling3D';
  }
}

tf.serialization.registerClass(WeldonPooling1D);
tf.serialization.registerClass(WeldonPooling2D);
tf.serialization.registerClass(WeldonPooling3D);

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
