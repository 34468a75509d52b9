import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** What the page loads at a fixed address: the network and the wasm backend's modules. */
function fixedFiles(root: string): { fileName: string; source: Uint8Array }[] {
  const model = join(root, 'models', 'efficientnet-lite0');
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return [
    ...readdirSync(model).filter((name) => /\.(bin|json)$|^LICENSE$|^NOTICE$/.test(name))
      .map((name) => ({ fileName: `model/${name}`, source: readFileSync(join(model, name)) })),
    ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']
      .map((name) => ({ fileName: `wasm/${name}`, source: readFileSync(join(wasm, name)) })),
  ];
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;

/** Adds the fixed files, fills in the service worker's list, and prints what a visitor downloads. */
export function siteFiles(root: string, serviceWorker: string): Plugin {
  return {
    name: 'site-files',
    generateBundle(_options, bundle) {
      fixedFiles(root).forEach((file) => this.emitFile({ type: 'asset', ...file }));
      const sizes = { scripts: 0, wasm: 0, photos: 0, weights: 0 };
      const hash = createHash('sha256');
      const names: string[] = [];
      for (const [name, file] of [...Object.entries(bundle), ...fixedFiles(root).map((file) => [file.fileName, { ...file, type: 'asset' as const }] as const)]
        .sort(([a], [b]) => (a < b ? -1 : 1))) {
        const content = file.type === 'chunk' ? file.code : file.source;
        if (name === serviceWorker || names.includes(name)) {
          continue;
        }
        names.push(name);
        hash.update(name).update(content);
        const kind = name.endsWith('.bin') ? 'weights' : name.endsWith('.wasm') ? 'wasm' : name.endsWith('.jpg') ? 'photos' : 'scripts';
        sizes[kind] += gzipSync(content).length;
      }
      const worker = bundle[serviceWorker];
      if (worker?.type === 'chunk') {
        worker.code = worker.code.replace('__version__', hash.digest('hex').slice(0, 16))
          .replace(/["'`]__files__["'`]/, JSON.stringify(names));
      }
      const withoutWeights = sizes.scripts + sizes.wasm + sizes.photos;
      console.log(`\ngzipped: scripts and styles ${kilobytes(sizes.scripts)}, wasm ${kilobytes(sizes.wasm)}, photos ${kilobytes(sizes.photos)}; `
        + `together ${kilobytes(withoutWeights)}, and weights ${kilobytes(sizes.weights)}`);
      if (withoutWeights > 1.5e6) {
        this.error(`The page takes ${kilobytes(withoutWeights)} gzipped without the network's weights; at most 1500 kB are wanted.`);
      }
    },
  };
}
