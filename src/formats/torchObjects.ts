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
  // Bytes, whose type the tensor says.
  'storage.UntypedStorage': 'U8',
};

/** What the storage class `torch.<name>` holds, or `undefined` for one that is not read. */
function storageType(name: string): NumberType | undefined {
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
  /** The type of its values, where that is one that is not read. */
  readonly unread?: string;
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

/** `_rebuild_tensor_v2(storage, storage_offset, size, stride, …)`, and `_rebuild_tensor` of PyTorch before 0.4. */
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

/** Types that have no storage class of their own. */
const laterTypes: ReadonlyMap<string, NumberType> = new Map([
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
]);

/** `_rebuild_tensor_v3(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata)` */
function rebuildTypedTensor(args: readonly PickleValue[]): TorchTensor | undefined {
  const [tensor, dtype] = [rebuildTensor(args), args[6]];
  if (tensor === undefined || !isObject(dtype) || !dtypes.has(dtype.type)) {
    return undefined;
  }
  const values = laterTypes.get(dtype.type);
  return values === undefined
    ? { ...tensor, unread: dtype.type }
    : { ...tensor, storage: { ...tensor.storage, values } };
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

const dtypes: ReadonlySet<string> = new Set(
  (
    'float32 float float64 double float16 half bfloat16 uint8 int8 int16 short int32 int int64 long bool uint16 uint32 ' +
    'uint64 complex32 complex64 cfloat complex128 cdouble quint8 qint8 qint32 float8_e4m3fn float8_e5m2 ' +
    'float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu'
  )
    .split(' ')
    .map((name) => `torch.${name}`),
);

type Call = (args: readonly PickleValue[]) => PickleValue | undefined;

/** A value that nothing asks for. */
const opaque =
  (type: string): Call =>
  () => ({ type });

/** Sets and the like as the list they are made from. */
const asList: Call = ([list = []]) => (Array.isArray(list) ? list : undefined);

const firstIfTensor: Call = ([tensor]) => (isTensor(tensor) ? tensor : undefined);

/** What may be called, as PyTorch's own safe loader has it: nothing that does more than hold its arguments. */
const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections.OrderedDict', (args) => (args.length === 0 ? new Map() : undefined)],
  ['collections.Counter', ([counts = new Map()]) => (counts instanceof Map ? counts : undefined)],
  ['collections.defaultdict', () => new Map()],
  ['builtins.set', asList],
  ['__builtin__.set', asList],
  ['builtins.frozenset', asList],
  ['__builtin__.frozenset', asList],
  ['builtins.bytearray', opaque('bytearray')],
  ['__builtin__.bytearray', opaque('bytearray')],
  ['builtins.complex', opaque('complex')],
  ['__builtin__.complex', opaque('complex')],
  ['_codecs.encode', opaque('bytes')],
  ['torch.device', opaque('torch.device')],
  ['torch.serialization._get_layout', opaque('torch.layout')],
  ['torch.Size', ([sizes]) => (areCounts(sizes) ? sizes : undefined)],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTypedTensor],
  ['torch._utils._rebuild_parameter', firstIfTensor],
  ['torch._utils._rebuild_parameter_with_state', firstIfTensor],
  // (function, type, arguments, attributes)
  [
    'torch._tensor._rebuild_from_type_v2',
    ([callee, , args]) =>
      isObject(callee) && callee.type.startsWith('torch._utils._rebuild_') && Array.isArray(args)
        ? calls.get(callee.type)?.(args)
        : undefined,
  ],
]);

/** Named beside weights, and never called. */
const classes: ReadonlySet<string> = new Set([
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
  ...['dict', 'list', 'int', 'float'].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
]);

/**
 * The only globals and calls that a PyTorch checkpoint of tensors needs, and those of harmless values beside them.
 *
 * @param onStorage called with every storage that a tensor refers to
 */
export function torchVocabulary(onStorage: (storage: TorchStorage) => void): PickleVocabulary {
  return {
    global(name) {
      if (calls.has(name) || classes.has(name) || dtypes.has(name)) {
        return { type: name };
      }
      const values = name.startsWith('torch.') ? storageType(name.slice('torch.'.length)) : undefined;
      return values === undefined ? undefined : ({ type: name, values } as StorageClass);
    },
    call: (callee, args) => calls.get(callee.type)?.(args),
    persistent(id) {
      const storage = storageReference(id);
      if (storage !== undefined) {
        onStorage(storage);
      }
      return storage;
    },
  };
}
