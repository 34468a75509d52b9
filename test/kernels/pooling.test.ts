import { forEachBackend } from '../backends.js';
import { allCases, goldenPath } from './allCases.js';
import { conformanceRuns } from './conformanceRuns.js';
import type { RunName } from './conformanceRuns.js';
import { declareCases } from './declareCases.js';

forEachBackend('pooling kernels', (backend) => {
  const run = `${backend} in Node`;
  if (!(run in conformanceRuns)) {
    throw new Error(`conformanceRuns.ts does not list ${run}`);
  }
  if (goldenPath === null) {
    it.skip('golden vectors skipped: no ../shared');
  }
  declareCases(run as RunName, allCases);
});
