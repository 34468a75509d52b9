import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import type { LayerArgs } from './layerArgs.js';
import { callHook, checkConfig, singleShape } from './layerArgs.js';

/** How each channel of features is distributed, one number per channel. */
export interface ChannelStatistics {
  mean: ArrayLike<number>;
  /** standard deviation, > 0 */
  deviation: ArrayLike<number>;
}

export interface ChannelStandardizationConfig extends LayerArgs {
  /** First values of the layer's weights. Default: mean 0, deviation 1, until weights are loaded. */
  statistics?: ChannelStatistics;
}

/**
 * Refuses statistics that are not finite, or deviations that are not positive.
 *
 * @param depth number of channels, where it is known
 * @throws WeldonError
 */
export function checkStatistics({ mean, deviation }: ChannelStatistics, owner: string, depth?: number | null): void {
  const wanted = depth ?? mean.length;
  if (mean.length !== wanted || deviation.length !== wanted || wanted === 0) {
    throw expectedInWords(
      `the statistics for ${owner}`,
      `a mean and a deviation for each of ${wanted} channels`,
      `${mean.length} means and ${deviation.length} deviations`,
    );
  }
  for (let c = 0; c < wanted; c++) {
    if (!Number.isFinite(mean[c]) || !(deviation[c] > 0 && Number.isFinite(deviation[c]))) {
      throw expectedInWords(
        `the statistics for ${owner}`,
        'finite, with deviations > 0',
        `mean ${mean[c]} and deviation ${deviation[c]} for channel ${c}`,
      );
    }
  }
}

/** See {@link channelStandardization}. */
export class ChannelStandardization extends tfl.layers.Layer {
  private readonly statistics: ChannelStatistics | null;
  private mean!: tfl.LayerVariable;
  private deviation!: tfl.LayerVariable;

  constructor(config: ChannelStandardizationConfig = {}) {
    checkConfig(config, 'statistics', 'ChannelStandardization');
    super({ ...config, trainable: false } as LayerArgs);
    this.statistics = config.statistics ?? null;
    this.supportsMasking = true;
    if (this.statistics !== null) {
      checkStatistics(this.statistics, 'ChannelStandardization');
    }
  }

  static get className(): string {
    return 'ChannelStandardization';
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const depth = singleShape(inputShape).at(-1);
    if (depth == null) {
      throw expectedInWords(
        `the input of ${this.getClassName()} ${this.name}`,
        'of a known number of channels',
        'a free one',
      );
    }
    const { statistics } = this;
    if (statistics !== null) {
      checkStatistics(statistics, `${this.getClassName()} ${this.name}`, depth);
    }
    const variable = (name: string, initial: 'ones' | 'zeros') =>
      this.addWeight(name, [depth], 'float32', tfl.initializers[initial](), undefined, false);
    this.mean = variable('mean', 'zeros');
    this.deviation = variable('deviation', 'ones');
    if (statistics !== null) {
      tf.tidy(() => {
        this.mean.write(tf.tensor1d(Float32Array.from(statistics.mean)));
        this.deviation.write(tf.tensor1d(Float32Array.from(statistics.deviation)));
      });
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      return tf.div(tf.sub(x, this.mean.read()), this.deviation.read());
    });
  }
}

tf.serialization.registerClass(ChannelStandardization);

/**
 * Standardises features, `[batch, …, depth]`, channel by channel: `(x − mean) / deviation`, with statistics that are
 * measured once and then fixed. They are weights of the layer, saved with the model and never trained.
 *
 * @param config `statistics`, as `featureStatistics` measures them; `name`
 * @throws WeldonError if the statistics are not finite, a deviation is not > 0, or (at the first call) they are not as
 *   many as the input has channels
 *
 * @example
 * channelStandardization({ statistics: await featureStatistics(backbone, data) }).apply(backbone.output);
 */
export function channelStandardization(config: ChannelStandardizationConfig = {}): ChannelStandardization {
  return new ChannelStandardization(config);
}
