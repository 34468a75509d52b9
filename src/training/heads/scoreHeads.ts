import * as tf from '@tensorflow/tfjs-core';
import type { FeatureSet, Normalisation } from './featureSet.js';
import { featureBatch } from './featureSet.js';
import type { ImageScores } from '../scoring.js';
import { addScores, imageScores } from '../scoring.js';
import { runHeads } from './runHeads.js';
import type { HeadTensors } from './runHeads.js';
import type { TrainedHead } from './headSpec.js';

export interface ScoreOptions {
  members: ArrayLike<number>;
  normalise: Normalisation;
  batchSize: number;
  /** classes whose maps are wanted, by place of the image in `members`; default none */
  mapsOf?: (place: number) => readonly number[];
}

/** Scores of several heads for the same images; heads that were lost in training are not for it. */
export async function scoreHeads(
  trained: readonly TrainedHead[],
  features: FeatureSet,
  { members, normalise, batchSize, mapsOf }: ScoreOptions,
): Promise<ImageScores[]> {
  const regions = features.rows * features.columns;
  const results: ImageScores[] = [];
  const heads: HeadTensors[] = [];
  try {
    for (const { spec, classes, depth, kernel, bias } of trained) {
      results.push(imageScores(members.length, classes));
      heads.push({
        spec,
        ...tf.tidy(() => ({ kernel: tf.tensor2d(kernel, [depth, bias.length]), bias: tf.tensor1d(bias) })),
      });
    }
    for (let from = 0; from < members.length && trained.length > 0; from += batchSize) {
      const [{ classes }] = trained;
      const batch = Array.from(members).slice(from, from + batchSize);
      const outputs = tf.tidy(() => {
        const x = featureBatch(features, batch, normalise);
        const { scores, maps } = runHeads(x, heads, classes, regions, mapsOf !== undefined);
        return mapsOf === undefined ? scores : [...scores, ...maps];
      });
      const values = await Promise.all(outputs.map((tensor) => tensor.data())).finally(() => tf.dispose(outputs));
      results.forEach((result, i) => {
        const [scores, maps] = [values[i], values[trained.length + i]] as Float32Array[];
        addScores(result, from, scores, classes, mapsOf === undefined ? null : { values: maps, of: mapsOf });
      });
    }
    return results;
  } finally {
    tf.dispose(heads.flatMap(({ kernel, bias }) => [kernel, bias]));
  }
}
