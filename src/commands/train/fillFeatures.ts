import type { FeatureStore } from '../../training/featureStore.js';
import type { TrainingGraph } from '../../training/trainingGraph.js';
import type { Notice } from '../../node/notice.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import { hashOfModel } from '../../training/hashOfModel.js';
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
 * @param at.engine where the network runs, if not on the active backend
 * @param onDone told how many images (every variant counts) have their features, of how many
 * @returns whether all have theirs, `false` where `at.signal` came first, and the engine that they are kept under
 */
export async function fillFeatures(
  whole: TrainingGraph,
  options: ResolvedTrainOptions,
  { train, validation }: PlannedSet,
  store: FeatureStore,
  at: { signal?: AbortSignal; engine?: FrozenEngine; notice: Notice },
  onDone: (done: number, total: number) => void,
): Promise<{ filled: boolean; engine?: string }> {
  const { signal } = at;
  const layer = frozenEnd(whole, options);
  const { input } = train.plan.recipe;
  const hash = at.engine === undefined ? undefined : await hashOfModel(whole.model, layer);
  const spec = { model: whole.model, outputs: ['features'] as const, layer, input, hash };
  const pass = (await openPass(at.engine, spec, at.notice)) ?? undefined;
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
      pass,
      epochs,
      onProgress: (done) => onDone(Math.min(total, before + done), total),
    });
  try {
    const { stopped } = await compute(train, variants, 0);
    const filled =
      stopped === 'finished' && (validation === null || (await compute(validation, 1, ofTrain)).stopped === 'finished');
    return { filled, engine: pass?.name };
  } finally {
    await pass?.dispose();
  }
}
