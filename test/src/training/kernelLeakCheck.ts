import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '../../tolerances.js';

/**
 * Turns tfjs' per-kernel leak check off for the surrounding group on wasm: the stock wasm kernel behind `clone` copies,
 * so the check takes what is saved for the way back for a leak. Call it inside `forEachBackend`, which turns it on.
 */
export function withoutKernelLeakCheck(backend: BackendName): void {
  before(() => tf.env().set('IS_TEST', backend !== 'wasm'));
}
