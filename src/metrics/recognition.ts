import { averagePrecision } from './averagePrecision.js';
import type { PrecisionRule } from './averagePrecision.js';
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

/** A metric of some images, given by their numbers with repetitions. */
export type Statistic = (members: ArrayLike<number>) => number;

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

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Part of the images that count as right. */
function partRight(isRight: (scored: ScoredLabels, image: number) => boolean): RecognitionMetric['statistic'] {
  return (scored) => {
    const right = Uint8Array.from(scored.labels, (_, i) => (isRight(scored, i) ? 1 : 0));
    return (members) => {
      let hits = 0;
      for (let i = 0; i < members.length; i++) {
        hits += right[members[i]];
      }
      return hits / members.length;
    };
  };
}

/** Whether an image is given its class: the highest score, no NaN among them. */
export function isRecognized({ scores, classes, labels }: ScoredLabels, image: number): boolean {
  return argmax(scores, image, classes) === labels[image][0];
}

function meanClassAccuracy(scored: ScoredLabels): Statistic {
  const { classes } = scored;
  const labels = scored.labels.map(([label]) => label);
  const right = Uint8Array.from(labels, (_, i) => (isRecognized(scored, i) ? 1 : 0));
  return (members) => {
    const [totals, hits] = [new Float64Array(classes), new Float64Array(classes)];
    for (let i = 0; i < members.length; i++) {
      totals[labels[members[i]]]++;
      hits[labels[members[i]]] += right[members[i]];
    }
    return mean(Array.from(hits, (n, c) => n / totals[c]).filter((_, c) => totals[c] > 0));
  };
}

/** The average precision of each class for some images, NaN for a class that none of them shows. */
export function classPrecisions(
  { scores, classes, labels, ignored }: ScoredLabels,
  rule: PrecisionRule = 'allPoints',
): (members: ArrayLike<number>) => number[] {
  const signs = labels.map((own, i) => {
    const row = new Int8Array(classes);
    own.forEach((label) => {
      row[label] = 1;
    });
    ignored?.[i]?.forEach((label) => {
      row[label] = -1;
    });
    return row;
  });
  return (members) => {
    const chosen = Array.from(members);
    return Array.from({ length: classes }, (_, c) =>
      averagePrecision(
        chosen.map((i) => scores[i * classes + c]),
        chosen.map((i) => signs[i][c]),
        rule,
      ),
    );
  };
}

function meanAveragePrecision(rule: PrecisionRule): RecognitionMetric['statistic'] {
  return (scored) => {
    const precisions = classPrecisions(scored, rule);
    return (members) => mean(precisions(members).filter((value) => !Number.isNaN(value)));
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
    statistic: partRight(isRecognized),
  },
  {
    id: 'meanClass',
    name: 'Mean-class accuracy',
    explained: 'The same for each class, then the mean over classes',
    labels: 'one',
    statistic: meanClassAccuracy,
  },
  {
    id: 'top5',
    name: 'Top-5 accuracy',
    explained:
      'Part of the test images whose class is among the five highest scores ' +
      '(Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 2015)',
    labels: 'one',
    classes: 11,
    statistic: partRight(({ scores, classes, labels }, i) => isAmongHighest(scores, i, classes, labels[i][0], 5)),
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
