/** tfjs-node-gpu in a process of its own, which runs one case per message. */
import { expectNative, nativeEnvironment } from '../../native.js';
import { startCaseProcess } from '../caseProcess.js';
import type { RemoteSide } from '../declareCases.js';
import type { TensorflowRequest } from './tensorflowChild.js';

export interface TensorflowProcess {
  /** @param asOnGpu whether the kernels shall choose operations as they do on a GPU */
  side(asOnGpu: boolean): RemoteSide;
  stop(): Promise<void>;
}

/**
 * @param goldenPath the path of pooling.json, or null
 * @throws where the backend is not set up, or with the process's own words where it does not start
 */
export async function startTensorflow(goldenPath: string | null): Promise<TensorflowProcess> {
  expectNative();
  const { device, ask, stop } = await startCaseProcess<TensorflowRequest>(
    'TensorFlow',
    new URL('tensorflowChild.ts', import.meta.url),
    goldenPath,
    nativeEnvironment,
  );
  return { stop, side: (asOnGpu) => ({ device, run: (index, context) => ask({ index, context, asOnGpu }) }) };
}
