/** Backends of tfjs that can run in Node. */
export type TensorBackend = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** What can be asked for: ONNX Runtime takes networks that stay as they are, and a backend of tfjs the rest. */
export type RuntimeBackend = TensorBackend | 'onnx';

/** Whether a backend computes in the thread that calls it: more cores take more threads. */
export const computesInCaller = (backend: string): backend is 'wasm' | 'cpu' => backend === 'wasm' || backend === 'cpu';

/** Their names in the order of preference. */
export const runtimeBackends: readonly RuntimeBackend[] = ['tensorflow', 'webgpu', 'onnx', 'wasm', 'cpu'];
