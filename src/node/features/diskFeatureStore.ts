import { toStderr } from '../notice.js';
import type { Notice } from '../notice.js';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkKeys, expected, WeldonError } from '../../errors.js';
import { readFloat16 } from '../../formats/float16.js';
import type { FeatureKey, Features, FeatureStore } from '../../training/featureStore.js';
import { inParallel } from '../images/readImages.js';
import { atomicWrite, makeFolder } from '../storage/atomicWrite.js';
import {
  encodeShard,
  isEarlierFormat,
  readPlace,
  readShard,
  roundFeatures,
  shardContent,
  shardVersion,
} from './featureShard.js';
import type { FeaturePrecision, Place, ShardContent, StoredFeatures } from './featureShard.js';
import { sha256Of } from '../storage/plainFile.js';

export interface DiskFeatureStoreOptions {
  /** Default `'float16'`: half the room, values to 3 digits and up to ±65504. */
  precision?: FeaturePrecision;
  /** Bytes of features, as float32, that stay in memory, so that later epochs do not read the disk. Default 0. */
  memory?: number;
  /** Takes a sentence about features that cannot be used and are computed anew. Default: a line on stderr. */
  notice?: Notice;
}

/** Features of one image in half precision, as they are stored. */
export interface FeatureHalves {
  /** for example `[14, 14, 1280]` */
  shape: readonly number[];
  bits: Uint16Array;
}

/** A feature store that also says what it has, without reading it, and gives half precision without widening it. */
export interface DiskFeatureStore extends FeatureStore {
  /** Whether there are features of this version of the format; damage inside shows only when they are read. */
  has(key: FeatureKey): Promise<boolean>;
  /** As `read`, in half precision; features that were kept in float32 are rounded. */
  readHalves(key: FeatureKey): Promise<FeatureHalves | null>;
}

/** A folder's time says nothing about changes within a step of the file system's clock, two seconds at the worst. */
const clockStep = 2000;

/** Bytes of features that one shard takes, or those of one image. */
const largestShard = 2 ** 26;

interface Pending extends StoredFeatures {
  image: string;
  resolve(): void;
  reject(error: unknown): void;
}

/** Features of one network, layer and preprocessing: a folder of shards. */
interface Pack {
  folder: string;
  of: Pick<FeatureKey, 'model' | 'preprocessing'>;
  /** by image; of several shards that hold one, the latest counts */
  places: Map<string, Place>;
  /** names of the shards that are in `places`, or of no use */
  seen: Set<string>;
  /** the folder's time when it was read, where all changes before it were seen */
  unchangedSince: bigint | null;
  scanning: Promise<void> | null;
  pending: Pending[];
  flushing: boolean;
}

const short = (text: string) => sha256Of(text).slice(0, 24);
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

let lastStamp = 0;

/** Names in the order of writing, by the clock; unique in all processes. */
function shardName(): string {
  lastStamp = Math.max(Date.now(), lastStamp + 1);
  return `${lastStamp.toString(36).padStart(9, '0')}-${randomBytes(6).toString('hex')}.safetensors`;
}

/**
 * A feature cache on the disk, which any number of processes may read and write at once. Features that are written
 * together become one safetensors file, which appears whole or not at all: a process that is killed loses what is in
 * hand, and leaves at most a hidden `.part` file that nobody reads and the next one removes. Features are checked when
 * read; what is damaged, or of another version of the format, is computed anew after one sentence.
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
  checkKeys(options, 'precision memory notice', 'diskFeatureStore');
  const { precision = 'float16', memory = 0, notice = toStderr } = options;
  if (precision !== 'float16' && precision !== 'float32') {
    throw expected('precision for diskFeatureStore', "'float16' or 'float32'", precision);
  }
  if (!(memory >= 0)) {
    throw expected('memory for diskFeatureStore', 'a number of bytes >= 0', memory);
  }
  const root = resolve(folder);
  const packs = new Map<string, Pack>();
  const remembered = new Map<string, Features>();
  let room = memory;

  const told = new Set<string>();
  const tellOnce = (sentence: string) => {
    if (!told.has(sentence)) {
      told.add(sentence);
      notice(sentence);
    }
  };
  const tellDamaged = () => tellOnce(`The feature cache ${root} has damaged files: their features are computed anew`);
  let lookedForEarlier = false;
  async function tellEarlier(): Promise<void> {
    if (!lookedForEarlier) {
      lookedForEarlier = true;
      if ((await readdir(root).catch(() => [])).some(isEarlierFormat)) {
        tellOnce(
          `The feature cache ${root} holds features in the formats of version 0.1, which are not read: they are ` +
            'computed anew, and those files can be removed (*.f16, *.index, *.features)',
        );
      }
    }
  }

  function packOf({ model, preprocessing }: FeatureKey): Pack {
    const name = short(JSON.stringify([model, preprocessing]));
    let pack = packs.get(name);
    if (pack === undefined) {
      pack = {
        ...{ folder: join(root, name), of: { model, preprocessing }, places: new Map(), seen: new Set() },
        ...{ unchangedSince: null, scanning: null, pending: [], flushing: false },
      };
      packs.set(name, pack);
    }
    return pack;
  }

  function addShard(pack: Pack, shard: string, content: ShardContent): void {
    pack.seen.add(shard);
    if (content === 'damaged') {
      tellDamaged();
    } else if (content !== 'gone' && 'version' in content) {
      tellOnce(
        `The feature cache ${root} was written by version ${content.version} of its format, this is version ` +
          `${shardVersion}: its features are computed anew`,
      );
    } else if (content !== 'gone') {
      for (const place of content.places) {
        if (shard >= (pack.places.get(place.image)?.shard ?? '')) {
          pack.places.set(place.image, place);
        }
      }
    }
  }

  /** Takes up shards that this store does not know: at first all, later those of other processes. */
  async function scan(pack: Pack): Promise<void> {
    await tellEarlier();
    try {
      const { mtimeNs, mtimeMs } = await stat(pack.folder, { bigint: true });
      if (mtimeNs === pack.unchangedSince) {
        return;
      }
      const isOld = Date.now() - Number(mtimeMs) > clockStep;
      const names = (await readdir(pack.folder)).filter((name) => /^[^.].*\.safetensors$/.test(name));
      const fresh = names.filter((name) => !pack.seen.has(name)).sort();
      const contents = await inParallel(fresh, (name) => readShard(join(pack.folder, name), name));
      for (const [i, content] of contents.entries()) {
        addShard(pack, fresh[i], content);
        if (content === 'damaged') {
          // Nothing of it can be read, and it would be told in every run to come.
          await rm(join(pack.folder, fresh[i]), { force: true }).catch(() => undefined);
        }
      }
      pack.unchangedSince = isOld ? mtimeNs : null;
    } catch (error) {
      // Where nothing was written yet there is nothing; a file in the way is said when something is.
      if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) {
        throw new WeldonError(`Cannot read the cached features ${pack.folder}: ${(error as Error).message}`);
      }
    }
  }

  async function find(pack: Pack, image: string): Promise<Place | null> {
    if (!pack.places.has(image)) {
      pack.scanning ??= scan(pack).finally(() => {
        pack.scanning = null;
      });
      await pack.scanning;
    }
    return pack.places.get(image) ?? null;
  }

  async function readNumbers(key: FeatureKey): Promise<Pick<StoredFeatures, 'shape' | 'numbers'> | null> {
    const pack = packOf(key);
    // More than once only where a shard is damaged or gone.
    for (;;) {
      const place = await find(pack, key.image);
      if (place === null) {
        return null;
      }
      const path = join(pack.folder, place.shard);
      let numbers;
      try {
        numbers = await readPlace(path, place);
      } catch (error) {
        throw new WeldonError(`Cannot read the cached features ${path}: ${(error as Error).message}`);
      }
      if (typeof numbers !== 'string') {
        return { shape: place.shape, numbers };
      }
      if (numbers === 'damaged') {
        tellDamaged();
      }
      if (pack.places.get(key.image) === place) {
        pack.places.delete(key.image);
      }
    }
  }

  async function writeShard(pack: Pack, features: ReadonlyMap<string, StoredFeatures>): Promise<void> {
    await makeFolder(pack.folder);
    const shard = shardName();
    const path = join(pack.folder, shard);
    // Not waiting for the disk: what a power cut damages is found by its check sum and computed anew.
    const bytes = encodeShard(features, pack.of);
    await atomicWrite(path, bytes, { durable: false });
    addShard(pack, shard, shardContent(bytes, bytes.length, shard));
  }

  /** Writes what is waiting, all that came while the last shard was being written together. */
  async function flush(pack: Pack): Promise<void> {
    pack.flushing = true;
    while (pack.pending.length > 0) {
      // The images of a batch are given one after the other.
      await nextTurn();
      let bytes = 0;
      const count = pack.pending.findIndex(({ numbers }) => (bytes += numbers.byteLength) > largestShard);
      const together = pack.pending.splice(0, count < 0 ? pack.pending.length : Math.max(1, count));
      try {
        await writeShard(pack, new Map(together.map((one) => [one.image, one])));
        together.forEach(({ resolve: done }) => done());
      } catch (error) {
        together.forEach(({ reject }) => reject(error));
      }
    }
    pack.flushing = false;
  }

  const nameOf = ({ model, image, preprocessing }: FeatureKey) => JSON.stringify([model, image, preprocessing]);
  function remember(key: FeatureKey, features: Features): Features {
    const name = nameOf(key);
    const { byteLength } = features.values;
    if (byteLength <= room && !remembered.has(name)) {
      room -= byteLength;
      remembered.set(name, features);
    }
    return features;
  }

  return {
    async read(key) {
      const known = remembered.get(nameOf(key));
      if (known !== undefined) {
        return known;
      }
      const found = await readNumbers(key);
      if (found === null) {
        return null;
      }
      const { shape, numbers } = found;
      return remember(key, { shape, values: numbers instanceof Float32Array ? numbers : readFloat16(numbers) });
    },
    async readHalves(key) {
      const found = await readNumbers(key);
      if (found === null) {
        return null;
      }
      const { shape, numbers } = found;
      const bits =
        numbers instanceof Uint16Array ? numbers : roundFeatures({ shape, values: numbers }, 'float16').numbers;
      return { shape, bits: bits as Uint16Array };
    },
    async has(key) {
      return remembered.has(nameOf(key)) || (await find(packOf(key), key.image)) !== null;
    },
    async write(key, features) {
      const stored = roundFeatures(features, precision);
      const pack = packOf(key);
      await new Promise<void>((done, reject) => {
        pack.pending.push({ ...stored, image: key.image, resolve: done, reject });
        if (!pack.flushing) {
          void flush(pack);
        }
      });
      return remember(key, { shape: stored.shape, values: stored.values });
    },
  };
}
