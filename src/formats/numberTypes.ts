import { bfloat16Value, float16Value } from './float16.js';

/** Types that weights are stored in, by safetensors' names. */
export type NumberType =
  'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'U64' | 'I32' | 'U32' | 'I16' | 'U16' | 'I8' | 'U8' | 'BOOL';

/** Values as they are stored; half precisions, which have no array of their own, as float32, which is exact. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

interface NumberFormat {
  bytes: number;
  /** Little-endian values in a buffer of their own. */
  decode(buffer: ArrayBuffer): NumberArray;
}

function widened(value: (bits: number) => number): (buffer: ArrayBuffer) => Float32Array {
  return (buffer) => {
    const bits = new Uint16Array(buffer);
    const values = new Float32Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      values[i] = value(bits[i]);
    }
    return values;
  };
}

const formats: Record<NumberType, NumberFormat> = {
  F64: { bytes: 8, decode: (buffer) => new Float64Array(buffer) },
  F32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  F16: { bytes: 2, decode: widened(float16Value) },
  BF16: { bytes: 2, decode: widened(bfloat16Value) },
  I64: { bytes: 8, decode: (buffer) => new BigInt64Array(buffer) },
  U64: { bytes: 8, decode: (buffer) => new BigUint64Array(buffer) },
  I32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  U32: { bytes: 4, decode: (buffer) => new Uint32Array(buffer) },
  I16: { bytes: 2, decode: (buffer) => new Int16Array(buffer) },
  U16: { bytes: 2, decode: (buffer) => new Uint16Array(buffer) },
  I8: { bytes: 1, decode: (buffer) => new Int8Array(buffer) },
  U8: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
  BOOL: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
};

export function isNumberType(name: unknown): name is NumberType {
  return typeof name === 'string' && Object.hasOwn(formats, name);
}

export const numberTypes = Object.keys(formats) as readonly NumberType[];

export function bytesPerValue(type: NumberType): number {
  return formats[type].bytes;
}

const arrayTypes: readonly [array: { new (): NumberArray }, type: NumberType][] = [
  [Float64Array, 'F64'],
  [Float32Array, 'F32'],
  [BigInt64Array, 'I64'],
  [BigUint64Array, 'U64'],
  [Int32Array, 'I32'],
  [Uint32Array, 'U32'],
  [Int16Array, 'I16'],
  [Uint16Array, 'U16'],
  [Int8Array, 'I8'],
  [Uint8Array, 'U8'],
];

/** The type that an array's values are stored in as they are. */
export function typeOfArray(values: NumberArray): NumberType {
  return (arrayTypes.find(([array]) => values instanceof array) as (typeof arrayTypes)[number])[1];
}

/** @param bytes whole values; their buffer is used as it is where that can be */
export function decodeNumbers(type: NumberType, bytes: Uint8Array): NumberArray {
  if (type === 'F32' && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return formats[type].decode((whole ? bytes : new Uint8Array(bytes)).buffer as ArrayBuffer);
}

/** The beginning of `scratch` as bytes for `count` values, where the type is stored as float32 itself. */
export function scratchBytes(
  type: NumberType,
  count: number,
  scratch: Float32Array | undefined,
): Uint8Array | undefined {
  return type === 'F32' && scratch !== undefined && scratch.length >= count
    ? new Uint8Array(scratch.buffer, scratch.byteOffset, 4 * count)
    : undefined;
}

/** Rounded to float32, in which large integers lose their last digits. */
export function toFloat32(values: NumberArray): Float32Array {
  if (values instanceof Float32Array) {
    return values;
  }
  return values instanceof BigInt64Array || values instanceof BigUint64Array
    ? Float32Array.from(values, Number)
    : new Float32Array(values);
}
