import { ClassHits } from './classHits.js';
import type { GroundTruth, Point } from './groundTruth.js';
import { anyObject, checkGroundTruth, checkPoint, checkTolerance, pointHits } from './groundTruth.js';
import { checkKeys, expectedInWords } from '../../errors.js';

/** One class that an image shows, and where a map says it is. */
export type PointedClass = GroundTruth & { label: number; point: Point };

/**
 * The pointing game (Zhang et al., Top-down neural attention by excitation backprop, ECCV 2016): how often the place with
 * the most evidence for a class lies on one of its objects. Each class that an image shows is one test, and the score is
 * the mean over classes; TorchRay's rules, except that distances to boxes are exact rather than between pixels.
 *
 * @example
 * const game = new PointingGame(10, { tolerance: 15 });
 * game.update({ label: 3, point: mapPeak(map, { width: 448, height: 448 }), boxes: [{ x: 80, y: 268, width: 114, height: 152 }] });
 * game.summary().mean;
 */
export class PointingGame extends ClassHits {
  readonly tolerance: number;

  /**
   * @param options.tolerance a point less than so many pixels away hits as well; default 15, and 0 for on the object alone
   * @throws WeldonError if one is out of range
   */
  constructor(classes: number, options: { tolerance?: number } = {}) {
    super(classes, 'PointingGame');
    checkKeys(options, 'tolerance', 'PointingGame');
    const { tolerance = 15 } = options;
    checkTolerance(tolerance, 'PointingGame');
    this.tolerance = tolerance;
  }

  /**
   * Takes one class of one image.
   *
   * @returns whether it hit
   * @throws WeldonError for a class, point or object that is none, or if the image has no object of the class
   */
  update(test: PointedClass): boolean {
    this.checkLabel(test.label);
    checkPoint(test.point, this.owner);
    checkGroundTruth(test, this.owner);
    if (!anyObject(test)) {
      throw expectedInWords('a test for PointingGame', 'of a class that the image shows', 'one without objects');
    }
    return this.take(test.label, pointHits(test.point, test, this.tolerance));
  }
}
