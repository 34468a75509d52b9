import * as tf from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { importInstalled, packageFolder } from './installedPackages.js';

/** What came of trying a backend: ready to be set, with what it runs on, or the reason why not. */
export type BackendTrial = { usable: true; device: 'gpu' | 'cpu'; reason: string } | { usable: false; reason: string };

function refused(reason: string): BackendTrial {
  return { usable: false, reason };
}

function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}

const nativePackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** Loads tfjs-node-gpu, else tfjs-node; half a second where one is installed, nothing where none is. */
export async function tryTensorflow(): Promise<BackendTrial> {
  const installed = nativePackages.filter((name) => packageFolder(name) !== null);
  if (installed.length === 0) {
    return refused(`neither ${nativePackages.join(' nor ')} is installed`);
  }
  // tfjs-node 4.22 calls functions that Node 23 removed.
  await import('../nodeCompat.js');
  const failures: string[] = [];
  for (const name of installed) {
    try {
      await importInstalled(name);
      const backend = tf.engine().findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | null;
      if (backend === null) {
        failures.push(`${name} did not register its backend`);
        continue;
      }
      return backend.isUsingGpuDevice === true
        ? { usable: true, device: 'gpu', reason: `${name} sees a GPU` }
        : { usable: true, device: 'cpu', reason: `${name} runs on the CPU` };
    } catch (error) {
      failures.push(`${name} does not load: ${sentenceOf(error)}`);
    }
  }
  return refused(failures.join('; '));
}

/** The part of WebGPU's typings that is used here; Node's own typings have none. */
interface Gpu {
  requestAdapter(): Promise<{ info?: Record<'vendor' | 'architecture' | 'device' | 'description', string> } | null>;
}

/**
 * Whether Linux has a Vulkan loader for Dawn. Without this look at the disk Dawn would load 50 MB to find out, and say
 * so on stderr.
 */
function lacksVulkan(): boolean {
  if (process.platform !== 'linux') {
    return false;
  }
  const folders = [
    ...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== ''),
    ...['/usr/lib', '/lib', '/usr/local/lib'].flatMap((root) => [
      root,
      `${root}64`,
      `${root}/x86_64-linux-gnu`,
      `${root}/aarch64-linux-gnu`,
    ]),
  ];
  return !folders.some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
}

const scope = globalThis as { navigator?: { gpu?: Gpu } };

/** Whether somebody has provided WebGPU already. */
function hasGpu(): boolean {
  return scope.navigator?.gpu !== undefined;
}

/** Puts the WebGPU of npm `webgpu` (Dawn) where browsers have theirs. */
async function provideGpu(): Promise<Gpu> {
  if (scope.navigator?.gpu !== undefined) {
    return scope.navigator.gpu;
  }
  const { create, globals } = await importInstalled<{ create(options: string[]): Gpu; globals: object }>('webgpu');
  const gpu = create([]);
  Object.assign(globalThis, globals);
  if (scope.navigator === undefined) {
    // Node 20 has no navigator.
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

/** @param acceptSoftware whether an adapter that only emulates a GPU will do */
export async function tryWebgpu(acceptSoftware: boolean): Promise<BackendTrial> {
  if (packageFolder('@tensorflow/tfjs-backend-webgpu') === null) {
    return refused('@tensorflow/tfjs-backend-webgpu is not installed');
  }
  try {
    if (!hasGpu() && packageFolder('webgpu') === null) {
      return refused('the npm package webgpu is not installed');
    }
    if (!hasGpu() && lacksVulkan()) {
      return refused('there is no Vulkan driver (libvulkan.so.1)');
    }
    const gpu = await provideGpu();
    const adapter = await gpu.requestAdapter();
    if (adapter === null) {
      return refused('WebGPU finds no adapter');
    }
    const { vendor = '', architecture = '', device = '', description = '' } = adapter.info ?? {};
    const name =
      [vendor, architecture, device, description].filter((part) => part !== '').join(' ') || 'an unnamed adapter';
    const software = /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(name);
    if (software && !acceptSoftware) {
      return refused(`WebGPU has a software adapter only (${name})`);
    }
    await importInstalled('@tensorflow/tfjs-backend-webgpu');
    return { usable: true, device: software ? 'cpu' : 'gpu', reason: `WebGPU adapter ${name}` };
  } catch (error) {
    return refused(`WebGPU does not start: ${sentenceOf(error)}`);
  }
}

export async function tryWasm(): Promise<BackendTrial> {
  const folder = packageFolder('@tensorflow/tfjs-backend-wasm');
  if (folder === null) {
    return refused('@tensorflow/tfjs-backend-wasm is not installed');
  }
  try {
    const { setWasmPaths } = await importInstalled<{ setWasmPaths(prefix: string): void }>(
      '@tensorflow/tfjs-backend-wasm',
    );
    setWasmPaths(join(folder, 'dist') + sep);
    return { usable: true, device: 'cpu', reason: 'WebAssembly with SIMD' };
  } catch (error) {
    return refused(`@tensorflow/tfjs-backend-wasm does not load: ${sentenceOf(error)}`);
  }
}

export async function tryCpu(): Promise<BackendTrial> {
  if (packageFolder('@tensorflow/tfjs-backend-cpu') === null) {
    return refused('@tensorflow/tfjs-backend-cpu is not installed');
  }
  try {
    await importInstalled('@tensorflow/tfjs-backend-cpu');
    return { usable: true, device: 'cpu', reason: 'plain JavaScript, slow' };
  } catch (error) {
    return refused(`@tensorflow/tfjs-backend-cpu does not load: ${sentenceOf(error)}`);
  }
}
