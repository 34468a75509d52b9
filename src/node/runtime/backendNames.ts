/** Backends that can run in Node. */
export type RuntimeBackend = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** Their names in the order of preference. */
export const runtimeBackends: readonly RuntimeBackend[] = ['tensorflow', 'webgpu', 'wasm', 'cpu'];
