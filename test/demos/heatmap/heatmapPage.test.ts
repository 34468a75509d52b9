import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { BackendName } from '../../../demos/page/messages.js';
import { expectLikeApproved } from './likeApproved.js';
import { animatedGif, cmykJpeg, hugePng, rotatedJpeg } from './oddFiles.js';
import type { Site, Tab } from './site.js';
import {
  drop,
  expectNoComplaints,
  listedClasses,
  nextNotice,
  notices,
  openSite,
  openTab,
  ready,
  save,
  savedMaps,
} from './site.js';
import { teachCases } from './teachCases.js';

const photo = (name: string) => fileURLToPath(new URL(`../../../demos/photos/${name}.jpg`, import.meta.url));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('heat-map page', () => {
  let site: Site;

  before(async function () {
    try {
      site = await openSite();
    } catch (error) {
      if (process.env.CI || !/browser|chromium/i.test(String(error))) {
        throw error;
      }
      console.log(`      skipped: no browser (${(error as Error).message.split('\n')[0]})`);
      this.skip();
    }
  });

  after(() => site?.close());

  /** The classes that wasm lists, for the others to agree with. */
  let onWasm: { name: string; score: number }[] = [];

  for (const backend of ['wasm', 'webgl', 'webgpu'] as const satisfies readonly BackendName[]) {
    describe(backend, () => {
      let tab: Tab;
      let page: Page;

      before(async function () {
        tab = await openTab(site, `?backend=${backend}`);
        page = tab.page;
        await ready(page);
      });
      after(() => tab?.close());
      afterEach(() => expectNoComplaints(tab));

      it('shows the sample with its classes, scores, map and outlines', async () => {
        expect(await page.inputValue('#backend')).to.equal(backend);
        const { image, classes } = await savedMaps(page);
        expect(image).to.deep.equal({ path: 'pagoda.jpg', width: 640, height: 427 });
        expect([classes[0].rows, classes[0].columns]).to.deep.equal([10, 15]);
        const values = classes[0].map.flat().sort((a, b) => b - a);
        const { top, bottom } = classes[0].regions;
        expect(top.map(({ value }) => value)).to.deep.equal(values.slice(0, 30));
        expect(bottom.map(({ value }) => value)).to.deep.equal(values.slice(-30).reverse());
        top.forEach(({ row, column, value }) => expect(classes[0].map[row][column]).to.equal(value));
        expect(
          await page.workers()[0].evaluate((name) => {
            const { _tfGlobals } = globalThis as unknown as { _tfGlobals: Map<string, Map<string, unknown>> };
            return _tfGlobals.get('kernelRegistry')!.has(`${name}_WeldonPool`);
          }, backend),
          'the kernels are in the bundle',
        ).to.equal(true);
        expect(classes.map(({ name }) => name)).to.include.members(['bell cote', 'palace', 'lakeside']);
        if (onWasm.length === 0) {
          onWasm = classes;
        }
        classes.forEach(({ name, score }, i) => {
          expect(name).to.equal(onWasm[i].name);
          expect(score).to.be.closeTo(onWasm[i].score, 0.02);
        });
        await page.mouse.move(0, 0);
        await expectLikeApproved('see', await page.locator('.stage').first().screenshot());
      });

      it('pools anew: GAP scores the mean of the map, max its largest, MANTRA both ends, sum three and three', async () => {
        const {
          classes: [{ name, map }],
        } = await savedMaps(page);
        const values = map.flat().sort((a, b) => b - a);
        const caption = page.locator('#stages figcaption').first();
        const expectScore = async (change: () => Promise<unknown>, score: number) => {
          const before = await caption.textContent();
          await change();
          await page.waitForFunction(
            (text) => document.querySelector('#stages figcaption')?.textContent !== text,
            before,
          );
          const shown = Number(/score (.*)$/.exec((await caption.textContent()) as string)?.[1].replace('−', '-'));
          expect(shown, `${name}, with the three digits that are shown`).to.be.closeTo(score, 0.006 * Math.abs(score));
        };
        const press = (preset: string) => () => page.getByRole('button', { name: preset, exact: true }).click();
        await expectScore(press('GAP'), mean(values));
        await expectScore(press('Max'), values[0]);
        await expectScore(press('MANTRA'), values[0] + (values.at(-1) as number));
        await expectScore(press('WELDON, k = 3'), mean(values.slice(0, 3)) + mean(values.slice(-3)));
        await expectScore(
          async () => {
            await page.selectOption('#reduction', 'sum');
          },
          values[0] + values[1] + values[2] + values.slice(-3).reduce((sum, value) => sum + value, 0),
        );
        await page.getByRole('button', { name: 'Model’s own', exact: true }).click();
      });
    });
  }

  describe('one tab, on wasm', () => {
    let tab: Tab;
    let page: Page;

    before(async function () {
      tab = await openTab(site, '?backend=wasm');
      page = tab.page;
      await ready(page);
    });
    after(() => tab?.close());
    afterEach(() => expectNoComplaints(tab));

    it('reads out the region under the pointer, and by arrow keys', async () => {
      const stage = page.locator('.stage').first();
      const { width, height } = (await stage.boundingBox())!;
      await stage.hover({ position: { x: width * 0.34, y: height * 0.5 } });
      const pointed = await page.textContent('#read-out');
      expect(pointed).to.match(
        /^Evidence \d+\.\d+ · rank \d+ of 150 · row 5, column 6 · pixels 213–256 × 171–214 · counts for the class$/,
      );
      await page.mouse.move(0, 0);
      await stage.focus();
      await stage.press('ArrowRight');
      expect(await page.textContent('#read-out')).to.contain('row 6, column 8');
      await stage.press('ArrowUp');
      expect(await page.textContent('#read-out')).to.contain('row 5, column 8');
      await stage.press('Escape');
      expect(await page.textContent('#read-out')).to.match(/region’s evidence/);
    });

    it('looks at a class by name, in the list or not, and says when there is none', async () => {
      await page.fill('#class-search', 'tabby');
      await page.press('#class-search', 'Enter');
      await page.waitForSelector('#ranking [aria-pressed=true] >> text=tabby');
      expect(await page.locator('#ranking [aria-pressed=true] .value').textContent()).to.match(/^no\. \d+ · /);
      await page.fill('#class-search', 'unicorns');
      await page.press('#class-search', 'Enter');
      expect(await nextNotice(page)).to.equal('The network has no class called “unicorns”.');
      await page.locator('#ranking button').nth(1).click();
      await page.waitForSelector('figcaption >> text=palace');
    });

    it('shows two settings side by side', async () => {
      await page.check('#side-by-side');
      await page.waitForSelector('#stages.two');
      await page.waitForFunction(() => document.querySelectorAll('figcaption strong')[1]?.textContent === 'B · GAP');
      await page.getByRole('button', { name: 'Max', exact: true }).click();
      await page.waitForFunction(() => document.querySelectorAll('figcaption strong')[1]?.textContent === 'B · Max');
      await page.uncheck('#side-by-side');
      await page.waitForFunction(() => document.querySelectorAll('#stages figure:not([hidden])').length === 1);
    });

    it('refuses to pool nothing, and goes on', async () => {
      await page.uncheck('#k-min-follows');
      await page.fill('#k-min-number', '0');
      await page.press('#k-min-number', 'Tab');
      await page.fill('#k-max-number', '0');
      await page.press('#k-max-number', 'Tab');
      await page.waitForSelector('#pooling-refusal:visible');
      await page.getByRole('button', { name: 'WILDCAT', exact: true }).click();
      await page.waitForSelector('#pooling-refusal', { state: 'hidden' });
    });

    it('gives picture, maps and code away', async () => {
      const [[pngName, png]] = await save(page, '#save-png');
      expect(pngName).to.equal('pagoda.heatmap.png');
      expect(png.subarray(1, 4).toString()).to.equal('PNG');
      const [[npyName, npy]] = await save(page, '#save-npy');
      expect(npyName).to.equal('pagoda.maps.npy');
      const header = npy.subarray(0, 128).toString('latin1');
      expect(header).to.contain("'descr': '<f4', 'fortran_order': False, 'shape': (5, 10, 15), ");
      const [first] = (await savedMaps(page)).classes;
      expect(npy.readFloatLE(npy.length - 5 * 150 * 4)).to.be.closeTo(first.map[0][0], 1e-5);
      expect(await page.textContent('#snippet'))
        .to.contain("pooling: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean' }")
        .and.to.contain("classes: ['palace']");
    });

    it('changes resolution and backend without a reload, with the same result', async function () {
      await page.selectOption('#size', '224');
      await page.waitForFunction(() => document.querySelector('#k-max-note')?.textContent?.startsWith('of 77 '));
      await ready(page);
      const before = await savedMaps(page);
      await page.selectOption('#backend', 'webgl');
      await ready(page);
      await page.waitForFunction(() => document.querySelector('#device')?.textContent?.includes('SwiftShader'));
      await ready(page);
      const after = await savedMaps(page);
      expect(after.classes.map(({ name }) => name)).to.deep.equal(before.classes.map(({ name }) => name));
      after.classes.forEach(({ score }, i) => expect(score).to.be.closeTo(before.classes[i].score, 0.02));
    });

    it('goes on with another backend when the GPU is lost', async function () {
      await page.workers()[0].evaluate(() => {
        interface Engine {
          backendInstance: { gpgpu: { gl: WebGL2RenderingContext } };
        }
        const { backendInstance } = (globalThis as unknown as { _tfengine: Engine })._tfengine;
        backendInstance.gpgpu.gl.getExtension('WEBGL_lose_context')!.loseContext();
      });
      expect(await nextNotice(page)).to.match(
        /^WebGL was lost \(the context is gone\); it goes on with WebAssembly\.$/,
      );
      await ready(page);
      expect(await page.inputValue('#backend')).to.equal('wasm');
      await page.selectOption('#size', '320');
      await page.waitForFunction(() => document.querySelector('#k-max-note')?.textContent?.startsWith('of 150 '));
      tab.complaints.length = 0; // the browser itself reports the lost context
    });

    it('has a sentence for everything that is no photo, and goes on', async function () {
      const text = { name: 'notes.txt', bytes: Buffer.from('no picture at all, only words that go on for a while') };
      const dropped = async (file: { name: string; bytes: Uint8Array }) => {
        await drop(page, '.stage', [file]);
        return nextNotice(page);
      };
      expect(await dropped(text)).to.equal(
        'notes.txt is not a picture that this browser can read. Try a JPEG, PNG or WebP.',
      );
      expect(await dropped({ name: 'nothing.jpg', bytes: new Uint8Array() })).to.equal(
        'nothing.jpg is empty: it has 0 bytes.',
      );
      expect(await dropped(hugePng(20_000, 10_000))).to.equal(
        'huge.png has 200 megapixels; the page reads photos of up to 100. Make it smaller first.',
      );
      expect(await dropped(hugePng(9000, 900))).to.equal(
        'huge.png is 9000 × 900 pixels; the page reads photos up to 8 times as long as wide. Cut out a part.',
      );
      const cut = readFileSync(photo('cat')).subarray(0, 60);
      expect(await dropped({ name: 'cut.jpg', bytes: cut })).to.match(/^cut\.jpg is not a picture/);
      await drop(page, '.stage', []);
      expect(await nextNotice(page)).to.equal('That holds no file. Save the picture first, then drop the file.');
      expect(await dropped(await animatedGif())).to.equal('two.gif is animated; only its first picture is read.');
      await ready(page);
      await drop(page, '.stage', [await rotatedJpeg()]);
      await page.waitForFunction(() => document.querySelector<HTMLElement>('.stage')?.style.aspectRatio === '80 / 120');
      await drop(page, '.stage', [await cmykJpeg()]);
      await page.waitForFunction(() => document.querySelector<HTMLElement>('.stage')?.style.aspectRatio === '64 / 48');
      await ready(page);
      expect(await notices(page)).to.deep.equal([]);
    });

    it('takes 200 files for one photo, and of two photos at once the later', async function () {
      const cat = readFileSync(photo('cat'));
      await page.setInputFiles('#photo-file', [photo('cat')]);
      const many = [
        { name: 'first.jpg', bytes: cat },
        ...Array.from({ length: 199 }, (_, i) => ({ name: `${i}.txt`, bytes: Buffer.from('x') })),
      ];
      await drop(page, 'body', many);
      expect(await nextNotice(page)).to.match(
        /^One photo at a time here: first\.jpg is opened, 199 other files are left out\./,
      );
      await ready(page);
      await page.evaluate(() =>
        document.querySelectorAll<HTMLElement>('#samples button').forEach((button) => button.click()),
      );
      await page.waitForFunction(() =>
        document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith('astronaut.jpg'),
      );
      await ready(page);
    });

    it('keeps as many tensors after many photos as after a few', async function () {
      const tensors = () =>
        page
          .workers()[0]
          .evaluate(
            () =>
              (globalThis as unknown as { _tfengine: { state: { numTensors: number } } })._tfengine.state.numTensors,
          );
      const counts: number[] = [];
      for (const name of ['Cat', 'Coffee', 'Cat', 'Rocket', 'Coffee', 'Astronaut', 'Cat']) {
        await page.getByTitle(name, { exact: true }).click();
        await page.waitForFunction(
          (start) => document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith(start),
          name.toLowerCase(),
        );
        await ready(page);
        counts.push(await tensors());
      }
      expect(new Set(counts), counts.join(' ')).to.have.property('size', 1);
    });

    it('compares the class map with Grad-CAM, at the last features and at an earlier layer', async function () {
      await page.getByTitle('Cat', { exact: true }).click();
      await page.waitForFunction(() =>
        document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith('cat.jpg'),
      );
      await page.click('#tab-compare');
      const captions = page.locator('#compared figcaption span');
      await page.waitForFunction(() =>
        document.querySelectorAll('#compared figcaption span')[1]?.textContent?.includes(' at layer head'),
      );
      expect(await captions.nth(0).textContent()).to.match(
        /^one pass forward, \d+ ms, and the maps of all 1000 classes are there$/,
      );
      expect(await captions.nth(1).textContent()).to.match(
        /^forward and back, \d+ ms, for one class, 16 × 10 at layer head$/,
      );
      await ready(page);
      await expectLikeApproved('class-map', await page.locator('#compared .stage').nth(0).screenshot());
      await expectLikeApproved('grad-cam', await page.locator('#compared .stage').nth(1).screenshot());
      await page.selectOption('#compare-layer', 'stage5');
      await page.waitForFunction(() =>
        document.querySelectorAll('#compared figcaption span')[1]?.textContent?.endsWith('31 × 20 at layer stage5'),
      );
      const [other] = await page.locator('#compare-class option').nth(1).allTextContents();
      await page.selectOption('#compare-class', { index: 1 });
      await page.waitForFunction(
        (name) =>
          document
            .querySelectorAll('#compared .stage')[1]
            ?.getAttribute('aria-label')
            ?.startsWith(`Grad-CAM of ${name} `),
        other,
      );
      await ready(page);
      await page.click('#tab-see');
    });

    it('moves between tabs by arrow keys', async () => {
      await page.focus('#tab-see');
      await page.press('#tab-see', 'ArrowRight');
      expect(await page.isVisible('#see')).to.equal(false);
      await page.keyboard.press('ArrowLeft');
      expect(await page.isVisible('#see')).to.equal(true);
    });

    it('works offline after the first visit', async function () {
      await page.evaluate(async () => {
        await navigator.serviceWorker.ready;
      });
      await tab.context.setOffline(true);
      await page.reload();
      await ready(page);
      expect(await listedClasses(page)).to.include('palace');
      await tab.context.setOffline(false);
    });
  });

  describe('photos from camera and clipboard', () => {
    let tab: Tab;
    let page: Page;

    before(async function () {
      tab = await openTab(site, '?backend=wasm', { permissions: ['camera'] });
      page = tab.page;
      await ready(page);
    });
    after(() => tab?.close());
    afterEach(() => expectNoComplaints(tab));

    const shown = () => page.getAttribute('.stage', 'aria-label');

    it('reads a photo that is pasted', async () => {
      await page.evaluate(
        (bytes) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], 'pasted.jpg', { type: 'image/jpeg' }));
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
        },
        [...readFileSync(photo('cat'))],
      );
      await page.waitForFunction(() =>
        document.querySelector('.stage')?.getAttribute('aria-label')?.startsWith('pasted.jpg'),
      );
      await ready(page);
    });

    it('reads what the camera takes, and gives photos to a class', async function () {
      const before = await shown();
      await page.click('#open-camera');
      await page.waitForSelector('#camera[open]');
      await page.waitForFunction(() => document.querySelector<HTMLVideoElement>('#camera-view')!.videoWidth > 0);
      await page.click('#camera-take');
      await page.waitForFunction((old) => document.querySelector('.stage')?.getAttribute('aria-label') !== old, before);
      await ready(page);
      expect(await page.isVisible('#camera')).to.equal(false);
      await page.click('#tab-teach');
      await page.locator('.lesson').first().getByRole('button', { name: 'Camera' }).click();
      await page.waitForSelector('#camera[open]');
      await page.waitForFunction(() => document.querySelector<HTMLVideoElement>('#camera-view')!.videoWidth > 0);
      await page.click('#camera-take');
      await page.click('#camera-take');
      await page.waitForFunction(() => document.querySelectorAll('.lesson')[0].querySelectorAll('.thumb').length === 2);
      await page.click('#camera-close');
      await page.click('#tab-see');
    });

    it('says so where there is no camera, or none that may be used', async () => {
      for (const [name, sentence] of [
        ['NotFoundError', /^There is no camera/],
        ['NotAllowedError', /does not let this page use the camera/],
      ] as const) {
        await page.evaluate((error) => {
          navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', error));
        }, name);
        await page.click('#open-camera');
        expect(await nextNotice(page)).to.match(sentence);
      }
    });
  });

  describe('accessibility', () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

    for (const colorScheme of ['light', 'dark'] as const) {
      it(`axe finds nothing, on a desktop and at 360 px, ${colorScheme}`, async function () {
        const tab = await openTab(site, '?backend=wasm', { colorScheme, bypassCSP: true });
        const { page } = tab;
        await ready(page);
        await page.evaluate(axe);
        const violations = () =>
          page.evaluate(async () => {
            const { run } = (
              globalThis as unknown as {
                axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
              }
            ).axe;
            return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
          });
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          for (const name of ['see', 'compare', 'teach']) {
            await page.click(`#tab-${name}`);
            expect(await violations(), `${name} at ${width} px`).to.deep.equal([]);
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            expect(overflow, `${name} at ${width} px runs over`).to.be.at.most(0);
          }
        }
        expectNoComplaints(tab);
        await tab.close();
      });
    }
  });

  teachCases(() => site);
});
