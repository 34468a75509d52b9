import { expectedInWords } from '../../errors.js';
import type { ByteRanges } from './byteRanges.js';

/** One file of a zip archive. */
export interface ZipEntry {
  name: string;
  /** Size once unpacked, in bytes. */
  size: number;
  /** 0 stored as it is, 8 deflated. */
  method: number;
  /** Bytes in the archive. */
  packedSize: number;
  /** Where its local header begins. */
  header: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** The end record, and the longest comment behind it. */
const longestEnd = 22 + 0xffff;

function broken(ranges: ByteRanges, received: string) {
  return expectedInWords(ranges.name ?? 'the archive', 'a complete zip file', received);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the file begins as zip archives do. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

interface DirectoryPlace {
  entries: number;
  offset: number;
  /** Where the end record begins, and nothing of an entry lies. */
  end: number;
}

async function findDirectory(ranges: ByteRanges): Promise<DirectoryPlace> {
  const length = Math.min(ranges.size, longestEnd);
  const start = ranges.size - length;
  const view = viewOf(await ranges.read(start, length));
  let at = length - 22;
  while (at >= 0 && view.getUint32(at, true) !== endSignature) {
    at--;
  }
  if (at < 0) {
    throw broken(ranges, 'one without its directory');
  }
  const entries = view.getUint16(at + 10, true);
  const offset = view.getUint32(at + 16, true);
  if (entries === 0xffff || offset === 0xffffffff) {
    throw broken(ranges, 'a zip64 archive, which is not read');
  }
  if (offset > start + at) {
    throw broken(ranges, 'a damaged directory');
  }
  return { entries, offset, end: start + at };
}

/**
 * Lists a zip archive by the directory at its end. Nothing is unpacked.
 *
 * @throws WeldonError for a truncated or malformed archive, an encrypted entry, and for zip64 (above 4 GB)
 */
export async function readZipDirectory(ranges: ByteRanges): Promise<Map<string, ZipEntry>> {
  const directory = await findDirectory(ranges);
  const bytes = await ranges.read(directory.offset, directory.end - directory.offset);
  const view = viewOf(bytes);
  const text = new TextDecoder();
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < directory.entries; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) {
      throw broken(ranges, 'a damaged directory');
    }
    const nameLength = view.getUint16(at + 28, true);
    const name = text.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 8, true) & 1) {
      throw broken(ranges, `an encrypted entry ${name}`);
    }
    const packedSize = view.getUint32(at + 20, true);
    const header = view.getUint32(at + 42, true);
    if (header + 30 + packedSize > directory.offset) {
      throw broken(ranges, `an entry ${name} that ends too early`);
    }
    entries.set(name, {
      name, size: view.getUint32(at + 24, true), method: view.getUint16(at + 10, true), packedSize, header,
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Where an entry's packed bytes begin; its local header, which is read for that, may be padded. */
export async function zipEntryOffset(ranges: ByteRanges, entry: ZipEntry): Promise<number> {
  const view = viewOf(await ranges.read(entry.header, 30));
  const offset = entry.header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== localSignature || offset + entry.packedSize > ranges.size) {
    throw broken(ranges, `a damaged entry ${entry.name}`);
  }
  return offset;
}

/** An entry's bytes as they are in the archive. */
export async function readZipEntry(ranges: ByteRanges, entry: ZipEntry): Promise<Uint8Array> {
  return ranges.read(await zipEntryOffset(ranges, entry), entry.packedSize);
}
