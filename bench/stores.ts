/**
 * Stores of vectors beside one another, in one run: 10 000 seeded vectors of 257 numbers in clusters, one query vector and
 * the 71 windows of a query; how many of the ten best are found. Times are medians, as shares of `memory`.
 *
 *   npm run bench:stores -- [--items 10000] [--server postgres://…] [--json FILE]
 *
 * PostgreSQL is measured where --server names one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../src/node/vectorStores/openStore.js';
import { memoryStore } from '../src/search/memoryStore.js';
import type { VectorStore } from '../src/search/vectorStore.js';
import { clusteredVectors, describedAs, recallAt10 } from '../test/src/search/storeSuite.js';

const { values: options } = parseArgs({
  options: { items: { type: 'string', default: '10000' }, server: { type: 'string' }, json: { type: 'string' } },
});
const items = Number(options.items);
const folder = mkdtempSync(join(tmpdir(), 'weldon-bench-stores-'));
const description = describedAs(257);
const rows = clusteredVectors(items, 257, 100, 1).map((vector, i) => ({
  id: `${i}`,
  vectors: [vector],
  meta: { part: i % 20 },
}));
const windows = clusteredVectors(71, 257, 100, 7);

const stores: [name: string, open: () => Promise<VectorStore>][] = [
  ['memory', async () => memoryStore(description)],
  ['memory, float16', async () => memoryStore(description, { storage: 'float16' })],
  ['memory, int8', async () => memoryStore(description, { storage: 'int8' })],
  ['LanceDB, read into memory', () => openStore(join(folder, 'a'), { create: description, inMemory: Infinity })],
  ['LanceDB, its index', () => openStore(join(folder, 'b'), { create: description, inMemory: 0 })],
];
if (options.server !== undefined) {
  const catalogue = `bench_${Date.now()}`;
  stores.push(['pgvector', () => openStore(`${options.server}?catalogue=${catalogue}`, { create: description })]);
}

async function median(run: () => Promise<unknown>, times = 7): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    await run();
    taken.push(performance.now() - begun);
  }
  return taken.sort((a, b) => a - b)[Math.floor(times / 2)];
}

const results: Record<string, Record<string, number>> = {};
for (const [name, open] of stores) {
  const store = await open();
  const begun = performance.now();
  for (let at = 0; at < rows.length; at += 500) {
    await store.upsert(rows.slice(at, at + 500));
  }
  const filled = performance.now();
  await store.optimize();
  const optimized = performance.now();
  const query = [rows[17].vectors[0]];
  results[name] = {
    fillMs: filled - begun,
    optimizeMs: optimized - filled,
    oneMs: await median(() => store.search(query)),
    windowsMs: await median(() => store.search(windows, { k: 1, reduce: 'none', score: 'window' })),
    filteredMs: await median(() => store.search(query, { filter: { part: 3 } })),
    recallClass: (await recallAt10(store, rows, { score: 'class' })).recall,
    recallWindow: (await recallAt10(store, rows, { score: 'window' })).recall,
    recallFiltered: (await recallAt10(store, rows, { filter: { part: 3 } })).recall,
  };
  console.log(name, results[name]);
  await store.close();
}
const { memory } = results;
for (const measured of Object.values(results)) {
  measured.oneOfMemory = measured.oneMs / memory.oneMs;
  measured.windowsOfMemory = measured.windowsMs / memory.windowsMs;
}
if (options.json !== undefined) {
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  writeFileSync(options.json, `${JSON.stringify({ items, ...machine, results }, null, 1)}\n`);
}
rmSync(folder, { recursive: true, force: true });
