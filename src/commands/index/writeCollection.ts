import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { expectedInWords } from '../../errors.js';
import { thumbnailSheets } from '../../node/images/thumbnailSheets.js';
import { toStderr } from '../../node/notice.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { isServer, openStore } from '../../node/vectorStores/openStore.js';
import { openCatalogue } from '../../search/catalogue.js';
import type { Collection } from '../../search/collection/collection.js';
import { collectionFiles, zipCollection } from '../../search/collection/collection.js';
import { memoryStore } from '../../search/memoryStore.js';
import { projectTo2d } from '../../search/projectTo2d.js';
import type { ListedItem, VectorStore } from '../../search/vectorStore.js';
import * as check from '../checkOptions.js';
import { readSource } from './source.js';

/** How {@link writeCollection} takes a catalogue along. */
export interface WriteCollectionOptions {
  /** A folder that `indexImages` made, or `postgres://…?catalogue=name`. */
  catalogue: string;
  /** A zip file, or a folder for its files. */
  out: string;
  /** What the collection is called. Default: the name of `out`. */
  name?: string;
  /** What is said of where its images come from. Default: nothing. */
  about?: string;
  /** Folder that the images of the catalogue lie in. Default: the one that it was baked from. */
  images?: string;
  /** Stops between images. */
  signal?: AbortSignal;
  /** Takes sentences about what is left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
  /** Called with the number of thumbnails made, and all. */
  onImages?: (done: number, total: number) => void;
}

const schema = z.strictObject({
  catalogue: check.text(),
  out: check.text(),
  name: check.text().optional(),
  about: check.text().optional(),
  images: check.text().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
  onImages: check.callback<(done: number, total: number) => void>().optional(),
} satisfies { [K in keyof Required<WriteCollectionOptions>]: z.ZodType<WriteCollectionOptions[K]> });

/** Items that a page is meant to hold in its memory. */
export const mostInCollection = 20_000;

const layout = { side: 144, columns: 10, perSheet: 100 };

/** What a store keeps beside its vectors that a collection takes along; where images lie on this machine is not in it. */
const taken = ['pca', 'settings', 'facts', 'centroids', 'metric'];

/** Vectors of a catalogue in memory, as halves, with all that a search of them needs. */
async function inMemory(store: VectorStore) {
  const { description } = await store.info();
  const copy = memoryStore(description, { storage: 'float16' });
  const items: ListedItem[] = [];
  const wholes: Float32Array[] = [];
  for await (const rows of store.scan()) {
    await copy.upsert(rows);
    rows.forEach(({ id, meta, vectors }) => {
      items.push({ id, meta });
      wholes.push(vectors[0].subarray(0, -1));
    });
  }
  for (const name of taken) {
    const bytes = await store.kept(name);
    if (bytes !== null) {
      await copy.keep(name, bytes);
    }
  }
  return { copy, items, wholes };
}

/**
 * A catalogue as a collection: vectors, thumbnails, map.
 *
 * @param fileOf the image of an item, null where there is none
 * @throws WeldonError for one with more items than a page holds
 */
export async function collectionOf(
  store: VectorStore,
  fileOf: (item: ListedItem) => Promise<string | null> | string | null,
  {
    name,
    about,
    signal,
    notice,
    onImages,
  }: Pick<WriteCollectionOptions, 'about' | 'signal' | 'notice' | 'onImages'> & { name: string },
): Promise<Collection> {
  const count = await store.count();
  if (count > mostInCollection) {
    throw expectedInWords('a catalogue for a page', `of ${mostInCollection} items at most`, `${count}`);
  }
  const { copy, items, wholes } = await inMemory(store);
  const files = await Promise.all(items.map(fileOf));
  const { sheets, blank } = await thumbnailSheets(files, layout, { signal, onImages });
  if (blank > 0) {
    notice?.(`${blank} of ${count} images cannot be read: their thumbnails are white`);
  }
  const places = await projectTo2d(wholes, { signal });
  return {
    facts: {
      name,
      count: items.length,
      thumbnails: { ...layout, sheets: sheets.map((_, i) => `thumbnails-${i}.webp`) },
      places: Array.from(places, (value) => Math.round(value * 1e4) / 1e4),
      ...(about !== undefined && { about }),
    },
    store: copy,
    sheets,
  };
}

/**
 * Writes a catalogue as a collection: its vectors, thumbnails and map, in a zip file or a folder. The search page opens it,
 * `searchCatalogue` searches a zip as it does a catalogue. Images themselves are not in it, nor where they lie.
 *
 * @throws WeldonError for options out of range, a place without a catalogue, one of more than 20 000 items, and a place that
 *   cannot be written
 *
 * @example
 * await writeCollection({ catalogue: 'catalogue', out: 'objects.zip' });
 */
export async function writeCollection(options: WriteCollectionOptions): Promise<{ files: string[]; items: number }> {
  const {
    catalogue,
    out,
    name,
    images,
    notice = toStderr,
    ...rest
  } = check.checkOptions(schema, options, { owner: 'writeCollection' });
  const store = await openStore(catalogue);
  try {
    const { root } = await readSource(store);
    await openCatalogue(store);
    const isZip = out.toLowerCase().endsWith('.zip');
    const collection = await collectionOf(
      store,
      ({ id, meta: { put } }) => {
        const isAdded = typeof put === 'string' && !isServer(catalogue);
        return isAdded ? join(catalogue, 'added', basename(put)) : resolve(images ?? root, id);
      },
      { ...rest, notice, name: name ?? basename(out).replace(/\.zip$/i, '') },
    );
    const items = collection.facts.count;
    if (isZip) {
      await atomicWrite(out, zipCollection(collection));
      return { files: [out], items };
    }
    await mkdir(out, { recursive: true }).catch((error: unknown) => {
      throw writeError(join(out, 'collection.json'), error);
    });
    // The file that names the others comes last.
    const files = collectionFiles(collection).reverse();
    for (const file of files) {
      await atomicWrite(join(out, file.name), file.bytes);
    }
    return { files: files.map((file) => join(out, file.name)), items };
  } finally {
    await store.close();
  }
}
