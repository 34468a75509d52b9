/** With RECORD_OBSERVED=1 the conformance runs of this process replace those of the same name in observed.json. */
import type { ConformanceCase } from './conformance.js';
import { nameOf } from './conformance.js';
import type { RunName } from './conformanceRuns.js';
import { allCases } from './allCases.js';
import type { CaseReport } from './observation.js';
import type { ObservedRun } from './observed.js';
import { readObserved, writeObserved } from './observed.js';

interface Recording extends Omit<ObservedRun, 'without'> {
  passed: Set<string>;
}

const recordings = new Map<RunName, Recording>();

/** Takes down that a case has passed. */
export function recordCase(run: RunName, each: ConformanceCase, report: CaseReport, device: string): void {
  const { scoreError = 0, gradientError = 0, passed = new Set<string>() } = recordings.get(run) ?? {};
  recordings.set(run, {
    device,
    ownKernel: report.ownKernel,
    scoreError: Math.max(scoreError, report.scoreError),
    gradientError: Math.max(gradientError, report.gradientError),
    passed: passed.add(nameOf(each)),
  });
}

if (process.env.RECORD_OBSERVED) {
  after(() => {
    const cases = allCases.map(nameOf);
    const observed = readObserved();
    for (const [run, { passed, ...facts }] of recordings) {
      observed.runs[run] = { ...facts, without: cases.filter((name) => !passed.has(name)) };
    }
    writeObserved({ ...observed, cases });
  });
}
