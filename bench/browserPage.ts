/** The page of the benchmark in a browser; `bench/browser.ts` opens it and calls `globalThis.benchmark`. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { weldonPool } from '../src/pooling/weldonPool.js';
import type { PageBackend, StartedBackend } from '../test/browser/startBackend.js';
import { startBackend } from '../test/browser/startBackend.js';
import type { PoolingResult, PoolingRunOptions } from './poolingRuns.js';
import { runPooling } from './poolingRuns.js';

export interface BenchmarkPage {
  start(backend: PageBackend): Promise<StartedBackend & { versions: Record<string, string> }>;
  run(
    options: Pick<PoolingRunOptions, 'backend' | 'shapes' | 'contenders' | 'passes' | 'seconds'>,
  ): Promise<PoolingResult[]>;
}

declare global {
  var benchmark: BenchmarkPage;
}

globalThis.benchmark = {
  start: async (backend) => ({ ...(await startBackend(backend)), versions: { 'tfjs-core': tf.version_core } }),
  run: (options) => runPooling({ tf, weldonPool, ...options }),
};
