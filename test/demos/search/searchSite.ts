/** The search page with its collection, made once for all that look at it. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { buildCollection } from '../../../demos/search/buildCollection.js';
import { makeObjects } from '../../../demos/search/makeObjects.js';
import { startRuntime } from '../../../src/index.node.js';
import { collectionFiles, readCollection } from '../../../src/search/index.js';
import type { Site } from '../heatmap/site.js';
import { openSite } from '../heatmap/site.js';

const cache = fileURLToPath(new URL('../../../.cache/search/test', import.meta.url));

/** The objects' collection with three samples, in the checkout's cache. */
export async function objectsCollection(): Promise<string> {
  const [objects, collection] = [join(cache, 'objects'), join(cache, 'collection')];
  if (!existsSync(join(collection, 'samples.json'))) {
    const { engine } = await startRuntime({});
    await makeObjects(objects, { queries: 8 });
    await buildCollection({
      ...{ data: objects, index: join(objects, 'index'), out: collection, name: 'Objects', engine },
      samples: ['003.jpg', '000.jpg', '001.jpg'],
    });
  }
  return collection;
}

export const queryFile = (number: string) => join(cache, 'objects/queries', `${number}.jpg`);

/** The same with so many items: those that are there, again under other names. */
export async function grownCollection(count: number): Promise<string> {
  const [from, out] = [await objectsCollection(), join(cache, `collection-${count}`)];
  const { facts, store, sheets } = await readCollection(async (name) => readFileSync(join(from, name)));
  const rows = [];
  for await (const part of store.scan()) {
    rows.push(...part);
  }
  const wanted = Math.ceil(count / facts.thumbnails.perSheet) * facts.thumbnails.perSheet;
  const full = sheets.slice(0, Math.floor(facts.count / facts.thumbnails.perSheet));
  const tiles = Array.from({ length: wanted / facts.thumbnails.perSheet }, (_, i) =>
    i < sheets.length ? sheets[i] : full[i % full.length],
  );
  for (let i = facts.count; i < count; i++) {
    const { vectors, meta } = rows[i % rows.length];
    await store.upsert([
      { id: `again/${i}.jpg`, vectors: vectors.map((row) => row.map((value) => 0.98 * value)), meta },
    ]);
    facts.places.push(facts.places[2 * (i % rows.length)], facts.places[2 * (i % rows.length) + 1]);
  }
  facts.count = count;
  facts.thumbnails.sheets = tiles.map((_, i) => `thumbnails-${i}.webp`);
  mkdirSync(out, { recursive: true });
  cpSync(join(from, 'samples'), join(out, 'samples'), { recursive: true });
  cpSync(join(from, 'samples.json'), join(out, 'samples.json'));
  collectionFiles({ facts, store, sheets: tiles }).forEach(({ name, bytes }) => writeFileSync(join(out, name), bytes));
  return out;
}

export async function openSearchSite(collection: string): Promise<Site> {
  process.env.SEARCH_COLLECTION = collection;
  return openSite('search');
}

/** Waits for the first results. */
export async function hasResults(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName('first-results').length > 0);
}

/** Waits until the network is there and nothing is under way. */
export async function ready(page: Page): Promise<void> {
  await hasResults(page);
  await page.waitForFunction(
    () =>
      !document.querySelector<HTMLSelectElement>('#backend')!.disabled &&
      !document.querySelector('#progress')!.classList.contains('on'),
  );
}

export const names = (page: Page) => page.locator('#hits .name').allTextContents();

/** Runs something, and waits until other hits are shown. */
export async function othersAfter(page: Page, act: () => Promise<unknown>): Promise<string[]> {
  const before = (await names(page)).join();
  await act();
  await page.waitForFunction(
    (old) => [...document.querySelectorAll('#hits .name')].map(({ textContent }) => textContent).join() !== old,
    before,
  );
  return names(page);
}
