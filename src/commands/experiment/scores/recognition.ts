import { argmax } from '../../../metrics/checkScores.js';
import { averagePrecision } from '../../../metrics/index.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import type { ProtocolData } from '../../../node/datasets/readers/index.js';
import type { MethodOutcome, SeedOutcome } from '../outcome.js';
import { mean } from './estimates.js';
import type { Statistic } from './estimates.js';

/** What a method's seed says of the classes of the test images. */
export interface Recognized {
  test: ImageDataSet;
  outcome: SeedOutcome;
  /** classes that do not count for an image, by its path; see `ProtocolData` */
  leftOut?: ProtocolData['leftOut'];
}

/** The mean of what each image gave. */
export function average(values: ArrayLike<number>): Statistic {
  return (members) => {
    let sum = 0;
    for (let i = 0; i < members.length; i++) {
      sum += values[members[i]];
    }
    return sum / members.length;
  };
}

/** For single labels; also which images are right. */
export function accuracies({ test, outcome }: Recognized): { plain: Statistic; byClass: Statistic; right: Uint8Array } {
  const classes = test.classes.length;
  const labels = test.images.map((image) => image.labels[0]);
  const right = Uint8Array.from(labels, (label, i) => (argmax(outcome.scores, i, classes) === label ? 1 : 0));
  return {
    right,
    plain: average(right),
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
export function rightOnes(test: ImageDataSet, { seeds: [outcome] }: MethodOutcome): Uint8Array {
  return accuracies({ test, outcome }).right;
}

type Rule = 'allPoints' | 'voc07';

/**
 * The average precision of each class, NaN for one that no image shows. An image counts neither for nor against a
 * class that is left out for it.
 */
function averagePrecisions(
  { test, outcome, leftOut }: Recognized,
  rule: Rule,
): (members: ArrayLike<number>) => number[] {
  const { scores } = outcome;
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

export function meanAveragePrecision(given: Recognized, rule: Rule): Statistic {
  const precisions = averagePrecisions(given, rule);
  return (members) => mean(precisions(members).filter((value) => !Number.isNaN(value)));
}

/** The average precision of each class for a method's first seed; `null` for a class that no test image shows. */
export function classPrecisions(
  test: ImageDataSet,
  { seeds: [outcome] }: MethodOutcome,
  leftOut: ProtocolData['leftOut'],
): (number | null)[] {
  const precisions = averagePrecisions({ test, outcome, leftOut }, 'allPoints');
  return precisions(test.images.map((_, i) => i)).map((value) => (Number.isNaN(value) ? null : value));
}
