import { expected, expectedInWords } from '../errors.js';
import type { WeightSource } from './weightSource.js';
import { bytesPerValue, decodeNumbers, scratchBytes, toFloat32, typeOfArray } from './numberTypes.js';
import type { NumberArray, NumberType } from './numberTypes.js';
import { foreignFile, headBytes, openRanges } from './openRanges.js';
import type { WeightBytes } from './openRanges.js';
import { readSafetensorsHeader } from './safetensorsHeader.js';

/** A safetensors file: weights by name, and what else it says. */
export interface SafetensorsFile extends WeightSource {
  /** The texts of its `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Name → stored type. */
  readonly dtypes: ReadonlyMap<string, NumberType>;
  read(name: string): Promise<Float32Array>;
  readPart(name: string, start: number, count: number, scratch?: Float32Array): Promise<Float32Array>;
  /** One tensor's values as they are stored, integers exact; F16 and BF16 as float32, which holds them exactly. */
  readStored(name: string): Promise<NumberArray>;
}

/** The reference implementation's limit on the header, in bytes. */
const longestHeader = 100_000_000;

/**
 * Opens a safetensors file: reads and checks its header, nothing else. Values are read when they are asked for, by
 * range, as float32 (stored F32, F16, BF16, F64, integers or booleans; 8-bit and smaller floats, which mean nothing
 * without a scale, are refused by name).
 *
 * @param source the file's bytes, a Blob, a URL (read by HTTP range requests), or ranges of your own; in Node
 * `fileRanges(path)` of `tfjs-weldon/node`
 * @throws WeldonError for a file that is cut off or damaged, or that breaks a rule of the format: names given twice,
 * tensors that overlap, leave a gap or reach outside the file, a header longer than the file
 *
 * @example
 * const model = await resnet50({ weights: await safetensors(await (await fetch(url)).arrayBuffer()) });
 *
 * Source: the format's description in huggingface/safetensors.
 */
export async function safetensors(source: WeightBytes): Promise<SafetensorsFile> {
  const ranges = await openRanges('safetensors', source);
  const what = ranges.name ?? 'the file';
  if (ranges.size < 8) {
    throw expectedInWords(
      what,
      'a safetensors file, which begins with the length of its header in 8 bytes',
      `${ranges.size} bytes`,
    );
  }
  const head = await ranges.read(0, Math.min(ranges.size, headBytes));
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > BigInt(ranges.size - 8) || length > BigInt(longestHeader)) {
    const foreign = foreignFile(head);
    throw foreign === null
      ? expectedInWords(
          what,
          'a safetensors file whose header fits in it',
          `a header of ${length} bytes in a file of ${ranges.size}`,
        )
      : expectedInWords(what, 'a safetensors file', foreign);
  }
  const headerBytes = Number(length);
  const dataStart = 8 + headerBytes;
  const { metadata, tensors } = readSafetensorsHeader(await ranges.read(8, headerBytes), ranges.size - dataStart, what);

  async function stored(name: string, start?: number, count?: number, scratch?: Float32Array): Promise<NumberArray> {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw expectedInWords(`tensor ${name}`, `in ${what}`, 'a file without it');
    }
    const width = bytesPerValue(tensor.dtype);
    const from = tensor.begin + (start ?? 0) * width;
    const to = count === undefined ? tensor.end : from + count * width;
    if (!(from >= tensor.begin && to >= from && to <= tensor.end)) {
      throw expectedInWords(
        `values of tensor ${name} in ${what}`,
        `within its ${(tensor.end - tensor.begin) / width}`,
        `${count} from ${start} on`,
      );
    }
    const into = scratchBytes(tensor.dtype, (to - from) / width, scratch);
    return decodeNumbers(tensor.dtype, await ranges.read(dataStart + from, to - from, into));
  }

  return {
    name: ranges.name,
    metadata,
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    dtypes: new Map([...tensors].map(([name, { dtype }]) => [name, dtype])),
    read: async (name) => toFloat32(await stored(name)),
    readPart: async (name, start, count, scratch) => toFloat32(await stored(name, start, count, scratch)),
    readStored: (name) => stored(name),
  };
}

/** A tensor to write, its values in row-major order. */
export interface SafetensorsTensor {
  name: string;
  shape: readonly number[];
  values: NumberArray;
  /** Default: the type of the array; `'F16'` or `'BF16'` where a Uint16Array holds bits, `'BOOL'` for 0 and 1 as bytes. */
  dtype?: NumberType;
}

/**
 * The beginning of a safetensors file, up to its values, and the order in which tensors lie in it: by the width of their
 * numbers, widest first, otherwise as given, so that all are aligned; the header is padded with spaces to a multiple of 8
 * bytes, as the reference does.
 *
 * @param metadata texts for `__metadata__`
 * @throws WeldonError for a name given twice
 */
export function safetensorsHead(
  tensors: readonly { name: string; shape: readonly number[]; dtype: NumberType }[],
  metadata: Readonly<Record<string, string>> = {},
): { head: Uint8Array; order: string[]; dataBytes: number } {
  const sorted = [...tensors].sort((a, b) => bytesPerValue(b.dtype) - bytesPerValue(a.dtype));
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) {
    entries.set('__metadata__', metadata);
  }
  let end = 0;
  for (const { name, shape, dtype } of sorted) {
    if (name === '__metadata__' || entries.has(name)) {
      throw expected('names for encodeSafetensors', 'given once each, and none __metadata__', name);
    }
    const begin = end;
    end += shape.reduce((product, side) => product * side, 1) * bytesPerValue(dtype);
    entries.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const dataStart = 8 + 8 * Math.ceil(text.length / 8);
  const head = new Uint8Array(dataStart).fill(0x20, 8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  head.set(text, 8);
  return { head, order: sorted.map(({ name }) => name), dataBytes: end };
}

/**
 * The bytes of a safetensors file, laid out as `safetensorsHead` says.
 *
 * @param metadata texts for `__metadata__`
 * @throws WeldonError for a name given twice, or values that do not fit the type or the shape
 *
 * @example
 * encodeSafetensors([{ name: 'mean', shape: [3], values: Float32Array.of(1, 2, 3) }], { format: 'pt' });
 *
 * Source: the format's description in huggingface/safetensors.
 */
export function encodeSafetensors(
  tensors: readonly SafetensorsTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const typed = tensors.map((tensor) => ({ ...tensor, dtype: tensor.dtype ?? typeOfArray(tensor.values) }));
  const { head, order, dataBytes } = safetensorsHead(typed, metadata);
  const byName = new Map(typed.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape, values, dtype } of typed) {
    const count = shape.reduce((product, side) => product * side, 1);
    if (count !== values.length || count * bytesPerValue(dtype) !== values.byteLength) {
      throw expectedInWords(
        `tensor ${name} for encodeSafetensors`,
        `${count} values of ${dtype}, as its shape [${shape.join(', ')}] is`,
        `${values.length} in a ${values.constructor.name}`,
      );
    }
  }
  const bytes = new Uint8Array(head.length + dataBytes);
  bytes.set(head);
  let at = head.length;
  for (const name of order) {
    const { values } = byName.get(name)!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
