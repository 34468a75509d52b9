import * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../errors.js';
import type { FeatureCache } from './batchFeatures.js';
import { batchInputs } from './batchFeatures.js';
import type { ResolvedOptions } from './fineTuneOptions.js';
import type { TrainingData } from './trainingData.js';
import type { SplitGraph } from './trainingGraph.js';
import { runUpper } from './trainingGraph.js';

/** Part of the images whose highest score belongs to a class that is there; the lower class number on equal scores. */
export function partRight(scores: Float32Array, labels: Float32Array, classes: number): number {
  let right = 0;
  for (let start = 0; start < scores.length; start += classes) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (scores[start + c] > scores[start + best]) {
        best = c;
      }
    }
    right += labels[start + best] > 0.5 ? 1 : 0;
  }
  return (right * classes) / scores.length;
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

/** Mean loss and figure of merit of a data set, as at prediction. */
export async function validate(
  split: SplitGraph,
  cache: FeatureCache | null,
  data: TrainingData,
  options: Pick<ResolvedOptions, 'lossOf' | 'metric'>,
): Promise<{ loss: number; metric: number }> {
  const { classes } = split.whole;
  const scores: Float32Array[] = [];
  const marks: Float32Array[] = [];
  let lossSum = 0;
  for await (const batch of data.batches(0, 0)) {
    const { features, labels } = await batchInputs(split, batch, cache);
    try {
      const [output, loss] = tf.tidy(() => {
        const result = runUpper(split, features, { training: false });
        return [result, options.lossOf(result, labels)];
      });
      const [values, known, [value]] = await Promise.all([output.data(), labels.data(), loss.data()]);
      tf.dispose([output, loss]);
      scores.push(values as Float32Array);
      marks.push(known as Float32Array);
      lossSum += value * labels.shape[0];
    } finally {
      tf.dispose([features, labels]);
    }
  }
  const all = joined(scores);
  if (all.length === 0) {
    throw expectedInWords('the validation data', 'one batch or more', 'none');
  }
  return { loss: lossSum / (all.length / classes), metric: (options.metric ?? partRight)(all, joined(marks), classes) };
}
