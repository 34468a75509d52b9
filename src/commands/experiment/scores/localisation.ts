import { labelGrid, strongestClass } from '../../../metrics/localization/meanIou.js';
import { mapPeak } from '../../../metrics/localization/peak.js';
import { MaxBoxAccuracy } from '../../../metrics/localization/maxBoxAccuracy.js';
import { PointwiseLocalization } from '../../../metrics/localization/pointwiseLocalization.js';
import { anyObject, pointHits } from '../../../metrics/localization/groundTruth.js';
import type { GroundTruth as ObjectPlaces } from '../../../metrics/localization/groundTruth.js';
import type { ClassMap } from '../../../heatmaps/types.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { objectsOfClass } from '../../../node/datasets/readers/annotations.js';
import type { ExperimentData } from '../../../node/datasets/readers/splits.js';
import type { ImageTruth } from './groundTruth.js';
import type { Statistic } from '../../../metrics/bootstrap.js';
import { mean } from './estimates.js';
import type { SeedOutcome } from '../outcome.js';
import { probabilities } from './probabilities.js';

/** Maps of a method's seed and where things really are, image by image. */
export interface Located {
  test: ImageDataSet;
  outcome: SeedOutcome;
  grid: [number, number];
  groundTruth: readonly ImageTruth[];
  /** classes that do not count for an image, by its path; see `ExperimentData` */
  leftOut?: ExperimentData['leftOut'];
}

function mapOf({ outcome, grid }: Located, image: number, at: number): ClassMap {
  return { data: Float32Array.from(outcome.maps[image][at]), rows: grid[0], columns: grid[1] };
}

/** Objects by image and class: the same for every method, and slow to find in masks. */
const found = new WeakMap<ImageTruth, Map<number, ObjectPlaces>>();

function objectsOf(place: ImageTruth, label: number): ObjectPlaces {
  const known = found.get(place) ?? new Map<number, ObjectPlaces>();
  found.set(place, known);
  const objects = known.get(label) ?? objectsOfClass(place, label);
  known.set(label, objects);
  return objects;
}

/** Tests of images, one for each class that an image shows; an image may have none. */
interface ImageTest {
  label: number;
  hit: boolean;
}

/** All tests count alike. */
function overall(tests: readonly ImageTest[][]): Statistic {
  const [tested, hit] = [tests.map((list) => list.length), tests.map((list) => list.filter((test) => test.hit).length)];
  return (members) => {
    let [total, sum] = [0, 0];
    for (let i = 0; i < members.length; i++) {
      total += tested[members[i]];
      sum += hit[members[i]];
    }
    return sum / total;
  };
}

/** Part of each class' tests, then the mean over classes. */
function byClass(tests: readonly ImageTest[][], classes: number): Statistic {
  return (members) => {
    const [totals, hits] = [new Float64Array(classes), new Float64Array(classes)];
    for (let i = 0; i < members.length; i++) {
      for (const { label, hit } of tests[members[i]]) {
        totals[label]++;
        hits[label] += hit ? 1 : 0;
      }
    }
    return mean(Array.from(hits, (n, c) => n / totals[c]).filter((_, c) => totals[c] > 0));
  };
}

/** Whether each class of each image is pointed at. */
export function pointing(located: Located, tolerance: number): Statistic {
  const { test, groundTruth } = located;
  return overall(
    test.images.map(({ labels }, i) =>
      labels.flatMap((label, at) => {
        const objects = objectsOf(groundTruth[i], label);
        return !anyObject(objects)
          ? []
          : [{ label, hit: pointHits(mapPeak(mapOf(located, i, at), groundTruth[i]), objects, tolerance) }];
      }),
    ),
  );
}

/** Pointwise localisation: see `PointwiseLocalization`. */
export function pointwise(located: Located, tolerance = 18): Statistic {
  const { test, outcome, groundTruth, leftOut } = located;
  const classes = test.classes.length;
  const sure = probabilities(outcome.scores, classes, test.multiLabel);
  const metric = new PointwiseLocalization(classes, { tolerance });
  test.images.forEach(({ path, labels }, i) => {
    for (let label = 0; label < classes; label++) {
      const at = labels.indexOf(label);
      const objects = at < 0 ? null : objectsOf(groundTruth[i], label);
      if (objects === null && leftOut?.get(path)?.includes(label) !== true) {
        metric.update({ label, score: sure[i * classes + label], point: { x: 0, y: 0 }, boxes: [] });
      } else if (objects !== null && anyObject(objects)) {
        const point = mapPeak(mapOf(located, i, at), groundTruth[i]);
        metric.update({ label, score: sure[i * classes + label], point, ...objects });
      } else {
        // It shows the class but nobody says where, or it does not count: behind all others it changes nothing.
        metric.update({ label, score: -Infinity, point: { x: 0, y: 0 }, boxes: [] });
      }
    }
  });
  return (members) => metric.metricOf(members);
}

interface BoxMetrics {
  corLoc: Statistic;
  maxBoxAcc: Statistic;
  maxBoxAccV2: Statistic;
}

/** Boxes of a method's seed: three metrics go by them. */
const boxMetricsOf = new WeakMap<Located, BoxMetrics>();

/**
 * Boxes cut out of maps. MaxBoxAcc and V2 choose the threshold that is best for the images that are measured. CorLoc has
 * one box per image and class, and none may be chosen by where its own object is: even-numbered images are cut at the
 * threshold that is best for the odd-numbered ones, and the other way round.
 */
export function boxMetrics(located: Located): BoxMetrics {
  const known = boxMetricsOf.get(located) ?? cutBoxes(located);
  boxMetricsOf.set(located, known);
  return known;
}

function cutBoxes(located: Located): BoxMetrics {
  const { test, groundTruth } = located;
  const metric = new MaxBoxAccuracy();
  /** numbers of each image's tests */
  const numbers: number[][] = [];
  const all: { image: number; label: number; right: Uint8Array }[] = [];
  test.images.forEach(({ labels }, image) => {
    const { width, height, boxes } = groundTruth[image];
    numbers.push([]);
    labels.forEach((label, at) => {
      const own = (boxes ?? []).filter((box) => box.label === label);
      if (own.length > 0) {
        numbers[image].push(all.length);
        const right = metric.update({ map: mapOf(located, image, at), boxes: own, width, height });
        all.push({ image, label, right });
      }
    });
  });
  const bestFor = (half: number) => {
    const sums = metric.thresholds.map((_, t) =>
      all.reduce((sum, { image, right }) => sum + (image % 2 === half ? right[t] : 0), 0),
    );
    return sums.indexOf(Math.max(...sums));
  };
  const thresholds = [bestFor(1), bestFor(0)];
  const tests = numbers.map((list, image) =>
    list.map((number): ImageTest => {
      const { label, right } = all[number];
      return { label, hit: right[thresholds[image % 2]] === 1 };
    }),
  );
  const chosen =
    (of: 'maxBoxAcc' | 'maxBoxAccV2'): Statistic =>
    (members) => {
      const drawn: number[] = [];
      for (let i = 0; i < members.length; i++) {
        drawn.push(...numbers[members[i]]);
      }
      return metric.metricOf(of, drawn);
    };
  const [maxBoxAcc, maxBoxAccV2] = [chosen('maxBoxAcc'), chosen('maxBoxAccV2')];
  return { corLoc: byClass(tests, test.classes.length), maxBoxAcc, maxBoxAccV2 };
}

/** Mean intersection over union of the strongest present class at each region of the map, as `MeanIou` has it. */
export function regionIou(located: Located): Statistic {
  const {
    test,
    grid: [rows, columns],
    groundTruth,
  } = located;
  const classes = test.classes.length;
  const images = test.images.map(({ labels }, i) => {
    const truth = labelGrid(groundTruth[i].pixels!, rows, columns);
    const given =
      labels.length === 0
        ? truth.map(() => 0)
        : strongestClass(
            labels.map((_, at) => mapOf(located, i, at)),
            labels,
          );
    // An image's share of what is common and of what is given or true, class by class: sums are all that is needed.
    const [both, either] = [new Float64Array(classes), new Float64Array(classes)];
    truth.forEach((label, place) => {
      if (label >= 0) {
        either[label]++;
        both[label] += given[place] === label ? 1 : 0;
        either[given[place]] += given[place] === label ? 0 : 1;
      }
    });
    return { both, either };
  });
  return (members) => {
    const [both, either] = [new Float64Array(classes), new Float64Array(classes)];
    for (let i = 0; i < members.length; i++) {
      const image = images[members[i]];
      for (let c = 0; c < classes; c++) {
        both[c] += image.both[c];
        either[c] += image.either[c];
      }
    }
    return mean(Array.from(both, (n, c) => n / either[c]).filter((_, c) => either[c] > 0));
  };
}
