import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { classHeatmaps } from '../../../src/index.js';
import { loadModel, modelFilesOf } from './nodeModel.js';
import { pieces } from './oddFiles.js';
import type { Site, Tab } from './site.js';
import { drop, expectNoComplaints, nextNotice, openTab, ready, save, savedMaps } from './site.js';

const photo = (name: string) => fileURLToPath(new URL(`../../../demos/photos/${name}.jpg`, import.meta.url));

/** Photos of a class as Playwright takes them. */
async function photosOf(name: string, count: number) {
  return (await pieces(photo(name), count)).map(({ name: file, bytes }) => ({
    name: file,
    mimeType: 'image/jpeg',
    buffer: Buffer.from(bytes),
  }));
}

/** Teaching classes, from photos to a model in Node and back. */
export function teachCases(site: () => Site): void {
  describe('teaching', () => {
    let tab: Tab;
    let page: Page;
    let folder: string;
    let files: Map<string, Buffer>;

    before(async function () {
      await tf.setBackend('wasm');
      folder = mkdtempSync(join(tmpdir(), 'tfjs-weldon-taught-'));
      tab = await openTab(site(), '?backend=wasm');
      page = tab.page;
      await ready(page);
      await page.click('#tab-teach');
      await page.selectOption('#teach-size', '224');
      await page.fill('#teach-epochs', '12');
    });
    after(async () => {
      await tab?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    afterEach(() => expectNoComplaints(tab));

    const lesson = (i: number) => page.locator('.lesson').nth(i);
    const nameLesson = (i: number, name: string) => lesson(i).locator('input[type=text]').fill(name);
    const photoCount = (i: number, count: number) =>
      page.waitForFunction(
        ([number, wanted]) => document.querySelectorAll('.lesson')[number].querySelectorAll('.thumb').length === wanted,
        [i, count] as const,
      );
    const refusal = async () => {
      await page.click('#train');
      return page.locator('#train-refusal').textContent();
    };

    it('refuses classes without a name, with one photo, or with one name, in a sentence', async function () {
      expect(await refusal()).to.equal('Every class needs a name.');
      await nameLesson(0, 'cat');
      await nameLesson(1, 'Cat ');
      expect(await refusal()).to.equal('Two classes are called “Cat”. Give each a name of its own.');
      await nameLesson(1, 'coffee');
      await lesson(0)
        .locator('input[type=file]')
        .setInputFiles(await photosOf('cat', 1));
      await photoCount(0, 1);
      expect(await refusal()).to.match(/^“cat” has one photo\. Give every class at least two/);
    });

    it('reads photos that are chosen and dropped, and names those that it cannot', async function () {
      await lesson(0)
        .locator('input[type=file]')
        .setInputFiles((await photosOf('cat', 6)).slice(1));
      await photoCount(0, 6);
      await drop(page, '.lesson:nth-child(2) .photos', [
        ...(await pieces(photo('coffee'), 6)),
        { name: 'list.txt', bytes: Buffer.from('no picture') },
      ]);
      expect(await nextNotice(page)).to.equal(
        'list.txt is not a picture that this browser can read. Try a JPEG, PNG or WebP.',
      );
      await photoCount(1, 6);
    });

    it('trains, draws the curve, and tells how photos set aside fare', async function () {
      await page.click('#train');
      await page.waitForFunction(() =>
        document.querySelector('#train-text')?.textContent?.startsWith('Trained after 12 passes'),
      );
      expect(await page.textContent('#train-text')).to.match(/2 of 2 photos set aside are right\.$/);
      expect(await page.locator('.thumb.held').count()).to.equal(2);
      expect(await page.locator('#curve svg').getAttribute('aria-label')).to.match(
        /^After pass 12 of 12 the loss is 0\.\d+, 100 % of the photos set aside are right\.$/,
      );
    });

    it('can be stopped, and keeps what it has learnt', async function () {
      await page.fill('#teach-epochs', '500');
      await page.click('#train');
      await page.waitForSelector('#curve svg');
      await page.click('#stop-training');
      await page.waitForFunction(() => document.querySelector('#train-text')?.textContent?.startsWith('Stopped after'));
    });

    it('shows heat maps of the classes taught', async function () {
      await page.click('#own-see');
      await page.setInputFiles('#photo-file', photo('cat'));
      await page.waitForFunction(
        () =>
          document.querySelector('.stage')?.getAttribute('aria-label') ===
          'cat.jpg with the evidence for cat. Arrow keys move from region to region.',
      );
      await ready(page);
      expect(await page.locator('#ranking button').count()).to.equal(2);
    });

    it('saves files that give the same scores in Node', async function () {
      // A picture that is stored without loss, so that Node sees the same pixels.
      const png = await sharp(photo('coffee')).resize(300, 200).png().toBuffer();
      await page.setInputFiles('#photo-file', { name: 'cup.png', mimeType: 'image/png', buffer: png });
      await page.waitForFunction(() =>
        document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith('cup.png'),
      );
      await ready(page);
      const onPage = await savedMaps(page);
      await page.click('#tab-teach');
      files = await save(page, '#own-save', 2);
      expect([...files.keys()].sort()).to.deep.equal(['model.json', 'weights-1-of-1.bin']);
      files.forEach((content, name) => writeFileSync(join(folder, name), content));
      const model: tfl.LayersModel = await loadModel(folder);
      const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const { scores, probabilities, classes } = await classHeatmaps(
        model,
        { data, width: info.width, height: info.height },
        { classes: ['cat', 'coffee'] },
      );
      for (const { name, score, probability } of onPage.classes) {
        const index = classes[0].findIndex((each) => each.name === name);
        expect(scores[0][index]).to.be.closeTo(score, 1e-4);
        expect(probabilities![0][index]).to.be.closeTo(probability, 1e-4);
      }
      model.dispose();
    });

    it('keeps the model over a reload, and keeps it when a damaged one is opened', async function () {
      await page.reload();
      await ready(page);
      await page.click('#tab-teach');
      expect(await page.textContent('#own-text')).to.contain('cat, coffee');
      const json = files.get('model.json') as Buffer;
      const weights = files.get('weights-1-of-1.bin') as Buffer;
      const open = async (model: Buffer | null, bytes: Buffer | null) => {
        const paths = (
          [
            ['model.json', model],
            ['weights-1-of-1.bin', bytes],
          ] as const
        ).flatMap(([name, content]) => {
          if (content === null) {
            return [];
          }
          mkdirSync(join(folder, 'opened'), { recursive: true });
          writeFileSync(join(folder, 'opened', name), content);
          return [join(folder, 'opened', name)];
        });
        await page.setInputFiles('#own-files', paths);
        return nextNotice(page);
      };
      expect(await open(json.subarray(0, 5000), weights)).to.equal('This model.json is damaged: it is not JSON.');
      expect(await open(json, null)).to.equal(
        'The file weights-1-of-1.bin is missing: choose it together with model.json.',
      );
      expect(await open(null, weights)).to.equal(
        'Choose model.json together with its weight files: there is no model.json among these.',
      );
      expect(await open(json, weights.subarray(0, weights.length - 4))).to.match(
        /^The weight files hold \d+ bytes but model\.json describes \d+: a file is cut off, or from another model\.$/,
      );
      const broken = Buffer.from(weights);
      broken.writeFloatLE(NaN, 4000);
      expect(await open(json, broken)).to.equal(
        'The weight files of this model are damaged: some weights are not numbers.',
      );
      const other = Buffer.from(json.toString().replace('"class_name":"WeldonPooling2D"', '"class_name":"WellDone"'));
      expect(await open(other, weights)).to.match(/^This model cannot be opened: /);
      expect(await page.textContent('#own-text')).to.contain('cat, coffee');
      expect(await open(json, weights)).to.equal('The model is open: cat, coffee.');
    });

    it('opens what the library saves in Node, under other file names', async function () {
      const saved = await modelFilesOf(['bar', 'cellar', 'kitchen']);
      await page.setInputFiles(
        '#own-files',
        saved.map(({ name, bytes }) => ({ name, mimeType: '', buffer: Buffer.from(bytes) })),
      );
      expect(await nextNotice(page)).to.equal('The model is open: bar, cellar, kitchen.');
    });

    it('forgets the model when asked to', async function () {
      await page.click('#own-forget');
      await page.waitForSelector('#own-buttons', { state: 'hidden' });
      await page.reload();
      await ready(page);
      expect(await page.isVisible('#model-row')).to.equal(false);
      expect(readFileSync(join(folder, 'model.json')).length).to.be.greaterThan(1000);
    });
  });
}
