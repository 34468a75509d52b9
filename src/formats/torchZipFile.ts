import { expectedInWords } from '../errors.js';
import type { NamedRanges } from './byteRanges.js';
import { kerasFile } from './openRanges.js';
import { readPickle } from './pickle.js';
import type { TorchFile } from './torchObjects.js';
import { torchVocabulary } from './torchObjects.js';
import { readZipDirectory, readZipEntry, zipEntryOffset } from './zip.js';
import type { ZipEntry } from './zip.js';

/**
 * Reads PyTorch's present file format: a zip archive of stored entries, `<folder>/data.pkl` and one
 * `<folder>/data/<key>` for each storage. Only the pickle is read here.
 *
 * @throws WeldonError for an archive without them, with compressed entries, written big-endian, or that refers to
 * anything but tensors and plain containers
 */
export async function readTorchZipFile(ranges: NamedRanges): Promise<TorchFile> {
  const entries = await readZipDirectory(ranges);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) {
    const isKeras = entries.has('config.json') && entries.has('model.weights.h5');
    const isNumpy = entries.size > 0 && [...entries.keys()].every((name) => name.endsWith('.npy'));
    throw expectedInWords(
      ranges.name,
      'a PyTorch archive',
      isKeras ? kerasFile : isNumpy ? 'arrays of NumPy (.npz)' : 'a zip file without data.pkl',
    );
  }
  const stored = (name: string): ZipEntry | undefined => {
    const entry = entries.get(name);
    if (entry !== undefined && (entry.method !== 0 || entry.size !== entry.packedSize)) {
      throw expectedInWords(ranges.name, 'a PyTorch archive of stored entries', `the compressed entry ${name}`);
    }
    return entry;
  };
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = stored(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(await readZipEntry(ranges, order)) !== 'little') {
    throw expectedInWords(ranges.name, 'written on a little-endian machine', 'another byte order');
  }
  const { value } = readPickle(
    await readZipEntry(ranges, stored(pickleName)!),
    0,
    torchVocabulary(() => {}),
    ranges.name,
  );
  return {
    root: value,
    async locate(key) {
      const entry = stored(`${folder}data/${key}`);
      return entry && { offset: await zipEntryOffset(ranges, entry), length: entry.packedSize };
    },
  };
}
