/**
 * WebGPU in Node: Dawn, from npm's `webgpu`, on SwiftShader. The Vulkan loader reads its settings when a process
 * starts, so Dawn lives in a child process, which runs one conformance case per message.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromiumFiles } from '../../browser/chromiumFiles.js';
import type { RunRemotely } from '../remoteCases.js';
import type { DawnReply, DawnRequest } from './dawnChild.js';

export interface DawnProcess {
  /** the GPU as its driver names it */
  device: string;
  run: RunRemotely;
  stop(): Promise<void>;
}

/**
 * @param goldenPath the path of pooling.json, or null
 * @throws with the child's own words where Dawn does not start
 */
export async function startDawn(goldenPath: string | null): Promise<DawnProcess> {
  const { libraryPath, vulkanDriver } = await chromiumFiles();
  const child = fork(fileURLToPath(new URL('dawnChild.ts', import.meta.url)), goldenPath === null ? [] : [goldenPath], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath, VK_DRIVER_FILES: vulkanDriver },
  });
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
    return {
      device,
      stop,
      run: async (index, context) => {
        const reply = nextReply(child);
        child.send({ index, context } satisfies DawnRequest);
        return (await reply).failure;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function nextReply(child: ChildProcess): Promise<DawnReply> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the process with Dawn ended with code ${code}`));
    if (child.exitCode !== null) {
      onExit(child.exitCode);
      return;
    }
    child.once('exit', onExit);
    child.once('message', (reply) => {
      child.off('exit', onExit);
      resolve(reply as DawnReply);
    });
  });
}
