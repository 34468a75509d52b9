import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expected } from '../errors.js';
import { dropBySeed } from '../random.js';
import type { LayerArgs } from './layerArgs.js';
import { callHook, checkConfig } from './layerArgs.js';

export interface SeededDropoutConfig extends LayerArgs {
  /** Part of the features dropped while training, 0 <= rate < 1. */
  rate: number;
  /** Drop whole maps: one draw for all places of a channel. Default false, every number by itself. */
  wholeMaps?: boolean;
  /**
   * Drop the whole batch: one draw for all numbers. On the branch of a residual block that is stochastic depth (Huang et
   * al., ECCV 2016), and `fineTune` does not compute a branch that is dropped. Default false; not with `wholeMaps`.
   */
  wholeBatch?: boolean;
  /** A 32-bit number. Default: a random one, which is saved with the model. */
  seed?: number;
}

/** See {@link seededDropout}. */
export class SeededDropout extends tfl.layers.Layer {
  readonly rate: number;
  readonly wholeMaps: boolean;
  readonly wholeBatch: boolean;
  readonly seed: number;
  /** Number of the next draw; goes up by one at every training call that does not name its own. */
  step = 0;

  constructor(config: SeededDropoutConfig) {
    super(config);
    checkConfig(config, 'rate wholeMaps wholeBatch seed', 'SeededDropout');
    const { rate, wholeMaps = false, wholeBatch = false, seed = Math.floor(Math.random() * 2 ** 32) } = config;
    if (!(typeof rate === 'number' && rate >= 0 && rate < 1)) {
      throw expected('rate for SeededDropout', 'a number with 0 <= rate < 1', rate);
    }
    if (!Number.isInteger(seed)) {
      throw expected('seed for SeededDropout', 'a whole number', seed);
    }
    if (wholeMaps && wholeBatch) {
      throw expected('wholeBatch for SeededDropout', 'false where whole maps are dropped', wholeBatch);
    }
    this.rate = rate;
    this.wholeBatch = wholeBatch;
    this.wholeMaps = wholeMaps;
    this.seed = seed;
    this.supportsMasking = true;
  }

  static get className(): string {
    return 'SeededDropout';
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (kwargs?.training !== true || this.rate === 0) {
        return tf.clone(x);
      }
      const maskShape = this.wholeBatch
        ? x.shape.map(() => 1)
        : this.wholeMaps
          ? x.shape.map((extent, axis) => (axis === 0 || axis === x.rank - 1 ? extent : 1))
          : undefined;
      const { seed = this.seed, step = this.step++ } = kwargs as { seed?: number; step?: number };
      return dropBySeed(x, { rate: this.rate, maskShape, seed, step });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { rate, wholeMaps, wholeBatch, seed } = this;
    return { ...super.getConfig(), rate, wholeMaps, ...(wholeBatch ? { wholeBatch } : {}), seed };
  }
}

tf.serialization.registerClass(SeededDropout);

/**
 * Dropout whose masks can be drawn again: they are a function of the seed and the number of the draw, the same on every
 * backend, so that a training run can be repeated or taken up in the middle. tfjs' own Dropout either draws what cannot
 * be repeated, or with a seed the same mask at every step.
 *
 * Under `model.fit` the layer counts its draws in `step`, which can be set. `fineTune` names seed and step itself. With
 * `wholeMaps` all places of a channel of `[batch, …, channels]` are kept or dropped together: WELDON's "dropmap" (CVPR
 * 2016), elsewhere called spatial dropout.
 *
 * @param config `rate`, `wholeMaps` (false), `wholeBatch` (false), `seed` (random), `name`
 * @throws WeldonError if the rate or the seed is out of range
 *
 * @example
 * model.add(seededDropout({ rate: 0.5, wholeMaps: true, seed: 7 }));
 */
export function seededDropout(config: SeededDropoutConfig): SeededDropout {
  return new SeededDropout(config);
}
