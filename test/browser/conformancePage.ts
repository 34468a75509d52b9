/** The script of the page in which conformance cases run; the test run drives it through `globalThis.conformance`. */
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase, ConformanceContext } from '../kernels/conformance.js';
import type { GoldenFile } from '../kernels/goldenVectors.js';
import type { CaseReport } from '../kernels/observation.js';
import { reportOn } from '../kernels/observation.js';
import { casesOfGpus } from './conformanceCases.js';
import { watchDevice } from './deviceErrors.js';
import type { PageBackend, StartedBackend } from './startBackend.js';
import { startBackend } from './startBackend.js';

/** What the test run calls in the page. */
export interface ConformancePage {
  /** Starts the backend and loads the golden vectors, if the server has them. */
  start(backend: PageBackend): Promise<StartedBackend>;
  /** Runs one case. */
  run(index: number, context: ConformanceContext): Promise<CaseReport>;
}

declare global {
  var conformance: ConformancePage;
}

let cases: readonly ConformanceCase[] = [];
let deviceErrors: () => string | null = () => null;

globalThis.conformance = {
  async start(backend) {
    const response = await fetch('pooling.json');
    cases = casesOfGpus(response.ok ? ((await response.json()) as GoldenFile) : null);
    const started = await startBackend(backend);
    tf.env().set('IS_TEST', true);
    if (backend.name === 'webgpu') {
      deviceErrors = watchDevice();
    }
    return started;
  },

  run: (index, context) =>
    reportOn(async () => {
      await cases[index].run(context);
      return deviceErrors();
    }),
};
