import { checkKeys, expected, WeldonError } from '../errors.js';
import type { WeightBytes } from '../formats/openRanges.js';
import { checkFilter, givenMeta, metaMatcher } from './metaFilter.js';
import type { Meta } from './metaFilter.js';
import { nearestItems } from './nearestItems.js';
import type { SearchedItems } from './nearestItems.js';
import { readStoreFile, writeStoreFile } from './storeFile.js';
import type { StoreContent } from './storeFile.js';
import { checkDescription, checkIds, checkMadeAlike, checkRows, checkSearch, projectionLength } from './vectorStore.js';
import type { StoreDescription, StoreRow, VectorStorage, VectorStore } from './vectorStore.js';
import { residentBlock } from './fastProducts.js';
import { vectorTable } from './vectorTable.js';

/** How {@link memoryStore} keeps vectors. */
export interface MemoryStoreOptions {
  /** `'float16'` takes half the room, `'int8'` a quarter; scores are those of the rounded numbers. Default `'float32'` */
  storage?: VectorStorage;
}

/** A store in memory, which may be taken along as bytes. */
export interface MemoryStore extends VectorStore {
  /** All of it as a safetensors file, which {@link openMemoryStore} reads. */
  toBytes(): Uint8Array;
}

interface Item {
  id: string;
  meta: Meta;
  /** first of its rows in the table */
  row: number;
  vectors: number;
}

/**
 * A store in memory, for pages, tests and up to some 150 000 items: every search compares with every vector, so results
 * are exact.
 *
 * @throws WeldonError for a description that is not whole, an unknown option or storage
 *
 * @example
 * const store = memoryStore({ model: 'efficientNetLite0', size: 224, pooling: 'gap', pca: hash, engine: 'wasm',
 *   version: 1, dimension: 257 });
 * await store.upsert([{ id: 'chair.jpg', vectors: [vector], meta: { color: 'red' } }]);
 * const [best] = await store.search([query], { k: 1, filter: { color: 'red' } });
 */
export function memoryStore(description: StoreDescription, options: MemoryStoreOptions = {}): MemoryStore {
  checkDescription(description, 'memoryStore');
  checkKeys(options, 'storage', 'memoryStore');
  const { storage = 'float32' } = options;
  if (!['float32', 'float16', 'int8'].includes(storage)) {
    throw expected('storage for memoryStore', '"float32", "float16" or "int8"', storage);
  }
  return storeOf({
    description: { ...description },
    storage,
    items: [],
    arrays: undefined,
    fields: [],
    kept: new Map(),
    revision: 0,
  });
}

/**
 * Opens what {@link MemoryStore.toBytes} gave.
 *
 * @param made what makes the query's vectors, as far as known: a store made otherwise is refused
 * @throws WeldonError for bytes that are no such store, or a damaged one, and for one made otherwise
 *
 * @example
 * const store = await openMemoryStore(await (await fetch('collection.safetensors')).arrayBuffer(), { model: hash });
 */
export async function openMemoryStore(bytes: WeightBytes, made: Partial<StoreDescription> = {}): Promise<MemoryStore> {
  const content = await readStoreFile(bytes);
  checkMadeAlike(content.description, made, 'the store');
  return storeOf(content);
}

function storeOf(content: StoreContent): MemoryStore {
  const { description, storage, kept } = content;
  const { dimension } = description;
  const owner = 'the store';
  const table = vectorTable(storage, dimension, content.arrays);
  let lengths: number[] = [];
  const fields = new Set(content.fields);
  /** In catalogue order; null where an item was deleted. */
  let items: (Item | null)[] = [];
  const places = new Map<string, number>();
  let revision = content.revision;
  let closed = false;
  /** of any item, ever */
  let mostVectors = 0;
  /** whether every item has one vector, in the row of its place; `null` where something has changed since it was looked at */
  let isPlain: boolean | null = null;

  let row = 0;
  for (const { id, meta, vectors } of content.items) {
    places.set(id, items.length);
    items.push({ id, meta, row, vectors });
    mostVectors = Math.max(mostVectors, vectors);
    row += vectors;
  }
  for (let each = 0; each < table.rows; each++) {
    lengths.push(projectionLength(table.read(each)));
  }

  const searched: SearchedItems = {
    get count() {
      return items.length;
    },
    dimension,
    vectorsOf: (item) => items[item]!.vectors,
    rowOf: (item) => items[item]!.row,
    open: (queries, queryCount) => (mostVectors > residentBlock ? null : table.open(queries, queryCount)),
    load: (item, vector, into, at) => table.load(items[item]!.row + vector, into, at),
    lengthOf: (item, vector) => lengths[items[item]!.row + vector],
  };

  function checkOpen(): void {
    if (closed) {
      throw new WeldonError('Expected the store to be open but it was closed');
    }
  }

  /** Drops rows of deleted and replaced items. */
  function compact(): void {
    const live = items.filter((item) => item !== null);
    const rows = live.flatMap(({ row: first, vectors }) => Array.from({ length: vectors }, (_, i) => first + i));
    table.compact(rows);
    lengths = rows.map((each) => lengths[each]);
    let next = 0;
    items = live.map((item) => {
      const moved = { ...item, row: next };
      next += item.vectors;
      return moved;
    });
    places.clear();
    live.forEach(({ id }, place) => places.set(id, place));
  }

  function liveRows(): number {
    return items.reduce((sum, item) => sum + (item?.vectors ?? 0), 0);
  }

  function changed(): void {
    revision++;
    isPlain = null;
    if (table.rows > 1024 && table.rows > 2 * liveRows()) {
      compact();
    }
  }

  function rowOf({ id, meta, row: first, vectors }: Item): Required<StoreRow> {
    return { id, meta, vectors: Array.from({ length: vectors }, (_, i) => table.read(first + i)) };
  }

  function* chosenItems(filter: Parameters<typeof metaMatcher>[0], among: readonly string[] | null) {
    const fits = metaMatcher(filter);
    const chosen = among
      ? [...new Set(among)].flatMap((id) => places.get(id) ?? []).sort((a, b) => a - b)
      : items.keys();
    for (const place of chosen) {
      const item = items[place];
      if (item !== null && fits(item.meta)) {
        yield place;
      }
    }
  }

  return {
    async upsert(rows) {
      checkOpen();
      checkRows(rows, dimension, owner);
      for (const { id, vectors, meta } of rows) {
        const item = { id, meta: givenMeta(meta), row: table.rows, vectors: vectors.length };
        mostVectors = Math.max(mostVectors, vectors.length);
        for (const vector of vectors) {
          table.push(vector);
          lengths.push(projectionLength(table.read(table.rows - 1)));
        }
        Object.keys(item.meta).forEach((field) => fields.add(field));
        const place = places.get(id) ?? items.length;
        places.set(id, place);
        items[place] = item;
      }
      changed();
    },
    async delete(ids) {
      checkOpen();
      checkIds(ids, owner);
      let gone = 0;
      for (const id of ids) {
        const place = places.get(id);
        if (place !== undefined) {
          places.delete(id);
          items[place] = null;
          gone++;
        }
      }
      changed();
      return gone;
    },
    async get(ids) {
      checkOpen();
      checkIds(ids, owner);
      return ids.map((id) => {
        const place = places.get(id);
        return place === undefined ? null : rowOf(items[place]!);
      });
    },
    async *scan() {
      checkOpen();
      const live = items.filter((item) => item !== null).map(({ id }) => id);
      for (let at = 0; at < live.length; at += 256) {
        // What was deleted since then is passed over.
        const rows = await this.get(live.slice(at, at + 256));
        yield rows.filter((found) => found !== null);
      }
    },
    async *list() {
      checkOpen();
      yield items.flatMap((item) => (item === null ? [] : [{ id: item.id, meta: item.meta }]));
    },
    async search(vectors, options = {}) {
      checkOpen();
      const search = checkSearch(vectors, options, { dimension, fields: [...fields], owner });
      const isAll = search.among === null && Object.keys(search.filter).length === 0;
      isPlain ??= items.every((item, place) => item?.row === place && item.vectors === 1);
      const chosen = isAll && isPlain ? null : chosenItems(search.filter, search.among);
      return nearestItems(searched, chosen, vectors, search).map(({ item, ...found }) => ({
        id: items[item]!.id,
        ...found,
        meta: items[item]!.meta,
      }));
    },
    async count(filter = {}) {
      checkOpen();
      checkFilter(filter, [...fields], owner);
      return [...chosenItems(filter, null)].length;
    },
    async info() {
      checkOpen();
      return {
        kind: 'memory',
        location: 'memory',
        description: { ...description },
        count: places.size,
        vectors: liveRows(),
        fields: [...fields].sort(),
        storage,
        exact: true,
        revision,
      };
    },
    async keep(name, bytes) {
      checkOpen();
      checkIds([name], owner);
      if (bytes === null) {
        kept.delete(name);
      } else {
        kept.set(name, bytes.slice());
      }
      changed();
    },
    async kept(name) {
      checkOpen();
      return kept.get(name)?.slice() ?? null;
    },
    async optimize() {
      checkOpen();
      compact();
      isPlain = null;
    },
    async close() {
      closed = true;
    },
    toBytes() {
      checkOpen();
      compact();
      return writeStoreFile({
        description,
        storage,
        items: items.filter((item) => item !== null),
        arrays: table.arrays(),
        fields: [...fields],
        kept,
        revision,
      });
    },
  };
}
