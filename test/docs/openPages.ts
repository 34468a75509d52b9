/** Pages in a real browser: what they print, and what goes wrong on them. */
import { createServer } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openPage } from '../browser/openBrowser.js';

const contentTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
};

export interface Served {
  origin: string;
  close(): Promise<void>;
}

/** Serves the files of folders, the first that has one. */
export async function serveFolders(...folders: string[]): Promise<Served> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = folders
      .map((folder) => join(folder, path.endsWith('/') ? `${path}index.html` : path))
      .find((name) => existsSync(name) && statSync(name).isFile());
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': contentTypes[extname(file ?? '')] ?? 'application/octet-stream',
    });
    response.end(file === undefined ? '' : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export interface OpenedPage {
  page: Page;
  /** what it printed, line by line */
  printed: string[];
  /** Addresses that are not of the page's own host. */
  strangers: string[];
  /** Rejects at the first error on the page. */
  failed: Promise<never>;
}

/** Opens a page, and follows what it prints and asks for. */
export async function follow(browser: Browser, address: string): Promise<OpenedPage> {
  const page = await openPage(browser);
  const printed: string[] = [];
  const strangers: string[] = [];
  const { origin } = new URL(address);
  page.on('console', (message) => printed.push(message.text()));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) {
      strangers.push(request.url());
    }
  });
  const failed = new Promise<never>((_, reject) => {
    page.on('pageerror', (error) => reject(error));
    page.on('response', (response) => {
      if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) {
        reject(new Error(`${response.url()} answers ${response.status()}`));
      }
    });
  });
  failed.catch(() => undefined);
  await page.goto(address);
  return { page, printed, strangers, failed };
}

/** Waits for a page to print these lines. */
export async function untilPrinted({ page, printed, failed }: OpenedPage, lines: readonly string[]): Promise<void> {
  const missing = () => lines.filter((line) => !printed.includes(line));
  while (missing().length > 0) {
    await Promise.race([failed, page.waitForEvent('console')]).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; missing: ${missing().join(' | ')}; printed: ${printed.join('\n')}`);
    });
  }
}
