/**
 * What a visitor of the search page waits for, in a real Chromium on WebAssembly: `npm run bench:search-page`, results in
 * bench/results/search-page.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Site } from '../heatmap/site.js';
import { openTab } from '../heatmap/site.js';
import { grownCollection, hasResults, objectsCollection, openSearchSite, ready } from './searchSite.js';

const visits = 5;
const moves = 60;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** First visits: nothing of the page is in the browser. */
async function firstResults(site: Site) {
  const times: number[] = [];
  const shifts: number[] = [];
  for (let visit = 0; visit < visits; visit++) {
    const { page, close } = await openTab(site, '?backend=wasm');
    await hasResults(page);
    times.push(await page.evaluate(() => performance.getEntriesByName('first-results')[0].startTime));
    await ready(page);
    shifts.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
              sum += list.getEntries().reduce((all, entry) => all + (entry as unknown as { value: number }).value, 0);
            }).observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => resolve(sum), 500);
          }),
      ),
    );
    await close();
  }
  return { milliseconds: times.map(Math.round), layoutShift: Math.max(...shifts) };
}

/** From a move of the box to its hits on the page, the photo's map being there. */
async function dragging(site: Site): Promise<number[]> {
  const { page, close } = await openTab(site, '?backend=wasm');
  await ready(page);
  const box = (await page.locator('#crop').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 4, y + 4);
  await page.waitForFunction(() => document.querySelector('#took')?.textContent !== '');
  const durations = await page.evaluate(
    async ({ count, left, top }) => {
      const frame = document.querySelector('#frame')!;
      const took = document.querySelector('#hits')!;
      const all: number[] = [];
      for (let move = 0; move < count; move++) {
        const shown = new Promise<number>((resolve) => {
          const observer = new MutationObserver(() => {
            observer.disconnect();
            resolve(performance.now());
          });
          observer.observe(took, { subtree: true, childList: true, characterData: true, attributes: true });
        });
        const begin = performance.now();
        const at = { clientX: left + 40 * Math.sin(move), clientY: top + 40 * Math.cos(move) };
        frame.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, bubbles: true, ...at }));
        all.push((await shown) - begin);
        await new Promise(requestAnimationFrame);
        await new Promise((rested) => setTimeout(rested, 30));
      }
      return all;
    },
    { count: moves, left: x, top: y },
  );
  await page.mouse.up();
  await close();
  return durations;
}

const rows: object[] = [];
for (const items of [431, 1000, 1192]) {
  const site = await openSearchSite(items === 431 ? await objectsCollection() : await grownCollection(items));
  try {
    const first = await firstResults(site);
    const drags = await dragging(site);
    const row = {
      items,
      firstResults: { median: median(first.milliseconds), all: first.milliseconds, limit: 1000 },
      layoutShift: { largest: Number(first.layoutShift.toFixed(4)), limit: 0.05 },
      drag: { median: Number(median(drags).toFixed(1)), longest: Math.round(Math.max(...drags)), moves, limit: 50 },
    };
    rows.push(row);
    console.log(JSON.stringify(row));
  } finally {
    await site.close();
  }
}
const out = fileURLToPath(new URL('../../../bench/results/', import.meta.url));
mkdirSync(out, { recursive: true });
const machine = { cpu: cpus()[0].model, cores: cpus().length, browser: 'Chromium, WebAssembly', unit: 'milliseconds' };
writeFileSync(`${out}search-page.json`, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
process.exit();
