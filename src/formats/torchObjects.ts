import type { PickleObject, PickleValue, PickleVocabulary } from './pickle.js';
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

/** Where a storage's bytes lie in the file. */
export interface StoragePlace {
  offset: number;
  /** In bytes. */
  length: number;
}

/** A checkpoint's object, and the place of each storage its tensors refer to. */
export interface TorchFile {
  root: PickleValue;
  /** `undefined` where the file lacks it. */
  locate(key: string): Promise<StoragePlace | undefined>;
}

/** A run of values in the file that tensors look into. */
export interface TorchStorage extends PickleObject {
  readonly type: 'storage';
  readonly key: string;
  readonly values: NumberType;
  /** Values in it, as the pickle says. */
  readonly length: number;
  /** Where a view of another storage begins in it; 0 otherwise. */
  readonly offset: number;
}

/** A tensor: a strided window on a storage. */
export interface TorchTensor extends PickleObject {
  readonly type: 'tensor';
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface StorageClass extends PickleObject {
  readonly values: NumberType;
}

function isObject(value: PickleValue | undefined): value is PickleObject {
  return typeof value === 'object' && value !== null && 'type' in value;
}

export function isTensor(value: PickleValue | undefined): value is TorchTensor {
  return isObject(value) && value.type === 'tensor';
}

function isStorage(value: PickleValue | undefined): value is TorchStorage {
  return isObject(value) && value.type === 'storage';
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function areCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

/** `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, …)` */
function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor | undefined {
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !areCounts(shape) ||
    !areCounts(strides) ||
    shape.length !== strides.length
  ) {
    return undefined;
  }
  return { type: 'tensor', storage, offset: storage.offset + offset, shape, strides };
}

/** `('storage', class, key, location, length)`; the older format adds `None` or `(view key, offset, length)`. */
function storageReference(id: PickleValue): TorchStorage | undefined {
  if (!Array.isArray(id)) {
    return undefined;
  }
  const [tag, storageClass, key, , length, view] = id;
  const isStorageClass = isObject(storageClass) && 'values' in storageClass;
  if (tag !== 'storage' || !isStorageClass || typeof key !== 'string' || !isCount(length)) {
    return undefined;
  }
  const offset = Array.isArray(view) ? view[1] : 0;
  return isCount(offset)
    ? { type: 'storage', key, values: (storageClass as StorageClass).values, length, offset }
    : undefined;
}

/**
 * The only globals and calls that a PyTorch checkpoint of tensors needs.
 *
 * @param onStorage called with every storage that a tensor refers to
 */
export function torchVocabulary(onStorage: (storage: TorchStorage) => void): PickleVocabulary {
  return {
    global(name) {
      switch (name) {
        case 'collections.OrderedDict':
        case 'torch._utils._rebuild_tensor_v2':
        case 'torch._utils._rebuild_parameter':
        case 'torch.Size':
          return { type: name };
        default: {
          const values = name.startsWith('torch.') ? storageType(name.slice('torch.'.length)) : undefined;
          return values === undefined ? undefined : ({ type: name, values } as StorageClass);
        }
      }
    },
    call(callee, args) {
      switch (callee.type) {
        case 'collections.OrderedDict':
          return args.length === 0 ? new Map() : undefined;
        case 'torch._utils._rebuild_tensor_v2':
          return rebuildTensor(args);
        case 'torch._utils._rebuild_parameter':
          return isTensor(args[0]) ? args[0] : undefined;
        case 'torch.Size':
          return areCounts(args[0]) ? args[0] : undefined;
        default:
          return undefined;
      }
    },
    persistent(id) {
      const storage = storageReference(id);
      if (storage !== undefined) {
        onStorage(storage);
      }
      return storage;
    },
  };
}
