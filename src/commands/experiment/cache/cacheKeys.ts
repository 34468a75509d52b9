/**
 * What stages are kept under: all that decides their results and nothing besides. Neither names of rows nor paths do, so
 * that a row may be renamed, data and weights may be moved, and other weights in the place of older ones are told from them.
 */
import type { ResizeRule } from '../../../models/index.js';
import type { HeadWants } from '../methods/linearHead.js';
import type { Choice } from '../scores/outcome.js';
import type { HeadRow, ProtocolConfig, SvmRow, TrainedRow } from '../config.js';
import { trainingOf } from '../config.js';

/** Features as heads take them: images with their labels and the network's layer, by what is in them. */
export interface FeaturesKey {
  source: unknown;
  size: number;
  normalise: string;
}

const featuresOf = ({ source, size, normalise }: FeaturesKey) => [source, size, normalise];
const headOf = ({ pooling, maps = 1 }: HeadRow) => ({ pooling, maps });

export function headChoiceKey(features: FeaturesKey, row: HeadRow, protocol: ProtocolConfig): unknown {
  const { rates, epochs, heldOut, repeats, batchSize, weightDecay, initial } = protocol;
  // The number changes with what a choice holds besides.
  return [featuresOf(features), headOf(row), { rates, epochs, heldOut, repeats, batchSize, weightDecay, initial }, 3];
}

export function headTestKey(
  features: FeaturesKey,
  row: HeadRow,
  { batchSize, weightDecay, initial }: ProtocolConfig,
  { rate, epochs }: Choice,
  seed: number,
  { maps, train, head }: HeadWants,
): unknown {
  return [
    featuresOf(features),
    headOf(row),
    { batchSize, weightDecay, initial },
    rate,
    epochs,
    seed,
    { maps, train, head },
  ];
}

/** Vectors for a linear SVM have a length of 1 of their own, whatever heads on the same features take. */
export const svmKey = ({ source, size }: FeaturesKey, { pooling }: SvmRow): unknown => [source, size, pooling];

/** A training of a row's network. */
export interface TrainingKey {
  /** images with their labels, and the network that training starts from, by what is in them */
  source: unknown;
  row: TrainedRow;
  resize: ResizeRule;
  rate: number;
  epochs: number;
}

const trainingKey = ({ source, row, resize, rate, epochs }: TrainingKey) => [
  source,
  trainingOf(row),
  resize,
  rate,
  epochs,
];

/** A training that a choice is made by, on the images that are not held out. */
export const candidateKey = (training: TrainingKey, heldOut: number): unknown => [trainingKey(training), { heldOut }];

/** A training on all images, and what it says of the test images. */
export const trainedTestKey = (training: TrainingKey, seed: number, withMaps: boolean): unknown => [
  trainingKey(training),
  { seed, withMaps },
];
