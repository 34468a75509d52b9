/** The one list of kernels, and the way for other backends to borrow them. */
import { getKernel, registerKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { checkKeys, expected } from '../src/errors.js';
import { kernelNames } from './contract.js';
import { weldonPoolConfig as cpuPool } from './cpu/weldonPool.js';
import { weldonPoolGradConfig as cpuPoolGrad } from './cpu/weldonPoolGrad.js';
import { weldonRegionsConfig as cpuRegions } from './cpu/weldonRegions.js';
import { tensorflowKernels } from './tensorflow/kernelConfigs.js';
import { weldonPoolConfig as wasmPool } from './wasm/weldonPool.js';
import { weldonPoolGradConfig as wasmPoolGrad } from './wasm/weldonPoolGrad.js';
import { weldonRegionsConfig as wasmRegions } from './wasm/weldonRegions.js';
import { weldonPoolConfig as webglPool } from './webgl/weldonPool.js';
import { weldonPoolGradConfig as webglPoolGrad } from './webgl/weldonPoolGrad.js';
import { weldonRegionsConfig as webglRegions } from './webgl/weldonRegions.js';
import { weldonPoolConfig as webgpuPool } from './webgpu/weldonPool.js';
import { weldonPoolGradConfig as webgpuPoolGrad } from './webgpu/weldonPoolGrad.js';
import { weldonRegionsConfig as webgpuRegions } from './webgpu/weldonRegions.js';

const kernels: readonly KernelConfig[] = [
  cpuPool,
  cpuPoolGrad,
  cpuRegions,
  ...tensorflowKernels,
  wasmPool,
  wasmPoolGrad,
  wasmRegions,
  webglPool,
  webglPoolGrad,
  webglRegions,
  webgpuPool,
  webgpuPoolGrad,
  webgpuRegions,
];

for (const kernel of kernels) {
  // Two copies of this package in one program share tfjs' registry; the first one in keeps its kernels.
  if (getKernel(kernel.kernelName, kernel.backendName) == null) {
    registerKernel(kernel);
  }
}

/**
 * Gives a backend that copies another's kernels (such as `humangl`, a WebGL backend under another name)
 * this package's kernels too. Without it such a backend works through stock ops. A backend that calls tfjs'
 * `copyRegisteredKernels` after this package was imported has them already, and asking again is an error.
 *
 * @param config.backend name under which the backend is registered with tfjs; no underscore
 * @param config.from backend whose kernels it can run: `'cpu'`, `'wasm'`, `'webgl'`, `'webgpu'` or, in Node, `'tensorflow'`
 * @throws if `from` has no kernels of this package, or if `backend` has them already
 *
 * @example
 * registerWeldonKernels({ backend: 'humangl', from: 'webgl' });
 */
export function registerWeldonKernels(config: { backend: string; from: string }): void {
  checkKeys(config, 'backend from', 'registerWeldonKernels');
  const { backend, from } = config;
  if (typeof backend !== 'string' || backend === '' || backend.includes('_')) {
    throw expected('backend for registerWeldonKernels', 'the name of a tfjs backend, without underscore', backend);
  }
  const owned = [...new Set(kernels.map((kernel) => kernel.backendName))];
  if (!owned.includes(from)) {
    throw expected('from for registerWeldonKernels', `one of ${owned.join(', ')}`, from);
  }
  if (kernelNames.some((name) => getKernel(name, backend) != null)) {
    throw expected('backend for registerWeldonKernels', 'a backend without WELDON kernels', backend);
  }
  for (const kernel of kernels.filter((each) => each.backendName === from)) {
    registerKernel({ ...kernel, backendName: backend });
  }
}
