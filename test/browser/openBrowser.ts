import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { chromiumFiles } from './chromiumFiles.js';

/** WebGL through ANGLE and WebGPU through Dawn, both on SwiftShader, and nothing that reaches for the network. */
const flags = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--ignore-gpu-blocklist', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  const { executable, libraryPath } = await chromiumFiles();
  return chromium.launch({
    executablePath: executable,
    args: flags,
    env: { ...process.env as Record<string, string>, LD_LIBRARY_PATH: libraryPath },
  });
}
