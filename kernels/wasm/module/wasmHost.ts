/**
 * What we use of the wasm backend of TensorFlow.js 4.22. `write`, `readSync` and `disposeData` are
 * public on every backend; the rest is public but undocumented, so each is looked for before use.
 */
import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';

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
