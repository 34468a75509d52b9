import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openPage } from '../../browser/openBrowser.js';
import { openBrowserOrSkip } from '../../browser/openBrowserOrSkip.js';
import type { PageServer } from '../../browser/servePages.js';
import { servePages } from '../../browser/servePages.js';
import { describeWithShared, sharedPath } from '../../shared.js';
import { everything } from './goldenNetworks.js';

/** The smallest of each kind, and by default one for each backend: software that stands for a GPU is slow. */
const files = ['resnet18', 'mobilenet_v2', 'wrn_16_4'];
const byBackend = everything ? { webgl: files, webgpu: files } : { webgl: ['resnet18'], webgpu: ['mobilenet_v2'] };
const weights = 'resnet18w16_first20.f16.safetensors';

describeWithShared('golden networks in Chromium', 'golden/backbones/names.json', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  before(async function () {
    const text = (path: string) => readFileSync(sharedPath(path));
    server = await servePages(fileURLToPath(new URL('goldenPage.ts', import.meta.url)), {
      ...Object.fromEntries(files.map((file) => [`${file}.json`, text(`golden/backbones/${file}.json`)])),
      [weights]: text(`golden/safetensors/${weights}`),
    });
    browser = await openBrowserOrSkip(this);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const name of ['webgl', 'webgpu'] as const) {
    describe(name, () => {
      let page: Page;

      before(async function () {
        page = await openPage(browser!);
        await page.goto(`${server!.origin}/`);
        expect(await page.evaluate((backend) => globalThis.golden.start({ name: backend }), name)).to.equal(name);
      });

      after(() => page?.close());

      for (const file of byBackend[name]) {
        it(file, async function () {
          await page.evaluate((network) => globalThis.golden.check(network), file);
        });
      }

      it('averages maps to a fixed number of regions', async () => {
        expect(await page.evaluate(() => globalThis.golden.averages())).to.deep.equal([4, 5, 6, 7]);
      });
    });
  }

  it('reads safetensors from a URL and a Blob', async () => {
    const page = await openPage(browser!);
    await page.goto(`${server!.origin}/`);
    const { files: expected } = JSON.parse(readFileSync(sharedPath('golden/safetensors/expected.json'), 'utf8')) as {
      files: Record<string, { tensors: Record<string, { head: number[] }> }>;
    };
    const { head } = expected[weights].tensors['conv1.weight'];
    const read = await page.evaluate(([url, tensor]) => globalThis.golden.values(url, tensor), [
      weights,
      'conv1.weight',
    ] as const);
    expect(read).to.deep.equal([head, head]);
    await page.close();
  });
});
