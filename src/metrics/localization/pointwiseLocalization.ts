import { checkKeys, expected } from '../../errors.js';
import type { AveragePrecisionSummary, Ranking } from '../averagePrecision.js';
import { countsOf, meanOfKnown, precisionOf, rankedByScore } from '../averagePrecision.js';
import type { BootstrapOptions, Interval } from '../bootstrap.js';
import { bootstrapInterval } from '../bootstrap.js';
import { checkClasses, checkLabels } from '../checkScores.js';
import type { GroundTruth, Point } from './groundTruth.js';
import { anyObject, checkGroundTruth, checkPoint, checkTolerance, pointHits } from './groundTruth.js';

/** What a network says of one class of one image, whether it is there or not. */
export type ScoredPoint = GroundTruth & {
  label: number;
  /** how sure the network is that the image shows the class */
  score: number;
  /** where it says so */
  point: Point;
};

interface Prediction {
  score: number;
  present: boolean;
  right: boolean;
}

interface RankedClass {
  list: Prediction[];
  ranking: Ranking;
  /** 1 for a hit */
  right: number[];
}

/**
 * Pointwise localisation (Oquab et al., Is object localization for free?, CVPR 2015; the measure of WILDCAT's table 8):
 * images are ranked by a class' score, and one is right only if its point lies on an object of the class. A point
 * beside the object and any image without the class are wrong; recall is over the images that show the class. The
 * mean of the classes' average precision, as Pascal VOC 2010 on computes it.
 *
 * @example
 * const metric = new PointwiseLocalization(20);
 * metric.update({ label: 7, score: 0.9, point, boxes: [] }); // for every class of every image
 * metric.summary().map;
 */
export class PointwiseLocalization {
  private predictions: Prediction[][];
  private rankedLists: RankedClass[] | undefined;
  readonly tolerance: number;

  /**
   * @param options.tolerance a point less than so many pixels away is right as well; default 18, as in the paper
   * @throws WeldonError if one is out of range
   */
  constructor(
    readonly classes: number,
    options: { tolerance?: number } = {},
  ) {
    checkKeys(options, 'tolerance', 'PointwiseLocalization');
    const { tolerance = 18 } = options;
    checkClasses(classes, 'PointwiseLocalization');
    checkTolerance(tolerance, 'PointwiseLocalization');
    this.tolerance = tolerance;
    this.predictions = Array.from({ length: classes }, () => []);
  }

  /**
   * Takes one class of one image. Give every class of every image, absent ones with `boxes: []`.
   *
   * @throws WeldonError for a class, score, point or object that is none
   */
  update(prediction: ScoredPoint): void {
    const { label, score, point } = prediction;
    checkLabels([label], 1, this.classes, 'PointwiseLocalization');
    if (Number.isNaN(score)) {
      throw expected('the score for PointwiseLocalization', 'a number', score);
    }
    checkPoint(point, 'PointwiseLocalization');
    checkGroundTruth(prediction, 'PointwiseLocalization');
    const present = anyObject(prediction);
    this.rankedLists = undefined;
    this.predictions[label].push({ score, present, right: present && pointHits(point, prediction, this.tolerance) });
  }

  /** Of each class, ranked once for all samples. */
  private ranked(): RankedClass[] {
    this.rankedLists ??= this.predictions.map((list) => {
      const right = list.map((one) => (one.right ? 1 : 0));
      return {
        list,
        right,
        ranking: rankedByScore(
          list.map(({ score }) => score),
          right,
        ),
      };
    });
    return this.rankedLists;
  }

  private measure(countsFor: (list: Prediction[]) => ArrayLike<number>): { map: number; classes: number[] } {
    const classes = this.ranked().map(({ list, ranking, right }) => {
      const counts = countsFor(list);
      let [presents, hits] = [0, 0];
      for (let i = 0; i < list.length; i++) {
        presents += list[i].present ? counts[i] : 0;
        hits += right[i] * counts[i];
      }
      if (presents === 0 || hits === 0) {
        return presents === 0 ? NaN : 0;
      }
      // Average precision is over the hits; images whose object was missed add recall that is never reached.
      return (precisionOf(ranking, right, 'envelope', counts) * hits) / presents;
    });
    return { map: meanOfKnown(classes), classes };
  }

  summary(): Omit<AveragePrecisionSummary, 'nanCount'> {
    const once = (list: Prediction[]) => new Uint8Array(list.length).fill(1);
    return { ...this.measure(once), count: this.predictions.reduce((sum, list) => sum + list.length, 0) };
  }

  /**
   * The mean over classes for some images, given by their place in the order of updates, with repetitions. All classes
   * need as many predictions, given in the same order of images.
   */
  metricOf(members: ArrayLike<number>): number {
    const counts = countsOf(members, this.predictions[0].length);
    return this.measure(() => counts).map;
  }

  /**
   * A bootstrap interval over images; see `bootstrapInterval`. All classes need as many predictions, given in the same
   * order of images.
   *
   * @throws WeldonError if they have not
   */
  interval(options: BootstrapOptions = {}): Interval {
    const lengths = this.predictions.map((list) => list.length);
    if (lengths.some((length) => length !== lengths[0])) {
      throw expected('the predictions for PointwiseLocalization', 'as many for every class', lengths);
    }
    return bootstrapInterval(lengths[0], (members) => this.metricOf(members), options);
  }

  reset(): void {
    this.predictions = this.predictions.map(() => []);
    this.rankedLists = undefined;
  }
}
