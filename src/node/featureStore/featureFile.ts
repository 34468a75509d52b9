import { createHash } from 'node:crypto';
import { float16Bits, float16Value } from '../../backbones/float16.js';
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

const halves = new Float32Array(1 << 16);
let halvesFilled = false;

/** Half precision by table: a cache is read far more often than written. */
function fromHalves(bits: Uint16Array): Float32Array {
  if (!halvesFilled) {
    for (let i = 0; i < halves.length; i++) {
      halves[i] = float16Value(i);
    }
    halvesFilled = true;
  }
  return Float32Array.from(bits, (half) => halves[half]);
}

/** The file's bytes, and the values that they stand for. */
export function encodeFeatures({ shape, values }: Features, precision: FeaturePrecision): { bytes: Buffer; stored: Features } {
  const head = Buffer.alloc(8 + 4 * shape.length);
  magic.copy(head);
  head.writeUInt8(featureFileVersion, 4);
  head.writeUInt8(precision === 'float16' ? 16 : 32, 5);
  head.writeUInt16LE(shape.length, 6);
  shape.forEach((extent, i) => head.writeUInt32LE(extent, 8 + 4 * i));
  const numbers = precision === 'float16' ? Uint16Array.from(values, float16Bits) : values;
  const body = Buffer.concat([head, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)]);
  const kept = numbers instanceof Uint16Array ? fromHalves(numbers) : values.slice();
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
  const numbers = Uint8Array.from(body.subarray(8 + 4 * rank)).buffer;
  return { features: { shape, values: wide ? new Float32Array(numbers) : fromHalves(new Uint16Array(numbers)) } };
}
