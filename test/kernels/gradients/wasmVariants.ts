/** Runs a group of tests on each way in which a wasm kernel can run in Node. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import '../../backends.js';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import type { WasmHost } from '../../../kernels/wasm/module/wasmHost.js';

type Attributes = Parameters<KernelFunc>[0]['attrs'];

export const wasmVariants = ['simd', 'scalar', 'simd, memory hidden', 'scalar, memory hidden'] as const;
export type WasmVariantName = (typeof wasmVariants)[number];

/** The backend as it would look if a release hid everything undocumented. */
export function withoutMemory(backend: WasmHost): WasmHost {
  return {
    write: backend.write.bind(backend),
    readSync: backend.readSync.bind(backend),
    disposeData: backend.disposeData.bind(backend),
  };
}

/**
 * Starts wasm with our gradient kernels before the group's tests and puts everything back behind them.
 *
 * TensorFlow.js' leak check stays off: the stock wasm kernel behind `clone` copies, so with fused operations the
 * check takes the tensors that are saved for the way back for leaks. Single kernels are checked in autodiff.test.ts.
 */
export function useWasmWithGradients(): void {
  let registered: string[] = [];
  let checked = false;
  before(async () => {
    await tf.setBackend('wasm');
    registered = registerGradientKernels();
    checked = tf.env().getBool('IS_TEST');
    tf.env().set('IS_TEST', false);
  });
  after(() => {
    registered.forEach((name) => tf.unregisterKernel(name, 'wasm'));
    tf.env().set('IS_TEST', checked);
  });
}

/** Declares `body` once per variant; `host()` is the backend to hand to a kernel function. */
export function forEachWasmVariant(title: string, body: (host: () => WasmHost) => void): void {
  for (const variant of wasmVariants) {
    describe(`${title} [wasm, ${variant}]`, () => {
      before(() => tf.env().set('WASM_HAS_SIMD_SUPPORT', variant.startsWith('simd')));
      after(() => tf.env().set('WASM_HAS_SIMD_SUPPORT', true));
      body(() => {
        const backend = tf.backend() as unknown as WasmHost;
        return variant.endsWith('hidden') ? withoutMemory(backend) : backend;
      });
    });
  }
}

/** Calls a kernel function on tensors and reads the result. */
export function callKernel(
  { kernelFunc }: KernelConfig,
  host: WasmHost,
  inputs: Record<string, TensorInfo>,
  attrs: object,
): { shape: number[]; dtype: string; values: Float32Array | Int32Array } {
  const result = kernelFunc({ inputs, attrs: attrs as Attributes, backend: host }) as TensorInfo;
  const values = host.readSync(result.dataId) as Float32Array | Int32Array;
  host.disposeData(result.dataId);
  return { shape: result.shape, dtype: result.dtype, values };
}

/** The stock kernel of the cpu backend on the same values. Leaves wasm active. */
export async function callOnCpu(
  kernel: string,
  inputs: Record<string, tf.Tensor>,
  attrs: object,
): Promise<{ shape: number[]; values: Float32Array | Int32Array }> {
  const copies = await Promise.all(
    Object.entries(inputs).map(
      async ([name, tensor]) =>
        [name, { shape: tensor.shape, dtype: tensor.dtype, values: await tensor.data() }] as const,
    ),
  );
  await tf.setBackend('cpu');
  const onCpu = Object.fromEntries(
    copies.map(([name, { shape, dtype, values }]) => [name, tf.tensor(values, shape, dtype)]),
  );
  const result = tf.engine().runKernel(kernel, onCpu, attrs as Attributes) as tf.Tensor;
  const values = (await result.data()) as Float32Array | Int32Array;
  const { shape } = result;
  tf.dispose([onCpu, result]);
  await tf.setBackend('wasm');
  return { shape, values };
}
