import { expected } from '../errors.js';
import { arrayRanges, blobRanges } from './byteRanges.js';
import type { ByteRanges } from './byteRanges.js';
import { urlRanges } from './urlRanges.js';

/** Where weights may be read from: bytes in memory, a Blob or File, a URL, or ranges of your own. */
export type WeightBytes = Uint8Array | ArrayBuffer | Blob | URL | string | ByteRanges;

function isRanges(source: object): source is ByteRanges {
  return 'size' in source && typeof source.size === 'number' && 'read' in source && typeof source.read === 'function';
}

/**
 * The ranges of whatever weights are read from.
 *
 * @param owner the function named in the error
 * @throws WeldonError for anything else, and for a URL that does not answer
 */
export async function openRanges(owner: string, source: WeightBytes): Promise<ByteRanges> {
  if (source instanceof Uint8Array) {
    return arrayRanges(source);
  }
  if (source instanceof ArrayBuffer) {
    return arrayRanges(new Uint8Array(source));
  }
  if (typeof source === 'string' || source instanceof URL) {
    return urlRanges(source);
  }
  if (typeof Blob !== 'undefined' && source instanceof Blob) {
    return blobRanges(source);
  }
  if (typeof source === 'object' && source !== null && isRanges(source)) {
    return source;
  }
  throw expected(`source for ${owner}`, 'a Uint8Array, an ArrayBuffer, a Blob, a URL or ByteRanges', source);
}
