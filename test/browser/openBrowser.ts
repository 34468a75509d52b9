import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { chromiumFiles } from './chromiumFiles.js';

/** WebGL through ANGLE and WebGPU through Dawn, both on SwiftShader, and nothing that reaches for the network. */
const flags = [
  '--no-sandbox',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--ignore-gpu-blocklist',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** @param executable a browser to use in place of npm's, with whatever GPU it finds */
export async function openBrowser(executable?: string): Promise<Browser> {
  if (executable !== undefined) {
    return chromium.launch({
      executablePath: executable,
      args: ['--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan'],
    });
  }
  const files = await chromiumFiles();
  return chromium.launch({
    executablePath: files.executable,
    args: flags,
    env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: files.libraryPath },
  });
}

/** How long a page may take for one step, milliseconds: longer than a busy machine can make it. */
export const patience = 600_000;

/** A page that waits for a busy machine. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(patience);
  return page;
}
