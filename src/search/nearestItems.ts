/** The best items for query vectors, by comparison with every vector: the search of `memoryStore`, and what others are measured by. */
import { projectionLength } from './vectorStore.js';
import type { CheckedSearch } from './vectorStore.js';
import { openProducts } from './fastProducts.js';

/** Items as a search sees them, in catalogue order. */
export interface SearchedItems {
  readonly count: number;
  readonly dimension: number;
  /** How many vectors an item has. */
  vectorsOf(item: number): number;
  /** The numbers of one of them. */
  load(item: number, vector: number, into: Float32Array, at: number): void;
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
 * @param chosen the items that may be found, in catalogue order
 * @returns for `reduce: 'max'` one list, best first; for `'none'` the lists of all query vectors, one behind the other
 */
export function nearestItems(
  items: SearchedItems,
  chosen: Iterable<number>,
  vectors: readonly Float32Array[],
  { k, offset, threshold, reduce, score }: Omit<CheckedSearch, 'filter' | 'among' | 'exact'>,
): FoundItem[] {
  const { dimension } = items;
  const queryCount = vectors.length;
  const queries = scoredQueries(vectors, score);
  const most = Math.min(k + offset, items.count);
  const lists = Array.from({ length: reduce === 'max' ? 1 : queryCount }, () => bestList(most));
  let products = openProducts(queries, queryCount, dimension, blockRows);
  let room = blockRows;
  let block: { item: number; first: number; vectors: number }[] = [];
  let filled = 0;
  const isClass = score === 'class';

  function flush(): void {
    const { values, width } = products.multiply(filled);
    for (const { item, first, vectors: count } of block) {
      let [most, bestQuery, bestVector] = [-Infinity, 0, 0];
      for (let vector = 0; vector < count; vector++) {
        const scale = isClass ? 1 / items.lengthOf(item, vector) : 1;
        // One vector an item, which is the rule, is offered as it is.
        for (let query = 0, at = first + vector; query < queryCount; query++, at += width) {
          const value = values[at] * scale;
          if (reduce === 'none' && count === 1) {
            if (value >= threshold && lists[query].takes(value)) {
              lists[query].offer({ item, score: value, query, vector });
            }
          } else if (reduce === 'none') {
            values[at] = value;
          } else if (value > most || (value === most && query < bestQuery)) {
            [most, bestQuery, bestVector] = [value, query, vector];
          }
        }
      }
      if (reduce === 'max') {
        offer(0, { item, score: most, query: bestQuery, vector: bestVector });
      } else if (count > 1) {
        for (let query = 0; query < queryCount; query++) {
          const at = query * width + first;
          let best = 0;
          for (let vector = 1; vector < count; vector++) {
            best = values[at + vector] > values[at + best] ? vector : best;
          }
          offer(query, { item, score: values[at + best], query, vector: best });
        }
      }
    }
    block = [];
    filled = 0;
  }

  function offer(list: number, found: FoundItem): void {
    if (found.score >= threshold && lists[list].takes(found.score)) {
      lists[list].offer(found);
    }
  }

  for (const item of most > 0 ? chosen : []) {
    const count = items.vectorsOf(item);
    if (filled > 0 && filled + count > room) {
      flush();
    }
    if (count > room) {
      room = count;
      products = openProducts(queries, queryCount, dimension, room);
    }
    block.push({ item, first: filled, vectors: count });
    for (let vector = 0; vector < count; vector++) {
      items.load(item, vector, products.rows, (filled + vector) * products.stride);
    }
    filled += count;
  }
  flush();
  return lists.flatMap((list) => list.sorted().slice(offset, offset + k));
}
