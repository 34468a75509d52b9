import { argmax } from '../../../metrics/checkScores.js';
import { averagePrecision } from '../../../metrics/index.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import type { ProtocolData } from '../../../node/datasets/readers/index.js';
import type { Metric } from '../../report/results.js';
import type { GroundTruth } from '../openData.js';
import type { SplitStatistic, Statistic } from './estimates.js';
import { mean } from './estimates.js';
import { boxMetrics, pointing, pointwise, regionIou } from './localisation.js';
import type { FaithfulnessOutcome, MethodOutcome, SeedOutcome } from '../outcome.js';
import type { FaithfulnessConfig } from '../config.js';

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
 * The columns of a data set's table, each with what it means and where it is from.
 *
 * @param splits of which the first is the one whose images are perturbed
 */
export function metricsFor(
  test: ImageDataSet,
  groundTruth: readonly GroundTruth[] | null,
  faithfulness?: FaithfulnessConfig,
  splits = 1,
): Metric[] {
  const metric = (
    id: string,
    name: string,
    group: Metric['group'],
    explained: string,
    better: Metric['better'] = 'higher',
  ): Metric => ({ id, name, explained, group, unit: 'share', better });
  const recognition = test.multiLabel
    ? [
        metric('map', 'mAP', 'recognition', 'Mean over classes of the average precision at the rank of each positive'),
        metric(
          'map07',
          'mAP, 11 points',
          'recognition',
          'The same with precision at eleven values of recall ' +
            '(Everingham et al., The Pascal visual object classes challenge, IJCV 2010, the rule of 2007)',
        ),
      ]
    : [
        metric('accuracy', 'Accuracy', 'recognition', 'Part of the test images that are given their class'),
        metric(
          'meanClass',
          'Mean-class accuracy',
          'recognition',
          'The same for each class, then the mean over classes',
        ),
      ];
  const boxed = groundTruth?.some(({ boxes }) => boxes !== undefined) === true;
  const where =
    groundTruth === null
      ? []
      : [
          metric(
            'pointing',
            'Pointing',
            'localisation',
            'Part of the tests in which the centre of the strongest region ' +
              'lies on an object of the class; each class that an image shows is one test (the pointing game of Zhang et ' +
              'al., ECCV 2016, without tolerance)',
          ),
          metric(
            'pointing15',
            'Pointing, 15 px',
            'localisation',
            'The same, and less than 15 pixels beside an object hits as well, as in their program',
          ),
          metric(
            'pointwise',
            'Pointwise mAP',
            'localisation',
            'Mean over classes of the average precision where test ' +
              'images are ranked by the probability of the class, and one is right if it shows the class and the strongest ' +
              'region lies less than 18 pixels from an object of it (Oquab et al., Is object localization for free?, CVPR ' +
              '2015): recognition and place in one number',
          ),
        ];
  const masked = groundTruth?.some(({ pixels }) => pixels !== undefined) === true;
  const iou = masked
    ? [
        metric(
          'miou',
          'mIoU',
          'localisation',
          'Places that are of a class and were given it over those that are of it ' +
            'or were given it, mean over classes (as Pascal VOC scores segmentation): each region of the map is given the ' +
            'strongest of the classes that the image shows',
        ),
      ]
    : [];
  const boxes = boxed
    ? [
        metric(
          'corLoc',
          'CorLoc',
          'localisation',
          'Part of the images of a class, mean over classes, in which a box ' +
            'around the largest connected part of the map above a threshold overlaps an object of the class with an ' +
            'intersection over union of one half or more (Deselaers et al., IJCV 2012). The threshold, from the least ' +
            'evidence of a map to its most, is the one that is best for the other half of the test images',
        ),
        metric(
          'maxBoxAcc',
          'MaxBoxAcc',
          'localisation',
          'The same, all images alike, at the threshold that is best ' +
            'for them: one for all images, chosen on the test images themselves and anew in each draw (Choe et al., ' +
            'Evaluating weakly supervised object localization methods right, CVPR 2020)',
        ),
        metric(
          'maxBoxAccV2',
          'MaxBoxAccV2',
          'localisation',
          'The same with a box around every connected part, of which ' +
            'one must fit; mean over intersections over union of 0.3, 0.5 and 0.7, each at its best threshold (Choe et al.)',
        ),
      ]
    : [];
  const sample =
    faithfulness === undefined
      ? ''
      : ` ${Math.min(faithfulness.images, test.images.length)} test images${
          splits > 1 ? ' of the first split alone' : ''
        }, first seed`;
  const share = 'the probability of the class that the method takes the image for';
  const faithful =
    faithfulness === undefined
      ? []
      : [
          metric(
            'deletion',
            'Deletion',
            'faithfulness',
            `Area under ${share}, as the pixels with the most evidence take ` +
              `the image's mean colour, in ${faithfulness.steps} equal steps; low where the map knows what the class hangs on ` +
              `(Petsiuk et al., RISE, BMVC 2018).${sample}. Surer networks have larger areas: compare methods of the same head`,
            'lower',
          ),
          metric(
            'insertion',
            'Insertion',
            'faithfulness',
            'The same as pixels come back, those with the most evidence ' +
              'first, into the blurred image; high for a good map (Petsiuk et al.)',
          ),
          metric(
            'averageDrop',
            'Average drop',
            'faithfulness',
            `Part of ${share} that is lost where the image is shown ` +
              `through its map, the rest in its mean colour (Chattopadhay et al., Grad-CAM++, WACV 2018).${sample}. Maps ` +
              'are scaled from their least evidence to their most: one with evidence against the class lets through what is ' +
              'neither for nor against it, one by Grad-CAM, which is cut off at zero, does not',
            'lower',
          ),
          metric(
            'increase',
            'Increase',
            'faithfulness',
            'Part of the images whose class becomes more probable so (Chattopadhay et al.)',
          ),
        ];
  return [...recognition, ...where, ...iou, ...boxes, ...faithful];
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
  groundTruth: readonly GroundTruth[] | null,
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
