import { argmax } from '../../../metrics/checkScores.js';
import { averagePrecision } from '../../../metrics/index.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import type { ProtocolData } from '../../../node/datasets/readers/index.js';
import type { Measure } from '../../report/results.js';
import type { TrueRegions } from '../openData.js';
import type { Measured, Measuring } from './estimates.js';
import { mean } from './estimates.js';
import { boxMeasures, pointing, pointwise, regionIou } from './localisation.js';
import type { FaithfulnessOutcome, RowOutcome, SeedOutcome } from './outcome.js';
import type { FaithfulnessConfig } from '../config.js';

function accuracies(
  test: ImageDataSet,
  { scores }: SeedOutcome,
): { plain: Measuring; byClass: Measuring; right: Uint8Array } {
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

/** Which test images a row's first seed has right; for single labels. */
export function rightOnes(test: ImageDataSet, outcome: RowOutcome): Uint8Array {
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
  const marks = test.images.map(({ path, labels }) => {
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
        chosen.map((i) => marks[i][c]),
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
): Measuring {
  const precisions = averagePrecisions(test, outcome, rule, leftOut);
  return (members) => mean(precisions(members).filter((value) => !Number.isNaN(value)));
}

/** The average precision of each class for a row's first seed; `null` for a class that no test image shows. */
export function classPrecisions(
  test: ImageDataSet,
  { seeds: [seed] }: RowOutcome,
  leftOut: ProtocolData['leftOut'],
): (number | null)[] {
  return averagePrecisions(
    test,
    seed,
    'allPoints',
    leftOut,
  )(test.images.map((_, i) => i)).map((value) => (Number.isNaN(value) ? null : value));
}

/** What altered images gave, by measure; of the sample's images alone. */
function faithfulness({ deletion, insertion, drop, increase }: FaithfulnessOutcome): Record<string, Measuring> {
  const average =
    (values: readonly number[]): Measuring =>
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
 * @param splits of which the first is the one whose images are altered
 */
export function measuresFor(
  test: ImageDataSet,
  places: readonly TrueRegions[] | null,
  altered?: FaithfulnessConfig,
  splits = 1,
): Measure[] {
  const measure = (
    id: string,
    name: string,
    group: Measure['group'],
    explained: string,
    better: Measure['better'] = 'higher',
  ): Measure => ({ id, name, explained, group, unit: 'share', better });
  const recognition = test.multiLabel
    ? [
        measure('map', 'mAP', 'recognition', 'Mean over classes of the average precision at the rank of each positive'),
        measure(
          'map07',
          'mAP, 11 points',
          'recognition',
          'The same with precision at eleven values of recall ' +
            '(Everingham et al., The Pascal visual object classes challenge, IJCV 2010, the rule of 2007)',
        ),
      ]
    : [
        measure('accuracy', 'Accuracy', 'recognition', 'Part of the test images that are given their class'),
        measure(
          'meanClass',
          'Mean-class accuracy',
          'recognition',
          'The same for each class, then the mean over classes',
        ),
      ];
  const boxed = places?.some(({ boxes }) => boxes !== undefined) === true;
  const where =
    places === null
      ? []
      : [
          measure(
            'pointing',
            'Pointing',
            'localisation',
            'Part of the tests in which the centre of the strongest region ' +
              'lies on an object of the class; each class that an image shows is one test (the pointing game of Zhang et ' +
              'al., ECCV 2016, without tolerance)',
          ),
          measure(
            'pointing15',
            'Pointing, 15 px',
            'localisation',
            'The same, and less than 15 pixels beside an object hits as well, as in their program',
          ),
          measure(
            'pointwise',
            'Pointwise mAP',
            'localisation',
            'Mean over classes of the average precision where test ' +
              'images are ranked by the probability of the class, and one is right if it shows the class and the strongest ' +
              'region lies less than 18 pixels from an object of it (Oquab et al., Is object localization for free?, CVPR ' +
              '2015): recognition and place in one figure',
          ),
        ];
  const masked = places?.some(({ pixels }) => pixels !== undefined) === true;
  const iou = masked
    ? [
        measure(
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
        measure(
          'corLoc',
          'CorLoc',
          'localisation',
          'Part of the images of a class, mean over classes, in which a box ' +
            'around the largest connected part of the map above a threshold overlaps an object of the class with an ' +
            'intersection over union of one half or more (Deselaers et al., IJCV 2012). The threshold, from the least ' +
            'evidence of a map to its most, is the one that is best for the other half of the test images',
        ),
        measure(
          'maxBoxAcc',
          'MaxBoxAcc',
          'localisation',
          'The same, all images alike, at the threshold that is best ' +
            'for them: one for all images, chosen on the test images themselves and anew in each draw (Choe et al., ' +
            'Evaluating weakly supervised object localization methods right, CVPR 2020)',
        ),
        measure(
          'maxBoxAccV2',
          'MaxBoxAccV2',
          'localisation',
          'The same with a box around every connected part, of which ' +
            'one must fit; mean over intersections over union of 0.3, 0.5 and 0.7, each at its best threshold (Choe et al.)',
        ),
      ]
    : [];
  const sample =
    altered === undefined
      ? ''
      : ` ${Math.min(altered.images, test.images.length)} test images${
          splits > 1 ? ' of the first split alone' : ''
        }, first seed`;
  const share = 'the probability of the class that the row takes the image for';
  const faithful =
    altered === undefined
      ? []
      : [
          measure(
            'deletion',
            'Deletion',
            'faithfulness',
            `Area under ${share}, as the pixels with the most evidence take ` +
              `the image's mean colour, in ${altered.steps} equal steps; low where the map knows what the class hangs on ` +
              `(Petsiuk et al., RISE, BMVC 2018).${sample}. Surer networks have larger areas: compare rows of the same head`,
            'lower',
          ),
          measure(
            'insertion',
            'Insertion',
            'faithfulness',
            'The same as pixels come back, those with the most evidence ' +
              'first, into the blurred image; high for a good map (Petsiuk et al.)',
          ),
          measure(
            'averageDrop',
            'Average drop',
            'faithfulness',
            `Part of ${share} that is lost where the image is shown ` +
              `through its map, the rest in its mean colour (Chattopadhay et al., Grad-CAM++, WACV 2018).${sample}. Maps ` +
              'are scaled from their least evidence to their most: one with evidence against the class lets through what is ' +
              'neither for nor against it, one by Grad-CAM, which is cut off at zero, does not',
            'lower',
          ),
          measure(
            'increase',
            'Increase',
            'faithfulness',
            'Part of the images whose class becomes more probable so (Chattopadhay et al.)',
          ),
        ];
  return [...recognition, ...where, ...iou, ...boxes, ...faithful];
}

/**
 * How a row's figures come about; those that it has no maps for are left out.
 *
 * @param recognition whether what the row says of classes is measured; not for rows that only explain another's
 * @param leftOut classes that do not count for an image, by its path; see `ProtocolData`
 */
export function measuredOf(
  test: ImageDataSet,
  { seeds, grid, faithfulness: altered }: RowOutcome,
  places: readonly TrueRegions[] | null,
  recognition = true,
  leftOut?: ProtocolData['leftOut'],
): Record<string, Measured> {
  const each: Record<string, Measuring[]> = {};
  if (recognition && test.multiLabel) {
    each.map = seeds.map((seed) => meanAveragePrecision(test, seed, 'allPoints', leftOut));
    each.map07 = seeds.map((seed) => meanAveragePrecision(test, seed, 'voc07', leftOut));
  } else if (recognition) {
    const found = seeds.map((seed) => accuracies(test, seed));
    each.accuracy = found.map(({ plain }) => plain);
    each.meanClass = found.map(({ byClass }) => byClass);
  }
  if (places !== null && grid !== null && seeds.every(({ maps }) => maps.length > 0)) {
    const located = seeds.map((outcome) => ({ test, outcome, grid, places, leftOut }));
    each.pointing = located.map((one) => pointing(one, 0));
    each.pointing15 = located.map((one) => pointing(one, 15));
    each.pointwise = located.map((one) => pointwise(one));
    if (places.some(({ pixels }) => pixels !== undefined)) {
      each.miou = located.map(regionIou);
    }
    if (places.some(({ boxes }) => boxes !== undefined)) {
      const boxes = located.map(boxMeasures);
      each.corLoc = boxes.map(({ corLoc }) => corLoc);
      each.maxBoxAcc = boxes.map(({ maxBoxAcc }) => maxBoxAcc);
      each.maxBoxAccV2 = boxes.map(({ maxBoxAccV2 }) => maxBoxAccV2);
    }
  }
  const paths = test.images.map(({ path }) => path);
  const measured = (own: Record<string, Measuring[]>, images: readonly string[]) =>
    Object.fromEntries(Object.entries(own).map(([id, list]): [string, Measured] => [id, { each: list, images }]));
  return {
    ...measured(each, paths),
    ...(altered === undefined
      ? {}
      : measured(
          Object.fromEntries(Object.entries(faithfulness(altered)).map(([id, measuring]) => [id, [measuring]])),
          altered.images.map((place) => paths[place]),
        )),
  };
}
