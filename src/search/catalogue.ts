/** A store of vectors with all that a search of it needs, and how a filled store becomes one. */
import { checkKeys, expectedInWords } from '../errors.js';
import { encodeSafetensors, safetensors } from '../formats/safetensors.js';
import { quantile } from '../metrics/bootstrap.js';
import { mixSeeds, randomBits } from '../random.js';
import { descriptorOf } from './descriptors.js';
import type { Descriptor, DescriptorChoice } from './descriptors.js';
import { kMeans } from './kMeans.js';
import { pcaBytes, hashOfPca, projector, readPca } from './pca.js';
import type { Pca, Projector } from './pca.js';
import type { StoreDescription, VectorStore } from './vectorStore.js';
import { checkMadeAlike } from './vectorStore.js';

/** Version of the way from an image to its row. */
export const rowVersion = 1;

/** What was decided when a catalogue was baked. */
export interface CatalogueSettings {
  pooling: DescriptorChoice;
  /** parts of every image that have a vector of their own beside the whole image's */
  crops: number;
}

/** What follows from all rows of a catalogue. */
export interface CatalogueFacts {
  /** items when it was computed */
  count: number;
  /** the window score that 98 % of the items reach with another one; 1 where there are fewer than two */
  threshold: number;
}

/** A catalogue that can be searched. */
export interface Catalogue {
  store: VectorStore;
  description: StoreDescription;
  settings: CatalogueSettings;
  facts: CatalogueFacts;
  /** whether its bake came to its end */
  finished: boolean;
  made: Projector;
  descriptor: Descriptor;
  /** vectors that stand for all rows */
  centroids: readonly Float32Array[];
  /** what was learnt of likes and unlikes; `null` for Euclid's metric */
  metric: KeptMetric | null;
}

/** A metric that was learnt. */
export interface KeptMetric {
  /** one factor a direction */
  weights: Float32Array;
  /** that it was learnt of */
  searches: number;
}

/** Names under which a store keeps what belongs to the vectors. */
const keptPca = 'pca';
const keptSettingsName = 'settings';
const keptFacts = 'facts';
const keptCentroids = 'centroids';
const keptMetricName = 'metric';

/** Centroids, and the rows that they are sought among. */
const centroidCount = 64;
const centroidSample = 2000;

/** Items whose best other item is sought, for the threshold, and the share of them that it leaves out. */
const thresholdSample = 1000;
const leftOut = 0.02;

/** Changes of this share of the items leave facts and centroids as they were. */
const harmlessChange = 0.1;

const toBytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const fromBytes = <T>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T;

/** What a catalogue's rows will be described by. */
export interface NewCatalogue {
  /** name or hash of the network and its weights */
  model: string;
  /** `FrozenPass.name` */
  engine: string;
  /** side in pixels that images are embedded at */
  size: number;
  settings: CatalogueSettings;
  pca: Pca;
}

/** The description of a store for vectors made so. */
export async function describeCatalogue({
  model,
  engine,
  size,
  settings,
  pca,
}: NewCatalogue): Promise<StoreDescription> {
  return {
    model,
    size,
    engine,
    pooling: descriptorOf(settings.pooling, 'a catalogue').name,
    pca: await hashOfPca(pcaBytes(pca)),
    version: rowVersion,
    dimension: pca.dimensions + 1,
  };
}

/** Keeps beside the vectors what they were made with, before the first of them is stored. */
export async function beginCatalogue(store: VectorStore, { settings, pca }: NewCatalogue): Promise<void> {
  await store.keep(keptPca, pcaBytes(pca));
  await store.keep(keptSettingsName, toBytes(settings));
}

/** Up to `most` of many things that come one after another, each with the same chance, for a seed (Vitter 1985). */
function reservoir<T>(most: number, seed: number) {
  const draw = randomBits(mixSeeds(seed));
  const held: T[] = [];
  let seen = 0;
  return {
    held,
    offer(thing: T) {
      seen++;
      if (held.length < most) {
        held.push(thing);
      } else {
        const at = Math.floor((draw() / 2 ** 32) * seen);
        if (at < most) {
          held[at] = thing;
        }
      }
    },
  };
}

/** The query side of a stored row: its last number meets `a` of the others, and a learnt metric weighs the rest. */
export function queryVector(row: Float32Array, metric: KeptMetric | null = null): Float32Array {
  const query = row.map((value, i) => value * (metric?.weights[i] ?? 1));
  query[query.length - 1] = 1;
  return query;
}

/** What a window score lacks beside the inner product: `a_q − |m|²`, the same for every item. */
export function queryOffset({ ofMean }: Projector, row: Float32Array): number {
  return row[row.length - 1] - ofMean[ofMean.length - 1];
}

/** Each item's best window score with another one. */
async function leaveOneOut(
  store: VectorStore,
  made: Projector,
  sample: readonly { id: string; row: Float32Array }[],
): Promise<number[]> {
  const best: number[] = [];
  for (let at = 0; at < sample.length; at += 64) {
    const part = sample.slice(at, at + 64);
    const hits = await store.search(
      part.map(({ row }) => queryVector(row)),
      { k: 2, reduce: 'none', score: 'window', exact: true },
    );
    const others = part.map(() => -Infinity);
    for (const { id, score, query } of hits) {
      if (id !== part[query].id) {
        others[query] = Math.max(others[query], score + queryOffset(made, part[query].row));
      }
    }
    best.push(...others.filter(Number.isFinite));
  }
  return best;
}

/** The facts and the centroids of all rows. */
async function survey(store: VectorStore, made: Projector, seed: number) {
  const wholes = reservoir<{ id: string; row: Float32Array }>(thresholdSample, seed);
  const rows = reservoir<Float32Array>(centroidSample, seed + 1);
  let count = 0;
  for await (const part of store.scan()) {
    for (const { id, vectors } of part) {
      count++;
      wholes.offer({ id, row: vectors[0] });
      vectors.forEach(rows.offer);
    }
  }
  const scores = await leaveOneOut(store, made, wholes.held);
  const facts: CatalogueFacts = {
    count,
    threshold:
      scores.length === 0
        ? 1
        : quantile(
            [...scores].sort((a, b) => a - b),
            leftOut,
          ),
  };
  return { facts, centroids: kMeans(rows.held, centroidCount, { seed }) };
}

/**
 * Ends a bake: computes from all rows what a search of them needs, the threshold of "nothing similar" (the 2nd percentile
 * of what items score with the nearest other one) and centroids. A store that few items have changed in keeps what it has.
 *
 * @throws WeldonError for a store that {@link beginCatalogue} was not called on
 */
export async function sealCatalogue(
  store: VectorStore,
  options: { anew?: boolean; seed?: number } = {},
): Promise<void> {
  checkKeys(options, 'anew seed', 'sealCatalogue');
  const { anew = false, seed = 0 } = options;
  const pca = await store.kept(keptPca);
  if (pca === null) {
    throw expectedInWords('a catalogue', 'one that was begun', 'a store without a PCA');
  }
  const { count } = await store.info();
  const before = await store.kept(keptFacts);
  if (before !== null && !anew) {
    const known = fromBytes<CatalogueFacts>(before).count;
    if (known > 0 && Math.abs(count - known) <= harmlessChange * known) {
      return;
    }
  }
  const { facts, centroids } = await survey(store, projector(await readPca(pca)), seed);
  if (centroids.length > 0) {
    const width = centroids[0].length;
    const values = new Float32Array(centroids.length * width);
    centroids.forEach((centroid, i) => values.set(centroid, i * width));
    const tensors = [{ name: 'centroids', shape: [centroids.length, width], values }];
    await store.keep(keptCentroids, encodeSafetensors(tensors, {}));
  }
  await store.keep(keptFacts, toBytes(facts));
}

/**
 * Keeps what was learnt with the vectors: later searches go by it; null takes it back.
 *
 * @returns whether something else was kept before
 */
export async function keepMetric(store: VectorStore, metric: KeptMetric | null): Promise<boolean> {
  const before = await store.kept(keptMetricName);
  const bytes = metric && toBytes({ weights: Array.from(metric.weights), searches: metric.searches });
  await store.keep(keptMetricName, bytes);
  return before !== null;
}

/** @throws WeldonError for one of another catalogue */
function readMetric(bytes: Uint8Array | null, dimension: number): KeptMetric | null {
  if (bytes === null) {
    return null;
  }
  const { weights, searches } = fromBytes<{ weights: number[]; searches: number }>(bytes);
  if (weights.length !== dimension - 1 || !weights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    throw expectedInWords(
      'the learnt metric of the catalogue',
      `${dimension - 1} factors >= 0`,
      `${weights.length} others: take it back with weldon search --forget`,
    );
  }
  return { weights: Float32Array.from(weights), searches };
}

async function readCentroids(bytes: Uint8Array | null, width: number): Promise<Float32Array[]> {
  if (bytes === null) {
    return [];
  }
  const values = await (await safetensors(bytes)).read('centroids');
  return Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));
}

/** How a store's vectors were made, `null` for a store that was not begun. */
export async function keptSettings(store: VectorStore): Promise<CatalogueSettings | null> {
  const bytes = await store.kept(keptSettingsName);
  return bytes === null ? null : fromBytes<CatalogueSettings>(bytes);
}

/** The PCA that a store keeps, `null` for none. */
export async function keptProjector(store: VectorStore): Promise<Projector | null> {
  const bytes = await store.kept(keptPca);
  return bytes === null ? null : projector(await readPca(bytes));
}

/**
 * Opens a store for searches. One whose bake was stopped can be searched, too: what a whole bake keeps is then computed
 * from the rows that are there.
 *
 * @param made what makes the query's vectors, as far as known; a catalogue made otherwise is refused
 * @throws WeldonError for a store that is no catalogue, or was made otherwise
 *
 * @example
 * const catalogue = await openCatalogue(store, { model: hash });
 * const { hits } = await searchImages(catalogue, pass, { image });
 */
export async function openCatalogue(store: VectorStore, made: Partial<StoreDescription> = {}): Promise<Catalogue> {
  const { description } = await store.info();
  checkMadeAlike(description, { version: rowVersion, ...made }, 'the catalogue');
  const [pca, settings, facts, centroids, metric] = await Promise.all(
    [keptPca, keptSettingsName, keptFacts, keptCentroids, keptMetricName].map((name) => store.kept(name)),
  );
  if (pca === null || settings === null) {
    throw expectedInWords('the store', 'a catalogue of images', 'one without a PCA: bake it with weldon index');
  }
  const known = await readPca(pca);
  if (known.dimensions + 1 !== description.dimension || (await hashOfPca(pca)) !== description.pca) {
    throw expectedInWords('the PCA of the catalogue', 'the one that made its vectors', 'another');
  }
  const decided = fromBytes<CatalogueSettings>(settings);
  const projection = projector(known);
  const surveyed =
    facts === null
      ? await survey(store, projection, 0)
      : { facts: fromBytes<CatalogueFacts>(facts), centroids: await readCentroids(centroids, description.dimension) };
  return {
    store,
    description,
    settings: decided,
    ...surveyed,
    metric: readMetric(metric, description.dimension),
    finished: facts !== null,
    made: projection,
    descriptor: descriptorOf(decided.pooling, 'the catalogue'),
  };
}
