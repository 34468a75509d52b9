import { expectedInWords } from '../../errors.js';
import type { TorchTensor } from './torchObjects.js';

/** Number of values in a tensor of that shape. */
function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Gathers a tensor's values in row-major order from its storage, whatever its strides: checkpoints hold transposed
 * and channels-last kernels.
 *
 * @param name the tensor's, for errors
 * @throws WeldonError for a tensor that reaches outside its storage, or repeats values of it (stride 0), which would
 * let a small file ask for any amount of memory
 */
export function tensorValues(name: string, tensor: TorchTensor, storage: Uint8Array): Float32Array {
  const { shape, strides, offset } = tensor;
  const { bytesPerValue, valueAt } = tensor.storage.values;
  const available = Math.floor(storage.length / bytesPerValue);
  const count = countOf(shape);
  const last = shape.reduce((index, side, axis) => index + (side - 1) * strides[axis], offset);
  if (count > available || (count > 0 && last >= available)) {
    throw expectedInWords(`tensor ${name} of the checkpoint`, 'within its storage',
      `shape [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} on, of ${available} values`);
  }
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength);
  const values = new Float32Array(count);
  const place = new Array<number>(shape.length).fill(0);
  let index = offset;
  for (let i = 0; i < count; i++) {
    values[i] = valueAt(view, index * bytesPerValue);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += strides[axis];
      if (++place[axis] < shape[axis]) {
        break;
      }
      index -= strides[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return values;
}
