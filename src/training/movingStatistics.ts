import * as tf from '@tensorflow/tfjs-core';
import type { SplitGraph } from './trainingGraph.js';

/** Weights that training moves without a gradient, kept so that a step can be taken back. */
export interface KeptStatistics {
  /** Gives the weights the values they had. */
  restore(): void;
  dispose(): void;
}

/** Keeps the moving averages of batch normalisation in the trained part, which a forward pass already changes. */
export function keepStatistics({ upper }: SplitGraph): KeptStatistics {
  const layers = [...new Set(upper.map(({ layer }) => layer))];
  const weights = layers
    .filter((layer) => layer.getClassName() === 'BatchNormalization')
    .flatMap((layer) => layer.weights.filter(({ originalName }) => originalName.includes('moving_')));
  const values = weights.map((weight) => tf.clone(weight.read()));
  return { restore: () => weights.forEach((weight, i) => weight.write(values[i])), dispose: () => tf.dispose(values) };
}
