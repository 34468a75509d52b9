/** The programs of docs/examples, each in a folder of its own with the package installed, as a reader would run them. */
import { expect } from 'chai';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { build } from 'vite';
import { openBrowserOrSkip } from '../browser/openBrowserOrSkip.js';
import { smallClassFolders } from '../src/node/smallImages.js';
import { root } from './codeBlocks.js';
import { bringModels } from './modelsOfOthers.js';
import { follow, serveFolders } from './openPages.js';
import { installInto, runIn } from './workplace.js';

const pagoda = join(root, 'demos/photos/pagoda.jpg');

describe('docs/examples', function () {
  let folder: string;
  const node = (...args: string[]) => runIn(folder, process.execPath, args);

  /** An example in an empty folder. */
  function start(name: string): void {
    folder = mkdtempSync(join(tmpdir(), `weldon-${name}-`));
    cpSync(join(root, 'docs/examples', name), folder, { recursive: true });
    installInto(folder);
  }
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are the ones that are tested here', () => {
    folder = mkdtempSync(join(tmpdir(), 'weldon-none-'));
    const tested = ['bags-of-tiles', 'fine-tuning', 'own-models', 'script-tag', 'web-app'];
    expect(readdirSync(join(root, 'docs/examples')).sort()).to.deep.equal(tested);
  });

  it('fine-tuning: from photos to a model and a page of heat maps', async () => {
    start('fine-tuning');
    await smallClassFolders(join(folder, 'photos'), 5);
    const output = await node('main.mjs', 'photos', '2', '96');
    expect(output).to.match(/epoch 1: loss \d/);
    expect(existsSync(join(folder, 'model/model.json'))).to.equal(true);
    expect(readFileSync(join(folder, 'heatmaps/index.html'), 'utf8')).to.contain('red');
  });

  it('bags of tiles: the tiles with what was labelled score higher than the others of their slide', async () => {
    start('bags-of-tiles');
    // A slide of label 1 has one red tile, in a place of its own; all other tiles are green and blue.
    const colour = (red: boolean, i: number) => ({ r: red ? 220 : 30, g: red ? 30 : 100 + (i % 90), b: 40 + (i % 60) });
    const lines = ['slide,label'];
    for (let slide = 0; slide < 8; slide++) {
      mkdirSync(join(folder, 'tiles', `s${slide}`), { recursive: true });
      for (let tile = 0; tile < 3 + (slide % 3); tile++) {
        const red = slide % 2 === 1 && tile === slide % 3;
        const path = join(folder, 'tiles', `s${slide}`, `${tile}.png`);
        await sharp({ create: { width: 64, height: 64, channels: 3, background: colour(red, 10 * slide + tile) } })
          .png()
          .toFile(path);
      }
      lines.push(`s${slide},${slide % 2}`);
    }
    writeFileSync(join(folder, 'labels.csv'), lines.join('\n'));
    await node('main.mjs', 'tiles', 'labels.csv', '96');
    const scores = JSON.parse(readFileSync(join(folder, 'scores.json'), 'utf8')) as {
      probability: number;
      tiles: Record<string, number>;
    }[];
    scores.forEach(({ probability, tiles }, slide) => {
      expect(Object.keys(tiles)).to.have.length(3 + (slide % 3));
      expect(probability > 0.5, `slide ${slide}: ${probability}`).to.equal(slide % 2 === 1);
      if (slide % 2 === 1) {
        const [best] = Object.entries(tiles).sort(([, a], [, b]) => b - a);
        expect(best[0]).to.equal(`${slide % 3}.png`);
      }
    });
  });

  it('own models: one from PyTorch, one from Keras', async () => {
    start('own-models');
    await bringModels(folder);
    cpSync(pagoda, join(folder, 'photo.jpg'));
    const output = await node('main.mjs', 'photo.jpg', 'resnet18.safetensors', 'resnet18', 'keras-model');
    expect(output).to.match(/Keras: (ripe|unripe|none), a map of 31 × 31/);
    expect(output).to.contain('maps-pytorch written').and.contain('maps-keras written');
    expect(readdirSync(join(folder, 'maps-keras')).some((name) => name.endsWith('.png'))).to.equal(true);
  });

  describe('in a browser', function () {
    let browser: Browser;
    before(async function () {
      browser = await openBrowserOrSkip(this);
    });
    after(() => browser?.close());

    it('web app: a photo is chosen, its classes come, another map is shown', async () => {
      start('web-app');
      await runIn(folder, 'npm', ['run', '--silent', 'files']);
      await build({ root: folder, logLevel: 'error', build: { reportCompressedSize: false } });
      const served = await serveFolders(join(folder, 'dist'));
      const opened = await follow(browser, `${served.origin}/`);
      const { page } = opened;
      try {
        await page.setInputFiles('input[type=file]', pagoda);
        await Promise.race([opened.failed, page.waitForSelector('button')]);
        const buttons = page.locator('button');
        expect(await buttons.count()).to.equal(3);
        expect(await buttons.first().textContent()).to.match(/, \d+(\.\d+)?\s?%$/);
        const painted = () => page.evaluate(() => document.querySelector('canvas')!.toDataURL());
        const first = await painted();
        await buttons.nth(1).click();
        await page.waitForSelector('button:nth-child(2)[aria-pressed=true]');
        expect(await painted()).to.not.equal(first);
        expect(await page.locator('[role=status]').textContent()).to.equal('');
        expect(opened.strangers).to.deep.equal([]);
      } finally {
        await page.close();
        await served.close();
      }
    });

    it('script tag: a page without a build step', async () => {
      start('script-tag');
      const modules = join(folder, 'node_modules');
      const names = ['tfjs-core', 'tfjs-layers', 'tfjs-backend-wasm'].map((name) => join('@tensorflow', name, 'dist'));
      cpSync(pagoda, join(folder, 'pagoda.jpg'));
      const served = await serveFolders(
        folder,
        ...names.map((name) => join(modules, name)),
        join(root, 'dist'),
        join(root, 'models'),
      );
      const opened = await follow(browser, `${served.origin}/`);
      try {
        const answer = opened.page.locator('#answer:not(:has-text("Looking"))');
        await Promise.race([opened.failed, answer.waitFor()]);
        expect(await answer.textContent()).to.match(/^palace: \d/);
        expect(opened.strangers).to.deep.equal([]);
      } finally {
        await opened.page.close();
        await served.close();
      }
    });
  });
});
