/** A catalogue as one takes it along: its vectors, thumbnails and map in a few files, which a page loads and a zip holds. */
import { expectedInWords, WeldonError } from '../../errors.js';
import { openRanges } from '../../formats/openRanges.js';
import type { WeightBytes } from '../../formats/openRanges.js';
import type { ZippedFile } from '../../formats/zip.js';
import { isZip, readZipDirectory, unzipEntry, writeZip } from '../../formats/zip.js';
import { openMemoryStore } from '../memoryStore.js';
import type { MemoryStore } from '../memoryStore.js';

/** Of the layout of a collection's files. */
const layout = 1;

/** Names of the files of every collection; those of its thumbnails stand in the first. */
const factsFile = 'collection.json';
const storeFile = 'items.safetensors';

/** Bytes that one file of a collection may take. */
const largestFile = 2 ** 29;

/** Where the small images of items are: square tiles of sheets, row by row, in catalogue order. */
export interface CollectionThumbnails {
  /** side of a tile in pixels; images lie in its middle, as large as they fit */
  side: number;
  /** tiles in a row, and in all of a sheet */
  columns: number;
  perSheet: number;
  /** names of the sheets' files */
  sheets: string[];
}

/** What a collection says of itself before its vectors are read. */
export interface CollectionFacts {
  name: string;
  /** items */
  count: number;
  thumbnails: CollectionThumbnails;
  /** the map: x and y of each item from 0 to 1, in catalogue order */
  places: number[];
  /** what may be said of where it comes from and who may use it */
  about?: string;
}

/** A collection that was read. */
export interface Collection {
  facts: CollectionFacts;
  store: MemoryStore;
  sheets: Uint8Array[];
}

const isCount = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least;

/**
 * The facts of a collection.
 *
 * @param bytes of its `collection.json`
 * @throws WeldonError for a file of something else, or of another layout
 */
export function readCollectionFacts(bytes: Uint8Array, what = factsFile): CollectionFacts {
  let parsed: (Partial<CollectionFacts> & { weldonCollection?: unknown }) | null;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes)) as typeof parsed;
  } catch {
    throw expectedInWords(what, 'the facts of a collection', 'no JSON');
  }
  const { weldonCollection, name, count, thumbnails, places, about } = parsed ?? {};
  if (weldonCollection !== layout) {
    const received =
      weldonCollection === undefined ? 'JSON of something else' : `a collection of layout ${String(weldonCollection)}`;
    throw expectedInWords(what, `a collection of layout ${layout}`, received);
  }
  const { side, columns, perSheet, sheets } = thumbnails ?? {};
  const whole =
    typeof name === 'string' &&
    isCount(count, 0) &&
    isCount(side, 1) &&
    isCount(columns, 1) &&
    isCount(perSheet, columns) &&
    Array.isArray(sheets) &&
    sheets.every((sheet) => typeof sheet === 'string' && /^[\w.-]+$/.test(sheet)) &&
    sheets.length === Math.ceil(count / perSheet) &&
    Array.isArray(places) &&
    places.length === 2 * count &&
    places.every(Number.isFinite);
  if (!whole) {
    throw new WeldonError(
      `Expected ${what} to be whole but a part of it is missing or wrong: make the collection anew`,
    );
  }
  return {
    name,
    count,
    thumbnails: { side, columns, perSheet, sheets: [...sheets] },
    places,
    ...(typeof about === 'string' && { about }),
  };
}

/** The files of a collection. */
export function collectionFiles({ facts, store, sheets }: Collection): ZippedFile[] {
  return [
    { name: factsFile, bytes: new TextEncoder().encode(JSON.stringify({ weldonCollection: layout, ...facts })) },
    { name: storeFile, bytes: store.toBytes() },
    ...sheets.map((bytes, i) => ({ name: facts.thumbnails.sheets[i], bytes })),
  ];
}

/**
 * A collection from its files, wherever they lie.
 *
 * @param read gives the bytes of a file by name
 * @throws WeldonError for what is no collection, one of another layout or a damaged one, and whatever `read` throws
 */
export async function readCollection(read: (name: string) => Promise<Uint8Array>): Promise<Collection> {
  const facts = readCollectionFacts(await read(factsFile));
  const store = await openMemoryStore(await read(storeFile));
  const sheets = await Promise.all(facts.thumbnails.sheets.map(read));
  const { count } = await store.info();
  if (count !== facts.count) {
    throw new WeldonError(`Expected the collection to be whole but it has ${count} vectors for ${facts.count} items`);
  }
  return { facts, store, sheets };
}

/**
 * A collection as one zip file, which the search page and `weldon search` open.
 *
 * @example
 * await writeFile('objects.zip', zipCollection(collection));
 */
export function zipCollection(collection: Collection): Uint8Array {
  return writeZip(collectionFiles(collection));
}

/**
 * Opens the zip file of a collection.
 *
 * @param bytes or a Blob, or whatever weights may be read from
 * @throws WeldonError for a file that is no zip, or a zip of something else, and as {@link readCollection}
 *
 * @example
 * const { facts, store } = await unzipCollection(await readFile('objects.zip'));
 * const catalogue = await openCatalogue(store);
 */
export async function unzipCollection(bytes: WeightBytes, name?: string): Promise<Collection> {
  const opened = await openRanges('unzipCollection', bytes);
  const ranges = { ...opened, name: name ?? opened.name ?? 'the file', read: opened.read.bind(opened) };
  if (ranges.size < 22 || !isZip(await ranges.read(0, 4))) {
    throw expectedInWords(ranges.name, 'the zip file of a collection', 'a file of another kind');
  }
  const entries = await readZipDirectory(ranges);
  // Packed again by hand, the files may lie in a folder.
  const facts = [...entries.keys()].find((each) => each === factsFile || each.endsWith(`/${factsFile}`));
  if (facts === undefined) {
    throw expectedInWords(ranges.name, 'the zip file of a collection', `one without ${factsFile}`);
  }
  const folder = facts.slice(0, -factsFile.length);
  return readCollection(async (each) => {
    const entry = entries.get(folder + each);
    if (entry === undefined) {
      throw expectedInWords(ranges.name, 'the zip file of a whole collection', `one without ${each}`);
    }
    return unzipEntry(ranges, entry, largestFile);
  });
}
