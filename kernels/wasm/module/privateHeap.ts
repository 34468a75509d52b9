/**
 * A memory of our own, for a backend that hides its own: tensors are copied in and out through the public
 * `readSync` and `write`. It grows to the largest call and stays.
 */
import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf } from './bytesOf.js';

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
