/** tfjs-node-gpu in a process of its own, which runs one case per message. */
import { expectNative, nativeEnvironment } from '../../native.js';
import { startCaseProcess } from '../caseProcess.js';
import type { RunRemotely } from '../remoteCases.js';
import type { TensorflowRequest } from './tensorflowChild.js';

export interface TensorflowProcess {
  /** what runs the operations */
  device: string;
  /** @param asOnGpu whether the kernels shall choose operations as they do on a GPU */
  runner(asOnGpu: boolean): RunRemotely;
  stop(): Promise<void>;
}

/**
 * @param goldenPath the path of pooling.json, or null
 * @throws where the backend is not set up, or with the process's own words where it does not start
 */
export async function startTensorflow(goldenPath: string | null): Promise<TensorflowProcess> {
  expectNative();
  const { device, ask, stop } = await startCaseProcess<TensorflowRequest>(
    'TensorFlow', new URL('tensorflowChild.ts', import.meta.url), goldenPath, nativeEnvironment);
  return { device, stop, runner: (asOnGpu) => (index, context) => ask({ index, context, asOnGpu }) };
}
