/**
 * What cached results are keyed by: all that decides them and nothing besides. Neither names of methods nor paths do, so that
 * a method may be renamed, data and weights may be moved, and other weights in the place of older ones are noticed.
 */
import type { ResizeRule } from '../../../models/recipe.js';
import type { Choice, HeadWants } from '../outcome.js';
import type { HeadMethod, ProtocolConfig, SvmMethod, TrainedMethod } from '../config.js';
import { trainingOf } from '../config.js';

/** Features as heads take them: images with their labels and the network's layer, by what is in them. */
export interface FeaturesKey {
  source: unknown;
  size: number;
  normalize: string;
}

const featuresOf = ({ source, size, normalize }: FeaturesKey) => [source, size, normalize];
const headOf = ({ pooling, maps = 1 }: HeadMethod) => ({ pooling, maps });

export function headChoiceKey(features: FeaturesKey, method: HeadMethod, protocol: ProtocolConfig): unknown {
  const { rates, epochs, heldOut, repeats, batchSize, weightDecay, initial } = protocol;
  // The number changes with what a choice holds besides.
  return [
    featuresOf(features),
    headOf(method),
    { rates, epochs, heldOut, repeats, batchSize, weightDecay, initial },
    3,
  ];
}

export function headTestKey(
  features: FeaturesKey,
  method: HeadMethod,
  { batchSize, weightDecay, initial }: ProtocolConfig,
  { rate, epochs }: Choice,
  seed: number,
  { maps, train, head }: HeadWants,
): unknown {
  return [
    featuresOf(features),
    headOf(method),
    { batchSize, weightDecay, initial },
    rate,
    epochs,
    seed,
    { maps, train, head },
  ];
}

/** Vectors for a linear SVM have a length of 1 of their own, whatever heads on the same features take. */
export const svmKey = ({ source, size }: FeaturesKey, { pooling }: SvmMethod): unknown => [source, size, pooling];

/** A training of a method's network. */
export interface TrainingKey {
  /** images with their labels, and the network that training starts from, by what is in them */
  source: unknown;
  method: TrainedMethod;
  resize: ResizeRule;
  rate: number;
  epochs: number;
}

const trainingKey = ({ source, method, resize, rate, epochs }: TrainingKey) => [
  source,
  trainingOf(method),
  resize,
  rate,
  epochs,
  // Networks from scratch were measured with averages of batch normalisation that had not arrived.
  ...(method.kind === 'scratch' ? ['settled averages'] : []),
];

/** A training that a choice is made by, on the images that are not held out. */
export const candidateKey = (training: TrainingKey, heldOut: number): unknown => [trainingKey(training), { heldOut }];

/** A training on all images, and what it says of the test images. */
export const trainedTestKey = (training: TrainingKey, seed: number, withMaps: boolean): unknown => [
  trainingKey(training),
  { seed, withMaps },
];
