import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { encodePng } from '../../src/node/images/encodePixels.js';
import { openPage } from './openBrowser.js';
import { openBrowserOrSkip } from './openBrowserOrSkip.js';
import type { PageServer } from './servePages.js';
import { servePages } from './servePages.js';

describe('images of a page', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  before(async function () {
    const pixel = await encodePng({ data: new Uint8ClampedArray(4).fill(255), width: 1, height: 1 });
    server = await servePages(fileURLToPath(new URL('drawnImagesPage.ts', import.meta.url)), { 'pixel.png': pixel });
    browser = await openBrowserOrSkip(this);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  it('feature: <img>, canvas, OffscreenCanvas, ImageBitmap and ImageData give the same scores', async () => {
    const page = await openPage(browser!);
    await page.goto(`${server!.origin}/`);
    // Another name of the same machine is another origin.
    const foreign = `${server!.origin.replace('localhost', '127.0.0.1')}/pixel.png`;
    const { scores, refusal } = await page.evaluate((address) => globalThis.scoresOfForms(address), foreign);
    const { ImageData: wanted, array, ...others } = scores;
    for (const [form, found] of Object.entries(others)) {
      expect(found, form).to.deep.equal(wanted);
    }
    expect(array).to.have.length(3);
    array.flat().forEach((score, i) => expect(score).to.be.closeTo(wanted[0][i % 2], 1e-6));
    expect(refusal).to.match(/^WeldonError: The pixels of image 0 cannot be read: .*crossOrigin = "anonymous"/);
    await page.close();
  });
});
