import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** tfjs does not export its own type for this. */
export interface FrozenBatchNormConfig {
  name?: string;
  /** Added to the variance, > 0. Default 1e-3. */
  epsilon?: number;
  trainable?: boolean;
}

/**
 * Batch normalisation that always uses its stored statistics. TensorFlow.js's own layer takes the statistics of the
 * batch while training, and moves its averages, even where `trainable` is false; with the few images that fit beside
 * a large network those statistics are noise.
 *
 * Weights as in `BatchNormalization` (gamma, beta, moving_mean, moving_variance, each `[channels]`), none trainable.
 */
export class FrozenBatchNorm extends tfl.layers.Layer {
  static get className(): string {
    return 'FrozenBatchNorm';
  }

  private readonly epsilon: number;
  private values: tfl.LayerVariable[] = [];

  constructor(config: FrozenBatchNormConfig = {}) {
    super({ ...config, trainable: false } as object);
    this.epsilon = config.epsilon ?? 1e-3;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tfl.Shape;
    const channels = shape[shape.length - 1];
    const variable = (name: string, initial: 'ones' | 'zeros') =>
      this.addWeight(name, [channels], 'float32', tfl.initializers[initial](), undefined, false);
    this.values = [
      variable('gamma', 'ones'),
      variable('beta', 'zeros'),
      variable('moving_mean', 'zeros'),
      variable('moving_variance', 'ones'),
    ];
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [gamma, beta, mean, variance] = this.values.map((value) => value.read() as tf.Tensor1D);
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, this.epsilon)));
      // The statistics are constants here, so the way back is one product; tfjs' own tiles them to the maps' size.
      return tf.customGrad((maps, save) => {
        (save as tf.GradSaveFunc)([scale]);
        return {
          value: tf.batchNorm(maps as tf.Tensor, mean, variance, beta, gamma, this.epsilon),
          gradFunc: (dy: tf.Tensor, [factor]: tf.Tensor[]) => tf.mul(dy, factor),
        };
      })(x);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

tf.serialization.registerClass(FrozenBatchNorm);
