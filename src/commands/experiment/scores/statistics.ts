import { argmax } from '../../../metrics/checkScores.js';
import { averagePrecision } from '../../../metrics/index.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import type { ProtocolData } from '../../../node/datasets/readers/index.js';
import type { ImageTruth } from './groundTruth.js';
import type { SplitStatistic, Statistic } from './estimates.js';
import { mean } from './estimates.js';
import { boxMetrics, pointing, pointwise, regionIou } from './localisation.js';
import type { FaithfulnessOutcome, MethodOutcome, SeedOutcome } from '../outcome.js';

function accuracies(
  test: ImageDataSet,
  { scores }: SeedOutcome,
): { plain: Statistic; byClass: Statistic; right: Uint8Array } {
  const classes = test.classes.length;
  const labels = test.images.map((image) => image.labels[0]);
  const right = Uint8Array.from(labels, (label, i) => (argmax(scores, i, classes) === label ? 1 : 0));
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

/** Which test images a method's first seed has right; for single labels. */
export function rightOnes(test: ImageDataSet, outcome: MethodOutcome): Uint8Array {
  return accuracies(test, outcome.seeds[0]).right;
}

/**
 * The average precision of each class, NaN for one that no image shows. An image counts neither for nor against a
 * class that is left out for it.
 */
function averagePrecisions(
  test: ImageDataSet,
  { scores }: SeedOutcome,
  rule: 'allPoints' | 'voc07',
  leftOut: ProtocolData['leftOut'],
): (members: ArrayLike<number>) => number[] {
  const classes = test.classes.length;
  const signs = test.images.map(({ path, labels }) => {
    const row = new Int8Array(classes);
    labels.forEach((label) => {
      row[label] = 1;
    });
    leftOut?.get(path)?.forEach((label) => {
      row[label] = -1;
    });
    return row;
  });
  return (members) => {
    const chosen = Array.from(members);
    return test.classes.map((_, c) =>
      averagePrecision(
        chosen.map((i) => scores[i * classes + c]),
        chosen.map((i) => signs[i][c]),
        rule,
      ),
    );
  };
}

function meanAveragePrecision(
  test: ImageDataSet,
  outcome: SeedOutcome,
  rule: 'allPoints' | 'voc07',
  leftOut: ProtocolData['leftOut'],
): Statistic {
  const precisions = averagePrecisions(test, outcome, rule, leftOut);
  return (members) => mean(precisions(members).filter((value) => !Number.isNaN(value)));
}

/** The average precision of each class for a method's first seed; `null` for a class that no test image shows. */
export function classPrecisions(
  test: ImageDataSet,
  { seeds: [seed] }: MethodOutcome,
  leftOut: ProtocolData['leftOut'],
): (number | null)[] {
  return averagePrecisions(
    test,
    seed,
    'allPoints',
    leftOut,
  )(test.images.map((_, i) => i)).map((value) => (Number.isNaN(value) ? null : value));
}

/** What perturbed images gave, by metric; of the sample's images alone. */
function faithfulnessStatistics({
  deletion,
  insertion,
  drop,
  increase,
}: FaithfulnessOutcome): Record<string, Statistic> {
  const average =
    (values: readonly number[]): Statistic =>
    (members) => {
      let sum = 0;
      for (let i = 0; i < members.length; i++) {
        sum += values[members[i]];
      }
      return sum / members.length;
    };
  return {
    deletion: average(deletion),
    insertion: average(insertion),
    averageDrop: average(drop),
    increase: average(increase),
  };
}

/**
 * How a method's estimates come about; those that it has no maps for are left out.
 *
 * @param recognition whether what the method says of classes is measured; not for methods that only explain another's
 * @param leftOut classes that do not count for an image, by its path; see `ProtocolData`
 */
export function statisticsOf(
  test: ImageDataSet,
  { seeds, grid, faithfulness }: MethodOutcome,
  groundTruth: readonly ImageTruth[] | null,
  recognition = true,
  leftOut?: ProtocolData['leftOut'],
): Record<string, SplitStatistic> {
  const each: Record<string, Statistic[]> = {};
  if (recognition && test.multiLabel) {
    each.map = seeds.map((seed) => meanAveragePrecision(test, seed, 'allPoints', leftOut));
    each.map07 = seeds.map((seed) => meanAveragePrecision(test, seed, 'voc07', leftOut));
  } else if (recognition) {
    const found = seeds.map((seed) => accuracies(test, seed));
    each.accuracy = found.map(({ plain }) => plain);
    each.meanClass = found.map(({ byClass }) => byClass);
  }
  if (groundTruth !== null && grid !== null && seeds.every(({ maps }) => maps.length > 0)) {
    const located = seeds.map((outcome) => ({ test, outcome, grid, groundTruth, leftOut }));
    each.pointing = located.map((one) => pointing(one, 0));
    each.pointing15 = located.map((one) => pointing(one, 15));
    each.pointwise = located.map((one) => pointwise(one));
    if (groundTruth.some(({ pixels }) => pixels !== undefined)) {
      each.miou = located.map(regionIou);
    }
    if (groundTruth.some(({ boxes }) => boxes !== undefined)) {
      const boxes = located.map(boxMetrics);
      each.corLoc = boxes.map(({ corLoc }) => corLoc);
      each.maxBoxAcc = boxes.map(({ maxBoxAcc }) => maxBoxAcc);
      each.maxBoxAccV2 = boxes.map(({ maxBoxAccV2 }) => maxBoxAccV2);
    }
  }
  const paths = test.images.map(({ path }) => path);
  const named = (own: Record<string, Statistic[]>, images: readonly string[]) =>
    Object.fromEntries(Object.entries(own).map(([id, list]): [string, SplitStatistic] => [id, { each: list, images }]));
  return {
    ...named(each, paths),
    ...(faithfulness === undefined
      ? {}
      : named(
          Object.fromEntries(
            Object.entries(faithfulnessStatistics(faithfulness)).map(([id, statistic]) => [id, [statistic]]),
          ),
          faithfulness.images.map((place) => paths[place]),
        )),
  };
}
