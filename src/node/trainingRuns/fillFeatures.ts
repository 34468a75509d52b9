import type * as tfl from '@tensorflow/tfjs-layers';
import { extractFeatures } from '../../training/extractFeatures.js';
import type { FeatureStore } from '../../training/featureStore.js';
import type { TrainingData } from '../../training/trainingData.js';
import { trainingGraph } from '../../training/trainingGraph.js';
import type { ResolvedTrainOptions } from './resolveTrainOptions.js';
import type { TrainingBatches } from './trainingBatches.js';

/** Name of the layer at which the frozen part of a run's first phase ends. */
function frozenEnd(model: tfl.LayersModel, { strategy, trainFrom }: ResolvedTrainOptions): string {
  if (strategy === 'features' || strategy === 'twoPhase') {
    return trainingGraph(model).headFrom.step!.layer.name;
  }
  return trainFrom as string;
}

/**
 * Computes the frozen part's features of all photos before training starts, so that its epochs are of one speed. What
 * the store holds already is not computed again.
 *
 * @param onDone told how many photos have theirs, of how many
 * @returns whether all have theirs; `false` where `signal` came first
 */
export async function fillFeatures(
  model: tfl.LayersModel, options: ResolvedTrainOptions, batches: TrainingBatches, store: FeatureStore, photos: number,
  signal: AbortSignal | undefined, onDone: (done: number, total: number) => void,
): Promise<boolean> {
  let done = 0;
  const counted = (data: TrainingData): TrainingData => ({
    batchesPerEpoch: data.batchesPerEpoch,
    async *batches(epoch, from) {
      for await (const batch of data.batches(epoch, from)) {
        const [size] = batch.labels.shape;
        yield batch;
        done += size;
        onDone(done, photos);
        if (signal?.aborted === true) {
          return;
        }
      }
    },
  });
  for (const data of [batches.train, batches.validation]) {
    if (data !== undefined && signal?.aborted !== true) {
      await extractFeatures(model, counted(data), { layer: frozenEnd(model, options), cache: { store } });
    }
  }
  return signal?.aborted !== true;
}
