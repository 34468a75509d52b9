/** What the conformance cases saw on every backend, as it is kept beside them: FEATURES.md is written from it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RunName } from './conformanceRuns.js';

export interface ObservedRun {
  /** what the backend ran on, in its own words */
  device: string;
  ownKernel: boolean;
  /** the largest relative errors of all cases */
  scoreError: number;
  gradientError: number;
  /** names of the cases that did not pass or were not run; all others passed */
  without: string[];
}

export interface Observed {
  /** names of all cases that there were */
  cases: string[];
  runs: Partial<Record<RunName, ObservedRun>>;
}

const file = new URL('observed.json', import.meta.url);

export function readObserved(): Observed {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Observed) : { cases: [], runs: {} };
}

export function writeObserved(observed: Observed): void {
  writeFileSync(file, `${JSON.stringify(observed, null, 1)}\n`);
}
