/** The metrics of an experiment: one entry each, with what it means, where it is from, and how it is computed. */
import { recognitionMetrics, recognitionMetricsFor } from '../../../metrics/recognition.js';
import type { RecognitionMetric } from '../../../metrics/recognition.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import type { ExperimentData } from '../../../node/datasets/readers/splits.js';
import type { Metric } from '../../report/results.js';
import type { FaithfulnessConfig } from '../config.js';
import type { FaithfulnessOutcome, MethodOutcome } from '../outcome.js';
import type { SplitStatistic } from './estimates.js';
import type { ImageTruth } from './groundTruth.js';
import { boxMetrics, pointing, pointwise, regionIou } from './localisation.js';
import type { Located } from './localisation.js';
import { average } from '../../../metrics/bootstrap.js';
import type { Statistic } from '../../../metrics/bootstrap.js';
import { scoredLabels } from './recognition.js';
import type { Recognized } from './recognition.js';

/** A metric, computed from what one seed of a method gave. */
interface Entry<Given> extends Pick<Metric, 'id' | 'name'> {
  explained: string | ((sample: Sample) => string);
  /** default `'higher'` */
  better?: 'lower';
  /** its interval has fewer draws */
  slow?: boolean;
  of(given: Given): Statistic;
}

/** The images that are perturbed, in words, and the steps in which. */
interface Sample {
  images: string;
  steps: number;
}

const ofMaps: Entry<Located>[] = [
  {
    id: 'pointing',
    name: 'Pointing',
    explained:
      'Part of the tests in which the centre of the strongest region ' +
      'lies on an object of the class; each class that an image shows is one test (the pointing game of Zhang et ' +
      'al., ECCV 2016, without tolerance)',
    of: (located) => pointing(located, 0),
  },
  {
    id: 'pointing15',
    name: 'Pointing, 15 px',
    explained: 'The same, and less than 15 pixels beside an object hits as well, as in their program',
    of: (located) => pointing(located, 15),
  },
  {
    id: 'pointwise',
    name: 'Pointwise mAP',
    explained:
      'Mean over classes of the average precision where test ' +
      'images are ranked by the probability of the class, and one is right if it shows the class and the strongest ' +
      'region lies less than 18 pixels from an object of it (Oquab et al., Is object localization for free?, CVPR ' +
      '2015): recognition and place in one number',
    slow: true,
    of: (located) => pointwise(located),
  },
];

const ofMasks: Entry<Located>[] = [
  {
    id: 'miou',
    name: 'mIoU',
    explained:
      'Places that are of a class and were given it over those that are of it ' +
      'or were given it, mean over classes (as Pascal VOC scores segmentation): each region of the map is given the ' +
      'strongest of the classes that the image shows',
    slow: true,
    of: regionIou,
  },
];

const ofBoxes: Entry<Located>[] = [
  {
    id: 'corLoc',
    name: 'CorLoc',
    explained:
      'Part of the images of a class, mean over classes, in which a box ' +
      'around the largest connected part of the map above a threshold overlaps an object of the class with an ' +
      'intersection over union of one half or more (Deselaers et al., IJCV 2012). The threshold, from the least ' +
      'evidence of a map to its most, is the one that is best for the other half of the test images',
    of: (located) => boxMetrics(located).corLoc,
  },
  {
    id: 'maxBoxAcc',
    name: 'MaxBoxAcc',
    explained:
      'The same, all images alike, at the threshold that is best ' +
      'for them: one for all images, chosen on the test images themselves and anew in each draw (Choe et al., ' +
      'Evaluating weakly supervised object localization methods right, CVPR 2020)',
    slow: true,
    of: (located) => boxMetrics(located).maxBoxAcc,
  },
  {
    id: 'maxBoxAccV2',
    name: 'MaxBoxAccV2',
    explained:
      'The same with a box around every connected part, of which ' +
      'one must fit; mean over intersections over union of 0.3, 0.5 and 0.7, each at its best threshold (Choe et al.)',
    slow: true,
    of: (located) => boxMetrics(located).maxBoxAccV2,
  },
];

const share = 'the probability of the class that the method takes the image for';

const ofPerturbedImages: Entry<FaithfulnessOutcome>[] = [
  {
    id: 'deletion',
    name: 'Deletion',
    explained: ({ images, steps }) =>
      `Area under ${share}, as the pixels with the most evidence take ` +
      `the image's mean colour, in ${steps} equal steps; low where the map knows what the class hangs on ` +
      `(Petsiuk et al., RISE, BMVC 2018). ${images}. Surer networks have larger areas: compare methods of the same head`,
    better: 'lower',
    of: ({ deletion }) => average(deletion),
  },
  {
    id: 'insertion',
    name: 'Insertion',
    explained:
      'The same as pixels come back, those with the most evidence ' +
      'first, into the blurred image; high for a good map (Petsiuk et al.)',
    of: ({ insertion }) => average(insertion),
  },
  {
    id: 'averageDrop',
    name: 'Average drop',
    explained: ({ images }) =>
      `Part of ${share} that is lost where the image is shown ` +
      `through its map, the rest in its mean colour (Chattopadhay et al., Grad-CAM++, WACV 2018). ${images}. Maps ` +
      'are scaled from their least evidence to their most: one with evidence against the class lets through what is ' +
      'neither for nor against it, one by Grad-CAM, which is cut off at zero, does not',
    better: 'lower',
    of: ({ drop }) => average(drop),
  },
  {
    id: 'increase',
    name: 'Increase',
    explained: 'Part of the images whose class becomes more probable so (Chattopadhay et al.)',
    of: ({ increase }) => average(increase),
  },
];

/** What `weldon evaluate` measures too. */
const ofScores = ({ id, name, explained, slow, statistic }: RecognitionMetric): Entry<Recognized> => ({
  id,
  name,
  explained,
  slow,
  of: (given) => statistic(scoredLabels(given)),
});

const all = [...recognitionMetrics, ...[ofMaps, ofMasks, ofBoxes, ofPerturbedImages].flat()];

/** Draws of images for the interval of a metric. */
export const samplesFor = (id: string): number => (all.find((entry) => entry.id === id)?.slow ? 300 : 1000);

const recognitionOf = ({ classes, multiLabel }: ImageDataSet) =>
  recognitionMetricsFor(classes.length, multiLabel).map(ofScores);

/** Metrics of maps that the ground truth allows. */
const localisationOf = (truth: readonly ImageTruth[]) => [
  ...ofMaps,
  ...(truth.some(({ pixels }) => pixels !== undefined) ? ofMasks : []),
  ...(truth.some(({ boxes }) => boxes !== undefined) ? ofBoxes : []),
];

/**
 * The columns of a data set's table.
 *
 * @param splits of which the first is the one whose images are perturbed
 */
export function metricsFor(
  test: ImageDataSet,
  groundTruth: readonly ImageTruth[] | null,
  faithfulness?: FaithfulnessConfig,
  splits = 1,
): Metric[] {
  const { images, steps } = faithfulness ?? { images: 0, steps: 0 };
  const sample = {
    images: `${Math.min(images, test.images.length)} test images${splits > 1 ? ' of the first split alone' : ''}, first seed`,
    steps,
  };
  const columns = (group: Metric['group'], entries: readonly Entry<never>[]) =>
    entries.map(({ id, name, explained, better }): Metric => ({
      id,
      name,
      explained: typeof explained === 'string' ? explained : explained(sample),
      group,
      unit: 'share',
      better: better ?? 'higher',
    }));
  return [
    ...columns('recognition', recognitionOf(test)),
    ...(groundTruth === null ? [] : columns('localisation', localisationOf(groundTruth))),
    ...(faithfulness === undefined ? [] : columns('faithfulness', ofPerturbedImages)),
  ];
}

/**
 * How a method's estimates come about; those that it has no maps for are left out.
 *
 * @param recognition whether what the method says of classes is measured; not for methods that only explain another's
 * @param leftOut classes that do not count for an image, by its path; see `ExperimentData`
 */
export function statisticsOf(
  test: ImageDataSet,
  { seeds, grid, faithfulness }: MethodOutcome,
  groundTruth: readonly ImageTruth[] | null,
  recognition = true,
  leftOut?: ExperimentData['leftOut'],
): Record<string, SplitStatistic> {
  const paths = test.images.map(({ path }) => path);
  const measured = <Given>(entries: readonly Entry<Given>[], given: readonly Given[], images = paths) =>
    entries.map(({ id, of }): [string, SplitStatistic] => [id, { each: given.map(of), images }]);
  const located =
    groundTruth !== null && grid !== null && seeds.every(({ maps }) => maps.length > 0)
      ? seeds.map((outcome): Located => ({ test, outcome, grid, groundTruth, leftOut }))
      : null;
  return Object.fromEntries([
    ...(recognition
      ? measured(
          recognitionOf(test),
          seeds.map((outcome) => ({ test, outcome, leftOut })),
        )
      : []),
    ...(located === null ? [] : measured(localisationOf(groundTruth!), located)),
    ...(faithfulness === undefined
      ? []
      : measured(
          ofPerturbedImages,
          [faithfulness],
          faithfulness.images.map((image) => paths[image]),
        )),
  ]);
}
