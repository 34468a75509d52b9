import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { LayerArgs } from './layerArgs.js';
import { callHook, checkConfig } from './layerArgs.js';

/** 1 / root mean square over the last axis, `[…, 1]`; 0 where all is zero. */
function inverseRms(x: tf.Tensor): tf.Tensor {
  const meanSquare = tf.mean(tf.square(x), -1, true);
  return tf.where(tf.greater(meanSquare, 0), tf.rsqrt(meanSquare), tf.zerosLike(meanSquare));
}

/**
 * `y = x / rms(x)`, rms over the last axis. The gradient is written out, since that of a square root at zero is
 * infinite: `dx = (dy − y · mean(y · dy)) / rms(x)`, and 0 for a vector of zeros.
 */
function divideByRms(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    // Outside of customGrad, which may keep only what was there before or what it returns.
    const inverse = inverseRms(x);
    const y = tf.mul(x, inverse);
    return tf.customGrad((_, save) => {
      (save as tf.GradSaveFunc)([y, inverse]);
      return {
        value: tf.clone(y),
        gradFunc: (dy: tf.Tensor, [unit, scale]: tf.Tensor[]) =>
          tf.mul(scale, tf.sub(dy, tf.mul(unit, tf.mean(tf.mul(unit, dy), -1, true)))),
      };
    })(x);
  });
}

/** See {@link regionNormalization}. */
export class RegionNormalization extends tfl.layers.Layer {
  constructor(config: LayerArgs = {}) {
    checkConfig(config, '', 'RegionNormalization');
    super(config);
    this.supportsMasking = true;
  }

  static get className(): string {
    return 'RegionNormalization';
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      return divideByRms(Array.isArray(inputs) ? inputs[0] : inputs);
    });
  }
}

tf.serialization.registerClass(RegionNormalization);

/**
 * Divides the features of each region, `[batch, …, depth]`, by their root mean square over the depth, which is the
 * Euclidean norm over √depth: every region counts alike, however bright or contrasty it is. A region of zeros stays
 * zero, with gradient zero. Nothing is learnt and nothing depends on other regions.
 *
 * Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (NeurIPS 2019), without gain; times 1/√depth it
 * is the unit normalisation of Keras.
 *
 * @param config `name`
 *
 * @example
 * const features = regionNormalization().apply(backbone.output);
 */
export function regionNormalization(config: LayerArgs = {}): RegionNormalization {
  return new RegionNormalization(config);
}
