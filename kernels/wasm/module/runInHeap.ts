/** Runs a function of one of our modules on tensors of the wasm backend, zero-copy where that is possible. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { expectedInWords } from '../../../src/errors.js';
import type { WasmBinary } from './binary.js';
import { bytesOf } from './binary.js';
import type { WasmVariant } from './loadModule.js';
import { instantiate, wasmVariant } from './loadModule.js';
import { PrivateHeap, sharedHeapOf } from './wasmHost.js';
import type { SharedHeap, WasmHost } from './wasmHost.js';

/** What a kernel does with memory. Every number is a byte address for the module's functions. */
export interface KernelHeap<Exports> {
  readonly exports: Exports;
  /** The values of a tensor, row-major, 4 bytes each for float32 and int32, 1 for bool. Read only. */
  input(tensor: TensorInfo): number;
  /** Room for a result, not cleared. Results come back from `runInHeap` in the order of these calls. */
  output(shape: number[], dtype: DataType): number;
  /** Room, not cleared, that is gone when the kernel returns. */
  scratch(bytes: number): number;
}

interface Loaded {
  exports: unknown;
  shared: SharedHeap | null;
}

interface HostState {
  modules: Map<string, Loaded>;
  privateHeap: PrivateHeap | null;
}

const states = new WeakMap<WasmHost, HostState>();

function stateOf(host: WasmHost): HostState {
  let state = states.get(host);
  if (state === undefined) {
    state = { modules: new Map(), privateHeap: null };
    states.set(host, state);
  }
  return state;
}

/** The first that works: TensorFlow.js' memory before our own, SIMD before scalar. */
function load(host: WasmHost, state: HostState, binary: WasmBinary, wanted: WasmVariant): Loaded {
  const variants: WasmVariant[] = wanted === 'simd' ? ['simd', 'scalar'] : ['scalar'];
  let failure: unknown;
  for (const shared of [sharedHeapOf(host), null]) {
    const memory = shared?.memory ?? (state.privateHeap ??= new PrivateHeap()).memory;
    for (const variant of variants) {
      try {
        return { exports: instantiate(binary, variant, memory), shared };
      } catch (error) {
        failure = error;
      }
    }
  }
  throw failure;
}

function outOfMemory(binary: WasmBinary, bytes: number): Error {
  return expectedInWords(
    `the wasm heap for ${binary.name}`,
    `able to hold ${bytes} more bytes`,
    'no memory: use a smaller batch, or dispose of tensors that are no longer needed',
  );
}

function runShared<Exports>(
  host: WasmHost,
  heap: SharedHeap,
  binary: WasmBinary,
  exports: Exports,
  body: (heap: KernelHeap<Exports>) => void,
): TensorInfo[] {
  const outputs: TensorInfo[] = [];
  const scratches: number[] = [];
  try {
    body({
      exports,
      input: (tensor) => heap.offset(tensor.dataId),
      output: (shape, dtype) => {
        const dataId = host.write(null, shape, dtype);
        outputs.push({ dataId, shape, dtype });
        const pointer = heap.offset(dataId);
        const bytes = bytesOf(shape, dtype);
        if (pointer === 0 && bytes > 0) {
          throw outOfMemory(binary, bytes);
        }
        return pointer;
      },
      scratch: (bytes) => {
        const pointer = heap.malloc(bytes);
        if (pointer === 0 && bytes > 0) {
          throw outOfMemory(binary, bytes);
        }
        scratches.push(pointer);
        return pointer;
      },
    });
    return outputs;
  } catch (error) {
    outputs.forEach(({ dataId }) => host.disposeData(dataId, true));
    throw error;
  } finally {
    scratches.forEach((pointer) => heap.free(pointer));
  }
}

function runPrivate<Exports>(
  host: WasmHost,
  heap: PrivateHeap,
  binary: WasmBinary,
  exports: Exports,
  body: (heap: KernelHeap<Exports>) => void,
): TensorInfo[] {
  const outputs: Array<{ pointer: number; shape: number[]; dtype: DataType }> = [];
  const allocate = (bytes: number): number => {
    try {
      return heap.allocate(bytes);
    } catch {
      throw outOfMemory(binary, bytes);
    }
  };
  heap.reset();
  body({
    exports,
    input: (tensor) => heap.copyIn(tensor, host.readSync(tensor.dataId)),
    output: (shape, dtype) => {
      const pointer = allocate(bytesOf(shape, dtype));
      outputs.push({ pointer, shape, dtype });
      return pointer;
    },
    scratch: allocate,
  });
  return outputs.map(({ pointer, shape, dtype }) => ({
    dataId: host.write(heap.copyOut(pointer, shape, dtype), shape, dtype),
    shape,
    dtype,
  }));
}

/**
 * Runs `body` with the module loaded on the backend's memory and gives the outputs it asked for.
 *
 * Where the backend is TensorFlow.js 4.22's, pointers are addresses in its own linear memory and nothing
 * is copied; where the fields that takes are missing, inputs and outputs are copied through the public
 * calls of the backend instead. The SIMD or the scalar build is chosen by `WASM_HAS_SIMD_SUPPORT` at each
 * call, the build for shared memory by the memory itself. Scratch is freed and, on an error, so are outputs.
 *
 * @throws WeldonError when memory runs out
 *
 * @example
 * const [out] = runInHeap<{ double(x: number, out: number, size: number): void }>(host, doubleBinary, (heap) => {
 *   heap.exports.double(heap.input(x), heap.output(x.shape, 'float32'), size);
 * });
 */
export function runInHeap<Exports>(
  host: WasmHost,
  binary: WasmBinary,
  body: (heap: KernelHeap<Exports>) => void,
): TensorInfo[] {
  const state = stateOf(host);
  const variant = wasmVariant(binary);
  const key = `${binary.name} ${variant}`;
  let loaded = state.modules.get(key);
  if (loaded === undefined) {
    loaded = load(host, state, binary, variant);
    state.modules.set(key, loaded);
  }
  const exports = loaded.exports as Exports;
  return loaded.shared !== null
    ? runShared(host, loaded.shared, binary, exports, body)
    : runPrivate(host, state.privateHeap as PrivateHeap, binary, exports, body);
}
