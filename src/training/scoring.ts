import * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../errors.js';
import { MeanAveragePrecision } from '../metrics/averagePrecision.js';
import { argmax } from '../metrics/checkScores.js';
import { rivalOf } from '../metrics/localization/peak.js';
import { classMapsOf } from '../models/classMaps.js';
import { stepsFor } from '../models/layerGraph.js';
import type { FeatureCache } from './batchFeatures.js';
import { batchInputs } from './batchFeatures.js';
import { DivergenceError } from './divergence.js';
import type { ResolvedOptions } from './fineTuneOptions.js';
import type { BatchInputs } from './learners.js';
import { disposeInputs } from './learners.js';
import { runSteps } from './runSteps.js';
import type { TrainingData } from './trainingData.js';
import type { SplitGraph } from './trainingGraph.js';
import { givenAt, runUpper } from './trainingGraph.js';

/** What a model or a head gives for some images. */
export interface ImageScores {
  /** `[images, classes]`, before softmax or sigmoid */
  scores: Float32Array;
  /** of the classes asked for, one map `[rows · columns]` each, image by image */
  maps: Float32Array[][];
  /** with them, the map of the class with the highest score among the others; zeros where there is none */
  rivals: Float32Array[];
}

/** Room for scores of so many images, to be filled by `addScores`. */
export function imageScores(images: number, classes: number): ImageScores {
  return { scores: new Float32Array(images * classes), maps: [], rivals: [] };
}

/**
 * Puts the scores of a batch, and maps of it where they are given, behind those of the batches before.
 *
 * @param first number of the batch's first image
 * @param maps `[batch, regions, classes]`, and the classes whose maps are wanted, by number of the image
 */
export function addScores(
  all: ImageScores,
  first: number,
  scores: Float32Array,
  classes: number,
  maps: { values: Float32Array; of(image: number): readonly number[] } | null,
): void {
  all.scores.set(scores, first * classes);
  if (maps === null) {
    return;
  }
  const { values } = maps;
  const regions = values.length / scores.length;
  for (let i = 0; i * classes < scores.length; i++) {
    const mapOf = (label: number) =>
      Float32Array.from({ length: regions }, (_, r) => values[(i * regions + r) * classes + label]);
    const labels = maps.of(first + i);
    all.maps.push(labels.map(mapOf));
    const rival = rivalOf(scores, i * classes, classes, labels);
    all.rivals.push(rival < 0 ? new Float32Array(regions) : mapOf(rival));
  }
}

/** Scores that are no numbers would be measured like others: NaN is the highest of none, infinity of all. */
function checkFinite(scores: Float32Array, classes: number, first: number): void {
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) {
    throw expectedInWords(
      'the scores of the trained network',
      'finite numbers',
      `${scores[wrong]} for image ${first + Math.floor(wrong / classes) + 1}: lower the learning rate`,
    );
  }
}

/** Goes through a data set once, in order. */
async function eachBatch(
  split: SplitGraph,
  cache: FeatureCache | null,
  data: TrainingData,
  visit: (inputs: BatchInputs) => Promise<void>,
): Promise<void> {
  for await (const batch of data.batches(0, 0)) {
    const inputs = await batchInputs(split, batch, cache);
    try {
      await visit(inputs);
    } finally {
      disposeInputs(inputs);
    }
  }
}

/**
 * Scores of a model that ends in class maps for all images of a data set, as at prediction, and the maps asked for.
 *
 * @param images how many there are
 * @param mapsOf classes whose maps are wanted, by number of the image; default none
 * @returns the maps' rows and columns, too
 */
export async function scoreModel(
  split: SplitGraph,
  cache: FeatureCache | null,
  data: TrainingData,
  images: number,
  mapsOf?: (image: number) => readonly number[],
): Promise<ImageScores & { grid: [rows: number, columns: number] }> {
  const { whole, graph, from, upper } = split;
  const { maps: mapsAt } = classMapsOf(graph);
  const mapped = new Set(stepsFor(graph, [mapsAt]));
  const [toMaps, behind] = [upper.filter((step) => mapped.has(step)), upper.filter((step) => !mapped.has(step))];
  const all = imageScores(images, whole.classes);
  const grid: [number, number] = [0, 0];
  let done = 0;
  await eachBatch(split, cache, data, async (inputs) => {
    const [scores, maps] = tf.tidy(() => {
      const mode = { training: false } as const;
      const classMaps = runSteps(graph.steps, toMaps, givenAt(graph, from, inputs), mapsAt, mode);
      return [
        runSteps(graph.steps, behind, givenAt(graph, mapsAt, { ...inputs, features: classMaps }), whole.scores, mode),
        classMaps,
      ];
    });
    try {
      const values = (await scores.data()) as Float32Array;
      checkFinite(values, whole.classes, done);
      const ofMaps = mapsOf && { values: (await maps.data()) as Float32Array, of: mapsOf };
      addScores(all, done, values, whole.classes, ofMaps ?? null);
      [, grid[0], grid[1]] = maps.shape as [number, number, number];
      done += scores.shape[0] as number;
    } finally {
      tf.dispose([scores, maps]);
    }
  });
  return { ...all, grid };
}

/**
 * What validation measures where nothing else is asked for. One class an image: the part whose highest score belongs to
 * it; one output: the part whose score is on the right side of 0; several classes an image, or none: mean average
 * precision. A score that is NaN is never right.
 */
export function usualMetric(scores: Float32Array, labels: Float32Array, classes: number): number {
  const images = scores.length / classes;
  if (classes === 1) {
    const known = Array.from(labels.keys()).filter((i) => labels[i] >= 0);
    return known.filter((i) => (labels[i] > 0.5 ? scores[i] > 0 : scores[i] <= 0)).length / known.length;
  }
  for (let i = 0; i < images; i++) {
    if (labels.subarray(i * classes, (i + 1) * classes).filter((label) => label > 0.5).length !== 1) {
      const metric = new MeanAveragePrecision(classes);
      metric.update(scores, labels);
      return metric.summary().map;
    }
  }
  let right = 0;
  for (let i = 0; i < images; i++) {
    const best = argmax(scores, i, classes);
    right += best >= 0 && labels[i * classes + best] > 0.5 ? 1 : 0;
  }
  return right / images;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Mean loss and metric of a data set, as at prediction. */
export async function validate(
  split: SplitGraph,
  cache: FeatureCache | null,
  data: TrainingData,
  options: Pick<ResolvedOptions, 'lossOf' | 'metric'>,
  { step, epoch }: { step: number; epoch: number },
): Promise<{ loss: number; metric: number }> {
  const { classes } = split.whole;
  const scores: Float32Array[] = [];
  const multiHot: Float32Array[] = [];
  let lossSum = 0;
  await eachBatch(split, cache, data, async (inputs) => {
    const { labels } = inputs;
    const [output, loss] = tf.tidy(() => {
      const result = runUpper(split, inputs, { training: false });
      return [result, options.lossOf(result, labels)];
    });
    const [values, known, [value]] = await Promise.all([output.data(), labels.data(), loss.data()]);
    tf.dispose([output, loss]);
    if (values.some(Number.isNaN)) {
      throw new DivergenceError(
        { subject: 'the scores of the validation images after', step, epoch, value: NaN },
        'after',
      );
    }
    scores.push(values as Float32Array);
    multiHot.push(known as Float32Array);
    lossSum += value * labels.shape[0];
  });
  const all = joined(scores);
  if (all.length === 0) {
    throw expectedInWords('the validation data', 'one batch or more', 'none');
  }
  const metric = (options.metric ?? usualMetric)(all, joined(multiHot), classes);
  return { loss: lossSum / (all.length / classes), metric };
}
