/** Searches by PostgreSQL: statements for the index of each score, and filters in its words. */
import { isRange, wantedValues } from '../../search/metaFilter.js';
import type { MetaFilter } from '../../search/metaFilter.js';
import type { CheckedSearch, StoreHit, StoreScore } from '../../search/vectorStore.js';
import { nearestByIndex } from './collectHits.js';
import type { FoundVector } from './collectHits.js';
import type { SqlQuery } from './pgDatabase.js';

/** Vectors behind a filter that are compared one by one, whatever index there is. */
const fewRows = 5000;

export const vectorText = (vector: Float32Array) => `[${vector.join(',')}]`;

/** A filter as conditions on the column `meta`; its values are appended to `values`. */
export function filterSql(filter: MetaFilter, values: unknown[]): string {
  const value = (each: unknown) => `$${values.push(each)}`;
  const parts = Object.entries(filter).map(([field, wanted]) => {
    const part = `(meta -> ${value(field)}::text)`;
    if (isRange(wanted)) {
      const { min = -Infinity, max = Infinity } = wanted;
      const number = `CASE WHEN jsonb_typeof(${part}) = 'number' THEN ${part}::float8 END`;
      return `${number} BETWEEN ${value(min)}::float8 AND ${value(max)}::float8`;
    }
    const list = `${value(wantedValues(wanted).map((each) => JSON.stringify(each)))}::text[]::jsonb[]`;
    return (
      `CASE WHEN jsonb_typeof(${part}) = 'array' ` +
      `THEN EXISTS (SELECT FROM jsonb_array_elements(${part}) one WHERE one = ANY (${list})) ` +
      `ELSE ${part} = ANY (${list}) END`
    );
  });
  return parts.length === 0 ? 'true' : parts.map((part) => `(${part})`).join(' AND ');
}

/** What a score is in SQL, of a row's `v` and a query's text `q`. */
interface ScoreSql {
  /** what the index holds */
  key: string;
  type: string;
  ops: string;
  operator: string;
  /** from the exact query vector */
  score: string;
}

/** For each score the distance that its index is made for. */
export function scoreSql(dimension: number): Record<StoreScore, ScoreSql> {
  const width = dimension - 1;
  return {
    window: {
      key: 'v',
      type: `halfvec(${dimension})`,
      ops: 'halfvec_ip_ops',
      operator: '<#>',
      score: `-(v::vector(${dimension}) <#> q::vector(${dimension}))`,
    },
    class: {
      key: `(subvector(v, 1, ${width})::halfvec(${width}))`,
      type: `halfvec(${width})`,
      ops: 'halfvec_cosine_ops',
      operator: '<=>',
      score: `1 - (subvector(v, 1, ${width})::vector(${width}) <=> q::vector(${width}))`,
    },
  };
}

/**
 * The nearest vectors of every query vector.
 *
 * @param share of the vectors that fit the filter; null to compare with all of these
 */
async function near(
  query: SqlQuery,
  vectorsTable: string,
  queries: readonly Float32Array[],
  search: CheckedSearch,
  limit: number,
  share: number | null,
) {
  const { key, type, operator, score } = scoreSql(queries[0].length)[search.score];
  const texts = queries.map((vector) => vectorText(search.score === 'window' ? vector : vector.subarray(0, -1)));
  const values: unknown[] = [texts, limit];
  const where = filterSql(search.filter, values);
  const among = Math.ceil(Math.max(limit, 100) / (share ?? 1));
  const settings = {
    'hnsw.iterative_scan': 'strict_order',
    'hnsw.ef_search': Math.min(1000, among),
    'hnsw.max_scan_tuples': 2 ** 31 - 1,
    enable_indexscan: share === null ? 'off' : 'on',
    enable_seqscan: share === null ? 'on' : 'off',
    jit: 'off',
  };
  await query('SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS s (name, value)', [
    Object.keys(settings),
    Object.values(settings).map(String),
  ]);
  const isPart = share === null && where !== 'true';
  const rows = await query(
    (isPart ? `WITH part AS MATERIALIZED (SELECT id, part, place, v FROM ${vectorsTable} WHERE ${where}) ` : '') +
      `SELECT n::int - 1 AS query, id, part, place::float8 AS place, (${score})::float8 AS score ` +
      'FROM unnest($1::text[]) WITH ORDINALITY AS queries (q, n) CROSS JOIN LATERAL (' +
      `SELECT id, part, place, v FROM ${isPart ? 'part' : `${vectorsTable} WHERE ${where}`} ` +
      `ORDER BY ${key} ${operator} q::${type} LIMIT $2) found`,
    values,
  );
  return rows.map(({ id, place, part, query: n, score: value }): FoundVector => ({
    id: id as string,
    order: place as number,
    vector: part as number,
    query: n as number,
    score: value as number,
  }));
}

export async function searchTable(
  query: SqlQuery,
  vectorsTable: string,
  queries: readonly Float32Array[],
  search: CheckedSearch,
): Promise<Omit<StoreHit, 'meta'>[]> {
  const values: unknown[] = [];
  const where = filterSql(search.filter, values);
  const [counts] = await query(
    `SELECT count(*) FILTER (WHERE part = 0)::int AS items, count(*)::int AS rows, ` +
      `(coalesce(max(part), 0) + 1)::int AS parts, (SELECT count(*) FROM ${vectorsTable})::int AS all ` +
      `FROM ${vectorsTable} WHERE ${where}`,
    values,
  );
  const { items, rows, parts, all } = counts as { items: number; rows: number; parts: number; all: number };
  // What is left of an index behind such a filter is found in part only: vectors out of its order are passed over.
  const isFew = where !== 'true' && rows <= fewRows;
  return nearestByIndex({ items, rows, parts, queries: queries.length, search }, (limit, exact) =>
    near(query, vectorsTable, queries, search, limit, exact || isFew ? null : rows / all),
  );
}
