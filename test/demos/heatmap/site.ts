/** The built page on a server of its own, under a folder, and tabs of a real Chromium that tell what went wrong. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { build, preview } from 'vite';
import { openBrowser, patience } from '../../browser/openBrowser.js';

export interface Site {
  url: string;
  browser: Browser;
  close(): Promise<void>;
}

/** Builds a page and serves it from a sub-path. */
export async function openSite(page: 'heatmap' | 'search' = 'heatmap'): Promise<Site> {
  const configFile = fileURLToPath(new URL(`../../../demos/${page}/vite.config.ts`, import.meta.url));
  const outDir = mkdtempSync(join(tmpdir(), 'tfjs-weldon-page-'));
  await build({ configFile, build: { outDir }, logLevel: 'warn' });
  const server = await preview({
    configFile,
    base: '/some/folder/',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
    logLevel: 'warn',
  });
  const url = (server.resolvedUrls as { local: string[] }).local[0].replace('127.0.0.1', 'localhost');
  const close = async () => {
    await server.close();
    rmSync(outDir, { recursive: true, force: true });
  };
  try {
    const browser = await openBrowser();
    return {
      url,
      browser,
      close: async () => {
        await browser.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface Tab {
  page: Page;
  context: BrowserContext;
  /** errors on the console, exceptions, and requests to other origins; a test fails where there are any */
  complaints: string[];
  close(): Promise<void>;
}

/** A tab of its own, with its own storage. */
export async function openTab(site: Site, search = '', options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await site.browser.newContext({
    viewport: { width: 1280, height: 860 },
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A WebGPU program that does not compile is only a warning, and a tensor of zeros.
    if (message.type() === 'error' || /WGSL|is invalid/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !/^(?:blob|data):/.test(request.url())) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  await page.goto(site.url + search);
  return { page, context, complaints, close: () => context.close() };
}

/** Waits until the page has read a photo and is busy no more. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector('#see.ready') !== null && !document.querySelector('#progress')!.classList.contains('on'),
  );
}

/** The sentences that the page shows. */
export function notices(page: Page): Promise<string[]> {
  return page.locator('.notice p').allTextContents();
}

/** Waits for a sentence, closes it, and gives it back. */
export async function nextNotice(page: Page): Promise<string> {
  const notice = page.locator('.notice').first();
  const sentence = await notice.locator('p').textContent();
  await notice.getByRole('button', { name: 'Close this message' }).click();
  return sentence as string;
}

export async function listedClasses(page: Page): Promise<string[]> {
  return page.locator('#ranking .name').allTextContents();
}

/** What "All (JSON)" gives. */
export interface SavedMaps {
  image: { path: string; width: number; height: number };
  classes: {
    name: string;
    index: number;
    score: number;
    probability: number;
    rows: number;
    columns: number;
    map: number[][];
    regions: { top: { row: number; column: number; value: number }[]; bottom: { value: number }[] };
  }[];
}

/** Clicks a button that saves files, and gives their contents by name. */
export async function save(page: Page, button: string, count = 1): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const all = new Promise<void>((resolve, reject) => {
    page.on('download', function take(download) {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of await download.createReadStream()) {
          chunks.push(chunk as Buffer);
        }
        files.set(download.suggestedFilename(), Buffer.concat(chunks));
        if (files.size === count) {
          page.off('download', take);
          resolve();
        }
      })().catch(reject);
    });
  });
  await page.click(button);
  await all;
  return files;
}

export async function savedMaps(page: Page): Promise<SavedMaps> {
  const [[, content]] = await save(page, '#save-json');
  return JSON.parse(content.toString()) as SavedMaps;
}

export function expectNoComplaints({ complaints }: Tab): void {
  expect(complaints).to.deep.equal([]);
}

/** Drops files made in the page on an element of it. */
export async function drop(page: Page, selector: string, files: { name: string; bytes: Uint8Array }[]): Promise<void> {
  await page.evaluate(
    ({ selector: target, files: made }) => {
      const data = new DataTransfer();
      made.forEach(({ name, base64 }) =>
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name)),
      );
      document
        .querySelector(target)!
        .dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    { selector, files: files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })) },
  );
}
