import { expected } from '../../errors.js';
import { usualHeadEpochs } from '../../training/fineTuneOptions.js';
import type { FineTuneOptions, LossName } from '../../training/fineTuneOptions.js';
import type { OptimizerRule } from '../../training/optimisation/optimizer.js';
import type { Schedule } from '../../training/optimisation/learningRate.js';
import type { PoolingOptions } from '../../pooling/options.js';
import type { PoolingPreset } from '../../pooling/presets.js';
import { poolingPresets } from '../../pooling/presets.js';
import { resolveChoice, weldonOptionsOf, withWeldonOptions } from '../../pooling/registry.js';
import type { TrainOptions } from './options.js';

type Decided =
  | 'data'
  | 'out'
  | 'validation'
  | 'strategy'
  | 'epochs'
  | 'learningRate'
  | 'batchSize'
  | 'loss'
  | 'labelSmoothing'
  | 'optimizer'
  | 'schedule'
  | 'warmUp'
  | 'weightDecay'
  | 'accumulate'
  | 'seed'
  | 'pooling'
  | 'maps'
  | 'normalize'
  | 'dropMap'
  | 'dropout'
  | 'size'
  | 'resize'
  | 'augment'
  | 'checkpointEvery'
  | 'backboneRate';

/** A run's options with every default in place; what is absent is not used. */
export type ResolvedTrainOptions = TrainOptions & Required<Pick<TrainOptions, Decided>>;

/** What defaults depend on. */
export interface RunFacts {
  /** images may have several classes */
  multiLabel: boolean;
  /** Name of the backbone. */
  backbone: string;
  /** Side of the input that its recipe says. */
  size: number;
  /** Images to train on. */
  images: number;
}

/** What the scores go through behind the pooling, so that the loss and the probabilities fit each other. */
export function activationFor(loss: LossName): 'softmax' | 'sigmoid' | 'linear' {
  return {
    softmax: 'softmax',
    oneVsAll: 'sigmoid',
    multiLabelSoftMargin: 'sigmoid',
    squaredHinge: 'linear',
    apRanking: 'linear',
  }[loss] as 'softmax' | 'sigmoid' | 'linear';
}

/** WELDON's options, filled in from the preset; none for a pooling that does not count regions. */
function countsOf(options: TrainOptions, pooling: PoolingPreset): PoolingOptions {
  const { kMax, kMin, alpha, reduction, kMaxFrom } = options;
  const preset = weldonOptionsOf(pooling, 'trainModel');
  if (preset === null) {
    const given = Object.entries({ kMax, kMin, alpha, reduction, kMaxFrom }).find(([, value]) => value !== undefined);
    if (given !== undefined) {
      throw expected(`${given[0]} for trainModel`, `absent beside ${pooling} pooling`, given[1]);
    }
    return {};
  }
  const counts = resolveChoice(
    withWeldonOptions(preset, { kMax, kMin, alpha, reduction }),
    'trainModel',
  ) as Required<PoolingOptions>;
  if (kMaxFrom !== undefined && (counts.kMax === 0 || kMaxFrom < 1 !== counts.kMax < 1)) {
    throw expected(
      'kMaxFrom for trainModel',
      counts.kMax === 0
        ? 'absent where kMax is 0'
        : `a ${counts.kMax < 1 ? 'share of the regions' : 'whole number of regions'}, as is kMax, ${counts.kMax}`,
      kMaxFrom,
    );
  }
  return counts;
}

/**
 * Fills in what is not given.
 *
 * @param options checked by `checkTrainOptions`
 * @throws WeldonError for options that exclude one another
 */
export function resolveTrainOptions(options: TrainOptions, facts: RunFacts): ResolvedTrainOptions {
  const { strategy = 'features', pooling = 'weldon' } = options;
  const frozen = strategy === 'features';
  const loss = options.loss ?? (facts.multiLabel ? 'multiLabelSoftMargin' : 'softmax');
  if (facts.multiLabel && loss === 'softmax') {
    throw expected(
      'loss for trainModel',
      'one for several classes per image, such as multiLabelSoftMargin, for these images',
      loss,
    );
  }
  const counts = countsOf(options, pooling);
  const epochs = options.epochs ?? { features: 20, fineTune: 10, twoPhase: 10, scratch: 60 }[strategy];
  const batchSize = options.batchSize ?? (frozen ? 32 : 16);
  const accumulate = options.accumulate ?? 1;
  const steps = epochs * Math.ceil(Math.ceil(facts.images / batchSize) / accumulate);
  const augment =
    options.augment ?? (frozen || options.trainFrom !== undefined ? (['none'] as const) : (['flip', 'crop'] as const));
  if (augment.includes('none') && augment.length > 1) {
    throw expected('augment for trainModel', 'none alone, or without none', augment);
  }
  return {
    ...options,
    data: options.data as string,
    out: options.out as string,
    validation: options.validation ?? 0.2,
    // The name of a model folder is none of a backbone.
    backbone: options.weights !== undefined && options.backbone === undefined ? undefined : facts.backbone,
    strategy,
    epochs,
    batchSize,
    accumulate,
    loss,
    pooling,
    augment,
    headEpochs: options.headEpochs ?? (strategy === 'twoPhase' ? usualHeadEpochs(epochs) : undefined),
    learningRate: options.learningRate ?? (frozen ? 0.003 : 0.001),
    backboneRate: options.backboneRate ?? (strategy === 'scratch' ? 1 : 0.1),
    labelSmoothing: options.labelSmoothing ?? 0,
    optimizer: options.optimizer ?? (frozen ? 'adam' : 'adamW'),
    schedule: options.schedule ?? 'cosine',
    warmUp: options.warmUp ?? (frozen ? 0 : Math.round(steps / 20)),
    weightDecay: options.weightDecay ?? 0.001,
    seed: options.seed ?? 0,
    ...counts,
    maps: options.maps ?? poolingPresets[pooling].maps,
    normalize: options.normalize ?? 'none',
    dropMap: options.dropMap ?? 0,
    dropout: options.dropout ?? 0,
    size: options.size ?? facts.size,
    resize: options.resize ?? 'warp',
    checkpointEvery: options.checkpointEvery ?? 100,
  };
}

function scheduleOf({ schedule, warmUp, epochs, accumulate }: ResolvedTrainOptions, batchesPerEpoch: number): Schedule {
  const steps = epochs * Math.ceil(batchesPerEpoch / accumulate);
  switch (schedule) {
    case 'constant':
      return { kind: 'constant', warmUp };
    case 'cosine':
      return { kind: 'cosine', warmUp };
    // Twice a tenth, as the papers of the time did it.
    case 'step':
      return {
        kind: 'step',
        at: [Math.max(1, Math.round(steps / 2)), Math.max(2, Math.round((steps * 3) / 4))],
        warmUp,
      };
  }
}

/** The part of the options that `fineTune` takes. */
export function fineTuneOptionsOf(options: ResolvedTrainOptions, batchesPerEpoch: number): FineTuneOptions {
  const { strategy, epochs, headEpochs, learningRate, backboneRate, weightDecay, clipNorm, accumulate, loss, seed } =
    options;
  const { trainFrom, patience, labelSmoothing, checkpointEvery } = options;
  return {
    strategy,
    epochs,
    headEpochs,
    learningRate,
    backboneRate,
    weightDecay,
    weightDecayOf: options.weightDecayOf,
    clipNorm,
    accumulate,
    loss,
    seed,
    patience,
    trainFrom: strategy === 'features' ? undefined : trainFrom,
    labelSmoothing: labelSmoothing === 0 ? undefined : labelSmoothing,
    optimizer: { kind: options.optimizer } as OptimizerRule,
    schedule: scheduleOf(options, batchesPerEpoch),
    poolingSchedule: options.kMaxFrom === undefined ? undefined : { from: options.kMaxFrom },
    checkpointEvery,
  };
}
