/** What a catalogue keeps of images, and how it gets there. */
import { dirname, resolve, sep } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { EmbeddedImage } from '../../node/bake/imageRows.js';
import type { Box } from '../../models/resizeMapping.js';
import { rowsOfVectors } from '../../search/embedImages.js';
import type { Meta } from '../../search/metaFilter.js';
import { fitPca, pcaBytes, projector, readPca } from '../../search/pca.js';
import type { Projector } from '../../search/pca.js';
import type { StoreHit, StoreRow, VectorStore } from '../../search/vectorStore.js';
import type { Changes, WantedItem } from './changes.js';
import { givenFields } from './itemTable.js';

/** Images that one write takes. */
export const groupSize = 64;

/** Images that directions are sought among. */
export const pcaSample = 4096;

/** An image to be stored, embedded. */
export interface EmbeddedItem {
  item: Omit<WantedItem, 'path'>;
  image: EmbeddedImage;
}

/**
 * The PCA of a new catalogue, fitted to some of its images, as it will be read again.
 *
 * @throws WeldonError for fewer than two
 */
export async function fitProjector(images: readonly EmbeddedImage[]): Promise<Projector> {
  const vectors = images.flatMap((image) => image.vectors);
  if (vectors.length < 2) {
    throw expectedInWords(
      'the images of a new catalogue',
      'two or more of different contents that can be read',
      `${vectors.length}`,
    );
  }
  const depth = vectors[0].length;
  const together = new Float32Array(vectors.length * depth);
  vectors.forEach((vector, i) => together.set(vector, i * depth));
  // Copies of one image, or one colour: there is nothing to find one of them by.
  if (together.every((value, i) => Math.abs(value - together[i % depth]) < 1e-6)) {
    throw expectedInWords('the images of a new catalogue', 'different ones', 'images that all look the same');
  }
  return projector(await readPca(pcaBytes(fitPca(together, depth))));
}

/** The folder that all of some files and folders lie in. */
export function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => dirname(resolve(path)).split(sep));
  let shared = first.length;
  others.forEach((parts) => {
    while (shared > 1 && first.slice(0, shared).join(sep) !== parts.slice(0, shared).join(sep)) {
      shared--;
    }
  });
  return first.slice(0, shared).join(sep) || sep;
}

function folderOf(id: string): string | null {
  const cut = id.lastIndexOf('/');
  return cut < 0 ? null : id.slice(0, cut);
}

/** What a catalogue says of an item beside its vectors. */
export function metaOf({ id, sha256, meta }: Omit<WantedItem, 'path'>, { width, height, boxes }: EmbeddedImage): Meta {
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

/** Stores some images. */
export async function storeItems(store: VectorStore, made: Projector, items: readonly EmbeddedItem[]): Promise<void> {
  const rows = rowsOfVectors(
    made,
    items.flatMap(({ image }) => image.vectors),
  );
  let next = 0;
  await store.upsert(
    items.map(({ item, image }): StoreRow => ({
      id: item.id,
      vectors: image.vectors.map(() => rows[next++]),
      meta: metaOf(item, image),
    })),
  );
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
