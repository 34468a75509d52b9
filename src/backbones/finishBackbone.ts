import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { fillWeights } from './fillWeights.js';
import type { WeightSlot } from './weightSlots.js';
import type { WeightSource } from './weightSource.js';

/** A network drawn by its builder, not yet a model. */
export interface DrawnBackbone {
  name: string;
  input: SymbolicTensor;
  outputs: SymbolicTensor[];
  slots: readonly WeightSlot[];
  /** The drawing goes to the end, classifier included. */
  whole: boolean;
}

/**
 * Makes the LayersModel and fills it. Where the weights do not fit or cannot be read, the model is disposed and the
 * error passed on: nobody gets a half-loaded one.
 */
export async function finishBackbone(drawn: DrawnBackbone, weights: WeightSource | null): Promise<tfl.LayersModel> {
  const model = tfl.model({ name: drawn.name, inputs: drawn.input, outputs: drawn.outputs });
  if (weights === null) {
    return model;
  }
  try {
    await fillWeights(drawn.name, drawn.slots, weights, drawn.whole);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
