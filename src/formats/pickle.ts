import { expectedInWords, WeldonError } from '../errors.js';

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

/** The value of one pickle, and the byte after it. */
export interface UnpickledValue {
  value: PickleValue;
  end: number;
}

const mark = Symbol('mark');
type StackItem = PickleValue | typeof mark;

const text = new TextDecoder('utf-8', { fatal: false });

/** The machine that opcodes drive: bytes from the file's position on, a stack and a memo. */
class PickleMachine {
  readonly stack: StackItem[] = [];
  readonly memo = new Map<number, PickleValue>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    readonly vocabulary: PickleVocabulary,
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  refusal(received: string): WeldonError {
    return expectedInWords(this.what, 'tensors in plain containers', `${received} (byte ${this.position} of the file)`);
  }

  /** Steps over `count` bytes; where they begin. */
  skip(count: number): number {
    const from = this.position;
    if (!Number.isSafeInteger(count) || count < 0 || from + count > this.bytes.length) {
      throw new PickleEndsEarly(this.refusal('a pickle that ends too early').message);
    }
    this.position += count;
    return from;
  }

  uint8 = (): number => this.bytes[this.skip(1)];
  uint16 = (): number => this.view.getUint16(this.skip(2), true);
  uint32 = (): number => this.view.getUint32(this.skip(4), true);
  int32 = (): number => this.view.getInt32(this.skip(4), true);
  float64 = (): number => this.view.getFloat64(this.skip(8), false);

  take(length: number): Uint8Array {
    const from = this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  string(length: number): string {
    return text.decode(this.take(length));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.position);
    const line = this.take(end < 0 ? Infinity : end + 1 - this.position);
    return text.decode(line.subarray(0, -1));
  }

  /** A number where that is exact. */
  longInteger(length: number): number | bigint {
    const bytes = this.take(length);
    const unsigned = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const value = BigInt.asIntN(8 * length, unsigned);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const item = this.stack.pop();
    if (item === undefined || item === mark) {
      throw this.refusal('a pickle that takes more values than it gives');
    }
    return item;
  }

  /** The last `count` values, the one pushed first in front. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** Texts and nothing else: a container that holds itself many times over would take for ever to write out. */
  popNames(count: number): string[] {
    return this.popMany(count).map((value) => {
      if (typeof value !== 'string') {
        throw this.refusal('a name that is no text');
      }
      return value;
    });
  }

  popToMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) {
      throw this.refusal('a pickle that takes more values than it gives');
    }
    return this.stack.splice(at).slice(1) as PickleValue[];
  }

  top(): PickleValue {
    const item = this.pop();
    this.push(item);
    return item;
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) {
      throw this.refusal('an item for something that is not a list');
    }
    // Not by spreading: a list may be longer than a call may have arguments.
    items.forEach((item) => list.push(item));
  }

  setItems(items: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map)) {
      throw this.refusal('an item for something that is not a dictionary');
    }
    if (items.length % 2 !== 0) {
      throw this.refusal('a dictionary key without a value');
    }
    for (let i = 0; i < items.length; i += 2) {
      map.set(items[i], items[i + 1]);
    }
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) {
      throw this.refusal('a reference to a value that was never given');
    }
    this.push(value);
  }

  pushGlobal(name: string): void {
    const known = this.vocabulary.global(name);
    if (known === undefined) {
      throw this.refusal(`a reference to ${name}, which is not read because loading must not run code`);
    }
    this.push(known);
  }

  call(): void {
    const [callee, args] = this.popMany(2);
    if (!isObject(callee)) {
      throw this.refusal('a call of something that is not a known function');
    }
    const value = Array.isArray(args) ? this.vocabulary.call(callee, args) : undefined;
    if (value === undefined) {
      throw this.refusal(`a call of ${callee.type} with arguments that are not a tensor's`);
    }
    this.push(value);
  }

  pushPersistent(): void {
    const value = this.vocabulary.persistent(this.pop());
    if (value === undefined) {
      throw this.refusal('a reference to something outside the file that is not a tensor storage');
    }
    this.push(value);
  }

  checkProtocol(): void {
    const protocol = this.uint8();
    if (protocol < 2 || protocol > 4) {
      throw this.refusal(`a pickle of protocol ${protocol}, where 2 to 4 are read`);
    }
  }

  /** Of attributes only a state_dict's `_metadata` occurs; it carries no values. */
  dropAttributes(): void {
    this.pop();
    if (!(this.top() instanceof Map)) {
      throw this.refusal('attributes for something that is not a dictionary');
    }
  }
}

function isObject(value: PickleValue): value is PickleObject {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Uint8Array)
  );
}

/** The opcode that ends a pickle. */
const stop = 0x2e;

/** What opcodes do. Tuples and sets read as arrays; nothing that follows tells them apart. */
const opcodes = new Map<number, (machine: PickleMachine) => void>([
  [0x80, (m) => m.checkProtocol()], // PROTO
  [0x95, (m) => void m.skip(8)], // FRAME: a hint for buffered readers
  [0x28, (m) => void m.stack.push(mark)], // MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m) => m.push(m.uint8())], // BININT1
  [0x4d, (m) => m.push(m.uint16())], // BININT2
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x8a, (m) => m.push(m.longInteger(m.uint8()))], // LONG1
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x58, (m) => m.push(m.string(m.uint32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.string(m.uint8()))], // SHORT_BINUNICODE
  [0x54, (m) => m.push(m.string(m.uint32()))], // BINSTRING, Python 2
  [0x55, (m) => m.push(m.string(m.uint8()))], // SHORT_BINSTRING, Python 2
  [0x42, (m) => m.push(m.take(m.uint32()))], // BINBYTES
  [0x43, (m) => m.push(m.take(m.uint8()))], // SHORT_BINBYTES
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x85, (m) => m.push(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.push(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.push(m.popMany(3))], // TUPLE3
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popToMark())], // ADDITEMS
  [0x91, (m) => m.push(m.popToMark())], // FROZENSET
  [0x71, (m) => void m.memo.set(m.uint8(), m.top())], // BINPUT
  [0x72, (m) => void m.memo.set(m.uint32(), m.top())], // LONG_BINPUT
  [0x94, (m) => void m.memo.set(m.memo.size, m.top())], // MEMOIZE
  [0x68, (m) => m.recall(m.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x63, (m) => m.pushGlobal(`${m.line()}.${m.line()}`)], // GLOBAL
  [0x93, (m) => m.pushGlobal(m.popNames(2).join('.'))], // STACK_GLOBAL
  [0x52, (m) => m.call()], // REDUCE
  [0x62, (m) => m.dropAttributes()], // BUILD
  [0x51, (m) => m.pushPersistent()], // BINPERSID
]);

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
  0x92: 'NEWOBJ_EX',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

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
  const machine = new PickleMachine(bytes, start, vocabulary, what);
  for (let opcode = machine.uint8(); opcode !== stop; opcode = machine.uint8()) {
    const run = opcodes.get(opcode);
    if (run === undefined) {
      throw machine.refusal(
        `the pickle opcode ${refusedNames[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`}, ` +
          'which tensors and plain containers do not need',
      );
    }
    run(machine);
  }
  const value = machine.pop();
  if (machine.stack.length > 0) {
    throw machine.refusal('a pickle with values left over');
  }
  return { value, end: machine.position };
}
