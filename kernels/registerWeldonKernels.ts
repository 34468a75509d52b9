import { getKernel, registerKernel } from '@tensorflow/tfjs-core';
import { checkKeys, expected } from '../src/errors.js';
import { kernelNames } from './contract.js';
import { poolingKernels } from './register.js';
import { regionKernels } from './registerRegions.js';

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
  const kernels = [...poolingKernels, ...regionKernels];
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
