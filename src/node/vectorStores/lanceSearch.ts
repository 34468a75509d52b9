/** Searches by LanceDB itself, for catalogues that are too large for memory. */
import type * as lancedb from '@lancedb/lancedb';
import type { Meta } from '../../search/metaFilter.js';
import type { CheckedSearch, StoreHit, StoreScore } from '../../search/vectorStore.js';
import { nearestByIndex } from './collectHits.js';
import type { FoundVector } from './collectHits.js';
import { itemColumns, itemsOf, quoted } from './lanceRows.js';
import type { OrderedRow } from './lanceRows.js';

/** Ids in one condition. */
export const idsAtOnce = 500;

/** Columns of the rows of some items, part of the ids at a time. */
export async function* rowsOf(table: lancedb.Table, ids: readonly string[], select: string[], where = '') {
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const list = ids
      .slice(at, at + idsAtOnce)
      .map(quoted)
      .join(', ');
    yield await table.query().where(`${where}id IN (${list})`).select(select).toArrow();
  }
}

export async function itemsById(
  table: lancedb.Table,
  ids: readonly string[],
  dimension: number,
): Promise<OrderedRow[]> {
  const found: OrderedRow[] = [];
  for await (const some of rowsOf(table, ids, itemColumns)) {
    found.push(...itemsOf(some, dimension));
  }
  return found.sort((a, b) => a.order - b.order);
}

/** How many items fit a condition. */
export async function itemCount(table: lancedb.Table, where: string | null): Promise<number> {
  return table.countRows(where === null ? 'part = 0' : `part = 0 AND (${where})`);
}

async function metasOf(table: lancedb.Table, ids: readonly string[]): Promise<Map<string, Meta>> {
  const metas = new Map<string, Meta>();
  for await (const some of rowsOf(table, ids, ['id', 'meta'], 'part = 0 AND ')) {
    for (const row of some) {
      metas.set(row.id as string, JSON.parse(row.meta as string) as Meta);
    }
  }
  return metas;
}

/**
 * Parts of the index that are looked into, of the square root of the rows that there are.
 *
 * @param share of the items that may be found: the fewer, the farther apart they lie
 */
const probesFor = (rows: number, share: number) => Math.max(20, Math.ceil((0.4 * Math.sqrt(rows)) / share));

/** An index for each score; rows that come later are compared one by one until it is made anew. */
export async function makeIndexes(table: lancedb.Table, lance: typeof lancedb, rows: number): Promise<void> {
  const numPartitions = Math.max(1, Math.round(Math.sqrt(rows)));
  for (const [column, distanceType] of [
    ['v', 'dot'],
    ['z', 'cosine'],
  ] as const) {
    await table.createIndex(column, { config: lance.Index.ivfFlat({ distanceType, numPartitions }) });
  }
}

/**
 * Vectors near each query vector, by LanceDB itself.
 *
 * @param options.probes parts of the index that are looked into; null compares with all
 */
async function near(
  table: lancedb.Table,
  queries: readonly Float32Array[],
  { score, where, limit, probes }: { score: StoreScore; where: string | null; limit: number; probes: number | null },
): Promise<FoundVector[]> {
  const column = score === 'window' ? 'v' : 'z';
  const numbers = queries.map((query) => (column === 'v' ? query : query.slice(0, -1)));
  let query = table
    .vectorSearch(numbers[0])
    .column(column)
    .distanceType(column === 'v' ? 'dot' : 'cosine');
  numbers.slice(1).forEach((vector) => {
    query = query.addQueryVector(vector);
  });
  query = query.limit(limit).select(['id', 'part', 'place', '_distance']);
  query = probes === null ? query.bypassVectorIndex() : query.nprobes(probes);
  const rows = await (where === null ? query : query.where(where)).toArrow();
  return Array.from(rows, (row): FoundVector => ({
    id: row.id as string,
    order: row.place as number,
    vector: row.part as number,
    query: queries.length === 1 ? 0 : (row.query_index as number),
    score: 1 - (row._distance as number),
  }));
}

/**
 * @param where the filter in LanceDB's SQL
 * @param parts the most vectors that an item has
 */
export async function searchTable(
  table: lancedb.Table,
  queries: readonly Float32Array[],
  search: CheckedSearch,
  where: string | null,
  parts: number,
): Promise<StoreHit[]> {
  const matching = (condition: string) => (where === null ? condition : `${condition} AND (${where})`);
  const items = await table.countRows(matching('part = 0'));
  const rows = await table.countRows(matching('true'));
  const all = await table.countRows();
  const probes = probesFor(all, Math.max(rows, 1) / Math.max(all, 1));
  const { score } = search;
  const hits = await nearestByIndex({ items, rows, parts, queries: queries.length, search }, (limit, exact) =>
    near(table, queries, { score, where, limit, probes: exact ? null : probes }),
  );
  const metas = await metasOf(table, [...new Set(hits.map(({ id }) => id))]);
  return hits.map((hit) => ({ ...hit, meta: metas.get(hit.id) ?? {} }));
}
