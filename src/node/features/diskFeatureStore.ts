import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expected, WeldonError } from '../../errors.js';
import type { FeatureKey, FeatureStore } from '../../training/featureStore.js';
import { atomicWrite, writeError } from '../storage/atomicWrite.js';
import type { FeaturePrecision } from './featureFile.js';
import { decodeFeatures, encodeFeatures, featureFileVersion, headBytes, looksComplete } from './featureFile.js';

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

/** A feature store that also says what it has, without reading all of it. */
export interface DiskFeatureStore extends FeatureStore {
  /** Whether there are features of this version of the format; damage inside shows only when they are read. */
  has(key: FeatureKey): Promise<boolean>;
}

/** What a killed process has left is older than this; what another one is writing is not. */
const leftoverAge = 3600e3;

/** Makes the folder of a file, and removes what was left unfinished in it long ago. */
async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeError(folder, error);
  }
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.endsWith('.part'))
      .map(async (name) => {
        const path = join(folder, name);
        const found = await stat(path).catch(() => null);
        if (found !== null && Date.now() - found.mtimeMs > leftoverAge) {
          await rm(path, { force: true }).catch(() => undefined);
        }
      }),
  );
}

/**
 * A feature cache on the disk: one file per image, that appears whole or not at all. Several processes may use the same
 * folder at once, and one that is killed leaves at most a hidden `.part` file that nobody reads and the next one removes. Files are checked
 * when read; what is damaged, or of another version of the format, is computed anew after one sentence.
 *
 * @param folder made if it is not there
 * @throws WeldonError if the precision is unknown, or (when used) if the folder cannot be read or written, the disk is
 *   full, or features are not finite or beyond ±65504 in float16
 *
 * @example
 * const store = diskFeatureStore('cache/features');
 * await fineTune(model, data, { strategy: 'features', cache: { store } });
 */
export function diskFeatureStore(folder: string, options: DiskFeatureStoreOptions = {}): DiskFeatureStore {
  const { precision = 'float16', notice = (sentence) => process.stderr.write(`${sentence}\n`) } = options;
  if (precision !== 'float16' && precision !== 'float32') {
    throw expected('precision for diskFeatureStore', "'float16' or 'float32'", precision);
  }
  const root = resolve(folder);
  const told = new Set<string>();
  const prepared = new Map<string, Promise<void>>();
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
      tellOnce(
        'version' in decoded
          ? `The feature cache ${root} was written by version ${decoded.version} of its format, this is version ` +
              `${featureFileVersion}: its features are computed anew`
          : `The feature cache ${root} has damaged files: their features are computed anew`,
      );
      return null;
    },
    async has(key) {
      let file;
      try {
        file = await open(fileOf(root, key));
      } catch {
        return false; // what is wrong with it is said where it is read or written
      }
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
        return looksComplete(buffer.subarray(0, bytesRead), (await file.stat()).size);
      } finally {
        await file.close();
      }
    },
    async write(key, features) {
      const path = fileOf(root, key);
      const { bytes, stored } = encodeFeatures(features, precision);
      const inFolder = dirname(path);
      const ready = prepared.get(inFolder) ?? prepareFolder(inFolder);
      prepared.set(inFolder, ready);
      ready.catch(() => prepared.delete(inFolder));
      await ready;
      await atomicWrite(path, bytes);
      return stored;
    },
  };
}
