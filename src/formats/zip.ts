/**
 * Zip archives: their directory, which checkpoints are read by, and small ones as a whole, written and read. By hand: all
 * that is needed of the format is 3 kB in the browser's bundle,
 * where the reader of @zip.js/zip.js alone is 62 kB; and where an entry's bytes lie, which is what tensors are read by,
 * it does not say.
 */
import { expectedInWords } from '../errors.js';
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
/** What zip64 adds, for archives above 4 GB or of more than 65 534 entries: an end record of its own, and its offset. */
const end64Signature = 0x06064b50;
const locatorSignature = 0x07064b50;
const locatorLength = 20;
const end64Length = 56;
/** Marks a number that stands in the zip64 part instead. */
const elsewhere16 = 0xffff;
const elsewhere32 = 0xffffffff;
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
  const end = start + at;
  const place =
    entries === elsewhere16 || offset === elsewhere32 ? await findDirectory64(ranges, end) : { entries, offset, end };
  if (place.offset > place.end) {
    throw broken(ranges, 'a damaged directory');
  }
  return place;
}

async function findDirectory64(ranges: ByteRanges, end: number): Promise<DirectoryPlace> {
  const damaged = broken(ranges, 'a zip64 archive with a damaged end');
  if (end < locatorLength + end64Length) {
    throw damaged;
  }
  const locator = viewOf(await ranges.read(end - locatorLength, locatorLength));
  const record = Number(locator.getBigUint64(8, true));
  if (locator.getUint32(0, true) !== locatorSignature || record > end - locatorLength - end64Length) {
    throw damaged;
  }
  const view = viewOf(await ranges.read(record, end64Length));
  if (view.getUint32(0, true) !== end64Signature) {
    throw damaged;
  }
  return { entries: Number(view.getBigUint64(32, true)), offset: Number(view.getBigUint64(48, true)), end: record };
}

/**
 * The numbers of an entry, `[size, packedSize, header]`: where one is marked as standing elsewhere, it is the next in the
 * entry's zip64 extra field. `null` if it is not there.
 */
function wideNumbers(numbers: readonly number[], extra: DataView): number[] | null {
  let field = 0;
  while (field + 4 <= extra.byteLength && extra.getUint16(field, true) !== 1) {
    field += 4 + extra.getUint16(field + 2, true);
  }
  let at = field + 4;
  const found = numbers.map((number) => {
    if (number !== elsewhere32) {
      return number;
    }
    at += 8;
    return at <= extra.byteLength ? Number(extra.getBigUint64(at - 8, true)) : NaN;
  });
  return found.some(Number.isNaN) ? null : found;
}

/**
 * Lists a zip archive by the directory at its end. Nothing is unpacked.
 *
 * @throws WeldonError for a truncated or malformed archive, or an encrypted entry
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
    const [extraLength, commentLength] = [view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    const numbers = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const extra = viewOf(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const [size, packedSize, header] = wideNumbers(numbers, extra) ?? [];
    if (size === undefined) {
      throw broken(ranges, `an entry ${name} without its sizes`);
    }
    if (header + 30 + packedSize > directory.offset) {
      throw broken(ranges, `an entry ${name} that ends too early`);
    }
    entries.set(name, { name, size, method: view.getUint16(at + 10, true), packedSize, header });
    at += 46 + nameLength + extraLength + commentLength;
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

/** A file of an archive. */
export interface ZippedFile {
  name: string;
  bytes: Uint8Array;
}

let crcTable: Uint32Array | null = null;

/** The check sum of zip and PNG. */
function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, value) => {
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return value;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** 1 January 1980, with which the times of zip archives begin: the same files give the same bytes. */
const noTime = 0x00210000;
const utf8Names = 0x0800;

/**
 * Files as one zip archive, stored as they are: for what is compressed already, or does not compress.
 *
 * @param files names with `/` between folders; below 4 GB together
 */
export function writeZip(files: readonly ZippedFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const sizeOf = (all: readonly Uint8Array[]) => all.reduce((sum, { length }) => sum + length, 0);
  let offset = 0;
  for (const { name, bytes } of files) {
    const text = new TextEncoder().encode(name);
    const local = new Uint8Array(30 + text.length);
    const entry = new Uint8Array(46 + text.length);
    viewOf(local).setUint32(0, localSignature, true);
    viewOf(entry).setUint32(0, entrySignature, true);
    viewOf(entry).setUint16(4, 20, true);
    viewOf(entry).setUint32(42, offset, true);
    const crc = crc32(bytes);
    // What both headers say, from the version that is needed on.
    for (const view of [new DataView(local.buffer, 4), new DataView(entry.buffer, 6)]) {
      view.setUint16(0, 20, true);
      view.setUint16(2, utf8Names, true);
      view.setUint32(6, noTime, true);
      view.setUint32(10, crc, true);
      view.setUint32(14, bytes.length, true);
      view.setUint32(18, bytes.length, true);
      view.setUint16(22, text.length, true);
    }
    local.set(text, 30);
    entry.set(text, 46);
    parts.push(local, bytes);
    directory.push(entry);
    offset += local.length + bytes.length;
  }
  const end = new Uint8Array(22);
  const view = viewOf(end);
  view.setUint32(0, endSignature, true);
  view.setUint16(8, files.length, true);
  view.setUint16(10, files.length, true);
  view.setUint32(12, sizeOf(directory), true);
  view.setUint32(16, offset, true);
  const all = [...parts, ...directory, end];
  const archive = new Uint8Array(sizeOf(all));
  let at = 0;
  for (const part of all) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

/** Unpacks, and stops where more comes out than the directory says: a small file can stand for any number of bytes. */
async function inflate(packed: Uint8Array, size: number, broken: () => Error): Promise<Uint8Array> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(size);
  const reader = stream.getReader();
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) {
        await reader.cancel();
        throw broken();
      }
      bytes.set(part.value, at);
      at += part.value.length;
    }
  } catch {
    throw broken();
  }
  if (at !== size) {
    throw broken();
  }
  return bytes;
}

/**
 * A file of an archive, unpacked.
 *
 * @param most bytes that are taken at most
 * @throws WeldonError for one that is larger, damaged, or packed in another way than by deflate
 */
export async function unzipEntry(ranges: ByteRanges, entry: ZipEntry, most: number): Promise<Uint8Array> {
  const { name, size, method } = entry;
  if (size > most) {
    throw broken(ranges, `an entry ${name} of ${Math.round(size / 1e6)} MB, where ${Math.round(most / 1e6)} are taken`);
  }
  const packed = await readZipEntry(ranges, entry);
  const damaged = () => broken(ranges, `a damaged entry ${name}`);
  if (method !== 0 && method !== 8) {
    throw broken(ranges, `an entry ${name} packed by method ${method}`);
  }
  if (method === 0 && packed.length !== size) {
    throw damaged();
  }
  return method === 0 ? packed : inflate(packed, size, damaged);
}
