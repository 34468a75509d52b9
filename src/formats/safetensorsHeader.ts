import { expectedInWords } from '../errors.js';
import type { WeldonError } from '../errors.js';
import { bytesPerValue, isNumberType, numberTypes } from './numberTypes.js';
import type { NumberType } from './numberTypes.js';

/**
 * The first key that occurs twice in one object of a JSON text, or `null`.
 *
 * @param json a text that JSON.parse has accepted
 */
function duplicateKey(json: string): string | null {
  /** Keys of the objects around the place being looked at; `null` for arrays. */
  const around: (Set<string> | null)[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      around.push(token === '{' ? new Set() : null);
    } else if (token === '}' || token === ']') {
      around.pop();
    } else {
      const keys = around.at(-1);
      if (keys != null && /^\s*:/.test(json.slice(index + token.length, index + token.length + 64))) {
        const key = JSON.parse(token) as string;
        if (keys.has(key)) {
          return key;
        }
        keys.add(key);
      }
    }
  }
  return null;
}

/** One tensor of a safetensors file. */
export interface SafetensorsEntry {
  dtype: NumberType;
  shape: readonly number[];
  /** First byte, counted from the end of the header. */
  begin: number;
  /** The byte after the last. */
  end: number;
}

export interface SafetensorsHeader {
  metadata: ReadonlyMap<string, string>;
  tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** Makes the error for one part of the file, for example `the dtype of tensor "w" in` it. */
type Refuse = (part: string, rule: string, received: string) => WeldonError;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'none';
    return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
  } catch {
    return 'a value nested too deeply to show';
  }
}

/** JSON alone would take the last of two tensors of one name, and lose the other without a word. */
function parseJson(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('the header of ', 'JSON text', 'bytes that are not UTF-8');
  }
  if (!text.startsWith('{')) {
    throw refuse('the header of ', 'JSON text that begins with {', text === '' ? 'nothing' : shown(text.slice(0, 12)));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('the header of ', 'JSON text', 'text that is not JSON');
  }
  const twice = duplicateKey(text);
  if (twice !== null) {
    throw refuse('names in the header of ', 'given once each', `${shown(twice)} twice`);
  }
  return json as Record<string, unknown>;
}

function readMetadata(value: unknown, refuse: Refuse): Map<string, string> {
  if (!isObject(value)) {
    throw refuse('__metadata__ in ', 'an object', shown(value));
  }
  const wrong = Object.entries(value).find(([, text]) => typeof text !== 'string');
  if (wrong !== undefined) {
    throw refuse(`${shown(wrong[0])} in the __metadata__ of `, 'a text', shown(wrong[1]));
  }
  return new Map(Object.entries(value) as [string, string][]);
}

function readEntry(name: string, value: unknown, refuse: Refuse): SafetensorsEntry {
  const tensor = `tensor ${shown(name)} in `;
  if (!isObject(value)) {
    throw refuse(tensor, 'described by an object', shown(value));
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isNumberType(dtype)) {
    throw refuse(`the dtype of ${tensor}`, `one of ${numberTypes.join(', ')}`, shown(dtype));
  }
  if (!areCounts(shape)) {
    throw refuse(`the shape of ${tensor}`, 'a list of integers >= 0', shown(shape));
  }
  if (!areCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw refuse(`the data_offsets of ${tensor}`, '[begin, end], integers with 0 <= begin <= end', shown(offsets));
  }
  const [begin, end] = offsets;
  const needed = shape.reduce((bytes, side) => bytes * side, bytesPerValue(dtype));
  if (needed !== end - begin) {
    throw refuse(
      tensor,
      `${needed} bytes long, as ${dtype} of shape [${shape.join(', ')}] is`,
      `data_offsets ${end - begin} bytes apart`,
    );
  }
  return { dtype, shape, begin, end };
}

/** Tensors lie end to end, in any order of names, and fill the file. */
function checkCoverage(tensors: ReadonlyMap<string, SafetensorsEntry>, dataBytes: number, refuse: Refuse): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  let before = 'the header';
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== position) {
      throw refuse(
        'tensors in ',
        'end to end',
        begin < position
          ? `${shown(name)} overlapping ${before}`
          : `${begin - position} bytes between ${before} and ${shown(name)} that belong to none`,
      );
    }
    position = end;
    before = shown(name);
  }
  if (position > dataBytes) {
    throw refuse('', `complete, with ${position} bytes of tensors`, `${dataBytes}: the file is cut off`);
  }
  if (position < dataBytes) {
    throw refuse('', `${position} bytes of tensors and nothing more`, `${dataBytes}`);
  }
}

/**
 * Reads and checks the JSON header of a safetensors file: every tensor's type, shape and place.
 *
 * @param bytes the header, without the length before it
 * @param dataBytes bytes that follow it
 * @param what the file, for errors
 * @throws WeldonError for anything the format forbids; nothing is guessed
 */
export function readSafetensorsHeader(bytes: Uint8Array, dataBytes: number, what: string): SafetensorsHeader {
  const refuse: Refuse = (part, rule, received) => expectedInWords(`${part}${what}`, rule, received);
  const { __metadata__: described, ...entries } = parseJson(bytes, refuse);
  const metadata = described === undefined ? new Map<string, string>() : readMetadata(described, refuse);
  const tensors = new Map(Object.entries(entries).map(([name, value]) => [name, readEntry(name, value, refuse)]));
  checkCoverage(tensors, dataBytes, refuse);
  return { metadata, tensors };
}
