/** What every store of vectors does, whatever holds them; and what all of them refuse in the same words. */
import { checkKeys, expected, expectedInWords, WeldonError } from '../errors.js';
import { checkFilter, checkMeta, isKeepable } from './metaFilter.js';
import type { Meta, MetaFilter } from './metaFilter.js';

/**
 * What made the vectors of a store. Those made otherwise lie in another space: their scores would be numbers without a
 * meaning, so they are refused.
 */
export interface StoreDescription {
  /** name or hash of the network and its weights */
  model: string;
  /** side in pixels that images were embedded at */
  size: number;
  /** how features became one vector: `'gap'`, `'gem'`, `'rmac'` … with its parameters */
  pooling: string;
  /** hash of the mean and the directions, or `'none'` */
  pca: string;
  /** `FrozenPass.name`: engines differ in the last bits */
  engine: string;
  /** of the way from an image to its vector; a change of it makes older vectors useless */
  version: number;
  /** numbers in a vector: the projection and one more, for example 257 */
  dimension: number;
}

/** One item of a catalogue. */
export interface StoreRow {
  /** not empty; unique in the store */
  id: string;
  /**
   * One or more: the whole image, then crops. Each has `dimension` numbers: `z = Vᵀ(x − m)`, not brought to unit length,
   * then `a = m·x`.
   */
  vectors: readonly Float32Array[];
  /** Default none. */
  meta?: Meta;
}

/** An item without its vectors. */
export type ListedItem = Pick<Required<StoreRow>, 'id' | 'meta'>;

/** A found item. */
export interface StoreHit {
  id: string;
  /** the best of its vectors with the best of the query's */
  score: number;
  /** which query vector that was */
  query: number;
  /** which vector of the item */
  vector: number;
  meta: Meta;
}

/**
 * `'window'`: the inner product of all numbers; with `(z, 1)` for the query, what is missing of the raw cosine,
 * `a_q − |m|²`, is the same for every item, and added by the caller. `'class'`: the cosine of all numbers but the last.
 */
export type StoreScore = 'window' | 'class';

/** How a store is searched. */
export interface StoreSearchOptions {
  /** items wanted, >= 1; a store that has fewer gives all. Default 10 */
  k?: number;
  /** items passed over at the beginning, >= 0. Default 0 */
  offset?: number;
  /** the lowest score that counts. Default: none */
  threshold?: number;
  /** what the metadata must be; see {@link MetaFilter}. Default: anything */
  filter?: MetaFilter;
  /** Only these items; those not in the store are passed over. Such a search is always exact. Default: all */
  among?: readonly string[];
  /**
   * `'max'`: one list, an item counts by its best score over all query vectors. `'none'`: the `k` best of every query
   * vector by itself, one list behind the other. Default `'max'`
   */
  reduce?: 'max' | 'none';
  /** Default `'class'` */
  score?: StoreScore;
  /** `true` compares with every vector, whatever index there is. Default false */
  exact?: boolean;
}

/** What a store says of itself. */
export interface StoreInfo {
  kind: 'memory' | 'lancedb' | 'pgvector';
  /** where it is, without a password; `'memory'` for the one in memory */
  location: string;
  description: StoreDescription;
  /** items */
  count: number;
  /** vectors of all items */
  vectors: number;
  /** fields of the metadata that may be filtered by: all that were ever stored, sorted */
  fields: readonly string[];
  storage: VectorStorage;
  /** Whether searches compare with every vector even if not asked to. */
  exact: boolean;
  /** rises with every change, whoever made it */
  revision: number;
}

/** How numbers are kept; scores are computed from what was kept. `'int8'` has one scale per vector. */
export type VectorStorage = 'float32' | 'float16' | 'int8';

/**
 * A store of vectors by item: in memory, in a folder, in a database. Items equal in score come in catalogue order, that of
 * their first `upsert`.
 *
 * Every method throws a WeldonError for what it refuses, and for a store that cannot be reached.
 */
export interface VectorStore {
  /** Adds items, or replaces those whose id is there: each call is stored whole or not at all. */
  upsert(rows: readonly StoreRow[]): Promise<void>;
  /** @returns how many of them were there */
  delete(ids: readonly string[]): Promise<number>;
  /** One for each id, in this order; null for an unknown one. */
  get(ids: readonly string[]): Promise<(Required<StoreRow> | null)[]>;
  /** All items in catalogue order, some at a time. */
  scan(): AsyncIterable<Required<StoreRow>[]>;
  /** The same without their vectors, which are not read then. */
  list(): AsyncIterable<ListedItem[]>;
  /** @param vectors one or more, each with `dimension` numbers */
  search(vectors: readonly Float32Array[], options?: StoreSearchOptions): Promise<StoreHit[]>;
  count(filter?: MetaFilter): Promise<number>;
  info(): Promise<StoreInfo>;
  /** Keeps what belongs to the vectors (mean and directions of the PCA, centroids …) under a name; null takes it away. */
  keep(name: string, bytes: Uint8Array | null): Promise<void>;
  /** What was kept under a name, or null. */
  kept(name: string): Promise<Uint8Array | null>;
  /** Puts in order what many writes have left, and makes the index of a store that has one; after a bake. */
  optimize(): Promise<void>;
  close(): Promise<void>;
}

const words: readonly (readonly [keyof StoreDescription, string])[] = [
  ['version', 'version'],
  ['model', 'model'],
  ['size', 'size'],
  ['pooling', 'pooling'],
  ['pca', 'PCA'],
  ['engine', 'engine'],
  ['dimension', 'dimension'],
];

/** @throws WeldonError for a description with a part that is missing or is not what it should be */
export function checkDescription(description: StoreDescription, owner: string): void {
  checkKeys(description, words.map(([name]) => name).join(' '), `the description of ${owner}`);
  for (const [name] of words) {
    const value = description[name];
    const isNumber = name === 'size' || name === 'version' || name === 'dimension';
    const least = name === 'dimension' ? 2 : 1;
    if (
      isNumber ? !(Number.isInteger(value) && (value as number) >= least) : typeof value !== 'string' || value === ''
    ) {
      const rule = isNumber ? `a whole number >= ${least}` : 'a text';
      throw expected(`${name} in the description of ${owner}`, rule, value);
    }
  }
}

/**
 * Compares what made the stored vectors with what makes those of a query.
 *
 * @param wanted only the parts given are compared: without `engine`, any engine will do
 * @throws WeldonError naming the part that differs
 */
export function checkMadeAlike(stored: StoreDescription, wanted: Partial<StoreDescription>, owner: string): void {
  checkKeys(wanted, words.map(([name]) => name).join(' '), `the description of ${owner}`);
  for (const [name, word] of words) {
    if (wanted[name] !== undefined && wanted[name] !== stored[name]) {
      throw new WeldonError(
        `Expected vectors for ${owner} to be made as those in it, with ${word} ${JSON.stringify(stored[name])}, ` +
          `but received ${JSON.stringify(wanted[name])}: search it with what made it, or bake it anew`,
      );
    }
  }
}

/** The length of the part that the class score compares. */
export function projectionLength(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length - 1; i++) {
    sum += vector[i] * vector[i];
  }
  return Math.sqrt(sum);
}

/** @throws WeldonError for a vector of another length, with a number that is not finite, or of zeros alone */
export function checkVector(vector: Float32Array, dimension: number, what: string): void {
  if (!(vector instanceof Float32Array)) {
    throw expected(what, `a Float32Array of ${dimension} numbers`, vector);
  }
  if (vector.length !== dimension) {
    throw expectedInWords(what, `of ${dimension} numbers, as those in the store are`, `${vector.length} numbers`);
  }
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw expectedInWords(what, 'of finite numbers', `${vector[bad]} at ${bad}`);
  }
  const length = projectionLength(vector);
  if (!(length > 0) || !Number.isFinite(Math.fround(length * length))) {
    const received = length > 0 ? 'numbers too large for float32' : 'one whose projection is zero';
    throw expectedInWords(what, 'a vector with a direction', received);
  }
}

/** @throws WeldonError for rows that no store takes; nothing of them is stored then */
export function checkRows(rows: readonly StoreRow[], dimension: number, owner: string): void {
  if (!Array.isArray(rows)) {
    throw expected(`rows for ${owner}`, 'a list', rows);
  }
  const seen = new Set<string>();
  for (const row of rows) {
    checkKeys(row, 'id vectors meta', `a row for ${owner}`);
    checkIds([row.id], owner);
    if (seen.has(row.id)) {
      throw expected(`ids of rows for ${owner}`, 'given once each', row.id);
    }
    seen.add(row.id);
    if (!Array.isArray(row.vectors) || row.vectors.length === 0) {
      throw expected(`vectors of item ${row.id} for ${owner}`, 'one Float32Array or more', row.vectors);
    }
    row.vectors.forEach((vector: Float32Array, i: number) =>
      checkVector(vector, dimension, `vector ${i} of item ${row.id} for ${owner}`),
    );
    checkMeta(row.meta ?? {}, `item ${row.id} for ${owner}`);
  }
}

/** @throws WeldonError for what is no id: an empty text, one with a NUL (which PostgreSQL cannot keep) */
export function checkIds(ids: readonly string[], owner: string): void {
  if (!Array.isArray(ids)) {
    throw expected(`ids for ${owner}`, 'a list of texts', ids);
  }
  for (const id of ids as unknown[]) {
    if (id === '' || !isKeepable(id)) {
      throw expected(`ids for ${owner}`, 'texts that are not empty, without a NUL', id);
    }
  }
}

/** The options of a search with their defaults. */
export interface CheckedSearch {
  k: number;
  offset: number;
  threshold: number;
  filter: MetaFilter;
  among: readonly string[] | null;
  reduce: 'max' | 'none';
  score: StoreScore;
  exact: boolean;
}

/**
 * @param fields that a filter may name
 * @throws WeldonError for vectors and options that no store takes
 */
export function checkSearch(
  vectors: readonly Float32Array[],
  options: StoreSearchOptions,
  { dimension, fields, owner }: { dimension: number; fields: readonly string[]; owner: string },
): CheckedSearch {
  if (!Array.isArray(vectors) || vectors.length === 0) {
    throw expected(`query vectors for ${owner}`, 'a list of one or more', vectors);
  }
  vectors.forEach((vector: Float32Array, i: number) =>
    checkVector(vector, dimension, `query vector ${i} for ${owner}`),
  );
  checkKeys(options, 'k offset threshold filter among reduce score exact', `a search of ${owner}`);
  const { k = 10, offset = 0, threshold = -Infinity, filter = {}, among = null } = options;
  const { reduce = 'max', score = 'class', exact = false } = options;
  if (!Number.isInteger(k) || k < 1) {
    throw expected(`k for a search of ${owner}`, 'a whole number >= 1', k);
  }
  if (!Number.isInteger(offset) || offset < 0) {
    throw expected(`offset for a search of ${owner}`, 'a whole number >= 0', offset);
  }
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
    throw expected(`threshold for a search of ${owner}`, 'a number', threshold);
  }
  if (reduce !== 'max' && reduce !== 'none') {
    throw expected(`reduce for a search of ${owner}`, '"max" or "none"', reduce);
  }
  if (score !== 'window' && score !== 'class') {
    throw expected(`score for a search of ${owner}`, '"window" or "class"', score);
  }
  if (typeof exact !== 'boolean') {
    throw expected(`exact for a search of ${owner}`, 'true or false', exact);
  }
  if (among !== null) {
    checkIds(among, `a search of ${owner}`);
  }
  checkFilter(filter, fields, owner);
  return { k, offset, threshold, filter, among, reduce, score, exact };
}
