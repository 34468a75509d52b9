import { createHash } from 'node:crypto';
import { readFloat16, storeFloat16 } from '../../formats/float16.js';
import { expected, expectedInWords } from '../../errors.js';
import type { Features } from '../../training/featureStore.js';

/**
 * Features of one image as bytes, little-endian:
 *
 *     "WFEA"  version u8  precision u8 (16 or 32)  rank u16  extents u32 …  values …  first 8 bytes of SHA-256 of all before
 */
export const featureFileVersion = 1;

export type FeaturePrecision = 'float16' | 'float32';

const magic = Buffer.from('WFEA');
const checkBytes = 8;

function checkOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, checkBytes);
}

/** A cache that keeps Infinity or NaN would spoil every epoch to come, far from where it went wrong. */
function checkFinite(given: Float32Array, kept: Float32Array): void {
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] - kept[i] !== 0) {
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
 * The file's bytes, and the values that they stand for.
 *
 * @throws WeldonError for numbers that are not finite, or do not fit the precision
 */
export function encodeFeatures(
  { shape, values }: Features,
  precision: FeaturePrecision,
): { bytes: Buffer; stored: Features } {
  const head = Buffer.alloc(8 + 4 * shape.length);
  magic.copy(head);
  head.writeUInt8(featureFileVersion, 4);
  head.writeUInt8(precision === 'float16' ? 16 : 32, 5);
  head.writeUInt16LE(shape.length, 6);
  shape.forEach((extent, i) => head.writeUInt32LE(extent, 8 + 4 * i));
  let numbers: Float32Array | Uint16Array = values.slice();
  let kept = numbers;
  if (precision === 'float16') {
    numbers = new Uint16Array(values.length);
    storeFloat16(values, numbers);
    kept = readFloat16(numbers);
  }
  checkFinite(values, kept);
  const body = Buffer.concat([head, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)]);
  return { bytes: Buffer.concat([body, checkOf(body)]), stored: { shape: [...shape], values: kept } };
}

/** What a file holds: features, or why it holds none. */
export type DecodedFeatures = { features: Features } | { version: number } | { damaged: true };

export function decodeFeatures(bytes: Buffer): DecodedFeatures {
  if (bytes.length < 8 + checkBytes || !bytes.subarray(0, 4).equals(magic)) {
    return { damaged: true };
  }
  const version = bytes.readUInt8(4);
  if (version !== featureFileVersion) {
    return { version };
  }
  const body = bytes.subarray(0, bytes.length - checkBytes);
  if (!checkOf(body).equals(bytes.subarray(bytes.length - checkBytes))) {
    return { damaged: true };
  }
  const wide = bytes.readUInt8(5) === 32;
  const rank = bytes.readUInt16LE(6);
  const shape = Array.from({ length: rank }, (_, i) => bytes.readUInt32LE(8 + 4 * i));
  // A copy, for typed arrays want their numbers aligned.
  const numbers = new Uint8Array(body.subarray(8 + 4 * rank)).buffer;
  return { features: { shape, values: wide ? new Float32Array(numbers) : readFloat16(new Uint16Array(numbers)) } };
}

/** Bytes of a file's beginning that `looksComplete` wants: enough for features of eight axes. */
export const headBytes = 40;

/** Whether a file with this beginning and this size is a whole one of this version; its check sum is not computed. */
export function looksComplete(head: Buffer, fileBytes: number): boolean {
  if (head.length < 8 || !head.subarray(0, 4).equals(magic) || head.readUInt8(4) !== featureFileVersion) {
    return false;
  }
  const rank = head.readUInt16LE(6);
  if (head.length < 8 + 4 * rank) {
    return false;
  }
  const count = Array.from({ length: rank }, (_, i) => head.readUInt32LE(8 + 4 * i)).reduce(
    (size, extent) => size * extent,
    1,
  );
  return fileBytes === 8 + 4 * rank + count * (head.readUInt8(5) / 8) + checkBytes;
}
