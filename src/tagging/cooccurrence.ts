import { UndirectedGraph } from 'graphology';
import louvainModule from 'graphology-communities-louvain';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import { mixSeeds, randomBits } from '../random.js';
import type { SparseRows } from './factorization/sparseRows.js';
import { modularityOf, npmi, pairCounts } from './statistics.js';

// The package is CommonJS, and its types are written as for a module.
const louvain = louvainModule as unknown as typeof louvainModule.default;

export interface CooccurrenceOptions {
  /** Images in which two tags must meet to be joined, >= 1. Default 1. */
  least?: number;
  /** Above 1 more and smaller communities, below 1 fewer; > 0. Default 1. */
  resolution?: number;
  /** Decides the order in which Louvain moves tags. Default 0. */
  seed?: number;
}

/** Two tags that stand together in images. */
export interface TagPair {
  a: string;
  b: string;
  images: number;
  npmi: number;
}

export interface Cooccurrence {
  images: number;
  tags: { tag: string; images: number; community: number }[];
  /** by images, the most first */
  pairs: TagPair[];
  /** tags of each community, the tag of most images first; communities by their images likewise */
  communities: string[][];
  /** of the division into communities, all counts taken */
  modularity: number;
}

/**
 * The graph of tags that stand together in images, and its communities (Louvain: Blondel et al. 2008). The same tags and
 * seed give the same graph.
 *
 * @param matrix `[images, tags]` as `sparseRows` gives it; every number above 0 is a tag of that image
 * @param names of the tags, no two alike
 * @throws WeldonError for names that do not belong to the matrix and for options out of range
 *
 * @example
 * const { pairs, communities } = cooccurrence(sparseRows(weights, tags.length), tags);
 */
export function cooccurrence(
  matrix: SparseRows,
  names: readonly string[],
  options: CooccurrenceOptions = {},
): Cooccurrence {
  checkKeys(options, 'least resolution seed', 'cooccurrence');
  const { least = 1, resolution = 1, seed = 0 } = options;
  if (!Number.isInteger(least) || least < 1) {
    throw expected('least for cooccurrence', 'a whole number >= 1', least);
  }
  if (!(resolution > 0 && resolution < Infinity)) {
    throw expected('resolution for cooccurrence', 'a finite number > 0', resolution);
  }
  if (names.length !== matrix.columns || new Set(names).size !== names.length) {
    throw expectedInWords(
      'the names for cooccurrence',
      `${matrix.columns}, no two alike`,
      `${names.length}, ${new Set(names).size} of them different`,
    );
  }
  const counts = pairCounts(matrix);
  const n = names.length;
  const graph = new UndirectedGraph();
  const pairs: TagPair[] = [];
  for (let i = 0; i < n; i++) {
    graph.addNode(String(i));
  }
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const images = counts[i * n + j];
      if (images >= least) {
        graph.addEdge(String(i), String(j), { weight: images });
        const value = npmi(images, counts[i * n + i], counts[j * n + j], matrix.rows) as number;
        pairs.push({ a: names[i], b: names[j], images, npmi: value });
      }
    }
  }
  const draw = randomBits(mixSeeds(seed));
  const rng = () => draw() / 2 ** 32;
  const found = graph.size === 0 ? null : louvain(graph, { getEdgeWeight: 'weight', resolution, rng });
  const raw = names.map((_, i) => (found === null ? i : found[String(i)]));
  const imagesOf = (i: number) => counts[i * n + i];
  const groups = new Map<number, number[]>();
  raw.forEach((community, i) => groups.set(community, [...(groups.get(community) ?? []), i]));
  const weight = (members: readonly number[]) => members.reduce((sum, i) => sum + imagesOf(i), 0);
  const ordered = [...groups.values()]
    .map((members) => members.sort((a, b) => imagesOf(b) - imagesOf(a) || a - b))
    .sort((a, b) => weight(b) - weight(a) || a[0] - b[0]);
  const numbers = new Int32Array(n);
  ordered.forEach((members, community) => members.forEach((i) => (numbers[i] = community)));
  return {
    images: matrix.rows,
    tags: names.map((tag, i) => ({ tag, images: imagesOf(i), community: numbers[i] })),
    pairs: pairs.sort((a, b) => b.images - a.images || (a.a < b.a ? -1 : 1)),
    communities: ordered.map((members) => members.map((i) => names[i])),
    modularity: modularityOf(counts, numbers),
  };
}
