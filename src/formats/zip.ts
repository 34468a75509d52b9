/**
 * The directory of a zip archive, read by hand: all that checkpoints need of the format is 2 kB in the browser's bundle,
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
