import type { ConformanceCase } from '../kernels/conformance.js';
import type { GoldenFile } from '../kernels/goldenVectors.js';
import { goldenCases } from '../kernels/goldenVectors.js';
import { poolingCases } from '../kernels/poolingCases.js';
import type { GpuCase, GpuKind } from './gpuCases.js';
import { gpuCases } from './gpuCases.js';

/**
 * Every case, in the same order wherever it is called: the test run declares them by title, another process or
 * a page runs them by index.
 *
 * @param golden the parsed pooling.json, or null where it is absent
 */
export function conformanceCases(golden: GoldenFile | null): readonly ConformanceCase[] {
  return [...poolingCases, ...(golden === null ? [] : goldenCases(golden))];
}

/** The same, followed by the cases of GPU backends. */
export function casesOfGpus(golden: GoldenFile | null): readonly ConformanceCase[] {
  return [...conformanceCases(golden), ...gpuCases];
}

/** Whether a case is for GPUs of that kind, or for every backend; the cases of `gpuCases.ts` name their kinds. */
export function isFor(gpu: GpuKind | null, each: ConformanceCase): boolean {
  return !('gpus' in each) || (gpu !== null && (each as GpuCase).gpus.includes(gpu));
}
