import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

export interface FixedFile {
  fileName: string;
  source: Uint8Array;
}

/** The network's files, in a folder that is named after their content: browsers keep them for good. */
export function networkFiles(root: string): { folder: string; files: FixedFile[] } {
  const model = join(root, 'models', 'efficientnet-lite0');
  const files = readdirSync(model)
    .filter((name) => /\.(bin|json)$|^LICENSE$|^NOTICE$/.test(name))
    .sort()
    .map((name) => ({ name, source: readFileSync(join(model, name)) }));
  const hash = createHash('sha256');
  files.forEach(({ name, source }) => hash.update(name).update(source));
  const folder = `model/${hash.digest('hex').slice(0, 8)}/`;
  return { folder, files: files.map(({ name, source }) => ({ fileName: folder + name, source })) };
}

/** What the page loads at an address of its own making: the network and the wasm backend's modules. */
function fixedFiles(root: string): FixedFile[] {
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return [
    ...networkFiles(root).files,
    ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'].map((name) => ({
      fileName: `wasm/${name}`,
      source: readFileSync(join(wasm, name)),
    })),
  ];
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;

/** Names of the service worker's file in every page. */
export const serviceWorkerFile = 'serviceWorker.js';

/** Adds the fixed files, fills in the service worker's list, and prints what a visitor downloads. */
export function siteFiles(root: string, page: string, more: () => FixedFile[] = () => []): Plugin {
  return {
    name: 'site-files',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const fixed = [...fixedFiles(root), ...more()];
        fixed.forEach((file) => this.emitFile({ type: 'asset', ...file }));
        const sizes = { scripts: 0, wasm: 0, photos: 0, weights: 0, collection: 0 };
        const hash = createHash('sha256');
        const names: string[] = [];
        const built = Object.entries(bundle)
          .filter(([name]) => name !== serviceWorkerFile && !fixed.some(({ fileName }) => fileName === name))
          .map(([fileName, file]) => ({ fileName, source: file.type === 'chunk' ? file.code : file.source }));
        for (const { fileName: name, source: content } of [...built, ...fixed].sort((a, b) =>
          a.fileName < b.fileName ? -1 : 1,
        )) {
          names.push(name);
          hash.update(name).update(content);
          const kind = name.startsWith('collection/')
            ? 'collection'
            : name.endsWith('.bin')
              ? 'weights'
              : name.endsWith('.wasm')
                ? 'wasm'
                : name.endsWith('.jpg')
                  ? 'photos'
                  : 'scripts';
          sizes[kind] += gzipSync(content).length;
        }
        const worker = bundle[serviceWorkerFile];
        if (worker?.type === 'chunk') {
          worker.code = worker.code
            .replace('__page__', page)
            .replace('__version__', hash.digest('hex').slice(0, 16))
            .replace(/["'`]__files__["'`]/, JSON.stringify(names));
        }
        const withoutWeights = sizes.scripts + sizes.wasm + sizes.photos;
        console.log(
          `\ngzipped: scripts and styles ${kilobytes(sizes.scripts)}, wasm ${kilobytes(sizes.wasm)}, photos ${kilobytes(sizes.photos)}; ` +
            `together ${kilobytes(withoutWeights)}, weights ${kilobytes(sizes.weights)}` +
            (sizes.collection > 0 ? `, the collection ${kilobytes(sizes.collection)}` : ''),
        );
        if (withoutWeights > 1.5e6) {
          this.error(
            `The page takes ${kilobytes(withoutWeights)} gzipped without the network's weights; at most 1500 kB are wanted.`,
          );
        }
      },
    },
  };
}
