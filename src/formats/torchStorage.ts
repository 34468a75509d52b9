import type { NumberType } from './numberTypes.js';

const types: Record<string, NumberType> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** What the storage class `torch.<name>` holds, or `undefined` for one that is not read. */
export function storageType(name: string): NumberType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined;
}
