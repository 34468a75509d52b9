/**
 * Backends that tests run on. One that cannot start shows as a skipped test with its reason; for those
 * that continuous integration promises, it is a failure there.
 */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { kernelNames } from '../kernels/contract.js';
import type { BackendName } from './tolerances.js';

const require = createRequire(import.meta.url);
setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);

// A backend this package has no kernels for, as a third party's would be: it works through stock ops.
tf.registerBackend('stock', () => new MathBackendCPU());
tf.copyRegisteredKernels('cpu', 'stock');
for (const kernelName of kernelNames) {
  if (tf.getKernel(kernelName, 'stock') != null) {
    tf.unregisterKernel(kernelName, 'stock');
  }
}

/** Backends promised under CI: not starting is a failure there. */
const nodeBackends: readonly BackendName[] = ['cpu', 'stock', 'wasm'];

async function start(backend: BackendName): Promise<string | null> {
  try {
    return (await tf.setBackend(backend)) ? null : `${backend} did not initialise`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Declares `body` once per backend as `title [backend]`; the backend is active in every test of it.
 * tfjs' own per-kernel leak check is on, and off again behind them.
 */
export function forEachBackend(title: string, body: (backend: BackendName) => void): void {
  for (const backend of nodeBackends) {
    describe(`${title} [${backend}]`, () => {
      before(async function () {
        const reason = await start(backend);
        if (reason !== null) {
          if (process.env.CI) {
            throw new Error(`${backend} must start under CI: ${reason}`);
          }
          console.log(`      skipped: ${reason}`);
          this.skip();
        }
        tf.env().set('IS_TEST', true);
        await tf.ready();
      });
      after(() => tf.env().set('IS_TEST', false));
      body(backend);
    });
  }
}

/** Gradients by saving through customGrad count as kernel leaks where a clone is a copy; see poolingCases. */
export function unwatched<T>(body: () => T): T {
  tf.env().set('IS_TEST', false);
  try {
    return body();
  } finally {
    tf.env().set('IS_TEST', true);
  }
}
