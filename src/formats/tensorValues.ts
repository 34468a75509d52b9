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

/** A tensor of a file. */
export interface StoredTensor {
  /** for errors */
  name: string;
  tensor: TorchTensor;
  ranges: NamedRanges;
  /** where its storage lies in the file */
  place: StoragePlace;
}

/** A part of a tensor's values in row-major order; default: all of them. */
export interface PartOfTensor {
  start?: number;
  count?: number;
  /** may take the values, where it is long enough */
  scratch?: Float32Array;
}

/**
 * Reads a tensor's values, or a part of them, in row-major order and as float32, whatever its strides.
 *
 * @throws WeldonError for a tensor that reaches outside its storage, or repeats values of it (stride 0), which would
 * let a small file ask for any amount of memory
 */
export async function tensorValues(
  { name, tensor, ranges, place }: StoredTensor,
  part: PartOfTensor = {},
): Promise<Float32Array> {
  const { start = 0, count = countOf(tensor.shape), scratch } = part;
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
