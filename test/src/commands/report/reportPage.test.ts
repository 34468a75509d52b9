import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { writeReport } from '../../../../src/commands/report/experimentReport.js';
import type { ExperimentResults } from '../../../../src/commands/report/results.js';
import { openPage } from '../../../browser/openBrowser.js';
import { openBrowserOrSkip } from '../../../browser/openBrowserOrSkip.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';
import { sampleResults } from './sampleResults.js';

/** As many measures and classes as a full run has, and everything else that a page may show. */
function fullResults(): ExperimentResults {
  const sample = sampleResults(['one.jpg', 'gone.jpg', 'one.jpg', 'one.jpg']);
  const extra = ['CorLoc', 'MaxBoxAcc', 'MaxBoxAccV2', 'Pointwise mAP', 'Pointing, 15 px'].map(
    (name): ExperimentResults['metrics'][number] => ({
      id: name,
      name,
      explained: `${name}, as its authors define it`,
      group: 'localisation',
      unit: 'share',
      better: 'higher',
    }),
  );
  sample.metrics.push(...extra);
  sample.methods
    .filter(({ published }) => published === undefined)
    .forEach(({ estimates }) =>
      extra.forEach(({ id }) => {
        estimates[id] = { value: 0.4321, low: 0.3876, high: 0.4765 };
      }),
    );
  const [gap] = sample.methods;
  sample.methods.splice(2, 0, {
    ...gap,
    id: 'long',
    name: 'Ensemble of GAP and WELDON k = 3, 8 % and 20 %, all sizes',
  });
  sample.examples.preview = sample.examples.best;
  sample.dataSet.missing = Array.from({ length: 300 }, (_, i) => `airport inside/an image with a long name ${i}.jpg`);
  return sample;
}

describe('report of an evaluation in a browser', function () {
  const folder = temporaryFolder();
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  let browser: Browser;
  let address = '';

  before(async function () {
    browser = await openBrowserOrSkip(this);
    await writeFile(
      folder.path('one.jpg'),
      await sharp({ create: { width: 448, height: 448, channels: 3, background: '#456' } })
        .jpeg()
        .toBuffer(),
    );
    await writeReport(fullResults(), { html: folder.path('r.html'), imageRoot: folder.path('.') });
    address = pathToFileURL(folder.path('r.html')).href;
  });
  after(() => browser?.close());

  /** Opens the page, and at the end looks for words on the console and for requests. */
  async function visit(options: Parameters<Browser['newPage']>[0], look: (page: Page) => Promise<void>): Promise<void> {
    const page = await openPage(browser, options);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) {
        complaints.push(`request of ${request.url()}`);
      }
    });
    try {
      await page.goto(address);
      await look(page);
      expect(complaints).to.deep.equal([]);
    } finally {
      await page.close();
    }
  }

  /** What reaches over the page's right side. */
  const overflow = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter(
          (element) =>
            element.checkVisibility() &&
            (matchMedia('print').matches || element.parentElement?.closest('.scroll') == null) &&
            element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5,
        )
        .map((element) => element.outerHTML.slice(0, 120)),
    );

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing and nothing runs over, on a desktop and at 360 px, ${colorScheme}`, () =>
      visit({ colorScheme, bypassCSP: true }, async (page) => {
        await page.evaluate(axe);
        await page.locator('details').evaluateAll((parts) => parts.forEach((part) => part.setAttribute('open', '')));
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          const violations = await page.evaluate(async () => {
            const { run } = (
              globalThis as unknown as {
                axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
              }
            ).axe;
            return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
          });
          expect(violations, `at ${width} px`).to.deep.equal([]);
          expect(await overflow(page), `at ${width} px`).to.deep.equal([]);
        }
      }));
  }

  it('tells counts and figures where the pointer is', () =>
    visit({ viewport: { width: 1280, height: 900 } }, async (page) => {
      const matrix = page.locator('.matrix:visible');
      await matrix.locator('g.wrong').first().hover();
      expect(await matrix.locator('.told').textContent()).to.equal('tool taken for vegetable & <herbs>: 8 of 20');
      await matrix.locator('g.right').first().hover();
      expect(await matrix.locator('.told').textContent()).to.equal('tool: 12 of 20 right');
      const rates = page.locator('.chart').filter({ hasText: 'learning rate' });
      expect(await rates.locator('.legend li').allTextContents()).to.deep.equal(['GAP (features)', 'GAP (fine-tuned)']);
      const chart = page.locator('.chart').filter({ hasText: 'Accuracy against scale' });
      await chart.locator('g.line g').first().hover();
      expect(await chart.locator('.told').textContent()).to.equal('WELDON, 224: 60.0% (56.0 … 64.0)');
      await page.locator('.chart').last().locator('.c1 g:has(.ring)').hover();
      expect(await page.locator('.chart .told').last().textContent()).to.match(
        /^WELDON, k = 8 %, epoch 8: 73\.3?.*, chosen$/,
      );
    }));

  it('shows one row at a time, and tables by what is measured', () =>
    visit({}, async (page) => {
      const section = page
        .locator('section')
        .filter({ has: page.locator('h2', { hasText: 'What is taken for what' }) });
      expect(await section.locator('.choice:visible h3').first().textContent()).to.equal('WELDON, k = 8 %');
      await section.locator('select').selectOption('gap');
      expect(await section.locator('.choice:visible').count()).to.equal(1);
      expect(await section.locator('.choice:visible h3').first().textContent()).to.equal('GAP (features)');
      const heads = (name: string) =>
        page
          .locator(`[aria-label="Results: ${name}"] thead th`)
          .evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent));
      expect(await heads('Recognition')).to.deep.equal(['Method', 'Accuracy']);
      expect(await heads('Localisation')).to.deep.equal([
        'Method',
        'Pointing',
        'CorLoc',
        'MaxBoxAcc',
        'MaxBoxAccV2',
        'Pointwise mAP',
        'Pointing, 15 px',
      ]);
      expect(await heads('Faithfulness of the maps')).to.deep.equal(['Method', 'Deletion']);
      expect(await heads('Cost')).to.deep.equal(['Method', 'Training']);
    }));

  it('has the figures of each seed open on paper and closed before and after', () =>
    visit({}, async (page) => {
      const open = () =>
        page.locator('details.each').evaluateAll((parts) => parts.map((part) => part.hasAttribute('open')));
      expect(await open()).to.deep.equal([false]);
      await page.evaluate(() =>
        addEventListener('beforeprint', () => {
          document.title = String(document.querySelector('details.each')?.hasAttribute('open'));
        }),
      );
      await page.pdf({ format: 'A4' });
      expect(await page.title()).to.equal('true');
      expect(await open()).to.deep.equal([false]);
      await page.locator('summary').first().press('Enter');
      expect(await open()).to.deep.equal([true]);
    }));

  it('prints black on white with nothing cut', () =>
    visit({ colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      // A4 without margins of 14 mm, in CSS pixels.
      await page.setViewportSize({ width: Math.floor((182 / 25.4) * 96), height: 1000 });
      expect(await overflow(page)).to.deep.equal([]);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('body *')]
          .filter(
            (element) =>
              element.checkVisibility() &&
              getComputedStyle(element).overflowX !== 'visible' &&
              element.scrollWidth > element.clientWidth + 1,
          )
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(cut).to.deep.equal([]);
      const colours = await page.evaluate(() => ({
        background: getComputedStyle(document.body).backgroundColor,
        pale: [...document.querySelectorAll('h1, h2, h3, th, td, small, p, dt, dd, li, b')]
          .filter(
            (element) =>
              element.checkVisibility() &&
              getComputedStyle(element)
                .color.match(/\d+/g)!
                .some((part) => Number(part) > 0x60),
          )
          .map((element) => element.outerHTML.slice(0, 120)),
        chooser: document.querySelector('select')!.checkVisibility(),
      }));
      expect(colours).to.deep.equal({ background: 'rgb(255, 255, 255)', pale: [], chooser: false });
      expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).to.equal('%PDF-');
    }));
});
