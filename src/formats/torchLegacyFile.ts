import { expectedInWords } from '../errors.js';
import type { NamedRanges } from './byteRanges.js';
import { bytesPerValue } from './numberTypes.js';
import { PickleEndsEarly, readPickle } from './pickle.js';
import type { PickleValue } from './pickle.js';
import type { StoragePlace, TorchFile, TorchStorage } from './torchObjects.js';
import { torchVocabulary } from './torchObjects.js';

/** `torch.save` before version 1.6 began with this number. */
const magic = 0x1950a86a20f9469cfc6cn;
/** Bytes read at first: the pickles of most networks. */
const first = 1 << 18;

/** Whether the file begins as PyTorch's older format does: a pickle of the 80-bit magic number. */
export function isTorchLegacyFile(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 14 &&
    bytes[0] === 0x80 &&
    bytes[1] === 2 &&
    bytes[2] === 0x8a &&
    bytes[3] === 10 &&
    bytes.subarray(4, 14).every((byte, i) => byte === Number((magic >> BigInt(8 * i)) & 0xffn))
  );
}

interface Pickles {
  root: PickleValue;
  keys: PickleValue[];
  /** Storages that tensors refer to. */
  storages: ReadonlyMap<string, TorchStorage>;
  /** The byte after the last pickle. */
  end: number;
}

/** Five pickles: magic number, version 1001, platform, the object, the storages' keys. */
function readPickles(bytes: Uint8Array, what: string): Pickles {
  const storages = new Map<string, TorchStorage>();
  const vocabulary = torchVocabulary((storage) => storages.set(storage.key, storage));
  let end = 0;
  const next = (): PickleValue => {
    const pickle = readPickle(bytes, end, vocabulary, what);
    end = pickle.end;
    return pickle.value;
  };
  next();
  const version = next();
  if (version !== 1001) {
    throw expectedInWords(
      what,
      'of format version 1001',
      typeof version === 'number' ? String(version) : 'another one',
    );
  }
  const platform = next();
  if (!(platform instanceof Map) || platform.get('little_endian') !== true) {
    throw expectedInWords(what, 'written on a little-endian machine', 'another byte order');
  }
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) {
    throw expectedInWords(what, 'complete', 'a file without its list of storages');
  }
  return { root, keys, storages, end };
}

/** Reads more of the file until its pickles are whole: how long they are stands nowhere. */
async function readBeginning(ranges: NamedRanges): Promise<Pickles> {
  for (let length = Math.min(first, ranges.size); ; length = Math.min(4 * length, ranges.size)) {
    try {
      return readPickles(await ranges.read(0, length), ranges.name);
    } catch (error) {
      if (!(error instanceof PickleEndsEarly) || length === ranges.size) {
        throw error;
      }
    }
  }
}

/** Finds where each storage's values lie, behind a 64-bit count; one's end is the next one's beginning. */
function placeStorages({ keys, storages, end }: Pickles, { size, name }: NamedRanges): Map<string, StoragePlace> {
  const places = new Map<string, StoragePlace>();
  let position = end;
  keys.forEach((key, i) => {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) {
      throw expectedInWords(name, 'a file whose storages belong to its tensors', `storage ${i + 1} of no tensor`);
    }
    const place = { offset: position + 8, length: storage.length * bytesPerValue(storage.values) };
    position = place.offset + place.length;
    if (position > size) {
      throw expectedInWords(name, 'complete', `a file that ends inside storage ${i + 1} of ${keys.length}`);
    }
    places.set(storage.key, place);
  });
  return places;
}

/**
 * Reads PyTorch's older file format: five pickles, then for each storage a 64-bit count and the values, little-endian.
 * Only the pickles are read here.
 *
 * @throws WeldonError for a file that was written big-endian, refers to anything but tensors and plain containers, or
 * ends early
 */
export async function readTorchLegacyFile(ranges: NamedRanges): Promise<TorchFile> {
  const pickles = await readBeginning(ranges);
  const places = placeStorages(pickles, ranges);
  return {
    root: pickles.root,
    async locate(key) {
      const place = places.get(key);
      if (place !== undefined) {
        const bytes = await ranges.read(place.offset - 8, 8);
        const count = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
        const { length } = pickles.storages.get(key)!;
        if (count !== BigInt(length)) {
          throw expectedInWords(ranges.name, `one whose storage ${key} holds ${length} values`, String(count));
        }
      }
      return place;
    },
  };
}
