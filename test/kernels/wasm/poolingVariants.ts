/** Ways in which the pooling kernels can run on tfjs' wasm backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import type { WasmHost } from '../../../kernels/wasm/module/wasmHost.js';
import { weldonPoolConfig } from '../../../kernels/wasm/weldonPool.js';
import { weldonPoolGradConfig } from '../../../kernels/wasm/weldonPoolGrad.js';
import { weldonRegionsConfig } from '../../../kernels/wasm/weldonRegions.js';
import { withoutMemory } from '../gradients/wasmVariants.js';

export const poolingVariants = ['scalar', 'simd, memory hidden', 'scalar, memory hidden'] as const;
export type PoolingVariant = (typeof poolingVariants)[number];

const configs = [weldonPoolConfig, weldonPoolGradConfig, weldonRegionsConfig];

/** What a kernel function is called with. */
type KernelArguments = Parameters<KernelFunc>[0];

/** The kernel as it would run on a release of tfjs that hides its memory. */
function blinded(config: KernelConfig, hosts: Map<unknown, WasmHost>): KernelConfig {
  return {
    ...config,
    kernelFunc: ((args: KernelArguments) => {
      let host = hosts.get(args.backend);
      if (host === undefined) {
        host = withoutMemory(args.backend as WasmHost);
        hosts.set(args.backend, host);
      }
      return config.kernelFunc({ ...args, backend: host });
    }) as KernelFunc,
  };
}

function register(kernels: readonly KernelConfig[]): void {
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  }
}

/** Declares `body` once per variant; SIMD in tfjs' own memory is left out: that is how the other tests run. */
export function forEachPoolingVariant(title: string, body: (variant: PoolingVariant) => void): void {
  for (const variant of poolingVariants) {
    describe(`${title} [wasm, ${variant}]`, () => {
      before(async () => {
        await tf.setBackend('wasm');
        tf.env().set('IS_TEST', true);
        tf.env().set('WASM_HAS_SIMD_SUPPORT', variant.startsWith('simd'));
        if (variant.endsWith('hidden')) {
          const hosts = new Map<unknown, WasmHost>();
          register(configs.map((config) => blinded(config, hosts)));
        }
      });
      after(() => {
        tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
        register(configs);
      });
      body(variant);
    });
  }
}
