/**
 * WebGPU in Node: Dawn, from npm's `webgpu`, on SwiftShader. The Vulkan loader reads its settings when a process
 * starts, so Dawn lives in a child process, which runs one conformance case per message.
 */
import { chromiumFiles } from '../../browser/chromiumFiles.js';
import { startCaseProcess } from '../caseProcess.js';
import type { RemoteSide } from '../declareCases.js';
import type { DawnRequest } from './dawnChild.js';

export interface DawnProcess extends RemoteSide {
  stop(): Promise<void>;
}

/**
 * @param goldenPath the path of pooling.json, or null
 * @throws with the child's own words where Dawn does not start
 */
export async function startDawn(goldenPath: string | null): Promise<DawnProcess> {
  const { libraryPath, vulkanDriver } = await chromiumFiles();
  const { device, ask, stop } = await startCaseProcess<DawnRequest>(
    'Dawn',
    new URL('dawnChild.ts', import.meta.url),
    goldenPath,
    { ...process.env, LD_LIBRARY_PATH: libraryPath, VK_DRIVER_FILES: vulkanDriver },
  );
  return { device, stop, run: (index, context) => ask({ index, context }) };
}
