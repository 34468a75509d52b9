import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { allCases, goldenPath } from '../kernels/allCases.js';
import type { RunName } from '../kernels/conformanceRuns.js';
import { declareRemoteCases } from '../kernels/declareCases.js';
import { openBrowser, openPage } from './openBrowser.js';
import type { PageServer } from './servePages.js';
import { servePages } from './servePages.js';
import type { PageBackend, StartedBackend } from './startBackend.js';

interface BrowserRun extends PageBackend {
  title: RunName;
  /** whether the page is cross-origin isolated, which lets wasm use threads */
  isolated?: boolean;
  started(facts: StartedBackend): void;
}

const runs: readonly BrowserRun[] = [
  { title: 'cpu', name: 'cpu', started: () => undefined },
  { title: 'wasm, one thread', name: 'wasm', started: ({ device }) => expect(device).to.equal('SIMD') },
  {
    title: 'wasm, threads',
    name: 'wasm',
    isolated: true,
    started: ({ device }) => expect(device).to.equal('SIMD, threads'),
  },
  { title: 'webgl', name: 'webgl', started: ({ float32 }) => expect(float32).to.equal(true) },
  {
    title: 'webgl with half floats',
    name: 'webgl',
    flags: { WEBGL_FORCE_F16_TEXTURES: true },
    started: ({ float32 }) => expect(float32).to.equal(false),
  },
  {
    title: 'webgl 1',
    name: 'webgl',
    flags: { WEBGL_VERSION: 1 },
    started: ({ float32 }) => expect(float32).to.equal(true),
  },
  { title: 'webgpu', name: 'webgpu', started: () => undefined },
];

const golden = goldenPath === null ? null : readFileSync(goldenPath, 'utf8');

describe('conformance in Chromium', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  /** The first backend that needs the browser opens it, so that its failure is that backend's reason. */
  async function openRun(run: BrowserRun): Promise<Page> {
    server ??= await servePages(
      fileURLToPath(new URL('conformancePage.ts', import.meta.url)),
      golden === null ? {} : { 'pooling.json': golden },
    );
    browser ??= await openBrowser();
    const page = await openPage(browser);
    page.on('console', (message) => {
      if (message.type() === 'error') {
        console.log(`      page: ${message.text()}`);
      }
    });
    await page.goto(`${server.origin}${run.isolated ? '/isolated/' : '/'}`);
    return page;
  }

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  if (golden === null) {
    it.skip('golden vectors skipped: no ../shared');
  }

  for (const run of runs) {
    let page: Page | null = null;
    declareRemoteCases(
      run.title,
      run.title,
      allCases,
      async () => {
        page = await openRun(run);
        const facts = await page.evaluate(({ name, flags }) => globalThis.conformance.start({ name, flags }), {
          name: run.name,
          flags: run.flags,
        });
        run.started(facts);
        return {
          device: facts.device,
          run: (index, how) => page!.evaluate(([i, c]) => globalThis.conformance.run(i, c), [index, how] as const),
        };
      },
      async () => {
        await page?.close();
      },
    );
  }
});
