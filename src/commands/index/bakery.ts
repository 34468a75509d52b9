/** The steps of a bake: images embedded, kept until there is a PCA, stored. */
import { expectedInWords } from '../../errors.js';
import type { BakedImage, BakeOptions } from '../../node/features/bakeShard.js';
import { bakeShard } from '../../node/features/bakeShard.js';
import { inParallel } from '../../node/images/readImages.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import type { Box } from '../../models/resizeMapping.js';
import { rowsOfVectors } from '../../search/embedImages.js';
import type { Meta } from '../../search/metaFilter.js';
import { fitPca, pcaBytes, projector, readPca } from '../../search/pca.js';
import type { Projector } from '../../search/pca.js';
import type { StoreHit, StoreRow, VectorStore } from '../../search/vectorStore.js';
import type { FeatureStore } from '../../training/featureStore.js';
import type { Changes, WantedItem } from './changes.js';
import { givenFields } from './itemTable.js';

/** What a bake did. */
export interface IndexReport extends Record<'added' | 'changed' | 'gone' | 'renamed' | 'unchanged', number> {
  /** where the vectors are, without a password */
  catalogue: string;
  /** items in it now */
  items: number;
  /** images that went through the network */
  embedded: number;
  refused: { path: string; reason: string }[];
  /** seconds of embedding and storing, without reading and comparing what was there */
  seconds: number;
  stopped: 'finished' | 'aborted';
}

/** Images that one call of the network takes, and those that one write takes. */
const shardSize = 8;
const groupSize = 64;

/** Images that directions are sought among. */
const pcaSample = 4096;

/** Vectors and boxes of images in one store, under their contents, before there is a PCA to store them by. */
export function staging(store: FeatureStore, model: string, { pooling, size, crops }: BakeOptions) {
  const preprocessing = JSON.stringify([pooling, size, crops]);
  return {
    async read(sha256: string): Promise<Omit<BakedImage, 'path'> | null> {
      const found = await store.read({ model, image: sha256, preprocessing });
      if (found === null) {
        return null;
      }
      const [count, length] = found.shape;
      const rows = Array.from({ length: count }, (_, i) => found.values.slice(i * length, (i + 1) * length));
      const boxes = rows.map((row) => {
        const [x, y, width, height] = row.subarray(length - 4);
        return { x, y, width, height };
      });
      const { width, height } = boxes[0];
      return { vectors: rows.map((row) => row.slice(0, length - 4)), boxes, width, height };
    },
    async write(sha256: string, { vectors, boxes }: BakedImage): Promise<void> {
      const length = vectors[0].length + 4;
      const values = new Float32Array(vectors.length * length);
      vectors.forEach((vector, i) => {
        const { x, y, width, height } = boxes[i];
        values.set(vector, i * length);
        values.set([x, y, width, height], (i + 1) * length - 4);
      });
      await store.write({ model, image: sha256, preprocessing }, { shape: [vectors.length, length], values });
    },
  };
}
export type Staging = ReturnType<typeof staging>;

/** What a bake works with. */
export interface Bakery {
  pass: FrozenPass;
  how: BakeOptions;
  staged: Staging;
  signal: AbortSignal | undefined;
  report: IndexReport;
  /** contents that cannot be read; they are tried once */
  refused: Set<string>;
  /** counts images whose vectors are there */
  onDone(count: number): void;
}

/** Embeds images, those of equal contents once, in shards that run beside one another; by content. */
async function embed(bakery: Bakery, items: readonly WantedItem[]): Promise<Map<string, Omit<BakedImage, 'path'>>> {
  const { pass, how, report } = bakery;
  const baked = new Map<string, Omit<BakedImage, 'path'>>();
  const missing = new Map<string, WantedItem>();
  await inParallel(items, async (item) => {
    const found = await bakery.staged.read(item.sha256);
    if (found === null && !bakery.refused.has(item.sha256)) {
      missing.set(item.sha256, item);
    } else if (found !== null) {
      baked.set(item.sha256, found);
    }
  });
  const wanted = [...missing.values()];
  const shards = Array.from({ length: Math.ceil(wanted.length / shardSize) }, (_, i) =>
    wanted.slice(i * shardSize, (i + 1) * shardSize),
  );
  await inParallel(
    shards,
    async (shard) => {
      const bySource = new Map(shard.map(({ path, sha256 }) => [path, sha256]));
      const { images, refused } = await bakeShard(pass, [...bySource.keys()], how);
      report.embedded += images.length;
      images.forEach((image) => baked.set(bySource.get(image.path)!, image));
      refused.forEach(({ path }) => bakery.refused.add(bySource.get(path)!));
      report.refused.push(...refused.map(({ path, error }) => ({ path, reason: error.message })));
    },
    (pass.lanes ?? 1) + 1,
  );
  return baked;
}

/** Fits the PCA of a new catalogue to some of its images, which are kept until they are stored. */
export async function firstPca(bakery: Bakery, items: readonly WantedItem[]): Promise<Projector | null> {
  const byContent = new Map(items.map((item) => [item.sha256, item]));
  const sample = [...byContent.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)).slice(0, pcaSample);
  const vectors: Float32Array[] = [];
  for (let at = 0; at < sample.length; at += groupSize) {
    if (bakery.signal?.aborted === true) {
      return null;
    }
    const group = sample.slice(at, at + groupSize);
    const baked = await embed(bakery, group);
    for (const { sha256, path } of group) {
      const image = baked.get(sha256);
      if (image !== undefined) {
        await bakery.staged.write(sha256, { ...image, path });
        vectors.push(...image.vectors);
      }
    }
    bakery.onDone(Math.min(at + groupSize, sample.length));
  }
  if (vectors.length < 2) {
    throw expectedInWords('the images of a new catalogue', 'two or more that can be read', `${vectors.length}`);
  }
  const depth = vectors[0].length;
  const together = new Float32Array(vectors.length * depth);
  vectors.forEach((vector, i) => together.set(vector, i * depth));
  // As it will be read again.
  return projector(await readPca(pcaBytes(fitPca(together, depth))));
}

function folderOf(id: string): string | null {
  const cut = id.lastIndexOf('/');
  return cut < 0 ? null : id.slice(0, cut);
}

/** What a catalogue says of an item beside its vectors. */
export function metaOf(
  { id, sha256, meta }: Omit<WantedItem, 'path'>,
  { width, height, boxes }: Omit<BakedImage, 'path'>,
): Meta {
  const share = (value: number, of: number) => (value / of).toFixed(4);
  return {
    ...meta,
    folder: folderOf(id),
    sha256,
    width,
    height,
    boxes:
      boxes.length < 2
        ? null
        : boxes.map((box) =>
            [share(box.x, width), share(box.y, height), share(box.width, width), share(box.height, height)].join(' '),
          ),
  };
}

/** The part of an item that one of its vectors was made of, as the bake has kept it. */
export function bakedBox({ vector, meta }: Pick<StoreHit, 'vector' | 'meta'>): Box | null {
  const [width, height] = [meta.width as number, meta.height as number];
  const text = (meta.boxes as readonly string[] | undefined)?.[vector];
  if (vector === 0 || text === undefined) {
    return null;
  }
  const [x, y, w, h] = text.split(' ').map(Number);
  return { x: x * width, y: y * height, width: w * width, height: h * height };
}

/** Embeds and stores what is new or changed, a group at a time: a group is stored while the next goes through the network. */
export async function storeImages(bakery: Bakery, store: VectorStore, made: Projector, items: readonly WantedItem[]) {
  let writing: Promise<void> = Promise.resolve();
  let done = 0;
  try {
    for (let at = 0; at < items.length && bakery.signal?.aborted !== true; at += groupSize) {
      const group = items.slice(at, at + groupSize);
      const baked = await embed(bakery, group);
      const there = group.filter(({ sha256 }) => baked.has(sha256));
      const images = there.map(({ sha256 }) => baked.get(sha256)!);
      const rows = rowsOfVectors(
        made,
        images.flatMap(({ vectors }) => vectors),
      );
      let next = 0;
      const stored: StoreRow[] = there.map((item, i) => ({
        id: item.id,
        vectors: images[i].vectors.map(() => rows[next++]),
        meta: metaOf(item, images[i]),
      }));
      await writing;
      writing = stored.length === 0 ? Promise.resolve() : store.upsert(stored);
      writing.catch(() => undefined); // thrown when its turn comes
      done += group.length;
      bakery.onDone(done);
    }
  } finally {
    await writing;
  }
}

/** Stores rows that are there with something else said of them, or under another name. */
async function storeAnew<T>(
  store: VectorStore,
  moves: readonly T[],
  from: (move: T) => string,
  changed: (move: T, meta: Meta) => { id: string; meta: Meta },
): Promise<void> {
  for (let at = 0; at < moves.length; at += groupSize) {
    const part = moves.slice(at, at + groupSize);
    const rows = await store.get(part.map(from));
    await store.upsert(
      part.flatMap((move, i) => {
        const row = rows[i];
        return row === null ? [] : [{ ...changed(move, row.meta), vectors: row.vectors }];
      }),
    );
  }
}

/** Stores under new names what is there under others, and what is said of items now. */
export async function moveImages(store: VectorStore, { copy, relabel }: Changes): Promise<void> {
  await storeAnew(
    store,
    copy,
    (move) => move.from,
    ({ item }, { put: _, ...meta }) => ({ id: item.id, meta: { ...meta, ...item.meta, folder: folderOf(item.id) } }),
  );
  await storeAnew(
    store,
    relabel,
    ({ id }) => id,
    ({ id, meta: given }, meta) => {
      const { sha256, width, height, boxes } = meta;
      return { id, meta: { ...(given ?? givenFields(meta)), folder: folderOf(id), sha256, width, height, boxes } };
    },
  );
}
