import { expectedInWords } from '../../errors.js';

/** One file of a zip archive. */
export interface ZipEntry {
  name: string;
  /** Size once unpacked, in bytes. */
  size: number;
  /** 0 stored as it is, 8 deflated. */
  method: number;
  /** The bytes in the archive (a view, not a copy). */
  packed: Uint8Array;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/** Whether the file begins as zip archives do. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Lists a zip archive by the directory at its end. Nothing is unpacked.
 *
 * @throws WeldonError for a truncated or malformed archive, an encrypted entry, and for zip64 (above 4 GB)
 */
export function readZipDirectory(bytes: Uint8Array): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (received: string) => expectedInWords('the archive', 'a complete zip file', received);
  const text = new TextDecoder();
  let end = bytes.length - 22;
  const earliest = Math.max(0, end - 0xffff);
  while (end >= earliest && view.getUint32(end, true) !== endSignature) {
    end--;
  }
  if (end < earliest) {
    throw broken('one without its directory');
  }
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) {
    throw broken('a zip64 archive, which is not read');
  }
  const entries = new Map<string, ZipEntry>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== entrySignature) {
      throw broken('a damaged directory');
    }
    const flags = view.getUint16(at + 8, true);
    const packedSize = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const name = text.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (flags & 1) {
      throw broken(`an encrypted entry ${name}`);
    }
    if (local + 30 > end || view.getUint32(local, true) !== localSignature) {
      throw broken(`a damaged entry ${name}`);
    }
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (from + packedSize > end) {
      throw broken(`an entry ${name} that ends too early`);
    }
    entries.set(name, {
      name,
      size: view.getUint32(at + 24, true),
      method: view.getUint16(at + 10, true),
      packed: bytes.subarray(from, from + packedSize),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
