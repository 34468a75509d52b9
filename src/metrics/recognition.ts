import { meanClassPart } from './accuracy.js';
import { classPrecisions, meanOfKnown } from './averagePrecision.js';
import type { PrecisionRule } from './averagePrecision.js';
import { average } from './bootstrap.js';
import type { Statistic } from './bootstrap.js';
import { argmax } from './checkScores.js';
import { isAmongHighest } from './topKAccuracy.js';

/** What a model or method says of labelled images. */
export interface ScoredLabels {
  /** `[images, classes]`, row by row; probabilities or scores */
  scores: ArrayLike<number>;
  classes: number;
  /** class numbers of each image */
  labels: readonly (readonly number[])[];
  /** classes that count neither for nor against an image, such as Pascal VOC's difficult ones */
  ignored?: readonly (readonly number[])[];
}

/** A metric that the tables of `weldon evaluate` and `weldon experiment` have a column for. */
export interface RecognitionMetric {
  /** key of its estimate in written files */
  id: string;
  name: string;
  /** definition and source, for readers */
  explained: string;
  /** whether images have one class each, or several */
  labels: 'one' | 'several';
  /** fewer classes than this leave it out; default 1 */
  classes?: number;
  /** too slow for a thousand draws of a bootstrap */
  slow?: boolean;
  statistic(scored: ScoredLabels): Statistic;
}

/** 1 for each image that counts as right, 0 for the others. */
function outcomes(scored: ScoredLabels, isRight: (image: number) => boolean): Uint8Array {
  return Uint8Array.from(scored.labels, (_, i) => (isRight(i) ? 1 : 0));
}

/** 1 for each image that is given its class: the highest score, no NaN among them. */
export function recognized(scored: ScoredLabels): Uint8Array {
  const { scores, classes, labels } = scored;
  return outcomes(scored, (i) => argmax(scores, i, classes) === labels[i][0]);
}

/** The average precision of each class for some images; see `classPrecisions`. */
export function precisionsByClass(
  { scores, classes, labels, ignored }: ScoredLabels,
  rule: PrecisionRule = 'allPoints',
): (members: ArrayLike<number>) => number[] {
  const signs = new Int8Array(labels.length * classes);
  const mark = (lists: ScoredLabels['labels'], sign: number) =>
    lists.forEach((own, i) =>
      own.forEach((label) => {
        signs[i * classes + label] = sign;
      }),
    );
  mark(labels, 1);
  mark(ignored ?? [], -1);
  return classPrecisions(scores, signs, classes, rule);
}

function meanAveragePrecision(rule: PrecisionRule): RecognitionMetric['statistic'] {
  return (scored) => {
    const precisions = precisionsByClass(scored, rule);
    return (members) => meanOfKnown(precisions(members));
  };
}

/**
 * What tables say of recognition, in the order of their columns. A metric that is added here is measured by `weldon
 * evaluate` and `weldon experiment`, with intervals and paired tests, and written to their files.
 */
export const recognitionMetrics: readonly RecognitionMetric[] = [
  {
    id: 'accuracy',
    name: 'Accuracy',
    explained: 'Part of the test images that are given their class',
    labels: 'one',
    statistic: (scored) => average(recognized(scored)),
  },
  {
    id: 'meanClass',
    name: 'Mean-class accuracy',
    explained: 'The same for each class, then the mean over classes',
    labels: 'one',
    statistic: (scored) =>
      meanClassPart(
        scored.labels.map(([label]) => label),
        recognized(scored),
        scored.classes,
      ),
  },
  {
    id: 'top5',
    name: 'Top-5 accuracy',
    explained:
      'Part of the test images whose class is among the five highest scores ' +
      '(Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 2015)',
    labels: 'one',
    classes: 11,
    statistic: (scored) =>
      average(outcomes(scored, (i) => isAmongHighest(scored.scores, i, scored.classes, scored.labels[i][0], 5))),
  },
  {
    id: 'map',
    name: 'mAP',
    explained: 'Mean over classes of the average precision at the rank of each positive',
    labels: 'several',
    slow: true,
    statistic: meanAveragePrecision('allPoints'),
  },
  {
    id: 'map07',
    name: 'mAP, 11 points',
    explained:
      'The same with precision at eleven values of recall ' +
      '(Everingham et al., The Pascal visual object classes challenge, IJCV 2010, the rule of 2007)',
    labels: 'several',
    slow: true,
    statistic: meanAveragePrecision('voc07'),
  },
];

/** The metrics that say something of such labels. */
export function recognitionMetricsFor(classes: number, multiLabel: boolean): RecognitionMetric[] {
  return recognitionMetrics.filter(
    (metric) => metric.labels === (multiLabel ? 'several' : 'one') && classes >= (metric.classes ?? 1),
  );
}
