/**
 * What a conformance case is: plain functions, so that the same cases run under mocha in Node and bundled
 * in a browser page.
 */
import type { BackendName } from '../tolerances.js';
import { gradientTolerances, tolerances } from '../tolerances.js';

export interface ConformanceContext {
  /** bound on scores, relative to their scale */
  tolerance: number;
  /** bound on gradients, relative */
  gradientTolerance: number;
}

export interface ConformanceCase {
  group: string;
  title: string;
  /** Throws (a chai assertion) when the active backend does not conform. */
  run(context: ConformanceContext): Promise<void>;
}

export function contextOf(backend: BackendName): ConformanceContext {
  return { tolerance: tolerances[backend], gradientTolerance: gradientTolerances[backend] };
}

/** The name under which a case is recorded. */
export function nameOf({ group, title }: ConformanceCase): string {
  return `${group}: ${title}`;
}
