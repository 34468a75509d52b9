import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import type { LogSumExpOptions } from '../pooling/logSumExpPool.js';
import { logSumExpKind, logSumExpPool } from '../pooling/logSumExpPool.js';
import { checkConfig, singleShape } from './layerArgs.js';
import type { RegionPoolingConfig } from './regionPooling.js';
import { RegionPooling, registerPoolingLayers } from './regionPooling.js';

/** Configuration of the log-sum-exp pooling layers. */
export interface LogSumExpPoolingConfig extends LogSumExpOptions, RegionPoolingConfig {}

/** What the three ranks share: options, the weight that may be learnt, serialisation. */
abstract class LogSumExpPooling extends RegionPooling {
  readonly sharpness: number;
  readonly learnSharpness: boolean;
  /** what softplus makes r of, `[classes]` */
  private raw: tfl.LayerVariable | null = null;

  constructor(config: LogSumExpPoolingConfig = {}) {
    super(config);
    checkConfig(config, `dataFormat ${logSumExpKind.optionNames.join(' ')}`, this.getClassName());
    const { sharpness, learnSharpness } = logSumExpKind.resolve(config, this.getClassName());
    this.sharpness = sharpness as number;
    this.learnSharpness = learnSharpness as boolean;
  }

  static get className(): string {
    return 'LogSumExpPooling';
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const [, classes] = this.computeOutputShape(inputShape);
    if (this.learnSharpness) {
      if (classes == null) {
        throw expectedInWords(
          `the input of ${this.getClassName()} ${this.name}`,
          'of a known number of classes, each of which learns its sharpness',
          `shape [${singleShape(inputShape)
            .map((extent) => extent ?? 'null')
            .join(', ')}]`,
        );
      }
      const r = this.sharpness;
      // log(exp(r) − 1), the inverse of softplus, without its overflow.
      const value = r + Math.log(-Math.expm1(-r));
      this.raw = this.addWeight('sharpness', [classes], 'float32', tfl.initializers.constant({ value }));
    }
    super.build(inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), sharpness: this.sharpness, learnSharpness: this.learnSharpness };
  }

  protected override pool(maps: tf.Tensor, mask: tf.Tensor | null): tf.Tensor2D {
    const sharpness = this.raw === null ? this.sharpness : (tf.softplus(this.raw.read()) as tf.Tensor1D);
    return logSumExpPool(maps, { sharpness, dataFormat: this.dataFormat, mask });
  }
}

/** See {@link logSumExpPooling1d}. */
export class LogSumExpPooling1D extends LogSumExpPooling {
  static override get className(): string {
    return 'LogSumExpPooling1D';
  }

  protected override get inputRank(): number {
    return 3;
  }
}

/** See {@link logSumExpPooling2d}. */
export class LogSumExpPooling2D extends LogSumExpPooling {
  static override get className(): string {
    return 'LogSumExpPooling2D';
  }
}

/** See {@link logSumExpPooling3d}. */
export class LogSumExpPooling3D extends LogSumExpPooling {
  static override get className(): string {
    return 'LogSumExpPooling3D';
  }

  protected override get inputRank(): number {
    return 5;
  }
}

registerPoolingLayers('logSumExp', [LogSumExpPooling1D, LogSumExpPooling2D, LogSumExpPooling3D]);

/**
 * Log-sum-exp pooling over bags of instances, `[batch, instances, classes]` → `[batch, classes]`. Valid
 * instances are marked as for `weldonPooling1d`: by a Masking layer, or by a second input. Config as {@link logSumExpPooling2d}.
 *
 * @example
 * const score = logSumExpPooling1d({ sharpness: 10 }).apply([evidence, valid]);
 */
export function logSumExpPooling1d(config: LogSumExpPoolingConfig = {}): LogSumExpPooling1D {
  return new LogSumExpPooling1D(config);
}

/**
 * Log-sum-exp pooling over class maps, `[batch, rows, columns, classes]` → `[batch, classes]`; the spatial sizes may be
 * unknown (`null`). With `learnSharpness` the layer has one weight per class, from which softplus makes a positive r.
 *
 * Source: Pinheiro and Collobert (CVPR 2015), equation 6; see `logSumExpPool`.
 *
 * @param config `sharpness` (5), `learnSharpness` (false), `dataFormat` ('channelsLast'), `name`
 * @throws WeldonError if an option is out of range, the input is not of rank 4, or its number of classes is unknown
 *   where each learns its sharpness
 *
 * @example
 * model.add(tf.layers.dense({ units: 67 }));               // class maps [batch, 14, 14, 67]
 * model.add(logSumExpPooling2d({ learnSharpness: true })); // scores [batch, 67]
 */
export function logSumExpPooling2d(config: LogSumExpPoolingConfig = {}): LogSumExpPooling2D {
  return new LogSumExpPooling2D(config);
}

/**
 * Log-sum-exp pooling over class volumes, `[batch, depth, rows, columns, classes]` → `[batch, classes]`. Config as
 * {@link logSumExpPooling2d}.
 *
 * @example
 * model.add(logSumExpPooling3d({ sharpness: 2 }));
 */
export function logSumExpPooling3d(config: LogSumExpPoolingConfig = {}): LogSumExpPooling3D {
  return new LogSumExpPooling3D(config);
}
