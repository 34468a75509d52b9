import { WeldonError } from '../../errors.js';
import { memoryStore } from '../../search/memoryStore.js';
import type { MemoryStore } from '../../search/memoryStore.js';
import { checkFilter, givenMeta } from '../../search/metaFilter.js';
import type { Meta, MetaFilter } from '../../search/metaFilter.js';
import { checkIds, checkRows, checkSearch } from '../../search/vectorStore.js';
import type { StoreDescription, VectorStore } from '../../search/vectorStore.js';
import { searchRows } from './collectHits.js';
import {
  fieldsOfColumns,
  itemColumns,
  itemsOf,
  lanceFilter,
  lanceTable,
  numberColumn,
  numericFields,
  plainRows,
  quoted,
} from './lanceRows.js';
import type { OrderedRow } from './lanceRows.js';
import { idsAtOnce, itemCount, itemsById, makeIndexes, rowsOf, searchTable } from './lanceSearch.js';
import { checkSame, lanceCall, openLanceTables, readSetting, writeSetting } from './lanceTables.js';

export interface LanceStoreOptions {
  /** Makes a catalogue of this description where the folder has none. Default: such a folder is refused */
  create?: StoreDescription;
  /** Vectors up to which they are read into memory, where searching is exact and faster. Default 150 000 */
  inMemory?: number;
}

const keptPrefix = 'kept ';
const fieldPrefix = 'field ';
const partsPrefix = 'parts ';
/** How long others may still read a version after `optimize` has replaced it. */
const readersTime = 10 * 60_000;

/**
 * A catalogue in a folder, kept by LanceDB: every `upsert` is one commit, whole or not at all, also where the process is
 * killed. Up to `inMemory` vectors, searches read them into memory once and compare with all, as `memoryStore` does;
 * beyond, `optimize` makes an index (IVF) of them.
 *
 * @param folder of the catalogue
 */
export async function openLanceStore(folder: string, options: LanceStoreOptions = {}): Promise<VectorStore> {
  const { create = null, inMemory = 150_000 } = options;
  const tables = await openLanceTables(folder, create);
  const { vectors: table, settings, description, arrow, lance } = tables;
  const { dimension } = description;
  let closed = false;
  let mirror: { store: MemoryStore; version: number } | null = null;
  let loading: Promise<void> | null = null;
  /** behind all items, at a version of the table */
  let nextPlace: { version: number; place: number } | null = null;
  let writing: Promise<unknown> = Promise.resolve();

  async function call<T>(run: () => Promise<T>): Promise<T> {
    if (closed) {
      throw new WeldonError('Expected the store to be open but it was closed');
    }
    return lanceCall(folder, run);
  }

  /** Writes of this store go one after the other: those that meet would have to be made anew. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = writing.then(() => call(run));
    writing = turn.catch(() => undefined);
    return turn;
  }

  /** Fields that were ever stored, sorted, and the most vectors that an item ever had. */
  async function readSettings(): Promise<{ fields: string[]; parts: number }> {
    const table0 = await settings.query().select(['name']).toArrow();
    const names = (table0.getChild('name')?.toArray() as string[] | undefined) ?? [];
    const like = (prefix: string) =>
      [...names].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    return { fields: like(fieldPrefix).sort(), parts: Math.max(0, ...like(partsPrefix).map(Number)) };
  }
  const readFields = async () => (await readSettings()).fields;

  /** All vectors in memory, as the folder has them now; null where they are too many. */
  async function current(): Promise<MemoryStore | null> {
    const version = await table.version();
    if (mirror?.version === version) {
      return mirror.store;
    }
    loading ??= (async () => {
      mirror = null;
      await checkSame(folder, tables);
      const now = await table.version();
      if ((await table.countRows()) <= inMemory) {
        const store = memoryStore(description);
        await store.upsert(plainRows(itemsOf(await table.query().select(itemColumns).toArrow(), dimension)));
        mirror = { store, version: now };
      }
    })().finally(() => {
      loading = null;
    });
    await loading;
    return (mirror as { store: MemoryStore } | null)?.store ?? null;
  }

  /** After a write of this store: the same in memory, unless others have written meanwhile. */
  async function alsoInMemory(before: number, commits: number, change: (store: MemoryStore) => Promise<unknown>) {
    const after = await table.version();
    if (after !== before + commits) {
      return;
    }
    if (nextPlace?.version === before) {
      nextPlace.version = after;
    }
    if (mirror?.version === before) {
      await change(mirror.store);
      mirror.version = after;
    }
  }

  /** The places of items in catalogue order; new ones come behind all others. */
  async function placesFor(ids: readonly string[]): Promise<Map<string, number>> {
    const places = new Map<string, number>();
    for await (const some of rowsOf(table, ids, ['id', 'place'], 'part = 0 AND ')) {
      for (const row of some) {
        places.set(row.id as string, row.place as number);
      }
    }
    if (places.size < ids.length) {
      const version = await table.version();
      if (nextPlace?.version !== version) {
        const all = await table.query().select(['place']).toArrow();
        nextPlace = { version, place: 0 };
        for (const place of (all.getChild('place')?.toArray() ?? []) as Float64Array) {
          nextPlace.place = Math.max(nextPlace.place, place + 1);
        }
      }
      for (const id of ids) {
        if (!places.has(id)) {
          places.set(id, nextPlace.place++);
        }
      }
    }
    return places;
  }

  /** Makes room for fields that come for the first time. Returns the numeric ones that there are, and commits made. */
  async function prepareFields(rows: readonly OrderedRow[]): Promise<{ numbers: string[]; commits: number }> {
    const { fields, parts } = await readSettings();
    const known = new Set(fields.map((field) => fieldPrefix + field));
    const most = Math.max(...rows.map(({ vectors }) => vectors.length));
    const wanted = new Set(rows.flatMap(({ meta }) => Object.keys(meta).map((field) => fieldPrefix + field)));
    for (const name of [...wanted, ...(most > parts ? [partsPrefix + most] : [])]) {
      if (!known.has(name)) {
        await writeSetting(tables, name, new Uint8Array(1));
      }
    }
    let names = new Set((await table.schema()).fields.map(({ name }) => name));
    const missing = [...new Set(rows.flatMap(({ meta }) => numericFields(meta)))].filter(
      (field) => !names.has(numberColumn(field)),
    );
    if (missing.length > 0) {
      await table.addColumns(missing.map((field) => ({ name: numberColumn(field), valueSql: 'CAST(NULL AS DOUBLE)' })));
      names = new Set((await table.schema()).fields.map(({ name }) => name));
    }
    return { numbers: fieldsOfColumns(names), commits: missing.length > 0 ? 1 : 0 };
  }

  async function filterText(filter: MetaFilter): Promise<string | null> {
    const names = (await table.schema()).fields.map(({ name }) => name);
    return lanceFilter(filter, new Set(fieldsOfColumns(names)));
  }

  const store: VectorStore = {
    upsert: (rows) =>
      inTurn(async () => {
        checkRows(rows, dimension, folder);
        if (rows.length === 0) {
          return;
        }
        const places = await placesFor(rows.map(({ id }) => id));
        const ordered = rows.map(({ id, vectors, meta }): OrderedRow => ({
          id,
          vectors,
          meta: givenMeta(meta),
          order: places.get(id)!,
        }));
        const before = await table.version();
        const { numbers, commits } = await prepareFields(ordered);
        const ids = rows.map(({ id }) => quoted(id)).join(', ');
        await table
          .mergeInsert('key')
          .whenMatchedUpdateAll()
          .whenNotMatchedInsertAll()
          .whenNotMatchedBySourceDelete({ where: `id IN (${ids})` })
          .execute(lanceTable(arrow, ordered, dimension, numbers));
        await alsoInMemory(before, commits + 1, (memory) => memory.upsert(plainRows(ordered)));
      }),
    delete: (ids) =>
      inTurn(async () => {
        checkIds(ids, folder);
        const before = await table.version();
        const list = [...new Set(ids)].map(quoted).join(', ');
        const gone = ids.length === 0 ? 0 : await itemCount(table, `id IN (${list})`);
        if (gone > 0) {
          await table.delete(`id IN (${list})`);
          await alsoInMemory(before, 1, (memory) => memory.delete(ids));
        }
        return gone;
      }),
    get: (ids) =>
      call(async () => {
        checkIds(ids, folder);
        const memory = mirror?.version === (await table.version()) ? mirror.store : null;
        if (memory !== null) {
          return memory.get(ids);
        }
        const found = new Map(plainRows(await itemsById(table, ids, dimension)).map((row) => [row.id, row]));
        return ids.map((id) => found.get(id) ?? null);
      }),
    async *scan() {
      const memory = await call(current);
      if (memory !== null) {
        yield* memory.scan();
        return;
      }
      for await (const some of store.list()) {
        const rows = await store.get(some.map(({ id }) => id));
        yield rows.filter((row) => row !== null);
      }
    },
    async *list() {
      const items = await call(async () => {
        const rows = await table.query().where('part = 0').select(['id', 'place', 'meta']).toArrow();
        return Array.from(rows, ({ id, place, meta }) => ({
          id: id as string,
          place: place as number,
          meta: JSON.parse(meta as string) as Meta,
        }));
      });
      items.sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1));
      for (let at = 0; at < items.length; at += idsAtOnce) {
        yield items.slice(at, at + idsAtOnce).map(({ id, meta }) => ({ id, meta }));
      }
    },
    search: (vectors, searchOptions = {}) =>
      call(async () => {
        const { fields: known, parts } = await readSettings();
        const search = checkSearch(vectors, searchOptions, { dimension, fields: known, owner: folder });
        const memory = await current();
        if (memory !== null) {
          // A field that every item has lost is known here, and not there.
          const { fields } = await memory.info();
          const isLost = Object.keys(search.filter).some((field) => !fields.includes(field));
          return isLost ? [] : memory.search(vectors, searchOptions);
        }
        if (search.among !== null) {
          return searchRows(
            plainRows(await itemsById(table, [...new Set(search.among)], dimension)),
            description,
            vectors,
            search,
          );
        }
        return searchTable(table, vectors, search, await filterText(search.filter), Math.max(1, parts));
      }),
    count: (filter = {}) =>
      call(async () => {
        checkFilter(filter, await readFields(), folder);
        return itemCount(table, await filterText(filter));
      }),
    info: () =>
      call(async () => {
        await checkSame(folder, tables);
        const vectors = await table.countRows();
        return {
          kind: 'lancedb' as const,
          location: folder,
          description: { ...description },
          count: await itemCount(table, null),
          vectors,
          fields: await readFields(),
          storage: 'float32' as const,
          exact: vectors <= inMemory,
          revision: (await table.version()) + (await settings.version()),
        };
      }),
    keep: (name, bytes) =>
      inTurn(async () => {
        checkIds([name], folder);
        await writeSetting(tables, keptPrefix + name, bytes);
      }),
    kept: (name) => call(() => readSetting(settings, keptPrefix + name)),
    optimize: () =>
      inTurn(async () => {
        const rows = await table.countRows();
        if (rows > inMemory && rows >= 256) {
          await makeIndexes(table, lance, rows);
        }
        const cleanupOlderThan = new Date(Date.now() - readersTime);
        await table.optimize({ cleanupOlderThan });
        await settings.optimize({ cleanupOlderThan });
      }),
    async close() {
      if (!closed) {
        closed = true;
        await writing;
        table.close();
        settings.close();
        tables.db.close();
      }
    },
  };
  return store;
}
