import { expected, expectedInWords } from '../../errors.js';
import { checkMap } from '../../heatmaps/types.js';
import type { ClassMap } from '../../heatmaps/types.js';
import { checkClasses } from '../checkScores.js';

export interface MeanIouSummary {
  /** mean over the classes that are in the truth or predicted; NaN if none is */
  meanIou: number;
  /** of each class; NaN for one that is in neither */
  classes: number[];
  /** regions that count */
  count: number;
}

/**
 * Mean intersection over union of labelled regions, as Pascal VOC scores segmentation: for each class, regions that
 * are of it and were given it over those that are of it or were given it, over all images together; then the mean.
 *
 * @example
 * const metric = new MeanIou(23);
 * metric.update(strongestClass(maps, present), labelGrid(mask, 14, 14));
 * metric.summary().meanIou;
 */
export class MeanIou {
  private both: Float64Array;
  private either: Float64Array;
  private count = 0;

  /** @throws WeldonError if `classes` is no whole number >= 1 */
  constructor(readonly classes: number) {
    checkClasses(classes, 'MeanIou');
    this.both = new Float64Array(classes);
    this.either = new Float64Array(classes);
  }

  /**
   * Takes an image.
   *
   * @param predicted class number of each place
   * @param truth class number of each place; a negative one is void and does not count
   * @throws WeldonError if they do not belong together; nothing is taken then
   */
  update(predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
    if (predicted.length !== truth.length) {
      throw expectedInWords(
        'the places for MeanIou',
        `${truth.length}, as many as the truth has`,
        `${predicted.length}`,
      );
    }
    for (let i = 0; i < truth.length; i++) {
      const [given, true_] = [predicted[i], truth[i]];
      if (!Number.isInteger(true_) || true_ >= this.classes) {
        throw expected(
          `the truth of place ${i} for MeanIou`,
          `a class number up to ${this.classes - 1}, or −1 for void`,
          true_,
        );
      }
      if (!Number.isInteger(given) || given < 0 || given >= this.classes) {
        throw expected(`place ${i} for MeanIou`, `a class number from 0 to ${this.classes - 1}`, given);
      }
    }
    for (let i = 0; i < truth.length; i++) {
      if (truth[i] >= 0) {
        this.count++;
        this.either[truth[i]]++;
        if (predicted[i] === truth[i]) {
          this.both[truth[i]]++;
        } else {
          this.either[predicted[i]]++;
        }
      }
    }
  }

  summary(): MeanIouSummary {
    const classes = Array.from(this.either, (either, c) => this.both[c] / either);
    const known = classes.filter((_, c) => this.either[c] > 0);
    return { meanIou: known.reduce((sum, value) => sum + value, 0) / known.length, classes, count: this.count };
  }

  reset(): void {
    this.both.fill(0);
    this.either.fill(0);
    this.count = 0;
  }
}

/**
 * The class with the most evidence at each region, among the classes known to be there; the earlier one of equals.
 *
 * @param maps one per class, of one size
 * @param labels their class numbers
 */
export function strongestClass(maps: readonly ClassMap[], labels: readonly number[]): Int32Array {
  if (maps.length === 0 || maps.length !== labels.length) {
    throw expectedInWords(
      'the labels for strongestClass',
      'one per map, at least one',
      `${labels.length} for ${maps.length} maps`,
    );
  }
  maps.forEach((map) => {
    checkMap(map, 'strongestClass');
    if (map.rows !== maps[0].rows || map.columns !== maps[0].columns) {
      throw expectedInWords(
        'maps for strongestClass',
        `all ${maps[0].rows}×${maps[0].columns}`,
        `one of ${map.rows}×${map.columns}`,
      );
    }
  });
  return Int32Array.from(
    { length: maps[0].data.length },
    (_, i) => labels[maps.reduce((best, map, m) => (map.data[i] > maps[best].data[i] ? m : best), 0)],
  );
}

/**
 * An image of labels on the grid of a map: at each place the label that most of its pixels have, the lower of equals.
 *
 * @param labels class number of each pixel, negative for void, row by row
 * @returns −1 where more pixels are void than of any class
 */
export function labelGrid(
  labels: { data: ArrayLike<number>; width: number; height: number },
  rows: number,
  columns: number,
): Int32Array {
  const { data, width, height } = labels;
  if (data.length !== width * height) {
    throw expectedInWords('the labels for labelGrid', `${width} × ${height} numbers`, `${data.length}`);
  }
  if (![rows, columns].every((n) => Number.isInteger(n) && n >= 1) || rows > height || columns > width) {
    throw expected('rows and columns for labelGrid', `whole numbers from 1 to ${height} and ${width}`, [rows, columns]);
  }
  let kinds = 1;
  for (let i = 0; i < data.length; i++) {
    kinds = Math.max(kinds, data[i] + 2);
  }
  // Votes of each place: for void, then for each label.
  const votes = new Int32Array(rows * columns * kinds);
  for (let y = 0; y < height; y++) {
    // by the pixel's centre
    const row = Math.floor(((y + 0.5) * rows) / height);
    for (let x = 0; x < width; x++) {
      const place = row * columns + Math.floor(((x + 0.5) * columns) / width);
      votes[place * kinds + Math.max(0, data[y * width + x] + 1)]++;
    }
  }
  return Int32Array.from({ length: rows * columns }, (_, place) => {
    const own = votes.subarray(place * kinds, (place + 1) * kinds);
    return own.indexOf(Math.max(...own)) - 1;
  });
}
