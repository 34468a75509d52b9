/**
 * What a conformance case is: plain functions, so that the same cases run under mocha in Node and bundled
 * in a browser page.
 */
export interface ConformanceContext {
  /** bound on scores, relative to their scale */
  tolerance: number;
  /** bound on gradients, relative */
  gradientTolerance: number;
  /** whether this backend can tell a NaN in a map */
  tellsNaN: boolean;
}

export interface ConformanceCase {
  group: string;
  title: string;
  /** Throws (a chai assertion) when the active backend does not conform. */
  run(context: ConformanceContext): Promise<void>;
}
