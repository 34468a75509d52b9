import { averagePrecision } from '../../metrics/averagePrecision.js';
import { bootstrapInterval } from '../../metrics/bootstrap.js';
import { ConfusionMatrix } from '../../metrics/confusionMatrix.js';
import { recognitionMetricsFor } from '../../metrics/recognition.js';
import type { Estimate } from '../report/results.js';

/** How one class came out; parts from 0 to 1, `null` where there is nothing to divide by. */
export interface ClassRow {
  name: string;
  /** images of the class */
  images: number;
  /** part of the class's images that are taken for it */
  recall: number | null;
  /** part of the images taken for it that are of the class */
  precision: number | null;
  averagePrecision: number | null;
  /** the other class that its images are most often taken for; one class per image only */
  takenFor: { name: string; images: number } | null;
}

/** An image that went wrong: a class that it shows, and one that it does not show but that came out above. */
export interface ImageResult {
  path: string;
  /** all classes that it shows */
  classes: string[];
  /** the least probable of them */
  missed: string;
  /** the most probable of the others */
  takenFor: string;
  /** of `missed` and `takenFor`: probabilities, or scores where the model gives none */
  missedValue: number;
  takenForValue: number;
}

export interface EvaluationReport {
  model: string;
  data: string;
  images: number;
  multiLabel: boolean;
  classes: string[];
  /** by the ids of `recognitionMetrics`: those that fit the labels and the number of classes */
  estimates: Record<string, Estimate>;
  /** part of the images that are taken for what they show, and the mean of the classes' parts; one class per image only */
  accuracy: Estimate | null;
  meanClassAccuracy: Estimate | null;
  /** mean over the classes of average precision; several classes per image only */
  map: Estimate | null;
  perClass: ClassRow[];
  /** `[classes][classes]`, rows are what images show, columns what they are taken for; one class per image only */
  confusion: number[][] | null;
  /** the images that went wrong most clearly, the worst first */
  worst: ImageResult[];
  /** files that cannot be read, and why; they are counted nowhere */
  unreadable: { path: string; reason: string }[];
}

/** What a model said of labelled images. */
export interface ScoredImages {
  model: string;
  data: string;
  classes: readonly string[];
  multiLabel: boolean;
  paths: readonly string[];
  /** class numbers of each image */
  labels: readonly (readonly number[])[];
  /** `[images, classes]` row by row: probabilities, or scores where the model gives none */
  values: Float32Array;
  unreadable: { path: string; reason: string }[];
  /** A score from which on a class counts as found, for several classes per image. */
  threshold: number;
}

function plain(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Each metric with its bootstrap interval over the images. */
function estimatesOf({ values, classes, labels, multiLabel }: ScoredImages): Record<string, Estimate> {
  const all = labels.map((_, i) => i);
  return Object.fromEntries(
    recognitionMetricsFor(classes.length, multiLabel).map(({ id, statistic }) => {
      const metric = statistic({ scores: values, classes: classes.length, labels });
      const { low, high } = bootstrapInterval(labels.length, metric);
      return [id, { value: plain(metric(all)), low: plain(low), high: plain(high) }];
    }),
  );
}

function multiHotOf({ labels, classes }: ScoredImages): Float32Array {
  const multiHot = new Float32Array(labels.length * classes.length);
  labels.forEach((own, i) =>
    own.forEach((c) => {
      multiHot[i * classes.length + c] = 1;
    }),
  );
  return multiHot;
}

/** The class with the highest value of an image. */
function bestClass({ classes, values }: ScoredImages, i: number): number {
  const row = values.subarray(i * classes.length, (i + 1) * classes.length);
  return row.reduce((found, value, c) => (value > row[found] ? c : found), 0);
}

function worstImages({ paths, labels, classes, values }: ScoredImages, most: number): ImageResult[] {
  return paths
    .flatMap((path, i): ImageResult[] => {
      const row = values.subarray(i * classes.length, (i + 1) * classes.length);
      const others = classes.map((_, c) => c).filter((c) => !labels[i].includes(c));
      if (labels[i].length === 0 || others.length === 0) {
        return [];
      }
      const missed = labels[i].reduce((least, c) => (row[c] < row[least] ? c : least));
      const takenFor = others.reduce((most, c) => (row[c] > row[most] ? c : most));
      return row[takenFor] <= row[missed]
        ? []
        : [
            {
              path,
              classes: labels[i].map((c) => classes[c]),
              missed: classes[missed],
              takenFor: classes[takenFor],
              missedValue: row[missed],
              takenForValue: row[takenFor],
            },
          ];
    })
    .sort((a, b) => b.takenForValue - b.missedValue - (a.takenForValue - a.missedValue))
    .slice(0, most);
}

function classRows(scored: ScoredImages, multiHot: Float32Array, confusion: number[][] | null): ClassRow[] {
  const { classes, values, threshold } = scored;
  const images = scored.paths.length;
  const each = Array.from({ length: images }, (_, i) => i);
  const best = each.map((i) => bestClass(scored, i));
  return classes.map((name, c) => {
    const column = each.map((i) => values[i * classes.length + c]);
    const own = each.map((i) => multiHot[i * classes.length + c]);
    const count = own.reduce((sum, shown) => sum + shown, 0);
    const taken = (i: number) => (confusion === null ? column[i] >= threshold : best[i] === c);
    const found = each.filter(taken);
    const right = found.filter((i) => own[i] > 0.5).length;
    const others = confusion?.[c].map((n, to) => (to === c ? 0 : n)) ?? [];
    const most = Math.max(0, ...others);
    return {
      name,
      images: count,
      recall: plain(right / count),
      precision: plain(right / found.length),
      averagePrecision: plain(averagePrecision(column, own)),
      takenFor: most === 0 ? null : { name: classes[others.indexOf(most)], images: most },
    };
  });
}

/**
 * What a model is worth on labelled images, in numbers.
 *
 * @param worst images listed at most
 */
export function evaluationReport(scored: ScoredImages, worst = 20): EvaluationReport {
  const { model, data, classes, multiLabel, values, paths, labels, unreadable } = scored;
  const multiHot = multiHotOf(scored);
  const estimates = estimatesOf(scored);
  const matrix = multiLabel ? null : new ConfusionMatrix(classes.length);
  matrix?.update(
    values,
    labels.map(([label]) => label),
  );
  const confusion = matrix?.summary().counts ?? null;
  return {
    model,
    data,
    images: paths.length,
    multiLabel,
    classes: [...classes],
    estimates,
    accuracy: estimates.accuracy ?? null,
    meanClassAccuracy: estimates.meanClass ?? null,
    map: estimates.map ?? null,
    perClass: classRows(scored, multiHot, confusion),
    confusion,
    worst: worstImages(scored, worst),
    unreadable,
  };
}
