import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { openPage } from '../../browser/openBrowser.js';
import { openBrowserOrSkip } from '../../browser/openBrowserOrSkip.js';
import type { PageServer } from '../../browser/servePages.js';
import { servePages } from '../../browser/servePages.js';

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

describe('exportOnnx in Chromium', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  before(async function () {
    server = await servePages(fileURLToPath(new URL('onnxPage.ts', import.meta.url)), {
      'ort.wasm': readFileSync(join(runtime, 'ort-wasm-simd-threaded.wasm')),
    });
    browser = await openBrowserOrSkip(this);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  // WebGPU is the backend whose weights can only be read by waiting.
  for (const name of ['wasm', 'webgpu'] as const) {
    it(`a file made on ${name} opens in onnxruntime-web, and gives the same`, async () => {
      const page = await openPage(browser!);
      await page.goto(`${server!.origin}/`);
      expect(await page.evaluate((backend) => globalThis.onnx.start({ name: backend }), name)).to.equal(name);
      const far = await page.evaluate(() => globalThis.onnx.compare());
      expect(far.scores).to.be.below(1e-5);
      expect(far.class_maps).to.be.below(1e-5);
      await page.close();
    });
  }
});
