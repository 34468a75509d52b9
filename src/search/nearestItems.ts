/** The best items for query vectors, by comparison with every vector: the search of `memoryStore`, and what others are measured by. */
import { projectionLength } from './vectorStore.js';
import type { CheckedSearch } from './vectorStore.js';
import { openProducts } from './fastProducts.js';
import type { ResidentProducts } from './fastProducts.js';
import { residentBlock } from './fastProducts.js';

/** Items as a search sees them, in catalogue order. */
export interface SearchedItems {
  readonly count: number;
  readonly dimension: number;
  /** How many vectors an item has. */
  vectorsOf(item: number): number;
  /** The numbers of one of them. */
  load(item: number, vector: number, into: Float32Array, at: number): void;
  /** Where the first of them lies in the table. */
  rowOf(item: number): number;
  /** Products of queries with rows where they lie; `null` where they have to be loaded. */
  open(queries: Float64Array, queryCount: number): ResidentProducts | null;
  /** Length of one's projection, as `projectionLength` gives it. */
  lengthOf(item: number, vector: number): number;
}

/** One found item, by its place in catalogue order. */
export interface FoundItem {
  item: number;
  score: number;
  query: number;
  vector: number;
}

/** Rows compared at a time: with their scores they stay in the processor's nearest memory. */
const blockRows = 64;

/** Whether `a` comes after `b` in a list of results. */
const isWorse = (a: FoundItem, b: FoundItem) => a.score < b.score || (a.score === b.score && a.item > b.item);

/** The best of what is offered, at most `most`: a heap with the worst at its root. */
function bestList(most: number) {
  const heap: FoundItem[] = [];
  const swap = (i: number, j: number) => ([heap[i], heap[j]] = [heap[j], heap[i]]);
  function sink(at: number): void {
    for (;;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        worst = child < heap.length && isWorse(heap[child], heap[worst]) ? child : worst;
      }
      if (worst === at) {
        return;
      }
      swap(at, worst);
      at = worst;
    }
  }
  return {
    /** Whether an item with this score, behind all others in catalogue order, would stay. */
    takes: (score: number) => heap.length < most || score > heap[0].score,
    /** What a score must exceed. */
    floor: () => (heap.length < most ? -Infinity : heap[0].score),
    offer(found: FoundItem): void {
      if (heap.length < most) {
        heap.push(found);
        for (let at = heap.length - 1; at > 0 && isWorse(heap[at], heap[(at - 1) >> 1]); at = (at - 1) >> 1) {
          swap(at, (at - 1) >> 1);
        }
      } else {
        heap[0] = found;
        sink(0);
      }
    },
    sorted: () => heap.sort((a, b) => b.score - a.score || a.item - b.item),
  };
}

/**
 * Query vectors as scores want them: for `'class'` without the last number and of length 1, so that an inner product is
 * left to do.
 */
export function scoredQueries(vectors: readonly Float32Array[], score: CheckedSearch['score']): Float64Array {
  const dimension = vectors[0].length;
  const queries = new Float64Array(vectors.length * dimension);
  vectors.forEach((vector, i) => {
    const length = score === 'class' ? projectionLength(vector) : 1;
    for (let j = 0; j < dimension; j++) {
      queries[i * dimension + j] = vector[j] / length;
    }
    if (score === 'class') {
      queries[(i + 1) * dimension - 1] = 0;
    }
  });
  return queries;
}

/**
 * @param chosen the items that may be found, in catalogue order; `null` for all of a table in which every item has one
 *   vector, in the row of its place
 * @returns for `reduce: 'max'` one list, best first; for `'none'` the lists of all query vectors, one behind the other
 */
export function nearestItems(
  items: SearchedItems,
  chosen: Iterable<number> | null,
  vectors: readonly Float32Array[],
  { k, offset, threshold, reduce, score }: Omit<CheckedSearch, 'filter' | 'among' | 'exact'>,
): FoundItem[] {
  const { dimension } = items;
  const queryCount = vectors.length;
  const queries = scoredQueries(vectors, score);
  const most = Math.min(k + offset, items.count);
  const lists = Array.from({ length: reduce === 'max' ? 1 : queryCount }, () => bestList(most));
  const resident = items.open(queries, queryCount);
  let products = resident === null ? openProducts(queries, queryCount, dimension, blockRows) : null;
  let room = resident === null ? blockRows : residentBlock;
  /** items of the block, and where the rows of each begin in it */
  const [inBlock, firsts] = [new Int32Array(room), new Int32Array(room)];
  let count = 0;
  let filled = 0;
  /** of each list, what a score must exceed to enter it */
  const floors = new Float64Array(lists.length).fill(-Infinity);
  /** where the block begins in the table, of rows that lie there one after the other */
  let begun = 0;
  const isClass = score === 'class';

  function offer(list: number, found: FoundItem): void {
    if (found.score >= threshold && lists[list].takes(found.score)) {
      lists[list].offer(found);
      floors[list] = lists[list].floor();
    }
  }

  /** Of one vector an item, which is the rule, every score is the item's. */
  function offerSingles(values: Float32Array | Float64Array, width: number): void {
    for (let query = 0; query < queryCount; query++) {
      const list = reduce === 'none' ? query : 0;
      for (let i = 0; i < count; i++) {
        const score = isClass ? values[query * width + i] / items.lengthOf(inBlock[i], 0) : values[query * width + i];
        if (score > floors[list]) {
          offer(list, { item: inBlock[i], score, query, vector: 0 });
        }
      }
    }
  }

  function flush(): void {
    const { values, width } = resident?.multiply(begun, filled) ?? products!.multiply(filled);
    if (filled === count && (reduce === 'none' || queryCount === 1)) {
      offerSingles(values, width);
      [count, filled] = [0, 0];
      return;
    }
    for (let i = 0; i < count; i++) {
      const [item, first] = [inBlock[i], firsts[i]];
      const vectors = (i + 1 < count ? firsts[i + 1] : filled) - first;
      let best: FoundItem = { item, score: -Infinity, query: 0, vector: 0 };
      for (let query = 0; query < queryCount; query++) {
        for (let vector = 0; vector < vectors; vector++) {
          const value = values[query * width + first + vector];
          const score = isClass ? value / items.lengthOf(item, vector) : value;
          if (score > best.score) {
            best = { item, score, query, vector };
          }
        }
        if (reduce === 'none' || query === queryCount - 1) {
          offer(reduce === 'none' ? query : 0, best);
          best = { item, score: -Infinity, query: query + 1, vector: 0 };
        }
      }
    }
    [count, filled] = [0, 0];
  }

  /** The blocks of a table in which every item has the row of its place. */
  function plainBlocks(): void {
    for (let first = 0; first < items.count; first += room) {
      begun = first;
      count = Math.min(room, items.count - first);
      filled = count;
      for (let i = 0; i < count; i++) {
        [inBlock[i], firsts[i]] = [first + i, i];
      }
      flush();
    }
  }

  const isPlain = chosen === null && resident !== null;
  if (isPlain && most > 0) {
    plainBlocks();
  }
  for (const item of most === 0 || isPlain ? [] : (chosen ?? Array(items.count).keys())) {
    const vectors = items.vectorsOf(item);
    const row = items.rowOf(item);
    if (filled > 0 && (filled + vectors > room || (resident !== null && row !== begun + filled))) {
      flush();
    }
    begun = filled === 0 ? row : begun;
    if (vectors > room) {
      room = vectors;
      products = resident === null ? openProducts(queries, queryCount, dimension, room) : products;
    }
    [inBlock[count], firsts[count]] = [item, filled];
    count++;
    for (let vector = 0; products !== null && vector < vectors; vector++) {
      items.load(item, vector, products.rows, (filled + vector) * products.stride);
    }
    filled += vectors;
  }
  if (filled > 0) {
    flush();
  }
  return lists.flatMap((list) => list.sorted().slice(offset, offset + k));
}
