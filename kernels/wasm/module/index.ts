export type { WasmBinary } from './binary.js';
export type { WasmVariant } from './loadModule.js';
export { instantiate, isSharedMemory, wasmVariant } from './loadModule.js';
export type { KernelHeap } from './runInHeap.js';
export { runInHeap } from './runInHeap.js';
export type { WasmHost } from './wasmHost.js';
