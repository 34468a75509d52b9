import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { readFloat16, storeFloat16 } from '../../formats/float16.js';
import { expectedInWords, WeldonError } from '../../errors.js';
import { writeError } from '../storage/atomicWrite.js';
import type { FeatureKey, Features, FeatureStore } from '../../training/index.js';

/** Feature cache whose entries can also be had as they are kept. */
export interface PackedFeatureStore extends FeatureStore {
  /** Half-precision bits of an entry; `null` where there is none. */
  readHalves(key: FeatureKey): { shape: readonly number[]; bits: Uint16Array } | null;
  has(key: FeatureKey): boolean;
  close(): void;
}

/** Features of one network, end and preprocessing: records of one length in one file, their images in another. */
interface Pack {
  data: number;
  index: number;
  shape: readonly number[];
  /** place of each image's record */
  places: Map<string, number>;
}

const version = 1;
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/**
 * Reads what an interrupted writer has left: records that are complete, in data and index both; the rest is cut off.
 *
 * @throws WeldonError for a file of something else
 */
function openPack(folder: string, name: string): Pack | null {
  const [dataPath, indexPath] = [join(folder, `${name}.f16`), join(folder, `${name}.index`)];
  let text: string;
  try {
    text = readFileSync(indexPath, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw new WeldonError(`Cannot read the cached features ${indexPath}: ${(error as Error).message}`);
  }
  // A process was killed between making the index and writing its head; there are no records yet.
  if (text === '') {
    return null;
  }
  const lines = text.split('\n');
  // What stands behind the last line break is a line that was not finished.
  lines.pop();
  let head: { version?: number; shape?: number[] } = {};
  try {
    head = JSON.parse(lines.shift() ?? '') as typeof head;
  } catch {
    // told below
  }
  if (head.version !== version || head.shape === undefined) {
    throw expectedInWords(
      indexPath,
      `an index of cached features, version ${version}`,
      'something else: remove it to compute them anew',
    );
  }
  const [data, index] = [openSync(dataPath, 'a+'), openSync(indexPath, 'a+')];
  const bytes = 2 * sizeOf(head.shape);
  const records = Math.min(lines.length, Math.floor(fstatSync(data).size / bytes));
  ftruncateSync(data, records * bytes);
  ftruncateSync(index, Buffer.byteLength([JSON.stringify(head), ...lines.slice(0, records), ''].join('\n')));
  return {
    data,
    index,
    shape: head.shape,
    places: new Map(lines.slice(0, records).map((image, place) => [image, place])),
  };
}

function createPack(
  folder: string,
  name: string,
  { model, preprocessing }: FeatureKey,
  shape: readonly number[],
): Pack {
  const indexPath = join(folder, `${name}.index`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(indexPath, `${JSON.stringify({ version, shape, model, preprocessing })}\n`);
  return {
    data: openSync(join(folder, `${name}.f16`), 'w+'),
    index: openSync(indexPath, 'a'),
    shape,
    places: new Map(),
  };
}

function closePack(pack: Pack | null | undefined): void {
  if (pack != null) {
    closeSync(pack.data);
    closeSync(pack.index);
  }
}

/**
 * A feature cache for experiments that read all features of a data set again and again: half precision, one file per
 * network and preprocessing, read straight into memory. A record is written before the index names it, so that a run
 * that is killed loses the records in hand. One process at a time may write.
 *
 * @param folder made if it is not there
 * @throws WeldonError (when used) if the folder cannot be read or written
 *
 * @example
 * const store = packedFeatureStore('.cache/mit67/features');
 * const features = await store.read({ model, image, preprocessing });
 */
export function packedFeatureStore(folder: string): PackedFeatureStore {
  const root = resolve(folder);
  const packs = new Map<string, Pack | null>();
  const nameOf = ({ model, preprocessing }: FeatureKey) => short(JSON.stringify([model, preprocessing]));
  const packOf = (key: FeatureKey): Pack | null => {
    const name = nameOf(key);
    if (!packs.has(name)) {
      packs.set(name, openPack(root, name));
    }
    return packs.get(name) ?? null;
  };
  const store: PackedFeatureStore = {
    has: (key) => packOf(key)?.places.has(key.image) ?? false,
    readHalves(key) {
      const pack = packOf(key);
      const place = pack?.places.get(key.image);
      if (pack === null || place === undefined) {
        return null;
      }
      const bits = new Uint16Array(sizeOf(pack.shape));
      readSync(pack.data, bits, 0, bits.byteLength, place * bits.byteLength);
      return { shape: pack.shape, bits };
    },
    async read(key) {
      const found = store.readHalves(key);
      return found === null ? null : { shape: found.shape, values: readFloat16(found.bits) };
    },
    async write(key, { shape, values }: Features) {
      const bits = new Uint16Array(values.length);
      storeFloat16(values, bits);
      try {
        const pack = packOf(key) ?? createPack(root, nameOf(key), key, shape);
        packs.set(nameOf(key), pack);
        if (sizeOf(pack.shape) !== values.length) {
          throw expectedInWords(
            'the features of one network',
            `of one shape, [${pack.shape.join(', ')}]`,
            `[${shape.join(', ')}]`,
          );
        }
        if (!pack.places.has(key.image)) {
          // A disk that fills takes a part of a record and says so only by the count.
          if (writeSync(pack.data, bits, 0, bits.byteLength) < bits.byteLength) {
            throw Object.assign(new Error('no room for a whole record'), { code: 'ENOSPC' });
          }
          writeSync(pack.index, `${key.image}\n`);
          pack.places.set(key.image, pack.places.size);
        }
      } catch (error) {
        if (error instanceof WeldonError) {
          throw error;
        }
        // Opened again, the pack is cut behind its last whole record; the next one would stand behind half a one.
        closePack(packs.get(nameOf(key)));
        packs.delete(nameOf(key));
        throw writeError(join(root, `${nameOf(key)}.f16`), error);
      }
      return { shape, values: readFloat16(bits) };
    },
    close() {
      packs.forEach(closePack);
      packs.clear();
    },
  };
  return store;
}
