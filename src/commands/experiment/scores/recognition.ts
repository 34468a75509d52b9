import { precisionsByClass, recognized } from '../../../metrics/recognition.js';
import type { ScoredLabels } from '../../../metrics/recognition.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import type { ExperimentData } from '../../../node/datasets/readers/splits.js';
import type { MethodOutcome, SeedOutcome } from '../outcome.js';

/** What a method's seed says of the classes of the test images. */
export interface Recognized {
  test: ImageDataSet;
  outcome: SeedOutcome;
  /** classes that do not count for an image, by its path; see `ExperimentData` */
  leftOut?: ExperimentData['leftOut'];
}

/** Scores with labels, as the metrics take them. */
export function scoredLabels({ test, outcome, leftOut }: Recognized): ScoredLabels {
  return {
    scores: outcome.scores,
    classes: test.classes.length,
    labels: test.images.map(({ labels }) => labels),
    ignored: leftOut === undefined ? undefined : test.images.map(({ path }) => leftOut.get(path) ?? []),
  };
}

/** Which test images a method's first seed has right; for single labels. */
export function rightOnes(test: ImageDataSet, { seeds: [outcome] }: MethodOutcome): Uint8Array {
  return recognized(scoredLabels({ test, outcome }));
}

/** The average precision of each class for a method's first seed; `null` for a class that no test image shows. */
export function shownPrecisions(
  test: ImageDataSet,
  { seeds: [outcome] }: MethodOutcome,
  leftOut: ExperimentData['leftOut'],
): (number | null)[] {
  const precisions = precisionsByClass(scoredLabels({ test, outcome, leftOut }));
  return precisions(test.images.map((_, i) => i)).map((value) => (Number.isNaN(value) ? null : value));
}
