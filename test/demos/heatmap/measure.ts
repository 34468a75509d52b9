/**
 * What a visitor waits for, in a real Chromium on WebAssembly, with the network kept from an earlier visit:
 * `npm run bench:page`.
 */
import { fileURLToPath } from 'node:url';
import { openSite, openTab, ready } from './site.js';

const moves = 60;
const manyPhotos = 50;
const photo = (name: string) => fileURLToPath(new URL(`../../../demos/photos/${name}.jpg`, import.meta.url));

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const site = await openSite();
const tab = await openTab(site, '?backend=wasm');
try {
  const { page } = tab;
  await ready(page);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });

  const starts: number[] = [];
  for (let run = 0; run < 5; run++) {
    await page.goto('about:blank');
    await page.goto(`${site.url}?backend=wasm`);
    await ready(page);
    starts.push(await page.evaluate(() => performance.getEntriesByName('first-map')[0].startTime));
  }
  console.log(
    `first heat map (640×427 at 320 px) after opening the page, network kept: median ${Math.round(median(starts))} ms of ${starts
      .map((start) => Math.round(start))
      .join(', ')}`,
  );

  const slider = await page.evaluate(async (count) => {
    const input = document.querySelector<HTMLInputElement>('#k-max')!;
    const line = document.querySelector('.stage path.top')!;
    const durations: number[] = [];
    for (let move = 0; move < count; move++) {
      const repainted = new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          resolve(performance.now());
        });
        observer.observe(line, { attributes: true, attributeFilter: ['d'] });
      });
      const begin = performance.now();
      input.value = String(10 + move);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      durations.push((await repainted) - begin);
      await new Promise(requestAnimationFrame);
    }
    return durations;
  }, moves);
  console.log(
    `a slider's move, pooled anew and outlined: median ${median(slider).toFixed(1)} ms, longest ${Math.max(...slider).toFixed(1)} ms of ${moves}`,
  );

  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
  });
  const tensors = () =>
    page
      .workers()[0]
      .evaluate(
        () =>
          (globalThis as unknown as { _tfengine: { state: { numTensors: number; numBytes: number } } })._tfengine.state
            .numTensors,
      );
  const counts: number[] = [];
  for (let i = 0; i < manyPhotos; i++) {
    const name = ['cat', 'coffee', 'rocket', 'astronaut', 'pagoda'][i % 5];
    await page.setInputFiles('#photo-file', photo(name));
    await page.waitForFunction(
      (start) => document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith(start),
      name,
    );
    await ready(page);
    counts.push(await tensors());
  }
  const tasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
  console.log(
    `${manyPhotos} photos: ${counts[1]} tensors after two, ${counts.at(-1)} after the last; tasks above 50 ms on the page's own thread: ${
      tasks.length === 0 ? 'none' : tasks.map((duration) => `${Math.round(duration)} ms`).join(', ')
    }`,
  );
} finally {
  await tab.close();
  await site.close();
}
