import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';
import { memoryStore } from '../../search/memoryStore.js';
import { metaMatcher } from '../../search/metaFilter.js';
import type { CheckedSearch, StoreDescription, StoreHit, StoreRow } from '../../search/vectorStore.js';

/** Of a store whose place another has taken. */
export function madeAnew(location: string): WeldonError {
  return expectedInWords(
    location,
    'the catalogue that was opened',
    'another that was made in its place: open it again',
  );
}

/** One vector that an index gave, by what finds its item in catalogue order. */
export interface FoundVector {
  id: string;
  order: number;
  vector: number;
  query: number;
  score: number;
}

/**
 * Results from found vectors: the best of each item, lists and pages as `StoreSearchOptions` says.
 *
 * @param found at least the `k + offset` best items of every query vector, where there are so many
 */
export function collectHits(
  found: readonly FoundVector[],
  queryCount: number,
  { k, offset, threshold, reduce }: Pick<CheckedSearch, 'k' | 'offset' | 'threshold' | 'reduce'>,
): Omit<StoreHit, 'meta'>[] {
  const lists = Array.from({ length: reduce === 'max' ? 1 : queryCount }, () => new Map<string, FoundVector>());
  for (const each of found) {
    const list = lists[reduce === 'max' ? 0 : each.query];
    const best = list.get(each.id);
    const isBetter =
      best === undefined ||
      each.score > best.score ||
      (each.score === best.score &&
        (each.query < best.query || (each.query === best.query && each.vector < best.vector)));
    if (each.score >= threshold && isBetter) {
      list.set(each.id, each);
    }
  }
  return lists.flatMap((list) =>
    [...list.values()]
      .sort((a, b) => b.score - a.score || a.order - b.order)
      .slice(offset, offset + k)
      .map(({ id, score, query, vector }) => ({ id, score, query, vector })),
  );
}

/** What an index is asked: how many items and vectors fit the filter, and the most vectors that an item has. */
export interface IndexedItems {
  items: number;
  rows: number;
  parts: number;
  /** query vectors */
  queries: number;
  search: CheckedSearch;
}

/**
 * Asks an index, which knows vectors and not items, until it has given every query vector its items.
 *
 * @param near the `limit` nearest vectors of every query vector that fit the filter; with `exact`, by comparison with all
 */
export async function nearestByIndex(
  { items, rows, parts, queries, search }: IndexedItems,
  near: (limit: number, exact: boolean) => Promise<FoundVector[]>,
): Promise<Omit<StoreHit, 'meta'>[]> {
  const wanted = Math.min(search.k + search.offset, items);
  if (wanted === 0) {
    return [];
  }
  let { exact } = search;
  for (let limit = Math.min(wanted * parts + 8, rows); ; limit = Math.min(2 * limit, rows)) {
    const found = await near(limit, exact);
    const lists = Array.from({ length: queries }, () => [] as FoundVector[]);
    found.forEach((each) => lists[each.query].push(each));
    // Every query vector has its items, and none that is equal to the last of them can be left out.
    const isWhole = lists.every((own) => {
      const [last] = collectHits(own, 1, { k: 1, offset: wanted - 1, threshold: -Infinity, reduce: 'max' });
      const lowest = own.reduce((least, { score }) => Math.min(least, score), Infinity);
      return last !== undefined && (own.length < limit || lowest < last.score);
    });
    if (isWhole || (exact && limit === rows)) {
      return collectHits(found, queries, search);
    }
    // An index looks into too few of its parts where a filter leaves little.
    exact ||= limit === rows || lists.some((own) => own.length < limit);
  }
}

/** A search among a few items whose vectors were read. */
export async function searchRows(
  rows: readonly StoreRow[],
  description: StoreDescription,
  vectors: readonly Float32Array[],
  { k, offset, threshold, filter, reduce, score }: CheckedSearch,
): Promise<StoreHit[]> {
  const fits = metaMatcher(filter);
  const few = memoryStore(description);
  await few.upsert(rows.filter(({ meta }) => fits(meta ?? {})));
  return few.search(vectors, { k, offset, threshold, reduce, score });
}
