import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { BatchInputs, SavedStatistics } from './learners.js';
import { disposeInputs } from './learners.js';
import type { TrainingBatch } from './trainingData.js';
import type { SplitGraph } from './trainingGraph.js';
import { runUpper } from './trainingGraph.js';

/** A batch normalisation of the trained part, with the averages that prediction takes in place of a batch's statistics. */
interface Norm {
  mean: tfl.LayerVariable;
  variance: tfl.LayerVariable;
  /** what one forward pass leaves of the averages that were there before it */
  kept: number;
  momentum: number;
}

function normsOf({ upper }: SplitGraph): Norm[] {
  const layers = upper.map(({ layer }) => layer).filter((layer) => layer.getClassName() === 'BatchNormalization');
  return [...new Set(layers)].map((layer) => {
    const { momentum } = layer.getConfig() as { momentum: number };
    const named = (name: string) =>
      layer.weights.find(({ originalName }) => originalName.includes(name)) as tfl.LayerVariable;
    return {
      mean: named('moving_mean'),
      variance: named('moving_variance'),
      // A layer that is called several times in a pass is averaged as often.
      kept: momentum ** layers.filter((other) => other === layer).length,
      momentum,
    };
  });
}

function save(norms: readonly Norm[]): SavedStatistics {
  const weights = norms.flatMap(({ mean, variance }) => [mean, variance]);
  const values = weights.map((weight) => tf.clone(weight.read()));
  return { restore: () => weights.forEach((weight, i) => weight.write(values[i])), dispose: () => tf.dispose(values) };
}

/** Saves the moving averages of batch normalisation in the trained part, which a forward pass already changes. */
export function saveAverages(split: SplitGraph): SavedStatistics {
  return save(normsOf(split));
}

/** Windows of 1 / (1 − momentum) batches in which averages are young: they lag behind weights that still move fast. */
const youngWindows = 10;

/** Whether the averages are young after so many batches; a trained part without batch normalisation has none. */
export function areYoung(split: SplitGraph, batches: number): boolean {
  return normsOf(split).some(({ momentum }) => batches * (1 - momentum) < youngWindows);
}

/** What single precision holds, about. */
const largest = 3.4e38;

/** Images whose statistics are enough; Wu and Johnson see no gain above some thousand. */
const enough = 1024;

/**
 * Puts the statistics of training images under the present weights in place of the moving averages, which in a short run
 * are those of weights long gone, or of none: precise batch normalisation (Wu & Johnson, "Rethinking Batch in BatchNorm",
 * 2021, arXiv:2105.07576, section 3). A channel whose statistics are no numbers keeps its averages. Nothing is dropped meanwhile, as at prediction. Means and variances of the batches
 * are put together to those of all their images, 1024 at least where there are as many.
 *
 * @param batches training batches; taken over
 * @param inputsOf what the trained part takes of a batch
 */
export async function recomputeAverages(
  split: SplitGraph,
  batches: AsyncIterable<TrainingBatch>,
  inputsOf: (batch: TrainingBatch) => Promise<BatchInputs>,
): Promise<void> {
  const norms = normsOf(split);
  if (norms.length === 0) {
    return;
  }
  const before = save(norms);
  /** mean and mean square of each, summed over the images */
  let sums: tf.Tensor[][] = norms.map(() => []);
  let images = 0;
  try {
    for await (const batch of batches) {
      const inputs = await inputsOf(batch);
      const [count] = inputs.labels.shape;
      try {
        tf.tidy(() => {
          norms.forEach(({ mean, variance }) =>
            [mean, variance].forEach((each) => each.write(tf.zeros(each.shape as number[]))),
          );
          // From averages of 0, what a pass adds is all there is.
          runUpper(split, inputs, { training: false, batchStatistics: true });
        });
        const added = norms.map(({ mean, variance, kept }, i) =>
          tf.tidy(() => {
            const own = tf.div(mean.read(), 1 - kept);
            const square = tf.add(tf.div(variance.read(), 1 - kept), tf.square(own));
            return [own, square].map((value, j) =>
              tf.keep(sums[i].length === 0 ? tf.mul(value, count) : tf.add(sums[i][j], tf.mul(value, count))),
            );
          }),
        );
        tf.dispose(sums);
        sums = added;
      } finally {
        disposeInputs(inputs);
      }
      images += count;
      if (images >= enough) {
        break;
      }
    }
    before.restore();
    norms.forEach(({ mean, variance }, i) =>
      tf.tidy(() => {
        const [average, square] = sums[i].map((sum) => tf.div(sum, images));
        // The square of what a diverging network gives may be no number any more, where the value itself still is.
        const isFinite = tf.lessEqual(square, largest);
        mean.write(tf.where(isFinite, average, mean.read()));
        variance.write(tf.where(isFinite, tf.relu(tf.sub(square, tf.square(average))), variance.read()));
      }),
    );
  } catch (error) {
    before.restore();
    throw error;
  } finally {
    before.dispose();
    tf.dispose(sums);
  }
}
