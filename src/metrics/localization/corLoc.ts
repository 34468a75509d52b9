import { checkKeys, expected, expectedInWords } from '../../errors.js';
import type { Box } from '../../models/resizeMapping.js';
import { ClassHits } from './classHits.js';
import { checkGroundTruth, intersectionOverUnion } from './groundTruth.js';

/**
 * CorLoc (Deselaers, Alexe, Ferrari, Weakly supervised localization and learning with generic knowledge, IJCV 2012): of
 * the images that show a class, the part in which the one predicted box covers an object of it well enough. The mean
 * over classes.
 *
 * @example
 * const metric = new CorLoc(10);
 * metric.update({ label: 3, box: largestBox(map, 0.3, { width: 448, height: 448 }), boxes });
 * metric.summary().mean;
 */
export class CorLoc extends ClassHits {
  readonly iou: number;

  /**
   * @param options.iou intersection over union from which on a box is right, 0 < iou <= 1; default 0.5
   * @throws WeldonError if one is out of range
   */
  constructor(classes: number, options: { iou?: number } = {}) {
    super(classes, 'CorLoc');
    checkKeys(options, 'iou', 'CorLoc');
    const { iou = 0.5 } = options;
    if (!(iou > 0 && iou <= 1)) {
      throw expected('iou for CorLoc', 'a number with 0 < iou <= 1', iou);
    }
    this.iou = iou;
  }

  /**
   * Takes one class of one image.
   *
   * @param test.box the predicted box; `null` where there is none, which is wrong
   * @param test.boxes the true boxes, at least one
   * @returns whether it is right
   */
  update({ label, box, boxes }: { label: number; box: Box | null; boxes: readonly Box[] }): boolean {
    this.checkLabel(label);
    checkGroundTruth({ boxes }, this.owner);
    if (boxes.length === 0) {
      throw expectedInWords('a test for CorLoc', 'of a class that the image shows', 'one without boxes');
    }
    return this.take(label, box !== null && boxes.some((truth) => intersectionOverUnion(box, truth) >= this.iou));
  }
}
