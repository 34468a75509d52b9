import * as tf from '@tensorflow/tfjs-core';
import { WeldonError } from '../../errors.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';

/** What backends say where there is no more memory: wasm's heap, V8's arrays, TensorFlow's allocator, a GPU. */
const outOfMemory =
  /out of memory|memory access out of bounds|cannot enlarge memory|array buffer allocation|invalid (typed )?array(buffer)? length|OOM|unreachable|Aborted\(|bad_alloc|Invalid string length/i;

/** Whether a run broke off because its loss or its gradient was no finite number. */
export function isDivergence(error: unknown): boolean {
  return (
    error instanceof WeldonError &&
    /^Expected the (loss|gradient) at step .* to be a finite number but received/.test(error.message)
  );
}

/**
 * The sentence for a run that broke off, with what to change.
 *
 * @param left what there is of it, where it diverged: a sentence
 */
export function explainFailure(error: unknown, { batchSize, size, out }: ResolvedTrainOptions, left: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (isDivergence(error)) {
    // Epochs count from 1 here, as in the sentence behind it and in all that a run shows.
    const what = message
      .split('. The model has its weights')[0]
      .replace(/\(epoch (\d+)\)/, (_, epoch) => `(epoch ${Number(epoch) + 1})`);
    return new WeldonError(`${what}. ${left}; lower learningRate, or set clipNorm, in another folder than ${out}`);
  }
  if (outOfMemory.test(message) && !message.startsWith('Expected')) {
    return new WeldonError(
      `The backend ${tf.getBackend()} has no memory for ${batchSize} photos of ${size} × ${size} pixels at once: ` +
        `lower batchSize or size, in another folder than ${out}`,
    );
  }
  return error;
}
