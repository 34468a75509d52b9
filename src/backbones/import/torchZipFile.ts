import { expectedInWords } from '../../errors.js';
import { readPickle } from './pickle.js';
import type { TorchFile } from './torchFile.js';
import { torchVocabulary } from './torchObjects.js';
import { readZipDirectory } from './zipDirectory.js';

/**
 * Reads PyTorch's present file format: a zip archive of stored entries, `<folder>/data.pkl` and one
 * `<folder>/data/<key>` for each storage.
 *
 * @throws WeldonError for an archive without them, with compressed entries, written big-endian, or that refers to
 * anything but tensors and plain containers
 */
export function readTorchZipFile(bytes: Uint8Array): TorchFile {
  const entries = readZipDirectory(bytes);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) {
    throw expectedInWords('the checkpoint', 'a PyTorch archive', 'a zip file without data.pkl');
  }
  const stored = (name: string): Uint8Array | undefined => {
    const entry = entries.get(name);
    if (entry !== undefined && entry.method !== 0) {
      throw expectedInWords('the checkpoint', 'a PyTorch archive of stored entries', `the compressed entry ${name}`);
    }
    return entry?.packed;
  };
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = stored(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== 'little') {
    throw expectedInWords('the checkpoint', 'written on a little-endian machine', 'another byte order');
  }
  const { value } = readPickle(stored(pickleName)!, 0, torchVocabulary(() => {}));
  return { root: value, storage: (key) => stored(`${folder}data/${key}`) };
}
