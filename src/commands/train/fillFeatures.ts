import type { FeatureStore } from '../../training/featureStore.js';
import type { TrainingGraph } from '../../training/trainingGraph.js';
import { computeFeatures } from '../../node/features/computeFeatures.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';
import type { PlannedSet } from './trainingBatches.js';

/** Name of the layer at which the frozen part of a run's first phase ends. */
function frozenEnd({ headFrom }: TrainingGraph, { strategy, trainFrom }: ResolvedTrainOptions): string {
  if (strategy === 'features' || strategy === 'twoPhase') {
    return headFrom.step!.layer.name;
  }
  return trainFrom as string;
}

/**
 * Computes the frozen part's features of all images before training starts, as fast as the machine gives, so that its
 * epochs are of one speed. What the store holds already is not computed again.
 *
 * @param onDone told how many images (every variant counts) have their features, of how many
 * @returns whether all have theirs; `false` where `signal` came first
 */
export async function fillFeatures(
  whole: TrainingGraph,
  options: ResolvedTrainOptions,
  { train, validation }: PlannedSet,
  store: FeatureStore,
  signal: AbortSignal | undefined,
  onDone: (done: number, total: number) => void,
): Promise<boolean> {
  const layer = frozenEnd(whole, options);
  const variants = train.plan.augmentation === undefined ? 1 : Math.min(options.epochs, options.augmentEpochs ?? 1);
  const ofTrain = train.dataSet.images.length * variants;
  const total = ofTrain + (validation?.dataSet.images.length ?? 0);
  const compute = ({ dataSet, plan }: NonNullable<PlannedSet['validation']>, epochs: number, before: number) =>
    computeFeatures(whole.model, dataSet, {
      // Fewer at once than in training: the network's own maps need room for all of them.
      ...plan,
      batchSize: Math.min(8, plan.batchSize),
      layer,
      store,
      signal,
      epochs,
      onProgress: (done) => onDone(Math.min(total, before + done), total),
    });
  const { stopped } = await compute(train, variants, 0);
  return (
    stopped === 'finished' && (validation === null || (await compute(validation, 1, ofTrain)).stopped === 'finished')
  );
}
