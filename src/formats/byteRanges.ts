import { expectedInWords } from '../errors.js';

const block = 1 << 20;
/** Blocks kept: tensors of one layer lie near each other, but not always in the order they are asked for. */
const kept = 16;

/** The same bytes, where reads shorter than 1 MiB are answered from whole blocks; at most 16 MiB are kept. */
export function readAhead(ranges: ByteRanges): ByteRanges {
  const blocks = new Map<number, Promise<Uint8Array>>();

  function blockAt(index: number): Promise<Uint8Array> {
    const known = blocks.get(index);
    const start = index * block;
    const bytes = known ?? ranges.read(start, Math.min(block, ranges.size - start));
    // The one used last goes to the end; a failed read is forgotten, so that it can be tried again.
    blocks.delete(index);
    blocks.set(index, bytes);
    bytes.catch(() => blocks.delete(index));
    if (blocks.size > kept) {
      blocks.delete(blocks.keys().next().value!);
    }
    return bytes;
  }

  return {
    name: ranges.name,
    size: ranges.size,
    async read(offset, length) {
      if (length >= block || length === 0) {
        return length === 0 ? new Uint8Array() : ranges.read(offset, length);
      }
      const index = Math.floor(offset / block);
      const start = offset - index * block;
      const bytes = new Uint8Array(length);
      const head = (await blockAt(index)).subarray(start, start + length);
      bytes.set(head);
      if (head.length < length) {
        bytes.set((await blockAt(index + 1)).subarray(0, length - head.length), head.length);
      }
      return bytes;
    },
  };
}

/** Bytes that are read a piece at a time: a file, a URL, a Blob, an array. */
export interface ByteRanges {
  /** What error sentences call it. Default: a word for what it should hold. */
  readonly name?: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on, both within `size`; the caller may keep and change them.
   *
   * @param scratch `length` bytes that the result may be put in
   * @throws WeldonError where they cannot be had
   */
  read(offset: number, length: number, scratch?: Uint8Array): Promise<Uint8Array>;
}

/** The same ranges with a name for error sentences: their own, or else `otherwise`. */
export function namedRanges(ranges: ByteRanges, otherwise: string): ByteRanges & { readonly name: string } {
  return {
    name: ranges.name ?? otherwise,
    size: ranges.size,
    read: (offset, length, scratch) => ranges.read(offset, length, scratch),
  };
}

/** What error sentences call a file. */
export type NamedRanges = ReturnType<typeof namedRanges>;

/** An array as ranges; every read is a copy (which `slice` of Node's Buffer would not be). */
export function arrayRanges(bytes: Uint8Array, name?: string): ByteRanges {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
  };
}

/** A Blob, or a File that somebody chose in a page. */
export function blobRanges(blob: Blob): ByteRanges {
  const name = 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : undefined;
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (error) {
        throw expectedInWords(name ?? 'the Blob', 'readable', error instanceof Error ? error.message : String(error));
      }
    },
  };
}
