/** tfjs-node-gpu in a process of its own, which runs one case per message. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expectNative, nativeEnvironment } from '../../native.js';
import type { RunRemotely } from '../remoteCases.js';
import type { TensorflowReply, TensorflowRequest } from './tensorflowChild.js';

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
  const child = fork(
    fileURLToPath(new URL('tensorflowChild.ts', import.meta.url)), goldenPath === null ? [] : [goldenPath],
    { execArgv: ['--import', 'tsx'], env: nativeEnvironment });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    child.kill();
    return exited;
  };
  try {
    const { failure, device } = await nextReply(child);
    if (failure !== null) {
      throw new Error(failure);
    }
    const runner = (asOnGpu: boolean): RunRemotely => async (index, context) => {
      const reply = nextReply(child);
      child.send({ index, context, asOnGpu } satisfies TensorflowRequest);
      return (await reply).failure;
    };
    return { device, runner, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function nextReply(child: ChildProcess): Promise<TensorflowReply> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the process with TensorFlow ended with code ${code}`));
    if (child.exitCode !== null) {
      onExit(child.exitCode);
      return;
    }
    child.once('exit', onExit);
    child.once('message', (reply) => {
      child.off('exit', onExit);
      resolve(reply as TensorflowReply);
    });
  });
}
