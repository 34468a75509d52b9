import * as tf from '@tensorflow/tfjs-core';
import type { FeatureSet, Normalisation } from './featureSet.js';
import { featureBatch } from './featureSet.js';
import { rivalOf } from '../../metrics/peak.js';
import { runHeads } from './runHeads.js';
import type { HeadTensors } from './runHeads.js';
import type { TrainedHead } from './headSpec.js';

/** What a head says of some images. */
export interface HeadResult {
  /** `[images, classes]`, before softmax or sigmoid */
  scores: Float32Array;
  /** of the classes asked for, one map `[rows · columns]` each, image by image */
  maps: Float32Array[][];
  /** with them, the map of the class with the highest score among the others */
  rivals: Float32Array[];
}

export interface ScoreOptions {
  members: ArrayLike<number>;
  normalise: Normalisation;
  batchSize: number;
  /** classes whose maps are wanted, by image in the order of `members`; default none */
  mapsOf?: readonly (readonly number[])[];
}

/** Scores of several heads for the same images; heads that were lost in training are not for it. */
export async function scoreHeads(
  trained: readonly TrainedHead[],
  features: FeatureSet,
  { members, normalise, batchSize, mapsOf }: ScoreOptions,
): Promise<HeadResult[]> {
  const regions = features.rows * features.columns;
  const results: HeadResult[] = [];
  const heads: HeadTensors[] = [];
  try {
    for (const { spec, classes, depth, kernel, bias } of trained) {
      results.push({ scores: new Float32Array(members.length * classes), maps: [], rivals: [] });
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
        result.scores.set(values[i] as Float32Array, from * classes);
        if (mapsOf !== undefined) {
          const all = values[trained.length + i];
          batch.forEach((_, place) => {
            const mapOf = (label: number) =>
              Float32Array.from({ length: regions }, (__, r) => all[(place * regions + r) * classes + label]);
            const labels = mapsOf[from + place];
            result.maps.push(labels.map(mapOf));
            const rival = rivalOf(values[i], place * classes, classes, labels);
            result.rivals.push(rival < 0 ? new Float32Array(regions) : mapOf(rival));
          });
        }
      });
    }
    return results;
  } finally {
    tf.dispose(heads.flatMap(({ kernel, bias }) => [kernel, bias]));
  }
}
