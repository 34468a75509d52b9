import { bfloat16Value, float16Value } from '../float16.js';

/** How a PyTorch storage's bytes become float32 values. */
export interface StorageType {
  bytesPerValue: number;
  /** @param offset in bytes from the start of the view */
  valueAt(view: DataView, offset: number): number;
}

const types: Record<string, StorageType> = {
  FloatStorage: { bytesPerValue: 4, valueAt: (view, at) => view.getFloat32(at, true) },
  DoubleStorage: { bytesPerValue: 8, valueAt: (view, at) => view.getFloat64(at, true) },
  HalfStorage: { bytesPerValue: 2, valueAt: (view, at) => float16Value(view.getUint16(at, true)) },
  BFloat16Storage: { bytesPerValue: 2, valueAt: (view, at) => bfloat16Value(view.getUint16(at, true)) },
  LongStorage: { bytesPerValue: 8, valueAt: (view, at) => Number(view.getBigInt64(at, true)) },
  IntStorage: { bytesPerValue: 4, valueAt: (view, at) => view.getInt32(at, true) },
  ShortStorage: { bytesPerValue: 2, valueAt: (view, at) => view.getInt16(at, true) },
  CharStorage: { bytesPerValue: 1, valueAt: (view, at) => view.getInt8(at) },
  ByteStorage: { bytesPerValue: 1, valueAt: (view, at) => view.getUint8(at) },
  BoolStorage: { bytesPerValue: 1, valueAt: (view, at) => view.getUint8(at) },
};

/** The storage class `torch.<name>`, or `undefined` for one that is not read. */
export function storageType(name: string): StorageType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined;
}
