import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { openPage } from '../../browser/openBrowser.js';
import { openBrowserOrSkip } from '../../browser/openBrowserOrSkip.js';
import type { PageServer } from '../../browser/servePages.js';
import { servePages } from '../../browser/servePages.js';
import { expectParity } from './expectParity.js';

describe('training a small ResNet in Chromium', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  before(async function () {
    server = await servePages(fileURLToPath(new URL('parityPage.ts', import.meta.url)));
    browser = await openBrowserOrSkip(this);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const name of ['webgl', 'webgpu'] as const) {
    it(`feature: ${name}, every strategy as on cpu; a resumed run as an uninterrupted one`, async function () {
      const page = await openPage(browser!);
      try {
        await page.goto(`${server!.origin}/`);
        await expectParity(await page.evaluate((backend) => globalThis.trainOn({ name: backend }), name));
      } finally {
        await page.close();
      }
    });
  }
});
