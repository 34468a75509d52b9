import { highestClass } from '../../../src/metrics/checkScores.js';
import {
  averagePrecision, bootstrapInterval, highestPoint, labelGrid, MaxBoxAccuracy, MeanIou, strongestClass,
} from '../../../src/metrics/index.js';
import { anyObject, pointHits } from '../../../src/metrics/objectPlaces.js';
import type { ImageDataSet } from '../../../src/node/dataSets/index.js';
import { placesOf } from '../dataSets/index.js';
import type { Figure, Measure } from '../report/results.js';
import type { TrueRegions } from './experimentData.js';
import type { RowOutcome, SeedOutcome } from './outcome.js';

/** A figure of some test pictures, given by number with repetitions, as the mean over a row's seeds. */
export type Measuring = (members: ArrayLike<number>) => number;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const overSeeds = (each: Measuring[]): Measuring => (members) => mean(each.map((measure) => measure(members)));

function accuracies(test: ImageDataSet, { scores }: SeedOutcome): { plain: Measuring; byClass: Measuring; right: Uint8Array } {
  const classes = test.classes.length;
  const labels = test.images.map((image) => image.labels[0]);
  const right = Uint8Array.from(labels, (label, i) => (highestClass(scores, i, classes) === label ? 1 : 0));
  return {
    right,
    plain: (members) => {
      let hits = 0;
      for (let i = 0; i < members.length; i++) {
        hits += right[members[i]];
      }
      return hits / members.length;
    },
    byClass: (members) => {
      const [totals, hits] = [new Float64Array(classes), new Float64Array(classes)];
      for (let i = 0; i < members.length; i++) {
        totals[labels[members[i]]]++;
        hits[labels[members[i]]] += right[members[i]];
      }
      return mean(Array.from(hits, (n, c) => n / totals[c]).filter((_, c) => totals[c] > 0));
    },
  };
}

/** Which test pictures a row's first seed has right; for single labels. */
export function rightOnes(test: ImageDataSet, outcome: RowOutcome): Uint8Array {
  return accuracies(test, outcome.seeds[0]).right;
}

function meanAveragePrecision(test: ImageDataSet, { scores }: SeedOutcome, rule: 'allPoints' | 'voc07'): Measuring {
  const classes = test.classes.length;
  const marks = test.images.map(({ labels }) => new Set(labels));
  return (members) => {
    const chosen = Array.from(members);
    const each = test.classes.map((_, c) => averagePrecision(
      chosen.map((i) => scores[i * classes + c]), chosen.map((i) => (marks[i].has(c) ? 1 : 0)), rule));
    return mean(each.filter((value) => !Number.isNaN(value)));
  };
}

/** Whether each class of each picture is pointed at; all tests count alike. */
function pointing(
  test: ImageDataSet, { maps }: SeedOutcome, grid: [number, number], places: readonly TrueRegions[], tolerance: number,
): Measuring {
  const hits = test.images.map(({ labels }, i) => labels.flatMap((label, at) => {
    const objects = placesOf(places[i], label);
    const map = { data: Float32Array.from(maps[i][at]), rows: grid[0], columns: grid[1] };
    return anyObject(objects) ? [pointHits(highestPoint(map, places[i]), objects, tolerance)] : [];
  }));
  const [tested, hit] = [hits.map((list) => list.length), hits.map((list) => list.filter(Boolean).length)];
  return (members) => {
    let [total, sum] = [0, 0];
    for (let i = 0; i < members.length; i++) {
      total += tested[members[i]];
      sum += hit[members[i]];
    }
    return sum / total;
  };
}

/** Mean intersection over union of the strongest present class at each region of the map. */
function regionIou(
  test: ImageDataSet, { maps }: SeedOutcome, [rows, columns]: [number, number], places: readonly TrueRegions[],
): Measuring {
  const classes = test.classes.length;
  const pictures = test.images.map(({ labels }, i) => {
    const truth = labelGrid(places[i].pixels!, rows, columns);
    const given = labels.length === 0 ? truth.map(() => 0)
      : strongestClass(maps[i].map((data) => ({ data: Float32Array.from(data), rows, columns })), labels);
    // A picture's share of what is common and of what is given or true, class by class: sums are all that is needed.
    const [both, either] = [new Float64Array(classes), new Float64Array(classes)];
    truth.forEach((label, place) => {
      if (label >= 0) {
        either[label]++;
        both[label] += given[place] === label ? 1 : 0;
        either[given[place]] += given[place] === label ? 0 : 1;
      }
    });
    return { truth, given, both, either };
  });
  const whole = new MeanIou(classes);
  pictures.forEach(({ truth, given }) => whole.update(given, truth));
  const everything = whole.summary().meanIou;
  return (members) => {
    const [both, either] = [new Float64Array(classes), new Float64Array(classes)];
    let inOrder = members.length === pictures.length;
    for (let i = 0; i < members.length; i++) {
      inOrder &&= members[i] === i;
      const picture = pictures[members[i]];
      for (let c = 0; c < classes; c++) {
        both[c] += picture.both[c];
        either[c] += picture.either[c];
      }
    }
    return inOrder ? everything : mean(Array.from(both, (n, c) => n / either[c]).filter((_, c) => either[c] > 0));
  };
}

/** MaxBoxAcc of a row's first seed: boxes need a threshold that all pictures share, so there is no figure of some. */
export function maxBoxAccuracy(
  test: ImageDataSet, { grid, seeds: [{ maps }] }: RowOutcome, places: readonly TrueRegions[],
): { maxBoxAcc: number; maxBoxAccV2: number } {
  const metric = new MaxBoxAccuracy();
  test.images.forEach(({ labels }, i) => labels.forEach((label, at) => {
    const { width, height, boxes } = places[i];
    const own = (boxes ?? []).filter((box) => box.label === label);
    if (own.length > 0) {
      metric.update({
        map: { data: Float32Array.from(maps[i][at]), rows: grid![0], columns: grid![1] }, boxes: own, width, height,
      });
    }
  }));
  return metric.summary();
}

/** The columns of a data set's table. */
export function measuresFor(test: ImageDataSet, places: readonly TrueRegions[] | null): Measure[] {
  const measure = (id: string, name: string, explained: string, group: Measure['group']): Measure =>
    ({ id, name, explained, group, unit: 'share', better: 'higher' });
  const recognition = test.multiLabel ? [
    measure('map', 'mAP', 'Mean over classes of the average precision at the rank of each positive', 'recognition'),
    measure('map07', 'mAP, 11 points', 'The same by the rule of Pascal VOC 2007', 'recognition'),
  ] : [
    measure('accuracy', 'Accuracy', 'Part of the test pictures that are given their class', 'recognition'),
    measure('meanClass', 'Mean-class accuracy', 'The same for each class, then the mean over classes', 'recognition'),
  ];
  const where = places === null ? [] : [
    measure('pointing', 'Pointing', 'Part of the tests in which the centre of the strongest region lies on an object of the class; ' +
      'each class that a picture shows is one test (Zhang et al., ECCV 2016, without tolerance)', 'localisation'),
    measure('pointing15', 'Pointing, 15 px', 'The same with a tolerance of 15 pixels', 'localisation'),
  ];
  const iou = places?.some(({ pixels }) => pixels !== undefined) === true ? [measure('miou', 'mIoU',
    'Mean intersection over union of the strongest present class at each region of the map', 'localisation')] : [];
  const boxes = places?.some((place) => place.boxes !== undefined) === true ? [
    measure('maxBoxAcc', 'MaxBoxAcc', 'Part of the pictures whose box at the best threshold overlaps the true one by half ' +
      '(Choe et al., CVPR 2020); first seed', 'localisation'),
  ] : [];
  return [...recognition, ...where, ...iou, ...boxes];
}

/** How a row's figures come about; those that it has no maps for are left out. */
export function measurings(
  test: ImageDataSet, outcome: RowOutcome, places: readonly TrueRegions[] | null,
): Record<string, Measuring[]> {
  const { seeds, grid } = outcome;
  const each: Record<string, Measuring[]> = test.multiLabel ? {
    map: seeds.map((seed) => meanAveragePrecision(test, seed, 'allPoints')),
    map07: seeds.map((seed) => meanAveragePrecision(test, seed, 'voc07')),
  } : {
    accuracy: seeds.map((seed) => accuracies(test, seed).plain),
    meanClass: seeds.map((seed) => accuracies(test, seed).byClass),
  };
  if (places === null || grid === null || seeds.some(({ maps }) => maps.length === 0)) {
    return each;
  }
  return {
    ...each,
    pointing: seeds.map((seed) => pointing(test, seed, grid, places, 0)),
    pointing15: seeds.map((seed) => pointing(test, seed, grid, places, 15)),
    ...(places.some(({ pixels }) => pixels !== undefined) ? { miou: seeds.map((seed) => regionIou(test, seed, grid, places)) } : {}),
  };
}

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** Value and interval; slow measures are drawn fewer times. */
export function figureOf(measuring: Measuring[], count: number, samples: number): Figure {
  const together = overSeeds(measuring);
  const each = measuring.map((measure) => measure(all(count)));
  const { low, high } = bootstrapInterval(count, together, { samples });
  return { value: mean(each), low, high, ...(each.length > 1 ? { each } : {}) };
}

/** Difference of two rows, paired by picture, with its interval and the share of draws on the other side of zero, twice. */
export function differenceOf(row: Measuring[], against: Measuring[], count: number, samples: number): { difference: Figure; p: number } {
  const [a, b] = [overSeeds(row), overSeeds(against)];
  const draws: number[] = [];
  const { low, high } = bootstrapInterval(count, (members) => {
    const value = a(members) - b(members);
    draws.push(value);
    return value;
  }, { samples });
  const below = draws.filter((value) => value <= 0).length;
  const above = draws.filter((value) => value >= 0).length;
  const members = all(count);
  return {
    difference: { value: a(members) - b(members), low, high },
    p: Math.min(1, (2 * (Math.min(below, above) + 1)) / (draws.length + 1)),
  };
}
