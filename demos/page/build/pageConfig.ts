import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';
import type { FixedFile } from './siteFiles.js';
import { networkFiles, siteFiles } from './siteFiles.js';

const serviceWorker = fileURLToPath(new URL('../serviceWorker.ts', import.meta.url));

/** package.json names the built files that have side effects, such as registering kernels; these are the sources. */
const sourcesHaveEffects: Plugin = {
  name: 'sources-have-effects',
  transform: (code, id) =>
    /\/(?:src|kernels)\/.*\.ts$/.test(id) ? { code, map: null, moduleSideEffects: true } : null,
};

/**
 * How a page is built: static files with relative addresses, the network among them.
 *
 * @param root of the checkout
 * @param here the page's folder, with a slash at the end
 * @param page its name, for what the browser keeps of it
 * @param more files beside what the page imports
 */
export function pageConfig({
  root,
  here,
  page,
  more,
}: {
  root: string;
  here: string;
  page: string;
  more?: () => FixedFile[];
}): UserConfig {
  return {
    root: here,
    base: './',
    publicDir: false,
    define: { __networkFolder__: JSON.stringify(networkFiles(root).folder) },
    plugins: [siteFiles(root, page, more)],
    worker: { format: 'es', plugins: () => [sourcesHaveEffects] },
    build: {
      outDir: `${here}dist`,
      emptyOutDir: true,
      target: 'es2022',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4000,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: { index: `${here}index.html`, serviceWorker },
        checks: { pluginTimings: false },
        output: { entryFileNames: ({ name }) => (name === 'serviceWorker' ? '[name].js' : 'assets/[name]-[hash].js') },
      },
    },
  };
}
