import * as tf from '@tensorflow/tfjs-core';
import type { ExplainedImage, ProbabilityModel, Removed } from './perturbedImages.js';
import {
  checkPositive,
  checkRemoved,
  checkWhole,
  mapAtSize,
  probabilitiesOf,
  removedImage,
} from './perturbedImages.js';
import type { BootstrapOptions, Interval } from '../bootstrap.js';
import { bootstrapInterval } from '../bootstrap.js';
import { minMaxScaled } from '../localization/thresholdBoxes.js';
import { checkKeys } from '../../errors.js';

export interface AverageDropOptions {
  /** What stands where there is no evidence. Default `'mean'`, the image's mean colour; 0 is the authors' form. */
  removed?: Removed;
  /** Versions of an image in one forward pass. Default 8. */
  batchSize?: number;
}

export interface AverageDropSummary {
  /** mean part of its probability that a class loses where only its evidence is shown, 0 … 1; low is good */
  averageDrop: number;
  /** part of the images whose class becomes more probable so; high is good */
  increase: number;
  count: number;
}

interface Outcome {
  drop: number;
  increased: boolean;
}

/**
 * Average drop and increase in confidence (Chattopadhay et al., Grad-CAM++, WACV 2018, section 4.1): the image is shown
 * through its map, scaled from 0 to 1, and the probability of the class is compared with that of the whole image:
 * drop = max(0, whole − shown) / whole, mean over images; increase = part of the images with shown > whole. Both as
 * parts where the paper has percentages.
 *
 * @example
 * const metric = new AverageDrop(model);
 * await metric.update({ image, map: maps[0][0], label: 3 });
 * const { averageDrop, increase } = metric.summary();
 */
export class AverageDrop {
  private outcomes: Outcome[] = [];
  private readonly removed: Removed;
  private readonly batchSize: number;

  /** @throws WeldonError if an option is out of range */
  constructor(
    readonly model: ProbabilityModel,
    options: AverageDropOptions = {},
  ) {
    checkKeys(options, 'removed batchSize', 'AverageDrop');
    const { removed = 'mean', batchSize = 8 } = options;
    checkRemoved(removed, 'AverageDrop');
    checkPositive('batchSize for AverageDrop', batchSize);
    this.removed = removed;
    this.batchSize = batchSize;
  }

  /**
   * Takes one class of one image: two versions of it go through the model, or one where `whole` is given.
   *
   * @returns probability of the class for the whole image and for what the map shows
   * @throws WeldonError for a map with NaN, or a model that gives no probabilities; nothing is taken then
   */
  async update(explained: ExplainedImage): Promise<{ whole: number; shown: number }> {
    const { image, label } = explained;
    checkWhole(explained.whole, 'AverageDrop');
    const { data, rows, columns } = minMaxScaled(mapAtSize(explained, 'AverageDrop'));
    const part = tf.tensor3d(data, [rows, columns, 1]);
    const empty = removedImage(image, this.removed);
    try {
      const through = () => tf.add(tf.mul(image, part), tf.mul(empty, tf.sub(1, part))) as tf.Tensor3D;
      const known = explained.whole === undefined ? [] : [explained.whole];
      const [whole, shown] = [
        ...known,
        ...(await probabilitiesOf(
          this.model,
          2 - known.length,
          (i) => (i + known.length === 0 ? tf.cast(image, 'float32') : through()),
          label,
          this.batchSize,
          'AverageDrop',
        )),
      ];
      this.outcomes.push({ drop: whole > 0 ? Math.max(0, whole - shown) / whole : 0, increased: shown > whole });
      return { whole, shown };
    } finally {
      tf.dispose([part, empty]);
    }
  }

  private measure(members: ArrayLike<number>): AverageDropSummary {
    const count = members.length;
    let [drop, increase] = [0, 0];
    for (let i = 0; i < count; i++) {
      drop += this.outcomes[members[i]].drop;
      increase += this.outcomes[members[i]].increased ? 1 : 0;
    }
    return { averageDrop: drop / count, increase: increase / count, count };
  }

  summary(): AverageDropSummary {
    return this.measure(this.outcomes.map((_, i) => i));
  }

  /** A bootstrap interval over images; see `bootstrapInterval`. */
  interval(options: BootstrapOptions & { of?: 'averageDrop' | 'increase' } = {}): Interval {
    const { of = 'averageDrop', ...rest } = options;
    return bootstrapInterval(this.outcomes.length, (members) => this.measure(members)[of], rest);
  }

  reset(): void {
    this.outcomes = [];
  }
}
