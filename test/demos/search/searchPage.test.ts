import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { searchCatalogue } from '../../../src/index.node.js';
import { hugePng } from '../heatmap/oddFiles.js';
import type { Site, Tab } from '../heatmap/site.js';
import { drop, expectNoComplaints, nextNotice, openTab, save } from '../heatmap/site.js';
import { hasResults, names, objectsCollection, openSearchSite, othersAfter, queryFile, ready } from './searchSite.js';

describe('search page', () => {
  let site: Site;
  let tab: Tab;
  let page: Page;

  before(async function () {
    const collection = await objectsCollection();
    try {
      site = await openSearchSite(collection);
    } catch (error) {
      if (process.env.CI || !/browser|chromium/i.test(String(error))) {
        throw error;
      }
      console.log(`      skipped: no browser (${(error as Error).message.split('\n')[0]})`);
      this.skip();
    }
    tab = await openTab(site, '?backend=wasm');
    page = tab.page;
    await ready(page);
  });
  after(async () => {
    await tab?.close();
    await site?.close();
  });

  it('shows results and the place before the network and the vectors are there', async () => {
    const other = await site.browser.newContext();
    const early = await other.newPage();
    await early.route(/\/model\/|items\.safetensors/, () => undefined);
    await early.goto(site.url);
    await hasResults(early);
    expect(await names(early)).to.have.length(24);
    expect((await names(early))[0]).to.equal('banjo');
    expect(await early.locator('#hits .where:visible').count()).to.equal(24);
    expect(await early.locator('#crop').getAttribute('aria-label')).to.match(/^The part that is sought: from \d+ % to/);
    const shift = await early.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0;
          const observer = new PerformanceObserver((list) => {
            sum += list.getEntries().reduce((all, entry) => all + (entry as unknown as { value: number }).value, 0);
          });
          observer.observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => resolve(sum), 300);
        }),
    );
    expect(shift).to.be.at.most(0.05);
    await other.close();
  });

  it('searches while the box is moved by keys, and looks closely when they rest; the address says it', async () => {
    await page.focus('#crop');
    const moved = await othersAfter(page, async () => {
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('ArrowUp');
      }
    });
    expect(moved).to.have.length(24);
    await page.waitForFunction(() => location.hash.includes('box='));
    const [, corners] = /box=([^&]*)/.exec(decodeURIComponent(page.url()))!;
    const again = await openTab(site, `?backend=wasm#box=${corners}`);
    await ready(again.page);
    const place = (of: Page) => of.locator('#crop').getAttribute('style');
    const numbers = (text: string | null) =>
      [...text!.matchAll(/[\d.]+/g)].map(([number]) => Math.round(Number(number)));
    const [there, here] = [numbers(await place(again.page)), numbers(await place(page))];
    there.forEach((share, i) => expect(share, 'to the pixel that the address tells').to.be.closeTo(here[i], 1));
    expectNoComplaints(again);
    await again.close();
    await page.click('#find-place');
    await page.waitForFunction(() => document.querySelector('#hits .name')?.textContent === 'banjo');
    expect(page.url()).to.not.contain('box=');
  });

  it('re-searches while it is dragged', async () => {
    const crop = (await page.locator('#crop').boundingBox())!;
    const [x, y] = [crop.x + crop.width / 2, crop.y + crop.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await othersAfter(page, () => page.mouse.move(x + 60, y - 60, { steps: 3 }));
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes('box='));
    await page.click('#find-place');
    await page.waitForFunction(() => document.querySelector('#hits .name')?.textContent === 'banjo');
  });

  it('filters, likes and unlikes, leaves out what is less similar, and takes all back', async () => {
    const filtered = await othersAfter(page, () => page.selectOption('#filters select', 'animals'));
    expect(filtered[0]).to.equal('peacock');
    await othersAfter(page, () => page.selectOption('#filters select', ''));
    await othersAfter(page, () => page.getByRole('button', { name: 'More like violin' }).click());
    expect(await names(page)).to.not.include('violin');
    expect(page.url()).to.contain('like=');
    await othersAfter(page, () => page.getByRole('button', { name: 'More like violin: take this back' }).click());
    await othersAfter(page, () => page.locator('#least').fill('0.65'));
    expect(await names(page)).to.deep.equal(['banjo']);
    await othersAfter(page, () => page.locator('#least').fill('0'));
    await page.locator('#least').blur();
  });

  it('has a sentence for everything that is no photo and no collection', async () => {
    const text = (name: string, content: string) => ({ name, bytes: new TextEncoder().encode(content) });
    for (const [file, sentence] of [
      [text('broken.jpg', 'no picture'), /^broken\.jpg is not a picture/],
      [text('drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'), /^drawing\.svg is not a picture/],
      [text('empty.png', ''), /^empty\.png is empty/],
      [hugePng(40_000, 40_000), /megapixels/],
      [text('notes.zip', 'no archive, though it is called one'), /the zip file of a collection/],
    ] as const) {
      await drop(page, '#stage', [file]);
      expect(await nextNotice(page)).to.match(sentence);
    }
    expect((await names(page))[0]).to.equal('banjo');
  });

  it('shows the map; its list searches by what lies in the middle', async () => {
    await page.click('#tab-map');
    await page.focus('#map-canvas');
    const listed = () => page.locator('#map-list').getAttribute('data-tiles');
    const before = await listed();
    for (const key of ['+', 'ArrowLeft']) {
      await page.keyboard.press(key);
    }
    await page.waitForFunction(
      (old) => document.querySelector<HTMLElement>('#map-list')!.dataset.tiles !== old,
      before,
    );
    await page.waitForTimeout(200);
    const first = page.locator('#map-list button').first();
    const name = await first.textContent();
    await first.click();
    await page.waitForFunction(() => location.hash.includes('by=items'));
    await page.click('#tab-results');
    expect(await page.locator('#by-items-list').textContent()).to.equal(name);
    await page.locator('#samples button').nth(1).click();
    await page.waitForFunction(() => location.hash.includes('q=000'));
    await ready(page);
  });

  it('takes in photos, keeps them, and gives all away in a zip that Node searches', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weldon-page-'));
    try {
      await page.setInputFiles('#photo-files', queryFile('004'));
      expect(await nextNotice(page)).to.match(/^1 of 1 photos are in the collection/);
      await page.reload();
      await ready(page);
      expect(await page.textContent('#collection-count')).to.equal('432 items');
      const [[, bytes]] = await save(page, '#save-zip');
      const zip = join(folder, 'objects.zip');
      writeFileSync(zip, bytes);
      const { hits } = await searchCatalogue({ catalogue: zip, image: queryFile('004'), windows: 0 });
      expect(hits[0].id).to.equal('yours/004.jpg');
      await page.click('#forget-own');
      await page.waitForFunction(() => document.querySelector('#collection-count')?.textContent === '431 items');
      await page.setInputFiles('#zip-file', zip);
      expect(await nextNotice(page)).to.equal('objects.zip: 432 items are searched now.');
      await page.click('#forget-own');
      await page.waitForFunction(() => document.querySelector('#collection-count')?.textContent === '431 items');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('works offline after the first visit', async () => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await tab.context.setOffline(true);
    await page.reload();
    await ready(page);
    expect(await names(page)).to.have.length(24);
    await tab.context.setOffline(false);
    expectNoComplaints(tab);
  });

  it('axe finds nothing, in light and dark, wide and narrow, and nothing runs over', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const colorScheme of ['light', 'dark'] as const) {
      const other = await openTab(site, '?backend=wasm', { colorScheme, bypassCSP: true });
      await ready(other.page);
      await other.page.evaluate(axe);
      for (const [width, view] of [
        [1280, 'results'],
        [320, 'map'],
        [320, 'results'],
      ] as const) {
        await other.page.setViewportSize({ width, height: 800 });
        await other.page.click(`#tab-${view}`);
        const found = await other.page.evaluate(async () => {
          const { run } = (
            globalThis as unknown as {
              axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
            }
          ).axe;
          return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
        });
        expect(found, `${view} at ${width} px, ${colorScheme}`).to.deep.equal([]);
        const over = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over, `${view} at ${width} px runs over`).to.be.at.most(0);
      }
      await other.close();
    }
  });
});
