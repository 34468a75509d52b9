import { expectedInWords } from '../errors.js';
import type { WeightSource } from './weightSource.js';
import { foreignFile } from './pickle.js';
import { bytesPerValue, decodeNumbers, scratchBytes, toFloat32 } from './numberTypes.js';
import type { NumberArray, NumberType } from './numberTypes.js';
import { openRanges } from './openRanges.js';
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
  const head = await ranges.read(0, Math.min(ranges.size, 64));
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
