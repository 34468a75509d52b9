import type { ByteRanges } from './byteRanges.js';

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
