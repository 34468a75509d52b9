import { expect } from 'chai';
import { CorLoc } from '../../../../src/metrics/localization/corLoc.js';
import { mapPeak } from '../../../../src/metrics/localization/peak.js';
import { intersectionOverUnion } from '../../../../src/metrics/localization/groundTruth.js';
import { labelGrid, MeanIou, strongestClass } from '../../../../src/metrics/localization/meanIou.js';
import { boxesAbove, largestBox, minMaxScaled } from '../../../../src/metrics/localization/thresholdBoxes.js';
import { MaxBoxAccuracy } from '../../../../src/metrics/localization/maxBoxAccuracy.js';
import { PointingGame } from '../../../../src/metrics/localization/pointingGame.js';
import { PointwiseLocalization } from '../../../../src/metrics/localization/pointwiseLocalization.js';
import type { ClassMap } from '../../../../src/heatmaps/types.js';
import { randomBits } from '../../../../src/random.js';
import type { Box } from '../../../../src/models/resizeMapping.js';
import { expectError } from '../../../expectError.js';

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
const map = (columns: number, ...values: number[]) => ({
  data: Float32Array.from(values),
  rows: values.length / columns,
  columns,
});

/** Parts above a threshold, the plain way. */
function floodFill({ data, rows, columns }: ClassMap, threshold: number) {
  const seen = new Set<number>();
  const parts: { box: Box; size: number }[] = [];
  data.forEach((value, first) => {
    if (value <= threshold || seen.has(first)) {
      return;
    }
    const part = [first];
    seen.add(first);
    for (const pixel of part) {
      for (const [dy, dx] of [
        [-1, -1],
        [-1, 0],
        [-1, 1],
        [0, -1],
        [0, 1],
        [1, -1],
        [1, 0],
        [1, 1],
      ]) {
        const [y, x] = [Math.floor(pixel / columns) + dy, (pixel % columns) + dx];
        const other = y * columns + x;
        if (y >= 0 && y < rows && x >= 0 && x < columns && data[other] > threshold && !seen.has(other)) {
          seen.add(other);
          part.push(other);
        }
      }
    }
    const [ys, xs] = [part.map((pixel) => Math.floor(pixel / columns)), part.map((pixel) => pixel % columns)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    parts.push({ box: box(left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1), size: part.length });
  });
  return parts;
}

describe('localisation metrics', () => {
  describe('pointing', () => {
    it('feature: the centre of the highest region, in pixels', () => {
      expect(mapPeak(map(2, 0, 3, 1, 3), { width: 100, height: 60 })).to.deep.equal({ x: 75, y: 15 });
      expect(mapPeak(map(3, NaN, -5, -7), { width: 30, height: 8 })).to.deep.equal({ x: 15, y: 4 });
      expect(mapPeak(map(2, 0, 1), { x: { start: 7, step: 16 }, y: { start: 3, step: 1 } })).to.deep.equal({
        x: 23,
        y: 3,
      });
    });

    it('feature: hits on boxes and beside them: strictly less than the tolerance', () => {
      const game = new PointingGame(3, { tolerance: 5 });
      const boxes = [box(10, 10, 20, 20)];
      expect(game.update({ label: 0, point: { x: 10, y: 29 }, boxes })).to.equal(true);
      expect(game.update({ label: 0, point: { x: 33, y: 34 }, boxes }), '3-4-5 from the corner').to.equal(false);
      expect(game.update({ label: 0, point: { x: 33, y: 33.9 }, boxes })).to.equal(true);
      expect(game.update({ label: 2, point: { x: 0, y: 0 }, boxes: [...boxes, box(1, 1, 1, 1)] })).to.equal(true);
      const { mean, overall, classes, count } = game.summary();
      expect(mean).to.be.closeTo((2 / 3 + 1) / 2, 1e-12);
      expect(overall).to.equal(3 / 4);
      expect([classes[0], classes[2], count]).to.deep.equal([2 / 3, 1, 4]);
      expect(classes[1]).to.satisfy(Number.isNaN);
      const { low, high } = game.interval({ of: 'overall', samples: 100 });
      expect(low).to.be.below(3 / 4);
      expect(high).to.be.above(3 / 4);
      game.reset();
      expect(game.summary().count).to.equal(0);
    });

    it('feature: hits on masks, in pixels between pixels', () => {
      const mask = { data: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0], width: 5, height: 2 }; // pixel (3, 1)
      const outcomes = (tolerance: number, points: [number, number][]) =>
        points.map(([x, y]) => new PointingGame(1, { tolerance }).update({ label: 0, point: { x, y }, mask }));
      expect(
        outcomes(0, [
          [3.5, 1.5],
          [3, 1],
          [2.99, 1.5],
          [3.5, 0.99],
        ]),
      ).to.deep.equal([true, true, false, false]);
      expect(
        outcomes(2, [
          [1.5, 1.5],
          [2.5, 0.5],
          [4.9, 0.1],
        ]),
      ).to.deep.equal([false, true, true]);
    });

    it('exception', () => {
      const game = new PointingGame(2);
      const point = { x: 1, y: 1 };
      expect(game.tolerance).to.equal(15);
      expectError(
        () => game.update({ label: 0, point, boxes: [] }),
        'Expected a test for PointingGame to be of a class that the image shows but received one without objects',
      );
      expectError(
        () => game.update({ label: 2, point, boxes: [box(0, 0, 1, 1)] }),
        'Expected label 0 for PointingGame to be a class number from 0 to 1 but received 2',
      );
      expectError(
        () => game.update({ label: 0, point: { x: NaN, y: 1 }, boxes: [box(0, 0, 1, 1)] }),
        'Expected the point for PointingGame to be two finite numbers x and y, in pixels but received {"x":null,"y":1}',
      );
      expectError(
        () => game.update({ label: 0, point, boxes: [box(0, 0, 0, 1)] }),
        'Expected box 0 for PointingGame to be finite numbers x, y, width > 0 and height > 0, in pixels but received ' +
          '{"x":0,"y":0,"width":0,"height":1}',
      );
      expectError(
        () => game.update({ label: 0, point, mask: { data: [1], width: 2, height: 1 } }),
        'Expected the mask for PointingGame to be 2 × 1 numbers but received 1',
      );
      expectError(
        () => new PointingGame(2, { tolerance: -1 }),
        'Expected tolerance for PointingGame to be a number of pixels >= 0 but received -1',
      );
      expect(game.summary().count).to.equal(0);
    });
  });

  describe('pointwise localisation', () => {
    it('feature: by hand: beside the object and without the class are wrong, recall is over images with the class', () => {
      const metric = new PointwiseLocalization(2);
      const there = [box(0, 0, 10, 10)];
      const far = { x: 50, y: 5 };
      const on = { x: 5, y: 5 };
      // class 0 by score: right, without the class, beside, right; three images show it
      metric.update({ label: 0, score: 0.1, point: on, boxes: there });
      metric.update({ label: 0, score: 0.7, point: far, boxes: there });
      metric.update({ label: 0, score: 0.8, point: on, boxes: [] });
      metric.update({ label: 0, score: 0.9, point: { x: 27.9, y: 5 }, boxes: there }); // 17.9 px beside
      // class 1 is missed; the other images do not show it
      metric.update({ label: 1, score: 0.9, point: { x: 28, y: 5 }, boxes: there }); // 18 px are too many
      [0.1, 0.2, 0.3].forEach((score) => metric.update({ label: 1, score, point: on, boxes: [] }));
      const { map: mean, classes, count } = metric.summary();
      expect(classes[0]).to.be.closeTo((1 + 2 / 4) / 3, 1e-12);
      expect(classes[1]).to.equal(0);
      expect(mean).to.be.closeTo(0.25, 1e-12);
      expect(count).to.equal(8);
      // the first predictions alone: class 0 right, class 1 missed; the last: class 0 right, class 1 not there
      expect([metric.metricOf([0]), metric.metricOf([3])]).to.deep.equal([0.5, 1]);
      const { low, high } = metric.interval({ samples: 200 });
      expect(low).to.be.below(0.25);
      expect(high).to.be.above(0.25);
      metric.reset();
      expect(metric.summary().map).to.satisfy(Number.isNaN);
    });

    it('feature: equal scores enter together, whatever their order', () => {
      const there = [box(0, 0, 10, 10)];
      const right = { label: 0, score: 0.5, point: { x: 5, y: 5 }, boxes: there };
      const predictions = [right, { ...right, point: { x: 50, y: 5 } }, { ...right, boxes: [] }, right];
      for (const order of [predictions, [...predictions].reverse()]) {
        const metric = new PointwiseLocalization(1);
        order.forEach((one) => metric.update(one));
        // Of four that enter at once two are right, and of the three that show the class two are found.
        expect(metric.summary().map).to.be.closeTo((2 / 4) * (2 / 3), 1e-12);
      }
    });

    it('exception', () => {
      const metric = new PointwiseLocalization(2);
      const one = { label: 1, score: 0, point: { x: 0, y: 0 }, boxes: [] };
      expectError(
        () => metric.update({ ...one, score: NaN }),
        'Expected the score for PointwiseLocalization to be a number but received NaN',
      );
      metric.update(one);
      expectError(
        () => metric.interval(),
        'Expected the predictions for PointwiseLocalization to be as many for every class but received [0,1]',
      );
    });
  });

  describe('boxes', () => {
    it('feature: intersection over union', () => {
      expect(intersectionOverUnion(box(0, 0, 2, 2), box(1, 0, 2, 2))).to.be.closeTo(1 / 3, 1e-12);
      expect(intersectionOverUnion(box(0, 0, 2, 2), box(0, 0, 4, 4))).to.equal(1 / 4);
      expect(intersectionOverUnion(box(0, 0, 2, 2), box(2, 0, 1, 1)), 'touching').to.equal(0);
      expect(intersectionOverUnion(box(0, 0, 2, 2), box(5, 5, 1, 1))).to.equal(0);
    });

    it('feature: CorLoc by hand', () => {
      const metric = new CorLoc(2);
      const boxes = [box(0, 0, 10, 10)];
      expect(metric.update({ label: 0, box: box(0, 0, 10, 5), boxes }), 'exactly a half').to.equal(true);
      expect(metric.update({ label: 0, box: box(0, 0, 10, 4.9), boxes })).to.equal(false);
      expect(metric.update({ label: 1, box: null, boxes })).to.equal(false);
      expect(metric.update({ label: 0, box: box(20, 20, 5, 5), boxes: [...boxes, box(20, 20, 5, 5)] })).to.equal(true);
      expect(metric.summary()).to.deep.equal({ mean: 1 / 3, overall: 1 / 2, classes: [2 / 3, 0], count: 4 });
      expectError(
        () => metric.update({ label: 0, box: null, boxes: [] }),
        'Expected a test for CorLoc to be of a class that the image shows but received one without boxes',
      );
      expectError(
        () => new CorLoc(1, { iou: 0 }),
        'Expected iou for CorLoc to be a number with 0 < iou <= 1 but received 0',
      );
    });

    it('feature: parts above thresholds join diagonally, the largest has the most pixels', () => {
      const image = map(6, 0.9, 0.0, 0.0, 0.0, 0.6, 0.6, 0.0, 0.8, 0.0, 0.0, 0.6, 0.6, 0.0, 0.0, 0.3, 0.3, 0.0, 0.0);
      const [none, low, middle, high, above] = boxesAbove(image, [0, 0.2, 0.5, 0.7, 0.9]);
      // above 0: the diagonal and the bottom pair and the square touch by corners
      expect(none).to.deep.equal({ largest: box(0, 0, 6, 3), all: [box(0, 0, 6, 3)] });
      expect(low).to.deep.equal(none);
      expect(middle.largest).to.deep.equal(box(4, 0, 2, 2));
      expect(middle.all).to.have.deep.members([box(0, 0, 2, 2), box(4, 0, 2, 2)]);
      expect(high).to.deep.equal({ largest: box(0, 0, 2, 2), all: [box(0, 0, 2, 2)] });
      expect(above).to.deep.equal({ largest: null, all: [] });
    });

    it('feature: parts above thresholds are those that a flood fill finds', () => {
      const draw = randomBits(3);
      const [rows, columns] = [13, 17];
      for (let round = 0; round < 5; round++) {
        const image = map(columns, ...Array.from({ length: rows * columns }, () => (draw() % 12) / 11));
        const thresholds = [0, 0.3, 0.6, 0.9];
        boxesAbove(image, thresholds).forEach(({ largest, all }, t) => {
          const parts = floodFill(image, thresholds[t]);
          expect(all).to.have.deep.members(parts.map((part) => part.box));
          const most = Math.max(0, ...parts.map(({ size }) => size));
          expect(parts.filter(({ size }) => size === most).map((part) => part.box)).to.deep.include(largest as object);
        });
      }
    });

    it('feature: scaling: constant maps and NaN are 0', () => {
      expect([...minMaxScaled(map(3, -1, 0, 3)).data]).to.deep.equal([0, 0.25, 1]);
      expect([...minMaxScaled(map(2, 5, 5)).data]).to.deep.equal([0, 0]);
      expect([...minMaxScaled(map(3, NaN, 2, 4)).data]).to.deep.equal([0, 0, 1]);
      expect(largestBox(map(2, 5, 5), 0, { width: 4, height: 4 })).to.equal(null);
      // at the map's own size nothing is interpolated
      expect(largestBox(map(3, 0, 0, 1, 0, 0, 1), 0.5, { width: 3, height: 2 })).to.deep.equal(box(2, 0, 1, 2));
      expectError(
        () => largestBox(map(1, 5), 1, { width: 4, height: 4 }),
        'Expected threshold for largestBox to be a number with 0 <= threshold < 1 but received 1',
      );
    });

    it('feature: MaxBoxAcc by hand: one threshold for all, not the best of each', () => {
      // side 4: nothing is interpolated; thresholds 0, 0.25, 0.5, 0.75
      const metric = new MaxBoxAccuracy({ side: 4, step: 0.25 });
      expect(metric.thresholds).to.deep.equal([0, 0.25, 0.5, 0.75]);
      const sharp = map(
        4, // above 0 and 0.25: 3×2; above 0.5 and 0.75: 1×1
        1,
        0.5,
        0.5,
        0,
        0.5,
        0.5,
        0.5,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      );
      // true 2×2 of an 8-pixel image twice as large: IoU with 3×2 is 4/6, with 1×1 1/4
      expect([...metric.update({ map: sharp, boxes: [box(0, 0, 4, 4)], width: 8, height: 8 })]).to.deep.equal([
        1, 1, 0, 0,
      ]);
      const blunt = map(
        4, // above 0: 4×4; above 0.25: two parts, 1×4 and 1×1; above 0.75: 1×1
        0.75,
        0.1,
        0.1,
        1,
        0.75,
        0.1,
        0.1,
        0.1,
        0.75,
        0.1,
        0.1,
        0.1,
        0.75,
        0,
        0.1,
        0.1,
      );
      // true 1×1 on the right: the largest part is never it, until it alone is left above 0.75
      metric.update({ map: blunt, boxes: [box(3, 0, 1, 1)], width: 4, height: 4 });
      const { maxBoxAcc, threshold, maxBoxAccV2, byIou, count } = metric.summary();
      // V1: the first is right at 0 and 0.25, the second at 0.75 alone
      expect([maxBoxAcc, threshold, count]).to.deep.equal([1 / 2, 0, 2]);
      // V2: at 0.25 both have a part that fits; 0.7 is out of the first's reach (4/6)
      expect(byIou).to.deep.equal([
        { iou: 0.3, accuracy: 1, threshold: 0.25 },
        { iou: 0.5, accuracy: 1, threshold: 0.25 },
        { iou: 0.7, accuracy: 1 / 2, threshold: 0.25 },
      ]);
      expect(maxBoxAccV2).to.be.closeTo(2.5 / 3, 1e-12);
      // of the second alone, twice: right at 0.75 by its largest part
      expect([
        metric.metricOf('maxBoxAcc', [1, 1]),
        metric.metricOf('maxBoxAccV2', [1]),
        metric.metricOf('maxBoxAcc', [1, 0, 0]),
      ]).to.deep.equal([1, 1, 2 / 3]);
      expect(metric.interval({ samples: 50 }).high).to.equal(1);
      metric.reset();
      expect(metric.summary().count).to.equal(0);
    });

    it('exception: MaxBoxAcc', () => {
      const metric = new MaxBoxAccuracy();
      expectError(
        () => metric.update({ map: map(1, 1), boxes: [], width: 1, height: 1 }),
        'Expected a test for MaxBoxAccuracy to be of a class that the image shows but received one without boxes',
      );
      expectError(
        () => metric.update({ map: map(1, 1), boxes: [box(0, 0, 1, 1)], width: 0, height: 1 }),
        'Expected the size of the image for MaxBoxAccuracy to be width and height in pixels > 0 but received [0,1]',
      );
      expectError(
        () => new MaxBoxAccuracy({ step: 0 }),
        'Expected step for MaxBoxAccuracy to be a number with 0 < step <= 1 but received 0',
      );
      expectError(
        () => new MaxBoxAccuracy({ ious: [] }),
        'Expected ious for MaxBoxAccuracy to be numbers with 0 < iou <= 1 but received []',
      );
    });
  });

  describe('mean IoU', () => {
    it('feature: by hand, over images together, void left out', () => {
      const metric = new MeanIou(4);
      metric.update([0, 0, 1, 1], [0, 1, 1, -1]);
      metric.update([0, 2], [0, 0]);
      // class 0: 2 of 4 (its own 0, 0, 0 and the one taken from 1); class 1: 1 of 2; class 2: 0 of 1; class 3 nowhere
      const { meanIou, classes, count } = metric.summary();
      expect(classes.slice(0, 3)).to.deep.equal([2 / 4, 1 / 2, 0]);
      expect(classes[3]).to.satisfy(Number.isNaN);
      expect(meanIou).to.be.closeTo(1 / 3, 1e-12);
      expect(count).to.equal(5);
      metric.reset();
      expect(metric.summary().meanIou).to.satisfy(Number.isNaN);
    });

    it('feature: the strongest class of each place, the label that most pixels have', () => {
      expect([...strongestClass([map(2, 1, 0), map(2, 1, 2)], [7, 3])]).to.deep.equal([7, 3]);
      const labels = { data: [0, 0, 2, -1, 0, 1, -1, -1, 5, 4, 3, 3, 4, 5, -1, 3], width: 4, height: 4 };
      expect([...labelGrid(labels, 2, 2)]).to.deep.equal([0, -1, 4, 3]);
      expect(
        [...labelGrid({ data: [1, 2, 2], width: 3, height: 1 }, 1, 2)],
        'the middle pixel belongs to the right',
      ).to.deep.equal([1, 2]);
    });

    it('exception', () => {
      const metric = new MeanIou(2);
      expectError(
        () => metric.update([0], [0, 1]),
        'Expected the places for MeanIou to be 2, as many as the truth has but received 1',
      );
      expectError(
        () => metric.update([2], [0]),
        'Expected place 0 for MeanIou to be a class number from 0 to 1 but received 2',
      );
      expectError(
        () => metric.update([0, 0], [0, 2]),
        'Expected the truth of place 1 for MeanIou to be a class number up to 1, or −1 for void but received 2',
      );
      expect(metric.summary().count).to.equal(0);
      expectError(
        () => strongestClass([], []),
        'Expected the labels for strongestClass to be one per map, at least one but received 0 for 0 maps',
      );
      expectError(
        () => labelGrid({ data: [1], width: 1, height: 1 }, 2, 1),
        'Expected rows and columns for labelGrid to be whole numbers from 1 to 1 and 1 but received [2,1]',
      );
    });
  });
});
