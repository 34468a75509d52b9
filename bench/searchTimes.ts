/** What a search costs beside the passes through the network, over catalogues of ten and a hundred thousand items. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrozenPass } from '../src/models/frozenPass.js';
import { readSearchImage } from '../src/node/images/searchImage.js';
import { openStore } from '../src/node/vectorStores/openStore.js';
import { normalDraws } from '../src/random.js';
import type { Catalogue, VectorStore } from '../src/search/index.js';
import { beginCatalogue, memoryStore, openCatalogue, sealCatalogue, searchImages } from '../src/search/index.js';
import type { Picture } from './searchData.js';
import { median } from './searchMeasures.js';

type Tell = (row: string, what: string, measured: number, least?: number, most?: number) => void;

/** Fills a store with items like those of a catalogue, each a little off. */
async function fill(store: VectorStore, { store: from, made, settings, description }: Catalogue, count: number) {
  await beginCatalogue(store, { ...description, settings, pca: made.pca });
  const rows: Float32Array[] = [];
  for await (const part of from.scan()) {
    rows.push(...part.map(({ vectors }) => vectors[0]));
  }
  const noise = normalDraws(4099 * description.dimension, 0.01, 1);
  for (let at = 0; at < count; at += 5000) {
    await store.upsert(
      Array.from({ length: Math.min(5000, count - at) }, (_, i) => {
        const shift = ((at + i) % 4099) * description.dimension;
        return { id: `${at + i}`, vectors: [rows[(at + i) % rows.length].map((value, k) => value + noise[shift + k])] };
      }),
    );
  }
  await store.optimize();
  await sealCatalogue(store);
}

/** Searches a few images, the network running, and tells the search's time over that of the passes. */
async function timed(
  store: VectorStore,
  pass: FrozenPass,
  queries: readonly Picture[],
  name: string,
  most: number | undefined,
  tell: Tell,
) {
  const catalogue = await openCatalogue(store);
  const took: { passes: number; search: number }[] = [];
  for (const { path } of queries) {
    took.push((await searchImages(catalogue, pass, { image: await readSearchImage(path) }, { gate: true })).took);
  }
  const [, ...measured] = took; // the first fills caches
  tell(name, 'milliseconds of the passes, median', median(measured.map(({ passes }) => passes)));
  tell(name, 'milliseconds of all the rest, median', median(measured.map(({ search }) => search)));
  tell(
    name,
    'the rest over the passes, median',
    median(measured.map(({ passes, search }) => search / passes)),
    undefined,
    most,
  );
}

export async function timeRows(
  pass: FrozenPass,
  catalogue: Catalogue,
  pictures: readonly Picture[],
  tell: Tell,
  server?: string,
): Promise<void> {
  const queries = pictures.filter((_, i) => i % 19 === 0).slice(0, 21);
  for (const [count, most] of [
    [10_000, 0.5],
    [100_000, 1],
  ] as const) {
    const memory = memoryStore(catalogue.description);
    await fill(memory, catalogue, count);
    await timed(memory, pass, queries, `a default query over ${count} items, memory`, most, tell);
    await memory.close();
    const folder = await mkdtemp(join(tmpdir(), 'weldon-bench-'));
    const lance = await openStore(folder, { create: catalogue.description });
    try {
      await fill(lance, catalogue, count);
      await timed(lance, pass, queries, `a default query over ${count} items, LanceDB`, most, tell);
    } finally {
      await lance.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (server !== undefined) {
    const place = `${server}?catalogue=bench_search_${process.pid}`;
    const store = await openStore(place, { create: catalogue.description });
    try {
      await fill(store, catalogue, 10_000);
      await timed(store, pass, queries, 'a default query over 10000 items, pgvector', undefined, tell);
    } finally {
      await store.close();
    }
  }
}
