import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';
import { networkFiles, siteFiles } from './build/siteFiles.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** package.json names the built files that have side effects, such as registering kernels; these are the sources. */
const sourcesHaveEffects: Plugin = {
  name: 'sources-have-effects',
  transform: (code, id) =>
    /\/(?:src|kernels)\/.*\.ts$/.test(id) ? { code, map: null, moduleSideEffects: true } : null,
};

export default defineConfig({
  root: here,
  base: './',
  publicDir: false,
  define: { __networkFolder__: JSON.stringify(networkFiles(root).folder) },
  plugins: [siteFiles(root, 'serviceWorker.js')],
  worker: { format: 'es', plugins: () => [sourcesHaveEffects] },
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: `${here}index.html`, serviceWorker: `${here}serviceWorker.ts` },
      checks: { pluginTimings: false },
      output: { entryFileNames: ({ name }) => (name === 'serviceWorker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
});
