import { randomUUID } from 'node:crypto';
import { expectedInWords, WeldonError } from '../../errors.js';
import { checkFilter, givenMeta } from '../../search/metaFilter.js';
import type { Meta } from '../../search/metaFilter.js';
import { checkDescription, checkIds, checkRows, checkSearch } from '../../search/vectorStore.js';
import type { StoreDescription, StoreHit, StoreRow, VectorStore } from '../../search/vectorStore.js';
import { float16Value } from '../../formats/float16.js';
import { madeAnew, searchRows } from './collectHits.js';
import { openPool, pgPlace } from './pgDatabase.js';
import type { SqlDatabase, SqlQuery } from './pgDatabase.js';
import { filterSql, scoreSql, searchTable, vectorText } from './pgSearch.js';

/** Vectors from which `optimize` makes an index; fewer are compared sooner than an index is read. */
const worthAnIndex = 2000;

/** Opens a catalogue on a server; see `openStore`. */
export async function openPgStore(address: string, create?: StoreDescription): Promise<VectorStore> {
  const place = pgPlace(address);
  const database = await openPool(place);
  try {
    return await pgStore(database, place.catalogue, create);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What `halfvec_send` gives: a length, two spare bytes, then big-endian halves. */
function halvesOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: view.getUint16(0) }, (_, i) => float16Value(view.getUint16(4 + 2 * i)));
}

/**
 * A catalogue in PostgreSQL: vectors as `halfvec`, one row each, `NAME_vectors`; the description, fields and what is kept
 * in `NAME_settings`. Every `upsert` is one transaction; writers wait for one another.
 *
 * @param create makes the tables where there are none
 */
export async function pgStore(database: SqlDatabase, name: string, create?: StoreDescription): Promise<VectorStore> {
  const [vectorsTable, settingsTable] = [`${name}_vectors`, `${name}_settings`];
  const owner = database.location;
  let birth = '';
  const description = await openTables();
  const { dimension } = description;
  const halves = `halfvec(${dimension})`;
  let closed = false;

  async function openTables(): Promise<StoreDescription> {
    return database.transaction(async (query) => {
      const [{ there }] = await query('SELECT to_regclass($1) IS NOT NULL AS there', [settingsTable]);
      if (there !== true) {
        if (create === undefined) {
          throw expectedInWords(owner, 'a catalogue, as weldon index makes it', 'a database without one of that name');
        }
        await makeTables(query, create);
      }
      const [row] = await query(`SELECT bytes FROM ${settingsTable} WHERE name = 'description'`);
      birth = await readBirth(query);
      const found = JSON.parse(new TextDecoder().decode(row?.bytes as Uint8Array)) as StoreDescription;
      checkDescription(found, owner);
      return found;
    });
  }

  /** What tells this catalogue from others that lay in its place. */
  async function readBirth(query: SqlQuery): Promise<string> {
    const [row] = await query(`SELECT bytes FROM ${settingsTable} WHERE name = 'birth'`);
    return new TextDecoder().decode(row?.bytes as Uint8Array);
  }

  async function makeTables(query: SqlQuery, made: StoreDescription): Promise<void> {
    // Two that begin at once: the second waits here, and finds the first one's tables.
    await query('SELECT pg_advisory_xact_lock(hashtext($1))', [name]);
    const [extension] = await query("SELECT FROM pg_available_extensions WHERE name = 'vector'");
    if (extension === undefined) {
      throw expectedInWords(owner, 'a database with pgvector', 'one without: install it on the server');
    }
    await query('CREATE EXTENSION IF NOT EXISTS vector');
    await query(
      `CREATE TABLE IF NOT EXISTS ${settingsTable} (name text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL)`,
    );
    await query(
      `CREATE TABLE IF NOT EXISTS ${vectorsTable} (id text COLLATE "C" NOT NULL, part int NOT NULL, ` +
        `place bigint NOT NULL, meta jsonb NOT NULL, v halfvec(${made.dimension}) NOT NULL, PRIMARY KEY (id, part))`,
    );
    await query(`CREATE INDEX IF NOT EXISTS ${vectorsTable}_place ON ${vectorsTable} (place)`);
    await query(`CREATE SEQUENCE IF NOT EXISTS ${vectorsTable}_places`);
    await query(`CREATE SEQUENCE IF NOT EXISTS ${vectorsTable}_revision`);
    await query(`INSERT INTO ${settingsTable} VALUES ('description', $1), ('birth', $2) ON CONFLICT DO NOTHING`, [
      Buffer.from(JSON.stringify(made)),
      Buffer.from(randomUUID()),
    ]);
  }

  async function call<T>(run: (query: SqlQuery) => Promise<T>): Promise<T> {
    if (closed) {
      throw new WeldonError('Expected the store to be open but it was closed');
    }
    return database.transaction(run);
  }

  /** Writers one after the other; what they change has another revision. */
  function write<T>(run: (query: SqlQuery) => Promise<T>): Promise<T> {
    return call(async (query) => {
      await query('SELECT pg_advisory_xact_lock(hashtext($1))', [name]);
      const result = await run(query);
      await query(`SELECT nextval('${vectorsTable}_revision')`);
      return result;
    });
  }

  const settingsLike = async (query: SqlQuery, prefix: string) =>
    (await query(`SELECT name FROM ${settingsTable} WHERE starts_with(name, $1) ORDER BY name`, [prefix])).map((row) =>
      (row.name as string).slice(prefix.length),
    );
  const readFields = (query: SqlQuery) => settingsLike(query, 'field ');

  async function setSettings(query: SqlQuery, names: readonly string[], bytes: Uint8Array): Promise<void> {
    await query(
      `INSERT INTO ${settingsTable} SELECT name, $2 FROM unnest($1::text[]) name ` +
        'ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes',
      [names, Buffer.from(bytes)],
    );
  }

  /** In catalogue order. */
  async function itemsById(query: SqlQuery, ids: readonly string[]): Promise<Required<StoreRow>[]> {
    const items = new Map<string, { id: string; meta: Meta; vectors: Float32Array[] }>();
    for (const { id, meta, v } of await query(
      `SELECT id, meta, halfvec_send(v) AS v FROM ${vectorsTable} WHERE id = ANY ($1) ORDER BY place, part`,
      [ids],
    )) {
      const item = items.get(id as string) ?? { id: id as string, meta: meta as Meta, vectors: [] };
      items.set(item.id, item);
      item.vectors.push(halvesOf(v as Uint8Array));
    }
    return [...items.values()];
  }

  const store: VectorStore = {
    upsert: (rows) =>
      write(async (query) => {
        checkRows(rows, dimension, owner);
        if (rows.length === 0) {
          return;
        }
        const ids = rows.map(({ id }) => id);
        const metas = rows.map(({ meta }) => givenMeta(meta));
        const gone = await query(
          `DELETE FROM ${vectorsTable} WHERE id = ANY ($1) RETURNING id, place::float8 AS place`,
          [ids],
        );
        const places = new Map(gone.map(({ id, place }) => [id as string, place as number]));
        const fresh = ids.filter((id) => !places.has(id));
        const next = await query(
          `SELECT nextval('${vectorsTable}_places')::float8 AS place FROM generate_series(1, $1)`,
          [fresh.length],
        );
        fresh.forEach((id, i) => places.set(id, next[i].place as number));
        const flat = rows.flatMap(({ id, vectors }, i) => vectors.map((vector, part) => ({ id, part, vector, i })));
        await query(
          `INSERT INTO ${vectorsTable} SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[]::jsonb[], ` +
            `$5::text[]::${halves}[])`,
          [
            flat.map(({ id }) => id),
            flat.map(({ part }) => part),
            flat.map(({ id }) => places.get(id)),
            flat.map(({ i }) => JSON.stringify(metas[i])),
            flat.map(({ vector }) => vectorText(vector)),
          ],
        );
        const fields = [...new Set(metas.flatMap((meta) => Object.keys(meta)))].map((field) => `field ${field}`);
        await setSettings(query, fields, new Uint8Array());
      }),
    delete: (ids) =>
      write(async (query) => {
        checkIds(ids, owner);
        const gone = await query(`DELETE FROM ${vectorsTable} WHERE id = ANY ($1) RETURNING id`, [ids]);
        return new Set(gone.map(({ id }) => id)).size;
      }),
    get: (ids) =>
      call(async (query) => {
        checkIds(ids, owner);
        const found = new Map((await itemsById(query, ids)).map((item) => [item.id, item]));
        return ids.map((id) => found.get(id) ?? null);
      }),
    async *scan() {
      for await (const some of store.list()) {
        const ids = some.map(({ id }) => id);
        yield await call((query) => itemsById(query, ids));
      }
    },
    async *list() {
      for (let after = -1; ;) {
        const some = await call((query) =>
          query(
            `SELECT id, meta, place::float8 AS place FROM ${vectorsTable} ` +
              'WHERE part = 0 AND place > $1 ORDER BY place LIMIT 256',
            [after],
          ),
        );
        if (some.length === 0) {
          return;
        }
        after = some[some.length - 1].place as number;
        yield some.map(({ id, meta }) => ({ id: id as string, meta: meta as Meta }));
      }
    },
    search: (vectors, options = {}) =>
      call(async (query): Promise<StoreHit[]> => {
        const search = checkSearch(vectors, options, { dimension, fields: await readFields(query), owner });
        if (search.among !== null) {
          return searchRows(await itemsById(query, search.among), description, vectors, search);
        }
        const hits = await searchTable(query, vectorsTable, vectors, search);
        const metas = await query(`SELECT id, meta FROM ${vectorsTable} WHERE part = 0 AND id = ANY ($1)`, [
          [...new Set(hits.map(({ id }) => id))],
        ]);
        const byId = new Map(metas.map(({ id, meta }) => [id as string, meta as Meta]));
        return hits.map((hit) => ({ ...hit, meta: byId.get(hit.id) ?? {} }));
      }),
    count: (filter = {}) =>
      call(async (query) => {
        checkFilter(filter, await readFields(query), owner);
        const values: unknown[] = [];
        const where = filterSql(filter, values);
        const [{ n }] = await query(
          `SELECT count(*)::int AS n FROM ${vectorsTable} WHERE part = 0 AND ${where}`,
          values,
        );
        return n as number;
      }),
    info: () =>
      call(async (query) => {
        if ((await readBirth(query)) !== birth) {
          throw madeAnew(owner);
        }
        const [row] = await query(
          `SELECT count(*)::int AS vectors, count(*) FILTER (WHERE part = 0)::int AS count, ` +
            `(SELECT last_value::float8 FROM ${vectorsTable}_revision) AS revision, ` +
            `to_regclass('${vectorsTable}_window') IS NULL AS exact FROM ${vectorsTable}`,
        );
        return {
          kind: 'pgvector' as const,
          location: owner,
          description: { ...description },
          count: row.count as number,
          vectors: row.vectors as number,
          fields: await readFields(query),
          storage: 'float16' as const,
          exact: row.exact as boolean,
          revision: row.revision as number,
        };
      }),
    keep: (key, bytes) =>
      write(async (query) => {
        checkIds([key], owner);
        if (bytes === null) {
          await query(`DELETE FROM ${settingsTable} WHERE name = $1`, [`kept ${key}`]);
        } else {
          await setSettings(query, [`kept ${key}`], bytes);
        }
      }),
    kept: (key) =>
      call(async (query) => {
        const [row] = await query(`SELECT bytes FROM ${settingsTable} WHERE name = $1`, [`kept ${key}`]);
        return row === undefined ? null : new Uint8Array(row.bytes as Uint8Array);
      }),
    async optimize() {
      await write(async (query) => {
        const [{ rows }] = await query(`SELECT count(*)::int AS rows FROM ${vectorsTable}`);
        for (const [word, { key, ops }] of (rows as number) < worthAnIndex ? [] : Object.entries(scoreSql(dimension))) {
          await query(
            `CREATE INDEX IF NOT EXISTS ${vectorsTable}_${word} ON ${vectorsTable} USING hnsw (${key} ${ops})`,
          );
        }
        await query(`ANALYZE ${vectorsTable}`);
      });
    },
    async close() {
      if (!closed) {
        closed = true;
        await database.close();
      }
    },
  };
  return store;
}
