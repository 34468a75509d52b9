import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { ConformanceCase } from '../kernels/conformance.js';
import type { GoldenFile } from '../kernels/goldenVectors.js';
import { declareRemoteCases } from '../kernels/remoteCases.js';
import { sharedPath } from '../shared.js';
import type { BackendName } from '../tolerances.js';
import { gradientTolerances, tolerances } from '../tolerances.js';
import { casesOfGpus, isFor } from './conformanceCases.js';
import { beyondHalfFloats } from './halfFloats.js';
import { openBrowser } from './openBrowser.js';
import type { PageServer } from './servePages.js';
import { servePages } from './servePages.js';
import type { PageBackend, StartedBackend } from './startBackend.js';

interface BrowserRun extends PageBackend {
  title: string;
  tolerance: BackendName;
  /** whether the page is cross-origin isolated, which lets wasm use threads */
  isolated?: boolean;
  /** groups of cases, where not all are run */
  groups?: readonly string[];
  started(facts: StartedBackend): void;
}

const runs: readonly BrowserRun[] = [
  { title: 'cpu', name: 'cpu', tolerance: 'cpu', started: () => undefined },
  {
    title: 'wasm, one thread', name: 'wasm', tolerance: 'wasm',
    started: ({ device }) => expect(device).to.equal('SIMD'),
  },
  {
    title: 'wasm, threads', name: 'wasm', tolerance: 'wasm', isolated: true,
    started: ({ device }) => expect(device).to.equal('SIMD, threads'),
  },
  {
    title: 'webgl', name: 'webgl', tolerance: 'webgl',
    started: ({ float32 }) => expect(float32).to.equal(true),
  },
  {
    title: 'webgl with half floats', name: 'webgl', tolerance: 'webgl-f16', flags: { WEBGL_FORCE_F16_TEXTURES: true },
    started: ({ float32 }) => expect(float32).to.equal(false),
  },
  {
    // Stock operations, since its shaders cannot do the kernels' work.
    title: 'webgl 1', name: 'webgl', tolerance: 'webgl', flags: { WEBGL_VERSION: 1 }, groups: ['smoke', 'leak'],
    started: ({ float32 }) => expect(float32).to.equal(true),
  },
  { title: 'webgpu', name: 'webgpu', tolerance: 'webgpu', started: () => undefined },
];

const golden = existsSync(sharedPath('golden/pooling.json')) ? readFileSync(sharedPath('golden/pooling.json'), 'utf8') : null;
const cases = casesOfGpus(golden === null ? null : JSON.parse(golden) as GoldenFile);

describe('conformance in Chromium', () => {
  let server: PageServer | null = null;
  let browser: Browser | null = null;

  /** The first backend that needs the browser opens it, so that its failure is that backend's reason. */
  async function openPage(run: BrowserRun): Promise<Page> {
    server ??= await servePages(fileURLToPath(new URL('conformancePage.ts', import.meta.url)),
      golden === null ? {} : { 'pooling.json': golden });
    browser ??= await openBrowser();
    const page = await browser.newPage();
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
    const context = {
      tolerance: tolerances[run.tolerance], gradientTolerance: gradientTolerances[run.tolerance], tellsNaN: true,
    };
    const choose = (each: ConformanceCase) => isFor(run.title, each) && (run.groups?.includes(each.group) ?? true)
      && (run.tolerance === 'webgl-f16' ? beyondHalfFloats(each) ?? true : true);
    declareRemoteCases(run.title, cases, context, async () => {
      page = await openPage(run);
      const facts = await page.evaluate(
        ({ name, flags }) => globalThis.conformance.start({ name, flags }), { name: run.name, flags: run.flags });
      console.log(`      ${facts.backend}: ${facts.device}`);
      run.started(facts);
      return (index, how) => page!.evaluate(([i, c]) => globalThis.conformance.run(i, c), [index, how] as const);
    }, async () => {
      await page?.close();
    }, choose);
  }
});
