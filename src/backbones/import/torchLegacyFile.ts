import { expectedInWords } from '../../errors.js';
import { readPickle } from './pickle.js';
import type { PickleValue } from './pickle.js';
import type { TorchFile } from './torchFile.js';
import { torchVocabulary } from './torchObjects.js';

/** `torch.save` before version 1.6 began with this number. */
const magic = 0x1950a86a20f9469cfc6cn;

/** Whether the file begins as PyTorch's older format does: a pickle of the 80-bit magic number. */
export function isTorchLegacyFile(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1] === 2 && bytes[2] === 0x8a && bytes[3] === 10 &&
    bytes.subarray(4, 14).every((byte, i) => byte === Number((magic >> BigInt(8 * i)) & 0xffn));
}

/**
 * Reads PyTorch's older file format: five pickles (magic number, version 1001, platform, the object, the storages'
 * keys), then for each key a 64-bit count and the values, little-endian.
 *
 * @throws WeldonError for a file that is not of that format, was written big-endian, refers to anything but tensors
 * and plain containers, or ends early
 */
export function readTorchLegacyFile(bytes: Uint8Array): TorchFile {
  if (!isTorchLegacyFile(bytes)) {
    throw expectedInWords('the checkpoint', "a file in PyTorch's older format", 'one without its magic number');
  }
  const bytesPerValue = new Map<string, number>();
  const vocabulary = torchVocabulary((storage) => bytesPerValue.set(storage.key, storage.values.bytesPerValue));
  let position = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(bytes, position, vocabulary);
    position = end;
    return value;
  };
  next();
  const version = next();
  if (version !== 1001) {
    throw expectedInWords('the checkpoint', 'of format version 1001', String(version));
  }
  const platform = next();
  if (!(platform instanceof Map) || platform.get('little_endian') !== true) {
    throw expectedInWords('the checkpoint', 'written on a little-endian machine', 'another byte order');
  }
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) {
    throw expectedInWords('the checkpoint', 'complete', 'a file without its list of storages');
  }
  const storages = locateStorages(bytes, position, keys, bytesPerValue);
  return { root, storage: (key) => storages.get(key) };
}

/** Finds where each storage's values lie; one's end is the next one's beginning. */
function locateStorages(
  bytes: Uint8Array, start: number, keys: readonly PickleValue[], bytesPerValue: ReadonlyMap<string, number>,
): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Uint8Array>();
  let position = start;
  keys.forEach((key, i) => {
    const size = typeof key === 'string' ? bytesPerValue.get(key) : undefined;
    if (size === undefined) {
      throw expectedInWords(
        'the checkpoint',
        'a file whose storages belong to its tensors',
        `storage ${i + 1} of no tensor`,
      );
    }
    const count = position + 8 <= bytes.length ? Number(view.getBigInt64(position, true)) : -1;
    const from = position + 8;
    position = from + count * size;
    if (count < 0 || position > bytes.length) {
      throw expectedInWords('the checkpoint', 'complete', `a file that ends inside storage ${i + 1} of ${keys.length}`);
    }
    storages.set(key as string, bytes.subarray(from, position));
  });
  return storages;
}
