import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Disposes a model. A backend that has run out of memory may fail at that too, in words of its own, which must not take
 * the place of the error that tells what happened.
 */
export function disposeModel(model: tfl.LayersModel): void {
  try {
    model.dispose();
  } catch {
    // Nothing is left to free.
  }
}
