import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected } from '../../errors.js';
import type { ExplainedImage, ProbabilityModel, Removed } from './perturbedImages.js';
import {
  blurredImage,
  checkPositive,
  checkRemoved,
  checkWhole,
  mapAtSize,
  probabilitiesOf,
  removedImage,
} from './perturbedImages.js';
import type { BootstrapOptions, Interval } from '../bootstrap.js';
import { bootstrapInterval } from '../bootstrap.js';
import { argsortDescending } from '../argsort.js';

export interface DeletionInsertionOptions {
  /** Pixels are perturbed in so many equal steps; the authors take one row of 224 pixels a step. Default 32. */
  steps?: number;
  /** What deleted pixels become. Default `'mean'`, the image's mean colour; the authors' is the data set's, 0 for them. */
  removed?: Removed;
  /** Deviation of the Gaussian that insertion starts from, in pixels. Default 5 for a side of 224, in proportion. */
  blur?: number;
  /** Versions of an image in one forward pass. Default 8. */
  batchSize?: number;
}

/** Areas under probability over the share of perturbed pixels, each from 0 to 1. */
export interface DeletionInsertion {
  /** low for a map that knows what the class hangs on */
  deletion: number;
  /** high for such a map */
  insertion: number;
}

export interface DeletionInsertionSummary extends DeletionInsertion {
  count: number;
  /** mean probability after 0, 1, … all steps */
  deletionCurve: number[];
  insertionCurve: number[];
}

function area(curve: readonly number[]): number {
  const inner = curve.slice(1, -1).reduce((sum, value) => sum + value, 0);
  return (inner + (curve[0] + curve[curve.length - 1]) / 2) / (curve.length - 1);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Deletion and insertion (Petsiuk, Das, Saenko, RISE, BMVC 2018): how fast the probability of a class falls as the pixels
 * with the most evidence are taken away, and rises as they are put into a blurred image. Trapezoid areas, means over
 * images. For any model; maps are interpolated to the image's size, and of equal pixels the first goes first.
 *
 * @example
 * const metric = new DeletionInsertionMetric(model);
 * await metric.update({ image, map: maps[0][0], label: 3 }); // image: tf.Tensor3D as the network takes it
 * const { deletion, insertion } = metric.summary();
 */
export class DeletionInsertionMetric {
  private results: { deletion: number[]; insertion: number[] }[] = [];
  private readonly options: Required<Omit<DeletionInsertionOptions, 'blur'>> & { blur: number | undefined };

  /** @throws WeldonError if an option is out of range */
  constructor(
    readonly model: ProbabilityModel,
    options: DeletionInsertionOptions = {},
  ) {
    checkKeys(options, 'steps removed blur batchSize', 'DeletionInsertionMetric');
    const { steps = 32, removed = 'mean', blur, batchSize = 8 } = options;
    checkPositive('steps for DeletionInsertionMetric', steps);
    checkPositive('batchSize for DeletionInsertionMetric', batchSize);
    checkRemoved(removed, 'DeletionInsertionMetric');
    if (blur !== undefined && !(Number.isFinite(blur) && blur > 0)) {
      throw expected('blur for DeletionInsertionMetric', 'a deviation in pixels > 0', blur);
    }
    this.options = { steps, removed, blur, batchSize };
  }

  /**
   * Takes one class of one image: 2 · steps + 1 versions of it go through the model, or one less where `whole` is given.
   *
   * @returns the areas of this image
   * @throws WeldonError for a map with NaN, or a model that gives no probabilities; nothing is taken then
   */
  async update(explained: ExplainedImage): Promise<DeletionInsertion> {
    const owner = 'DeletionInsertionMetric';
    const { image, label } = explained;
    const { steps, removed, batchSize } = this.options;
    checkWhole(explained.whole, owner);
    const { data, rows, columns } = mapAtSize(explained, owner);
    const { blur = (5 * Math.max(rows, columns)) / 224 } = this.options;
    const rank = new Float32Array(data.length);
    argsortDescending(data).forEach((pixel, order) => {
      rank[pixel] = order;
    });
    const place = tf.tensor3d(rank, [rows, columns, 1]);
    const empty = removedImage(image, removed);
    const blurred = blurredImage(image, blur);
    try {
      const perturbed = (step: number) => tf.less(place, Math.round((step * data.length) / steps));
      const choose = (where: tf.Tensor, a: tf.Tensor3D, b: tf.Tensor3D) => {
        const part = tf.cast(where, 'float32'); // tf.where does not spread a mask over channels on every backend
        return tf.add(tf.mul(a, part), tf.mul(b, tf.sub(1, part))) as tf.Tensor3D;
      };
      // The whole image, if its probability is unknown; what is left after 1, 2, … steps; what is put in after 0, 1, … steps.
      const versions = [
        ...(explained.whole === undefined ? [() => tf.cast(image, 'float32')] : []),
        ...Array.from({ length: steps }, (_, i) => () => choose(perturbed(i + 1), empty, image)),
        ...Array.from({ length: steps }, (_, i) => () => choose(perturbed(i), image, blurred)),
      ];
      const found = await probabilitiesOf(this.model, versions.length, (i) => versions[i](), label, batchSize, owner);
      const [whole, ...changed] = explained.whole === undefined ? found : [explained.whole, ...found];
      const deletion = [whole, ...changed.slice(0, steps)];
      const insertion = [...changed.slice(steps), whole];
      this.results.push({ deletion, insertion });
      return { deletion: area(deletion), insertion: area(insertion) };
    } finally {
      tf.dispose([place, empty, blurred]);
    }
  }

  summary(): DeletionInsertionSummary {
    const curve = (of: 'deletion' | 'insertion') =>
      Array.from({ length: this.options.steps + 1 }, (_, step) => mean(this.results.map((result) => result[of][step])));
    const areas = (of: 'deletion' | 'insertion') => mean(this.results.map((result) => area(result[of])));
    return {
      deletion: areas('deletion'),
      insertion: areas('insertion'),
      count: this.results.length,
      deletionCurve: curve('deletion'),
      insertionCurve: curve('insertion'),
    };
  }

  /** A bootstrap interval over images; see `bootstrapInterval`. */
  interval(options: BootstrapOptions & { of: 'deletion' | 'insertion' }): Interval {
    const { of, ...rest } = options;
    const areas = this.results.map((result) => area(result[of]));
    return bootstrapInterval(areas.length, (members) => mean(Array.from(members, (i) => areas[i])), rest);
  }

  reset(): void {
    this.results = [];
  }
}
