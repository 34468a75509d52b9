import type * as tf from '@tensorflow/tfjs-core';
import type { GemOptions } from '../pooling/gemPool.js';
import { gemKind, gemPool } from '../pooling/gemPool.js';
import { checkConfig } from './layerArgs.js';
import type { RegionPoolingConfig } from './regionPooling.js';
import { RegionPooling, registerPoolingLayers } from './regionPooling.js';

/** Configuration of the generalized mean pooling layers. */
export interface GemPoolingConfig extends GemOptions, RegionPoolingConfig {}

/** What the three ranks share: the power, serialisation. */
abstract class GemPooling extends RegionPooling {
  readonly power: number;

  constructor(config: GemPoolingConfig = {}) {
    super(config);
    checkConfig(config, `dataFormat ${gemKind.optionNames.join(' ')}`, this.getClassName());
    this.power = gemKind.resolve(config, this.getClassName()).power as number;
  }

  static get className(): string {
    return 'GemPooling';
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), power: this.power };
  }

  protected override pool(maps: tf.Tensor, mask: tf.Tensor | null): tf.Tensor2D {
    return gemPool(maps, { power: this.power, dataFormat: this.dataFormat, mask });
  }
}

/** Generalized mean pooling over bags, `[batch, instances, classes]` → `[batch, classes]`; see `gemPool`. */
export class GemPooling1D extends GemPooling {
  static override get className(): string {
    return 'GemPooling1D';
  }

  protected override get inputRank(): number {
    return 3;
  }
}

/** Generalized mean pooling over maps, `[batch, rows, columns, classes]` → `[batch, classes]`; see `gemPool`. */
export class GemPooling2D extends GemPooling {
  static override get className(): string {
    return 'GemPooling2D';
  }
}

/** Generalized mean pooling over volumes, `[batch, depth, rows, columns, classes]` → `[batch, classes]`; see `gemPool`. */
export class GemPooling3D extends GemPooling {
  static override get className(): string {
    return 'GemPooling3D';
  }

  protected override get inputRank(): number {
    return 5;
  }
}

registerPoolingLayers('gem', [GemPooling1D, GemPooling2D, GemPooling3D]);
