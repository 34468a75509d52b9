/** What a case sees of the active backend, in Node, in a page or in another process. */
import * as tf from '@tensorflow/tfjs-core';
import { WeldonPool } from '../../kernels/contract.js';

export interface CaseReport {
  /** the error that the case threw, as text, or null */
  failure: string | null;
  /** the largest errors of the case, relative as its bounds are; 0 where it compares none */
  scoreError: number;
  gradientError: number;
  /** whether the backend has a kernel of its own for the pooling */
  ownKernel: boolean;
}

const largest = { score: 0, gradient: 0 };

/** Called by the comparisons of the cases. */
export function observe(kind: keyof typeof largest, error: number): void {
  largest[kind] = Math.max(largest[kind], error);
}

/** @param run a case; resolves to what else went wrong beside it, or null */
export async function reportOn(run: () => Promise<string | null | void>): Promise<CaseReport> {
  Object.assign(largest, { score: 0, gradient: 0 });
  let failure: string | null;
  try {
    failure = (await run()) ?? null;
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return {
    failure,
    scoreError: largest.score,
    gradientError: largest.gradient,
    ownKernel: tf.getKernel(WeldonPool, tf.getBackend()) != null,
  };
}
