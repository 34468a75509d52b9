/** Compiles a module and runs it on a memory, once per memory and variant. */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBinary } from './binary.js';
import { wasmBytes } from './binary.js';

export type WasmVariant = 'scalar' | 'simd';

/**
 * The variant that this engine runs: what TensorFlow.js found (`WASM_HAS_SIMD_SUPPORT`, which a caller may
 * set), else what the engine says of our own SIMD bytes.
 */
export function wasmVariant(binary: WasmBinary): WasmVariant {
  let simd: boolean;
  try {
    simd = tf.env().getBool('WASM_HAS_SIMD_SUPPORT');
  } catch {
    // The flag is evaluated asynchronously and nobody has waited for it, or it does not exist.
    simd = WebAssembly.validate(wasmBytes(binary.simd, false));
  }
  return simd ? 'simd' : 'scalar';
}

function isSharedMemory(memory: WebAssembly.Memory): boolean {
  return Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]';
}

/**
 * The module's exported functions, working in `memory`. Compiles synchronously and keeps nothing;
 * `runInHeap` is the cached way for kernels.
 *
 * @throws WebAssembly.CompileError where the engine does not know the variant
 */
export function instantiate<Exports>(binary: WasmBinary, variant: WasmVariant, memory: WebAssembly.Memory): Exports {
  const module = new WebAssembly.Module(wasmBytes(binary[variant], isSharedMemory(memory)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
}
