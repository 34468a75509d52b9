import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../errors.js';
import type { DataFormat } from '../pooling/options.js';
import type { LayerArgs } from './layerArgs.js';
import { callHook, checkConfig, singleShape } from './layerArgs.js';

/** Configuration of the class-wise pooling layers. */
export interface ClassWisePoolingConfig extends LayerArgs {
  /** Maps per class, an integer >= 1 that divides the number of channels. Default 1. */
  maps?: number;
  /** Layout of the input maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
}

abstract class ClassWisePooling extends tfl.layers.Layer {
  readonly maps: number;
  readonly dataFormat: DataFormat;
  protected abstract readonly inputRank: number;

  constructor(config: ClassWisePoolingConfig = {}) {
    super(config);
    const owner = (this.constructor as typeof ClassWisePooling).className;
    checkConfig(config, 'maps dataFormat', owner);
    this.maps = config.maps ?? 1;
    this.dataFormat = config.dataFormat ?? 'channelsLast';
    if (!Number.isInteger(this.maps) || this.maps < 1) {
      throw expected(`maps for ${owner}`, 'an integer >= 1', config.maps);
    }
    if (this.dataFormat !== 'channelsLast' && this.dataFormat !== 'channelsFirst') {
      throw expected(`dataFormat for ${owner}`, "'channelsLast' or 'channelsFirst'", config.dataFormat);
    }
  }

  static get className(): string {
    return 'ClassWisePooling';
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.computeOutputShape(inputShape);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = singleShape(inputShape);
    if (shape.length !== this.inputRank) {
      throw expectedInWords(
        `the input of ${this.getClassName()} ${this.name}`,
        `of rank ${this.inputRank}`,
        `shape [${shape.map((extent) => extent ?? 'null').join(', ')}]`,
      );
    }
    const axis = this.channelsAxis(shape.length);
    const channels = shape[axis];
    if (channels !== null && channels % this.maps !== 0) {
      throw expectedInWords(
        `the input of ${this.getClassName()} ${this.name}`,
        `of a channel count divisible by maps = ${this.maps}`,
        `${channels} channels`,
      );
    }
    return shape.map((extent, index) => (index === axis && extent !== null ? extent / this.maps : extent));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (this.maps === 1) {
        return x.clone();
      }
      const axis = this.channelsAxis(x.rank);
      const classes = x.shape[axis] / this.maps;
      return tf.mean(
        tf.reshape(x, [...x.shape.slice(0, axis), classes, this.maps, ...x.shape.slice(axis + 1)]),
        axis + 1,
      );
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), maps: this.maps, dataFormat: this.dataFormat };
  }

  private channelsAxis(rank: number): number {
    return this.dataFormat === 'channelsLast' ? rank - 1 : 1;
  }
}

/** See {@link classWisePooling1d}. */
export class ClassWisePooling1D extends ClassWisePooling {
  protected override readonly inputRank = 3;

  constructor(config: ClassWisePoolingConfig = {}) {
    super(config);
    // Instances stay instances: their mask passes through to the pooling behind.
    this.supportsMasking = true;
  }

  static override get className(): string {
    return 'ClassWisePooling1D';
  }
}

/** See {@link classWisePooling2d}. */
export class ClassWisePooling2D extends ClassWisePooling {
  protected override readonly inputRank = 4;

  static override get className(): string {
    return 'ClassWisePooling2D';
  }
}

/** See {@link classWisePooling3d}. */
export class ClassWisePooling3D extends ClassWisePooling {
  protected override readonly inputRank = 5;

  static override get className(): string {
    return 'ClassWisePooling3D';
  }
}

tf.serialization.registerClass(ClassWisePooling1D);
tf.serialization.registerClass(ClassWisePooling2D);
tf.serialization.registerClass(ClassWisePooling3D);

/**
 * Averages `maps` maps per class of bags, `[batch, instances, classes·maps]` → `[batch, instances, classes]`.
 * Channels are class-major, see {@link classWisePooling2d}; a mask passes through.
 *
 * @example
 * classWisePooling1d({ maps: 4 }).apply(evidence);
 */
export function classWisePooling1d(config: ClassWisePoolingConfig = {}): ClassWisePooling1D {
  return new ClassWisePooling1D(config);
}

/**
 * Averages several maps per class into one, `[batch, rows, columns, classes·maps]` → `[batch, rows, columns, classes]`.
 * Channels are class-major: maps c·M … c·M + M − 1 belong to class c, as in the released WILDCAT code. Its
 * gradient divides by M, which the released code forgets: learning rates taken from there want a factor M.
 *
 * Source: WILDCAT (CVPR 2017), section 3.2, class-wise pooling.
 *
 * @param config `maps` (1), an integer >= 1 that divides the channel count; `dataFormat` ('channelsLast'); `name`
 * @throws WeldonError if `maps` is out of range or does not divide the channel count, or the input is not of rank 4
 *
 * @example
 * model.add(tf.layers.dense({ units: 67 * 8 }));
 * model.add(classWisePooling2d({ maps: 8 }));
 * model.add(weldonPooling2d({ kMax: 0.4 }));
 */
export function classWisePooling2d(config: ClassWisePoolingConfig = {}): ClassWisePooling2D {
  return new ClassWisePooling2D(config);
}

/**
 * Averages several volumes per class, `[batch, depth, rows, columns, classes·maps]` →
 * `[batch, depth, rows, columns, classes]`; see {@link classWisePooling2d}.
 *
 * @example
 * classWisePooling3d({ maps: 2 }).apply(volumes);
 */
export function classWisePooling3d(config: ClassWisePoolingConfig = {}): ClassWisePooling3D {
  return new ClassWisePooling3D(config);
}
