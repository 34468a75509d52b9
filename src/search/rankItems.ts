/** Query vectors, what examples make of them, and the items that come out. */
import { nearestNames, WeldonError } from '../errors.js';
import type { Box } from '../models/resizeMapping.js';
import type { Catalogue } from './catalogue.js';
import { queryOffset, queryVector } from './catalogue.js';
import type { Meta, MetaFilter } from './metaFilter.js';
import type { StoreHit } from './vectorStore.js';

/** An item that was found. */
export interface SearchHit {
  id: string;
  /** what the list is sorted by: the class score where the whole image was enough, else the window score */
  score: number;
  /** the window score, about −1 … 1: what thresholds are compared with */
  similarity: number;
  /** the part of the query that matches, in its pixels; null where only examples were given */
  queryBox: Box | null;
  /** which of the search's `parts` that is */
  part: number;
  /** which of the item's vectors matches: 0 the whole image, 1 … its crops */
  vector: number;
  meta: Meta;
}

/** Rocchio's weights, as they are usual: of the query, of positive and of negative examples. */
const rocchio = { query: 1, like: 0.75, unlike: 0.15 };

/** A vector of the query, as a catalogue stores it, with the place that it was made of. */
export interface QueryPart {
  row: Float32Array;
  box: Box | null;
}

/** Makes a query vector of a row, and what its window scores lack. */
export type Combine = (row: Float32Array) => { vector: Float32Array; offset: number };

/** Vectors of the named items, the whole images'. */
async function examples(catalogue: Catalogue, ids: readonly string[], what: string): Promise<Float32Array[]> {
  const rows = await catalogue.store.get(ids);
  const missing = rows.findIndex((row) => row === null);
  if (missing >= 0) {
    const known: string[] = [];
    for await (const part of catalogue.store.list()) {
      known.push(...part.map(({ id }) => id));
    }
    throw new WeldonError(
      `Expected ${what} to name items of the catalogue but received ${JSON.stringify(ids[missing])}` +
        nearestNames(ids[missing], known.slice(0, 10_000)),
    );
  }
  return rows.map((row) => row!.vectors[0]);
}

/** The query vectors that examples turn others into: the query, plus the mean of the likes, less that of the unlikes. */
export async function combiner(
  catalogue: Catalogue,
  { like = [], unlike = [], image }: { like?: readonly string[]; unlike?: readonly string[]; image?: unknown },
): Promise<Combine> {
  const [likes, unlikes] = await Promise.all([
    examples(catalogue, like, 'like'),
    examples(catalogue, unlike, 'unlike'),
  ]);
  const sums: [number, Float32Array[]][] = [
    [image === undefined ? 1 : rocchio.like, likes],
    [-rocchio.unlike, unlikes],
  ];
  const { description, metric } = catalogue;
  const { dimension } = description;
  const added = new Float32Array(dimension);
  let addedOffset = 0;
  let weight = image === undefined ? 0 : rocchio.query;
  for (const [share, rows] of sums) {
    for (const row of rows) {
      const part = share / rows.length;
      queryVector(row, metric).forEach((value, i) => (added[i] += part * value));
      addedOffset += part * queryOffset(catalogue.made, row);
      weight += part;
    }
  }
  if (like.length + unlike.length === 0) {
    return (row) => ({ vector: queryVector(row, metric), offset: queryOffset(catalogue.made, row) });
  }
  // Scores stay on the scale of one query's, so that the threshold keeps its meaning.
  return (row) => {
    const vector = queryVector(row, metric);
    const own = image === undefined ? 0 : rocchio.query;
    return {
      vector: vector.map((value, i) => (own * value + added[i]) / weight),
      offset: (own * queryOffset(catalogue.made, row) + addedOffset) / weight,
    };
  };
}

/** The best items for every part by itself, window scores with their offsets; best first. */
export async function nearest(
  { store }: Catalogue,
  parts: readonly Pick<QueryPart, 'row'>[],
  combine: Combine,
  { k, filter }: { k: number; filter: MetaFilter },
): Promise<StoreHit[]> {
  const queries = parts.map(({ row }) => combine(row));
  const hits = await store.search(
    queries.map(({ vector }) => vector),
    { k, filter, reduce: 'none', score: 'window' },
  );
  return hits.map((hit) => ({ ...hit, score: hit.score + queries[hit.query].offset }));
}

/**
 * The best items of every part by itself, with window scores, best first. A part that was asked for before is not compared
 * with the catalogue again.
 */
export type Scan = (parts: readonly QueryPart[]) => Promise<StoreHit[][]>;

/** @param k items of each part */
export function scanner(
  catalogue: Catalogue,
  combine: Combine,
  { k, filter }: { k: number; filter: MetaFilter },
): Scan {
  const known = new Map<Float32Array, StoreHit[]>();
  return async (parts) => {
    const fresh = parts.filter(({ row }) => !known.has(row));
    if (fresh.length > 0) {
      fresh.forEach(({ row }) => known.set(row, []));
      for (const hit of await nearest(catalogue, fresh, combine, { k, filter })) {
        known.get(fresh[hit.query].row)!.push(hit);
      }
    }
    return parts.map(({ row }, query) => known.get(row)!.map((hit) => ({ ...hit, query })));
  };
}

/** How items are ranked. */
export interface RankOptions {
  k: number;
  offset: number;
  threshold: number;
  filter: MetaFilter;
  /** gives as many items of each part as are wanted */
  scan: Scan;
  ranking: 'class' | 'window';
  /** ids of examples, which are not found again */
  apart: ReadonlySet<string>;
}

/** Items that a class ranking looks through for those above a threshold of the window score. */
const lookedThrough = 1000;

/** The items by their best score over all parts. */
export async function rankItems(
  { store }: Catalogue,
  parts: readonly QueryPart[],
  combine: Combine,
  { k, offset, threshold, filter, scan, ranking, apart }: RankOptions,
): Promise<{ hits: SearchHit[]; similarity: number }> {
  const wanted = k + offset + apart.size;
  const bestOf = (scored: StoreHit[]) => {
    const best = new Map<string, StoreHit>();
    for (const hit of scored.sort((a, b) => b.score - a.score)) {
      best.set(hit.id, best.get(hit.id) ?? hit);
    }
    return best;
  };
  const similar = bestOf((await scan(parts)).flat());
  let ranked = [...similar.values()];
  if (ranking === 'class') {
    const queries = parts.map(({ row }) => combine(row));
    const vectors = queries.map(({ vector }) => vector);
    const most = threshold === -Infinity ? wanted : Math.max(wanted, lookedThrough);
    ranked = await store.search(vectors, { k: most, filter, reduce: 'max', score: 'class' });
    const among = ranked.filter(({ id }) => !similar.has(id)).map(({ id }) => id);
    if (among.length > 0) {
      const others = await store.search(vectors, { k: among.length, among, reduce: 'none', score: 'window' });
      const scored = others.map((hit) => ({ ...hit, score: hit.score + queries[hit.query].offset }));
      bestOf(scored).forEach((hit, id) => similar.set(id, hit));
    }
  }
  const similarityOf = ({ id }: StoreHit) => similar.get(id)?.score ?? -Infinity;
  const hits = ranked
    .filter((hit) => !apart.has(hit.id) && similarityOf(hit) >= threshold)
    .slice(offset, offset + k)
    .map((hit) => ({
      id: hit.id,
      score: hit.score,
      similarity: similarityOf(hit),
      queryBox: parts[hit.query].box,
      part: hit.query,
      vector: hit.vector,
      meta: hit.meta,
    }));
  const similarity = [...similar.values()].reduce(
    (best, hit) => (apart.has(hit.id) ? best : Math.max(best, hit.score)),
    -Infinity,
  );
  return { hits, similarity };
}
