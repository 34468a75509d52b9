import { expectedInWords, WeldonError } from '../errors.js';

/** What a file that is not of the wanted format may be, by how it begins; `null` for none known. */
export function foreignFile(head: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64)).trimStart();
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer: fetch the file it stands for (git lfs pull)';
  }
  if (/^<(!doctype|html|\?xml|head)/i.test(text)) {
    return 'a web page: the address was not that of the file itself';
  }
  if (text.startsWith('PK\x03\x04')) {
    return 'a zip archive, as PyTorch checkpoints are';
  }
  if (text.startsWith('\x89HDF')) {
    return "an HDF5 file: convert Keras models with TensorFlow.js's tensorflowjs_converter first";
  }
  if (text.startsWith('GGUF')) {
    return 'a GGUF file';
  }
  if (isPickle(head)) {
    return "a Python pickle, as PyTorch's older checkpoints are";
  }
  return null;
}

/**
 * A reader of Python pickles that runs nothing. It knows the opcodes that tensors and plain containers are written
 * with; any other opcode, and any global that the caller does not know, is refused by name. Python's own unpickler
 * would import and call what the file asks for, which is how a checkpoint can carry a program.
 *
 * Source: the opcode descriptions of Python's pickletools, protocols 0x02 to 0x04.
 */
export type PickleValue =
  null | boolean | number | bigint | string | Uint8Array | PickleValue[] | PickleMap | PickleObject;

/** dict and OrderedDict: a Map, so that no key can reach an object's prototype. */
export type PickleMap = Map<PickleValue, PickleValue>;

/** Something the caller made for a global, a call or a persistent id. */
export interface PickleObject {
  readonly type: string;
}

/** What a pickle may refer to beyond plain values; each function returns `undefined` for what it refuses. */
export interface PickleVocabulary {
  /** A global, for example `torch._utils._rebuild_tensor_v2`. */
  global(name: string): PickleObject | undefined;
  /** The call of a global with a tuple of arguments. */
  call(callee: PickleObject, args: readonly PickleValue[]): PickleValue | undefined;
  /** A persistent id: where PyTorch refers to its storages. */
  persistent(id: PickleValue): PickleObject | undefined;
}

/** Whether bytes begin as a pickle of protocol 2 or later does. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

/** The bytes given end before the pickle does: with more of them it may still be read. */
export class PickleEndsEarly extends WeldonError {}

/** A tuple reads as an array; nothing that follows tells them apart. */
const mark = Symbol('mark');
type StackItem = PickleValue | typeof mark;

const text = new TextDecoder('utf-8', { fatal: false });
/** Opcodes known only to be named when they are refused. */
const refusedNames: Record<number, string> = {
  0x30: 'POP',
  0x31: 'POP_MARK',
  0x32: 'DUP',
  0x46: 'FLOAT',
  0x49: 'INT',
  0x4c: 'LONG',
  0x50: 'PERSID',
  0x53: 'STRING',
  0x56: 'UNICODE',
  0x64: 'DICT',
  0x67: 'GET',
  0x69: 'INST',
  0x6c: 'LIST',
  0x6f: 'OBJ',
  0x70: 'PUT',
  0x81: 'NEWOBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x8b: 'LONG4',
  0x8d: 'BINUNICODE8',
  0x8e: 'BINBYTES8',
  0x8f: 'EMPTY_SET',
  0x90: 'ADDITEMS',
  0x91: 'FROZENSET',
  0x92: 'NEWOBJ_EX',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

/** The value of one pickle, and the byte after it. */
export interface UnpickledValue {
  value: PickleValue;
  end: number;
}

/**
 * Reads one pickle.
 *
 * @param bytes the file
 * @param start where the pickle begins
 * @param what the file, for errors
 * @throws PickleEndsEarly where the bytes end before the pickle
 * @throws WeldonError for a malformed pickle, an opcode outside the set, a global or call the vocabulary
 * refuses; nothing in the file has been executed by then, nor ever is
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  vocabulary: PickleVocabulary,
  what = 'the checkpoint',
): UnpickledValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: StackItem[] = [];
  const memo = new Map<number, PickleValue>();
  let position = start;

  const refuse = (received: string) =>
    expectedInWords(what, 'tensors in plain containers', `${received} (byte ${position} of the file)`);
  const take = (count: number): number => {
    const from = position;
    if (!Number.isSafeInteger(count) || count < 0 || from + count > bytes.length) {
      throw new PickleEndsEarly(refuse('a pickle that ends too early').message);
    }
    position += count;
    return from;
  };
  const byte = () => bytes[take(1)];
  const uint16 = () => view.getUint16(take(2), true);
  const uint32 = () => view.getUint32(take(4), true);
  const string = (length: number) => {
    const from = take(length);
    return text.decode(bytes.subarray(from, from + length));
  };
  const line = () => {
    const end = bytes.indexOf(10, position);
    const from = position;
    take(end < 0 ? Infinity : end + 1 - position);
    return text.decode(bytes.subarray(from, end));
  };
  const pop = (): PickleValue => {
    const item = stack.pop();
    if (item === undefined || item === mark) {
      throw refuse('a pickle that takes more values than it gives');
    }
    return item;
  };
  const popToMark = (): PickleValue[] => {
    const at = stack.lastIndexOf(mark);
    if (at < 0) {
      throw refuse('a pickle that takes more values than it gives');
    }
    return stack.splice(at).slice(1) as PickleValue[];
  };
  const top = (): PickleValue => {
    const item = pop();
    stack.push(item);
    return item;
  };
  const topMap = (): PickleMap => {
    const map = top();
    if (!(map instanceof Map)) {
      throw refuse('an item for something that is not a dictionary');
    }
    return map;
  };
  const topList = (): PickleValue[] => {
    const list = top();
    if (!Array.isArray(list)) {
      throw refuse('an item for something that is not a list');
    }
    return list;
  };
  const setItems = (map: PickleMap, items: readonly PickleValue[]) => {
    if (items.length % 2 !== 0) {
      throw refuse('a dictionary key without a value');
    }
    for (let i = 0; i < items.length; i += 2) {
      map.set(items[i], items[i + 1]);
    }
  };
  const recall = (index: number) => {
    const value = memo.get(index);
    if (value === undefined) {
      throw refuse('a reference to a value that was never given');
    }
    stack.push(value);
  };
  const global = (name: string) => {
    const known = vocabulary.global(name);
    if (known === undefined) {
      throw refuse(`a reference to ${name}, which is not read because loading must not run code`);
    }
    stack.push(known);
  };
  const object = (value: PickleValue): PickleObject => {
    if (
      value === null ||
      typeof value !== 'object' ||
      Array.isArray(value) ||
      value instanceof Map ||
      value instanceof Uint8Array
    ) {
      throw refuse('a call of something that is not a known function');
    }
    return value;
  };
  const longInteger = (length: number): number | bigint => {
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) {
      value = (value << 8n) | BigInt(bytes[from + i]);
    }
    value = length > 0 ? BigInt.asIntN(8 * length, value) : 0n;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };

  for (;;) {
    const opcode = byte();
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = byte();
        if (protocol < 2 || protocol > 4) {
          throw refuse(`a pickle of protocol ${protocol}, where 2 to 4 are read`);
        }
        break;
      }
      case 0x95:
        take(8);
        break; // FRAME: a hint for buffered readers
      case 0x2e: {
        // STOP
        const value = pop();
        if (stack.length > 0) {
          throw refuse('a pickle with values left over');
        }
        return { value, end: position };
      }
      case 0x28:
        stack.push(mark);
        break; // MARK
      case 0x4e:
        stack.push(null);
        break; // NONE
      case 0x88:
        stack.push(true);
        break; // NEWTRUE
      case 0x89:
        stack.push(false);
        break; // NEWFALSE
      case 0x4b:
        stack.push(byte());
        break; // BININT1
      case 0x4d:
        stack.push(uint16());
        break; // BININT2
      case 0x4a:
        stack.push(view.getInt32(take(4), true));
        break; // BININT
      case 0x8a:
        stack.push(longInteger(byte()));
        break; // LONG1
      case 0x47:
        stack.push(view.getFloat64(take(8), false));
        break; // BINFLOAT
      case 0x58:
        stack.push(string(uint32()));
        break; // BINUNICODE
      case 0x8c:
        stack.push(string(byte()));
        break; // SHORT_BINUNICODE
      case 0x54:
        stack.push(string(uint32()));
        break; // BINSTRING, Python 2
      case 0x55:
        stack.push(string(byte()));
        break; // SHORT_BINSTRING, Python 2
      case 0x42: {
        // BINBYTES
        const length = uint32();
        const from = take(length);
        stack.push(bytes.subarray(from, from + length));
        break;
      }
      case 0x43: {
        // SHORT_BINBYTES
        const length = byte();
        const from = take(length);
        stack.push(bytes.subarray(from, from + length));
        break;
      }
      case 0x7d:
        stack.push(new Map());
        break; // EMPTY_DICT
      case 0x5d:
        stack.push([]);
        break; // EMPTY_LIST
      case 0x29:
        stack.push([]);
        break; // EMPTY_TUPLE
      case 0x74:
        stack.push(popToMark());
        break; // TUPLE
      case 0x85:
        stack.push([pop()]);
        break; // TUPLE1
      case 0x86: {
        // TUPLE2
        const second = pop();
        stack.push([pop(), second]);
        break;
      }
      case 0x87: {
        // TUPLE3
        const third = pop();
        const second = pop();
        stack.push([pop(), second, third]);
        break;
      }
      case 0x61: {
        // APPEND
        const item = pop();
        topList().push(item);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popToMark();
        const list = topList();
        for (const item of items) {
          list.push(item);
        }
        break;
      }
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        setItems(topMap(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popToMark();
        setItems(topMap(), items);
        break;
      }
      case 0x71:
        memo.set(byte(), top());
        break; // BINPUT
      case 0x72:
        memo.set(uint32(), top());
        break; // LONG_BINPUT
      case 0x94:
        memo.set(memo.size, top());
        break; // MEMOIZE
      case 0x68:
        recall(byte());
        break; // BINGET
      case 0x6a:
        recall(uint32());
        break; // LONG_BINGET
      case 0x63: {
        // GLOBAL
        const module = line();
        global(`${module}.${line()}`);
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = pop();
        const module = pop();
        global(`${String(module)}.${String(name)}`);
        break;
      }
      case 0x52: {
        // REDUCE
        const args = pop();
        const callee = object(pop());
        const value = Array.isArray(args) ? vocabulary.call(callee, args) : undefined;
        if (value === undefined) {
          throw refuse(`a call of ${callee.type} with arguments that are not a tensor's`);
        }
        stack.push(value);
        break;
      }
      case 0x62: {
        // BUILD: attributes, of which only a state_dict's `_metadata` occurs; it carries no values
        pop();
        if (!(top() instanceof Map)) {
          throw refuse('attributes for something that is not a dictionary');
        }
        break;
      }
      case 0x51: {
        // BINPERSID
        const value = vocabulary.persistent(pop());
        if (value === undefined) {
          throw refuse('a reference to something outside the file that is not a tensor storage');
        }
        stack.push(value);
        break;
      }
      default:
        throw refuse(
          `the pickle opcode ${refusedNames[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`}, ` +
            'which tensors and plain containers do not need',
        );
    }
  }
}
