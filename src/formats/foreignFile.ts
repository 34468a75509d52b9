import { isPickle } from './pickle.js';

/** What a file that is not of the wanted format may be, by how it begins; `null` for none known. */
export function foreignFile(head: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64)).trimStart();
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer: fetch the file it stands for (git lfs pull)';
  }
  if (/^<(!doctype|html|\?xml|head)/i.test(text)) {
    return 'a web page: the address was not that of the file itself';
  }
  if (text.startsWith('PK\x03\x04')) {
    return 'a zip archive, as PyTorch checkpoints are';
  }
  if (text.startsWith('\x89HDF')) {
    return "an HDF5 file: convert Keras models with TensorFlow.js's tensorflowjs_converter first";
  }
  if (text.startsWith('GGUF')) {
    return 'a GGUF file';
  }
  if (isPickle(head)) {
    return "a Python pickle, as PyTorch's older checkpoints are";
  }
  return null;
}
