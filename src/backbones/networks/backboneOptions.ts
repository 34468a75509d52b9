import { expected } from '../../errors.js';
import type { WeightSource } from '../../formats/weightSource.js';

/**
 * What becomes of batch normalisation:
 * - `'fold'`: none in the model; statistics, scale and shift are multiplied into the convolution before it and its
 *   bias. Fastest to run, and the same values as the trained network up to rounding;
 * - `'freeze'`: kept as a fixed scale and shift, the trained statistics also while training, nothing trainable in it;
 * - `'train'`: kept and trained, with the statistics of the batch while training. The averages for prediction follow with
 *   momentum 0.9 in a network without weights, with tfjs' 0.99 in one that has some; `fineTune` recomputes young ones.
 */
export type BatchNormMode = 'fold' | 'freeze' | 'train';

/** Height, width and channels of one input image; `null` leaves a side free. */
export type BackboneInputShape = readonly [number | null, number | null, number];

/** The one options shape of every backbone builder. */
export interface BackboneOptions {
  /**
   * Where the weights come from: `safetensors`, `torchCheckpoint`, `layersModelWeights` or a source of your own.
   * torchvision's, timm's and this package's own names are told apart by themselves; each builder says which more.
   * Without it the layers keep their random initial values, and `batchNorm: 'train'` is the sensible mode.
   */
  weights?: WeightSource;
  /**
   * The stage, or stages, whose outputs the model gives, in that order; nothing after the last of them is built.
   * Default: the last stage (VGG: `block5`). Only with `include: 'features'`.
   */
  stages?: string | readonly string[];
  /** Default `[null, null, 3]`: any size. */
  inputShape?: BackboneInputShape;
  /** `'features'` gives feature maps, `'classifier'` the pooled logits `[batch, classes]`. Default `'features'`. */
  include?: 'features' | 'classifier';
  /** Outputs of the classifier, an integer >= 1. Default: as many as the weights have, without weights 1000. */
  classes?: number;
  /** Default `'fold'`. */
  batchNorm?: BatchNormMode;
}

/** One named stage of a backbone: a layer of that name gives its output. */
export interface BackboneStage {
  name: string;
  /** Input pixels from one position of the stage's maps to the next. */
  stride: number;
  channels: number;
  /** Side, in input pixels, of the square that one position sees. */
  receptiveField: number;
}

/** `BackboneOptions` with every default in place and every value checked. */
export interface ResolvedBackboneOptions {
  weights: WeightSource | null;
  /** Names of the stages whose outputs are asked for; empty with `include: 'classifier'`. */
  stages: readonly string[];
  inputShape: BackboneInputShape;
  include: 'features' | 'classifier';
  /** `null` where it is not given. */
  classes: number | null;
  batchNorm: BatchNormMode;
}

/** Refuses a stage name that `known` lacks; `owner` is the function named in the error. */
export function checkStageNames(owner: string, stages: readonly string[], known: readonly BackboneStage[]): void {
  for (const stage of stages) {
    if (!known.some(({ name }) => name === stage)) {
      throw expected(`stages for ${owner}`, `among ${known.map(({ name }) => name).join(', ')}`, stage);
    }
  }
}

/**
 * Checks a builder's options and fills in the defaults.
 *
 * @param owner the builder's name, for errors
 * @param known the builder's stages, first to last
 * @param last the stage that features end at by default
 * @throws WeldonError naming the option, its range and the value received
 */
export function resolveBackboneOptions(
  owner: string,
  known: readonly BackboneStage[],
  last: string,
  options: BackboneOptions,
): ResolvedBackboneOptions {
  const include = options.include ?? 'features';
  if (include !== 'features' && include !== 'classifier') {
    throw expected(`include for ${owner}`, `'features' or 'classifier'`, include);
  }
  const batchNorm = options.batchNorm ?? 'fold';
  if (batchNorm !== 'fold' && batchNorm !== 'freeze' && batchNorm !== 'train') {
    throw expected(`batchNorm for ${owner}`, `'fold', 'freeze' or 'train'`, batchNorm);
  }
  if (include === 'classifier' && options.stages !== undefined) {
    throw expected(`stages for ${owner}`, `absent with include: 'classifier'`, options.stages);
  }
  const stages = typeof options.stages === 'string' ? [options.stages] : [...(options.stages ?? [last])];
  if (stages.length === 0) {
    throw expected(`stages for ${owner}`, 'at least one stage name', stages);
  }
  checkStageNames(owner, stages, known);
  const repeated = stages.find((stage, i) => stages.indexOf(stage) !== i);
  if (repeated !== undefined) {
    throw expected(`stages for ${owner}`, 'different from each other', repeated);
  }
  const inputShape = options.inputShape ?? [null, null, 3];
  const sideIsFine = (side: unknown) => side === null || (Number.isInteger(side) && (side as number) >= 1);
  if (inputShape.length !== 3 || !sideIsFine(inputShape[0]) || !sideIsFine(inputShape[1]) || inputShape[2] !== 3) {
    throw expected(`inputShape for ${owner}`, '[height or null, width or null, 3]', inputShape);
  }
  const classes = options.classes ?? null;
  if (classes !== null && (!Number.isInteger(classes) || classes < 1)) {
    throw expected(`classes for ${owner}`, 'an integer >= 1', classes);
  }
  return {
    weights: options.weights ?? null,
    stages: include === 'features' ? stages : [],
    inputShape,
    include,
    classes,
    batchNorm,
  };
}
