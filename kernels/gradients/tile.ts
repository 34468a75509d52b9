/** `Tile` for the wasm backend, which copies runs; its own copies number by number. */
import type { KernelConfig, KernelFunc, TensorInfo, TileAttrs } from '@tensorflow/tfjs-core';

/** What we use of the wasm backend; public but undocumented, so it is looked for before use. */
interface HeapOfBackend {
  makeOutput?(shape: number[], dtype: TensorInfo['dtype']): TensorInfo;
  typedArrayFromHeap?(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

interface KernelArguments {
  inputs: Record<'x', TensorInfo>;
  attrs: TileAttrs;
  backend: HeapOfBackend;
}

/** Repeats a block that is there already until it fills `length` numbers from `start` on. */
function repeat(to: Float32Array | Int32Array | Uint8Array, start: number, block: number, length: number): void {
  if (block === 1) {
    to.fill(to[start], start, start + length);
    return;
  }
  for (let done = block; done < length; done *= 2) {
    to.copyWithin(start + done, start, start + Math.min(done, length - done));
  }
}

/** Repeats axis after axis in place, the last first; blocks move from the last on, so none is overwritten. */
function tileInPlace(
  to: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
  reps: readonly number[],
): void {
  let block = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    block *= shape[axis];
    const length = block * reps[axis];
    if (reps[axis] > 1) {
      const blocks = shape.slice(0, axis).reduce((product, extent) => product * extent, 1);
      for (let i = blocks - 1; i >= 0; i--) {
        to.copyWithin(i * length, i * block, (i + 1) * block);
        repeat(to, i * length, block, length);
      }
    }
    block = length;
  }
}

/**
 * x float32, int32 or bool, of any shape; `reps` whole numbers >= 0, one per axis.
 *
 * The gradient of batch normalisation tiles its statistics to the size of the maps: in the backend's own kernel that
 * takes longer than the convolution before it.
 */
export function tileConfig(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ((args: KernelArguments & Parameters<KernelFunc>[0]) => {
      const {
        inputs: { x },
        attrs: { reps },
        backend,
      } = args;
      if (x.dtype === 'string' || backend.makeOutput === undefined || backend.typedArrayFromHeap === undefined) {
        return stock.kernelFunc(args);
      }
      const output = backend.makeOutput(
        x.shape.map((extent, axis) => extent * reps[axis]),
        x.dtype,
      );
      // Views only now: making room may have moved the heap.
      const to = backend.typedArrayFromHeap(output);
      if (to.length > 0) {
        to.set(backend.typedArrayFromHeap(x));
        tileInPlace(to, x.shape, reps);
      }
      return output;
    }) as unknown as KernelFunc,
  };
}
