/** The script of the page in which the trainings run; the test run drives it. */
import type { PageBackend } from '../../browser/startBackend.js';
import { startBackend } from '../../browser/startBackend.js';
import type { ParityRecord } from './parityRuns.js';
import { trainEverything } from './parityRuns.js';

declare global {
  var trainOn: (backend: PageBackend) => Promise<ParityRecord>;
}

globalThis.trainOn = async (backend) => {
  await startBackend(backend);
  return trainEverything();
};
