import { checkKeys, expected, expectedInWords } from '../../errors.js';
import type { ClassMap } from '../../heatmaps/types.js';
import { upsampleMap } from '../../heatmaps/upsampleMap.js';
import type { Box } from '../../models/resizeMapping.js';
import type { BootstrapOptions, Interval } from '../bootstrap.js';
import { bootstrapInterval } from '../bootstrap.js';
import { checkGroundTruth, intersectionOverUnion } from './groundTruth.js';
import { boxesAbove, minMaxScaled } from './thresholdBoxes.js';

export interface MaxBoxAccuracyOptions {
  /** Maps are brought to side × side pixels before boxes are cut out of them. Default 224, as in the paper. */
  side?: number;
  /** Distance of the thresholds 0, step, 2·step … < 1. Default 0.01. */
  step?: number;
  /** What a box must reach, for V2. Default 0.3, 0.5 and 0.7. */
  ious?: readonly number[];
}

/** Parts of the tests with a right box; NaN if there were none. */
export interface MaxBoxAccuracySummary {
  /** box around the largest part, IoU >= 0.5, at the best threshold */
  maxBoxAcc: number;
  /** that threshold */
  threshold: number;
  /** any box around a part, mean over the IoUs, each at its best threshold */
  maxBoxAccV2: number;
  /** what V2 is the mean of */
  byIou: { iou: number; accuracy: number; threshold: number }[];
  count: number;
}

/**
 * MaxBoxAcc and MaxBoxAccV2 (Choe et al., Evaluating weakly supervised object localization methods right, CVPR 2020):
 * boxes around what is left of a map above a threshold, against the true boxes of the image's class, which is given.
 * One threshold holds for all images, the best one; choosing it for each image would flatter.
 *
 * Maps are scaled from 0 to 1 each, as there. The authors' program rounds maps to 8 bits, measures parts by the area in
 * their outline and interpolates with another cubic; here values are not rounded and pixels are counted.
 *
 * @example
 * const metric = new MaxBoxAccuracy();
 * metric.update({ map, boxes: [{ x: 80, y: 268, width: 114, height: 152 }], width: 448, height: 448 });
 * const { maxBoxAcc, maxBoxAccV2 } = metric.summary();
 */
export class MaxBoxAccuracy {
  readonly side: number;
  readonly ious: readonly number[];
  readonly thresholds: readonly number[];
  /** of each test: for V1, then for each IoU, whether it is right at each threshold */
  private tests: Uint8Array[] = [];

  /** @throws WeldonError if an option is out of range */
  constructor(options: MaxBoxAccuracyOptions = {}) {
    checkKeys(options, 'side step ious', 'MaxBoxAccuracy');
    const { side = 224, step = 0.01, ious = [0.3, 0.5, 0.7] } = options;
    if (!Number.isInteger(side) || side < 1) {
      throw expected('side for MaxBoxAccuracy', 'a whole number of pixels >= 1', side);
    }
    if (!(step > 0 && step <= 1)) {
      throw expected('step for MaxBoxAccuracy', 'a number with 0 < step <= 1', step);
    }
    if (ious.length === 0 || !ious.every((iou) => iou > 0 && iou <= 1)) {
      throw expected('ious for MaxBoxAccuracy', 'numbers with 0 < iou <= 1', ious);
    }
    this.side = side;
    this.ious = [...ious];
    this.thresholds = Array.from({ length: Math.ceil(1 / step - 1e-9) }, (_, i) => i * step);
  }

  /**
   * Takes the map of one class of one image.
   *
   * @param test.map raw evidence; its regions tile the image evenly
   * @param test.boxes the true boxes of the class, at least one, in pixels of the image
   * @param test.width of the image, pixels
   * @returns for each of `thresholds`, 1 where the box around the largest part is right, else 0
   */
  update({
    map,
    boxes,
    width,
    height,
  }: {
    map: ClassMap;
    boxes: readonly Box[];
    width: number;
    height: number;
  }): Uint8Array {
    checkGroundTruth({ boxes }, 'MaxBoxAccuracy');
    if (boxes.length === 0) {
      throw expectedInWords('a test for MaxBoxAccuracy', 'of a class that the image shows', 'one without boxes');
    }
    if (!(width > 0 && height > 0)) {
      throw expected('the size of the image for MaxBoxAccuracy', 'width and height in pixels > 0', [width, height]);
    }
    const { side, thresholds, ious } = this;
    const [scaleX, scaleY] = [side / width, side / height];
    const truth = boxes.map((box) => ({
      x: box.x * scaleX,
      y: box.y * scaleY,
      width: box.width * scaleX,
      height: box.height * scaleY,
    }));
    const overlap = (box: Box) => truth.reduce((best, each) => Math.max(best, intersectionOverUnion(box, each)), 0);
    const right = new Uint8Array((ious.length + 1) * thresholds.length);
    boxesAbove(minMaxScaled(upsampleMap(map, { width: side, height: side, method: 'bicubic' })), thresholds).forEach(
      ({ largest, all }, t) => {
        const best = all.reduce((most, box) => Math.max(most, overlap(box)), 0);
        right[t] = largest !== null && overlap(largest) >= 0.5 ? 1 : 0;
        ious.forEach((iou, i) => {
          right[(i + 1) * thresholds.length + t] = best >= iou ? 1 : 0;
        });
      },
    );
    this.tests.push(right);
    return right.slice(0, thresholds.length);
  }

  /** Rates of tests, given by number, at each threshold, and the best of them. */
  private best(group: number, members: ArrayLike<number>): { accuracy: number; threshold: number } {
    const count = this.thresholds.length;
    const sums = new Float64Array(count);
    for (let m = 0; m < members.length; m++) {
      const right = this.tests[members[m]];
      for (let t = 0; t < count; t++) {
        sums[t] += right[group * count + t];
      }
    }
    const most = Math.max(...sums);
    return { accuracy: most / members.length, threshold: this.thresholds[sums.indexOf(most)] };
  }

  /**
   * The metric of some tests, at the threshold that is best for them.
   *
   * @param members their numbers, in the order in which they were given, with repetitions
   */
  metricOf(of: 'maxBoxAcc' | 'maxBoxAccV2', members: ArrayLike<number>): number {
    return of === 'maxBoxAcc'
      ? this.best(0, members).accuracy
      : this.ious.reduce((sum, _, i) => sum + this.best(i + 1, members).accuracy, 0) / this.ious.length;
  }

  summary(): MaxBoxAccuracySummary {
    const members = this.tests.map((_, i) => i);
    const { accuracy, threshold } = this.best(0, members);
    return {
      maxBoxAcc: accuracy,
      threshold,
      maxBoxAccV2: this.metricOf('maxBoxAccV2', members),
      byIou: this.ious.map((iou, i) => ({ iou, ...this.best(i + 1, members) })),
      count: members.length,
    };
  }

  /** A bootstrap interval over tests, the threshold chosen anew in each draw; see `bootstrapInterval`. */
  interval(options: BootstrapOptions & { of?: 'maxBoxAcc' | 'maxBoxAccV2' } = {}): Interval {
    const { of = 'maxBoxAccV2', ...rest } = options;
    return bootstrapInterval(this.tests.length, (members) => this.metricOf(of, members), rest);
  }

  reset(): void {
    this.tests = [];
  }
}
