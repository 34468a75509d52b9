import { expected } from '../errors.js';
import { arrayRanges, blobRanges } from './byteRanges.js';
import type { ByteRanges } from './byteRanges.js';
import { isPickle } from './pickle.js';
import { urlRanges } from './urlRanges.js';

/** Where weights may be read from: bytes in memory, a Blob or File, a URL, or ranges of your own. */
export type WeightBytes = Uint8Array | ArrayBuffer | Blob | URL | string | ByteRanges;

function isRanges(source: object): source is ByteRanges {
  return 'size' in source && typeof source.size === 'number' && 'read' in source && typeof source.read === 'function';
}

/**
 * The bytes of a source of weights, as ranges.
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

/** Bytes that tell formats apart. */
export const headBytes = 512;

/** A zip archive of Keras 3. */
export const kerasFile = "a .keras file: convert it with TensorFlow.js's tensorflowjs_converter first";

/** What a file of another format than the one wanted is, judged by its first bytes; `null` if unknown. */
export function foreignFile(head: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64)).trimStart();
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer: fetch the file it stands for (git lfs pull)';
  }
  if (/^<(!doctype|html|\?xml|head)/i.test(text)) {
    return 'a web page: the address was not that of the file itself';
  }
  if (text.startsWith('PK\x03\x04')) {
    if (/^PK.{28}(config\.json|metadata\.json|model\.weights\.h5)/s.test(text)) {
      return kerasFile;
    }
    return 'a zip archive, as PyTorch checkpoints are';
  }
  if (text.startsWith('\x89HDF')) {
    return "an HDF5 file: convert Keras models with TensorFlow.js's tensorflowjs_converter first";
  }
  // sys_info is the first entry of PyTorch's; other archives have their mark behind the first name.
  if (text.startsWith('sys_info\0') || new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar') {
    return (
      'a tar archive, as PyTorch wrote checkpoints before version 0.2: load it there and save it again (torch.load, ' +
      'torch.save), or unpack it where it only holds the file'
    );
  }
  if (text.startsWith('TFL3', 4)) {
    return 'a TensorFlow Lite file, whose weights are not read here: take the model it was made from';
  }
  // A protobuf: the format's version, and then the producer, a domain or an import.
  if (/^\x08[\x01-\x1f][\x12\x1a\x22\x2a\x32\x3a\x42]/.test(text)) {
    return 'an ONNX file, whose weights are not read here: take the model it was made from';
  }
  if (text.startsWith('\x93NUMPY')) {
    return 'an array of NumPy';
  }
  if (text.startsWith('GGUF')) {
    return 'a GGUF file';
  }
  if (isPickle(head)) {
    return "a Python pickle, as PyTorch's older checkpoints are";
  }
  return null;
}
