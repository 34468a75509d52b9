import type * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../errors.js';
import type { TrainedWeight } from './optimisation/index.js';
import type { SplitGraph } from './trainingGraph.js';
import { splitAt } from './trainingGraph.js';

const normalising = new Set(['BatchNormalization', 'LayerNormalization', 'FrozenBatchNorm']);

/**
 * The weights above a cut that are trained: those of trainable layers, at `backboneRate` times the learning rate below
 * the head. Decay leaves out biases (and whatever else has one axis) and normalisation.
 *
 * @throws WeldonError if there are none
 */
export function trainedWeights(
  { whole, upper }: SplitGraph,
  backboneRate: number,
  weightDecay: number,
): TrainedWeight[] {
  const head = new Set(splitAt(whole, whole.headFrom).upper.map(({ layer }) => layer));
  const layers = [...new Set(upper.map(({ layer }) => layer))];
  const weights = layers.flatMap((layer) =>
    layer.trainableWeights.map((weight): TrainedWeight => ({
      name: `${layer.name}/${layer.weights.indexOf(weight)}`,
      variable: weight.read() as tf.Variable,
      rate: head.has(layer) ? 1 : backboneRate,
      decay: weight.shape.length < 2 || normalising.has(layer.getClassName()) ? 0 : weightDecay,
    })),
  );
  const moving = weights.filter(({ rate }) => rate > 0);
  if (moving.length === 0) {
    throw expectedInWords(`model ${whole.model.name}`, 'one with trainable layers in the trained part', 'none');
  }
  return moving;
}
