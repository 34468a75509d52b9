import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expected, WeldonError } from '../../errors.js';
import type { FeatureKey, FeatureStore } from '../../training/featureStore.js';
import { atomicWrite, writeError } from '../files/atomicWrite.js';
import type { FeaturePrecision } from './featureFile.js';
import { decodeFeatures, encodeFeatures, featureFileVersion } from './featureFile.js';

export interface DiskFeatureStoreOptions {
  /** Default `'float16'`: half the room, values to 3 digits and up to ±65504. */
  precision?: FeaturePrecision;
  /** Takes a sentence about features that cannot be used and are computed anew. Default: a line on stderr. */
  notice?: (sentence: string) => void;
}

function fileOf(folder: string, { model, image, preprocessing }: FeatureKey): string {
  const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
  const name = short(JSON.stringify([image, preprocessing]));
  return join(folder, short(model), name.slice(0, 2), `${name.slice(2)}.features`);
}

/**
 * A feature cache on the disk: one file per image, that appears whole or not at all. Several processes may use the same
 * folder at once, and one that is killed leaves at most a hidden `.part` file that nobody reads. Files are checked when
 * read; what is damaged, or of another version of the format, is computed anew after one sentence.
 *
 * @param folder made if it is not there
 * @throws WeldonError if the precision is unknown, or (when used) if the folder cannot be read or written
 *
 * @example
 * const store = diskFeatureStore('cache/features');
 * await fineTune(model, data, { strategy: 'features', cache: { store } });
 */
export function diskFeatureStore(folder: string, options: DiskFeatureStoreOptions = {}): FeatureStore {
  const { precision = 'float16', notice = (sentence) => process.stderr.write(`${sentence}\n`) } = options;
  if (precision !== 'float16' && precision !== 'float32') {
    throw expected('precision for diskFeatureStore', "'float16' or 'float32'", precision);
  }
  const root = resolve(folder);
  const told = new Set<string>();
  const tellOnce = (sentence: string) => {
    if (!told.has(sentence)) {
      told.add(sentence);
      notice(sentence);
    }
  };
  return {
    async read(key) {
      const path = fileOf(root, key);
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
          return null;
        }
        throw new WeldonError(`Cannot read the cached features ${path}: ${(error as Error).message}`);
      }
      const decoded = decodeFeatures(bytes);
      if ('features' in decoded) {
        return decoded.features;
      }
      tellOnce('version' in decoded
        ? `The feature cache ${root} was written by version ${decoded.version} of its format, this is version ` +
          `${featureFileVersion}: its features are computed anew`
        : `The feature cache ${root} has damaged files: their features are computed anew`);
      return null;
    },
    async write(key, features) {
      const path = fileOf(root, key);
      const { bytes, stored } = encodeFeatures(features, precision);
      try {
        await mkdir(dirname(path), { recursive: true });
      } catch (error) {
        throw writeError(dirname(path), error);
      }
      await atomicWrite(path, bytes);
      return stored;
    },
  };
}
