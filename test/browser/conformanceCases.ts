import type { ConformanceCase } from '../kernels/conformance.js';
import type { GoldenFile } from '../kernels/goldenVectors.js';
import { goldenCases } from '../kernels/goldenVectors.js';
import { poolingCases } from '../kernels/poolingCases.js';

/**
 * Every case, in the same order wherever it is called: the test run declares them by title, another process or
 * a page runs them by index.
 *
 * @param golden the parsed pooling.json, or null where it is absent
 */
export function conformanceCases(golden: GoldenFile | null): readonly ConformanceCase[] {
  return [...poolingCases, ...(golden === null ? [] : goldenCases(golden))];
}
