/**
 * Features of some images of one network, layer and preprocessing as a safetensors file: a tensor per image, named by the
 * image's hash, F16 or F32. The metadata say what they are of, and hold a check sum for each.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readFloat16, storeFloat16 } from '../../formats/float16.js';
import { expected, expectedInWords } from '../../errors.js';
import { encodeSafetensors } from '../../formats/safetensors.js';
import { readSafetensorsHeader } from '../../formats/safetensorsHeader.js';
import type { FeatureKey, Features } from '../../training/featureStore.js';

export type FeaturePrecision = 'float16' | 'float32';

/** Version of a shard; 1 were two formats of 0.1.0, see `isEarlierFormat`. */
export const shardVersion = '2';

/** Whether a name in the cache's folder is one that 0.1.0 has given: `….f16`, `….index`, or a folder of `….features`. */
export function isEarlierFormat(name: string): boolean {
  return /\.(f16|index)$|^[0-9a-f]{32}$/.test(name);
}

/** Features as they are stored, and the values that they stand for. */
export interface StoredFeatures {
  shape: readonly number[];
  numbers: Uint16Array | Float32Array;
  values: Float32Array;
}

/** A cache that keeps Infinity or NaN would spoil every epoch to come, far from where it went wrong. */
function checkFinite(given: Float32Array, stored: Float32Array): void {
  for (let i = 0; i < stored.length; i++) {
    if (stored[i] - stored[i] !== 0) {
      throw Number.isFinite(given[i])
        ? expectedInWords(
            'features for a cache in float16',
            'numbers between -65504 and 65504',
            `${given[i]}: keep float32`,
          )
        : expected('features for a cache', 'finite numbers', given[i]);
    }
  }
}

/**
 * Rounds features to a precision.
 *
 * @throws WeldonError for numbers that are not finite, or do not fit the precision
 */
export function roundFeatures({ shape, values }: Features, precision: FeaturePrecision): StoredFeatures {
  let numbers: Uint16Array | Float32Array = values.slice();
  let rounded = numbers as Float32Array;
  if (precision === 'float16') {
    numbers = new Uint16Array(values.length);
    storeFloat16(values, numbers);
    rounded = readFloat16(numbers);
  }
  checkFinite(values, rounded);
  return { shape: [...shape], numbers, values: rounded };
}

/** Where one image's features lie, and what they must be. */
export interface Place {
  /** name of the shard */
  shard: string;
  image: string;
  dtype: 'F16' | 'F32';
  shape: readonly number[];
  /** first byte in the file, and how many */
  begin: number;
  length: number;
  check: string;
}

function checkOf(bytes: Uint8Array, { image, dtype, shape }: Pick<Place, 'image' | 'dtype' | 'shape'>): string {
  return crc32(bytes, crc32(JSON.stringify([image, dtype, shape]))).toString(16);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array | Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The bytes of a shard. */
export function encodeShard(
  features: ReadonlyMap<string, StoredFeatures>,
  { model, preprocessing }: Pick<FeatureKey, 'model' | 'preprocessing'>,
): Uint8Array {
  const checks: Record<string, string> = {};
  const tensors = [...features].map(([image, { shape, numbers }]) => {
    const dtype = numbers instanceof Uint16Array ? ('F16' as const) : ('F32' as const);
    checks[image] = checkOf(bytesOf(numbers), { image, dtype, shape });
    return { name: image, dtype, shape, values: numbers };
  });
  const metadata = { weldonFeatures: shardVersion, model, preprocessing, crc32: JSON.stringify(checks) };
  return encodeSafetensors(tensors, metadata);
}

/** What is in a shard, or why nothing of it can be used. */
export type ShardContent = { places: Place[] } | { version: string } | 'damaged' | 'gone';

/**
 * What is in a shard by its header; damage inside the features shows only when they are read.
 *
 * @param bytes the file, or as much of its beginning as `headerEnd` says
 * @param size of the whole file
 * @param shard its name
 */
export function shardContent(bytes: Uint8Array, size: number, shard: string): ShardContent {
  const dataStart = headerEnd(bytes);
  try {
    const { metadata, tensors } = readSafetensorsHeader(bytes.subarray(8, dataStart), size - dataStart, shard);
    const version = metadata.get('weldonFeatures');
    if (version !== shardVersion) {
      // Without one it is somebody else's file.
      return version === undefined ? { places: [] } : { version };
    }
    const checks = JSON.parse(metadata.get('crc32') ?? '{}') as Record<string, string>;
    const places = [...tensors].map(([image, { dtype, shape, begin, end }]) => ({
      ...{ shard, image, dtype: dtype as Place['dtype'], shape, begin: dataStart + begin },
      ...{ length: end - begin, check: checks[image] },
    }));
    return { places };
  } catch {
    return 'damaged';
  }
}

/** The byte behind the header of a safetensors file, of which at least 8 are given. */
function headerEnd(bytes: Uint8Array): number {
  return bytes.length < 8 ? Infinity : 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** `use` with an open file; `'gone'` where there is none. */
async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T | 'gone'> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return 'gone';
    }
    throw error;
  }
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Reads from a place on; fewer bytes only where the file ends. */
async function readAt(file: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Bytes that are read first: the headers of most shards are shorter. */
const firstBytes = 8192;

/** Reads what is in a shard, not the features themselves. */
export function readShard(path: string, shard: string): Promise<ShardContent> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const first = await readAt(file, 0, Math.min(firstBytes, size));
    const end = headerEnd(first);
    if (end > size) {
      return 'damaged';
    }
    return shardContent(end <= first.length ? first : await readAt(file, 0, end), size, shard);
  });
}

/** The numbers at a place, or why there are none. */
export function readPlace(path: string, place: Place): Promise<Uint16Array | Float32Array | 'damaged' | 'gone'> {
  return withFile(path, async (file) => {
    const bytes = await readAt(file, place.begin, place.length);
    if (bytes.length < place.length || checkOf(bytes, place) !== place.check) {
      return 'damaged';
    }
    return place.dtype === 'F16' ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
  });
}
