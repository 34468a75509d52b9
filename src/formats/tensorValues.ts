import { expectedInWords } from '../errors.js';
import type { NamedRanges } from './byteRanges.js';
import { bytesPerValue, decodeNumbers, scratchBytes, toFloat32 } from './numberTypes.js';
import type { StoragePlace, TorchTensor } from './torchObjects.js';

/** Number of values in a tensor of that shape. */
function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Whether the values lie one after the other in row-major order. */
function isContiguous({ shape, strides }: TorchTensor): boolean {
  let wanted = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== wanted) {
      return false;
    }
    wanted *= shape[axis];
  }
  return true;
}

/**
 * Picks `count` of a tensor's values, from the row-major index `start` on, out of those its storage holds from its
 * first on: transposed and channels-last kernels.
 */
function gather({ shape, strides }: TorchTensor, stored: Float32Array, start: number, count: number): Float32Array {
  const values = new Float32Array(count);
  const place = new Array<number>(shape.length).fill(0);
  let index = 0;
  for (let axis = shape.length - 1, rest = start; axis >= 0; axis--) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
    index += place[axis] * strides[axis];
  }
  for (let i = 0; i < count; i++) {
    values[i] = stored[index];
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

/**
 * Reads a tensor's values, or `count` of them from `start` on, in row-major order and as float32, whatever its strides.
 *
 * @param name the tensor's, for errors
 * @param place where its storage lies in the file
 * @param scratch may take the values, where it is long enough
 * @throws WeldonError for a tensor that reaches outside its storage, or repeats values of it (stride 0), which would
 * let a small file ask for any amount of memory
 */
export async function tensorValues(
  name: string,
  tensor: TorchTensor,
  ranges: NamedRanges,
  place: StoragePlace,
  start = 0,
  count = countOf(tensor.shape),
  scratch?: Float32Array,
): Promise<Float32Array> {
  const { shape, strides, offset } = tensor;
  const type = tensor.storage.values;
  const width = bytesPerValue(type);
  const available = Math.floor(place.length / width);
  const whole = countOf(shape);
  const last = shape.reduce((index, side, axis) => index + (side - 1) * strides[axis], offset);
  if (whole > available || (whole > 0 && last >= available)) {
    throw expectedInWords(
      `tensor ${name} of ${ranges.name}`,
      'within its storage',
      `shape [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} on, of ${available} values`,
    );
  }
  if (!(start >= 0 && count >= 0 && start + count <= whole)) {
    throw expectedInWords(`values of tensor ${name}`, `within its ${whole}`, `${count} from ${start} on`);
  }
  const read = async (from: number, values: number, into?: Uint8Array) =>
    toFloat32(decodeNumbers(type, await ranges.read(place.offset + (offset + from) * width, values * width, into)));
  if (count === 0) {
    return new Float32Array();
  }
  return isContiguous(tensor)
    ? read(start, count, scratchBytes(type, count, scratch))
    : gather(tensor, await read(0, last - offset + 1), start, count);
}
