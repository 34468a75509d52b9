/**
 * What we use of the wasm backend of TensorFlow.js 4.22. `write`, `readSync` and `disposeData` are
 * public on every backend; the rest is public but undocumented, so each is looked for before use.
 */
import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf } from './binary.js';

/**
 * A memory of our own, for a backend that hides its own: tensors are copied in and out through the public
 * `readSync` and `write`. It grows to the largest call and stays.
 */
const page = 65536;
/** Kernels may read whole vectors, so every block starts on a vector's boundary. */
const alignment = 16;

export class PrivateHeap {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  /** Address 0 stays unused, as after malloc. */
  private top = alignment;

  reset(): void {
    this.top = alignment;
  }

  allocate(bytes: number): number {
    const pointer = this.top;
    this.top += Math.ceil(bytes / alignment) * alignment;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / page));
    }
    return pointer;
  }

  copyIn(tensor: TensorInfo, values: BackendValues): number {
    const pointer = this.allocate(bytesOf(tensor.shape, tensor.dtype));
    if (!ArrayBuffer.isView(values)) {
      throw new TypeError(`A ${tensor.dtype} tensor cannot be used by a wasm kernel.`);
    }
    new Uint8Array(this.memory.buffer).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      pointer,
    );
    return pointer;
  }

  copyOut(pointer: number, shape: number[], dtype: DataType): BackendValues {
    const bytes = this.memory.buffer.slice(pointer, pointer + bytesOf(shape, dtype));
    return dtype === 'float32'
      ? new Float32Array(bytes)
      : dtype === 'int32'
        ? new Int32Array(bytes)
        : new Uint8Array(bytes);
  }
}

type DataId = TensorInfo['dataId'];

export interface WasmHost {
  write(values: BackendValues | null, shape: number[], dtype: DataType): DataId;
  readSync(dataId: DataId): BackendValues;
  disposeData(dataId: DataId, force?: boolean): boolean;
  dataIdMap?: { get(dataId: DataId): { memoryOffset: number | null } | undefined };
  wasm?: {
    /** single-threaded builds */
    asm?: { memory?: unknown };
    /** the threaded build */
    wasmMemory?: unknown;
    _malloc?: (bytes: number) => number;
    _free?: (pointer: number) => void;
  } | null;
}

/** The parts of `WasmHost` that zero-copy kernels need, all there. */
export interface SharedHeap {
  memory: WebAssembly.Memory;
  offset(dataId: DataId): number;
  malloc(bytes: number): number;
  free(pointer: number): void;
}

function isMemory(value: unknown): value is WebAssembly.Memory {
  return value instanceof WebAssembly.Memory || Object.prototype.toString.call(value) === '[object WebAssembly.Memory]';
}

/** TensorFlow.js' own linear memory, or null where a release hides one of the fields. */
export function sharedHeapOf(host: WasmHost): SharedHeap | null {
  const { wasm, dataIdMap } = host;
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  const malloc = wasm?._malloc;
  const free = wasm?._free;
  if (
    !isMemory(memory) ||
    typeof malloc !== 'function' ||
    typeof free !== 'function' ||
    typeof dataIdMap?.get !== 'function'
  ) {
    return null;
  }
  return {
    memory,
    offset: (dataId) => {
      const offset = dataIdMap.get(dataId)?.memoryOffset;
      if (typeof offset !== 'number') {
        throw new TypeError('The wasm backend does not hold this tensor in its memory.');
      }
      return offset;
    },
    // Above 2 GB malloc returns what JavaScript reads as a negative number.
    malloc: (bytes) => malloc(bytes) >>> 0,
    free,
  };
}
