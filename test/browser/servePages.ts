/** Bundles a page's script and serves it from localhost, which counts as a secure context: WebGPU needs one. */
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, extname, join } from 'node:path';
import { smallerRoom } from '../../build/shaders.mjs';

export interface PageServer {
  /** `http://localhost:…`, without a slash at the end */
  origin: string;
  close(): Promise<void>;
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** `@tensorflow/tfjs-backend-wasm` fetches its modules; these are the files and the folder `/wasm/` they are served in. */
const wasmFiles = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** Shaders as the package ships them, so that these are what is tested. */
const shippedShaders: Plugin = {
  name: 'shipped-shaders',
  setup({ onLoad }) {
    const rooms = new Map<string, Map<string, string>>();
    onLoad({ filter: /kernels[\\/]web(gl|gpu)[\\/]\w+\.ts$/ }, ({ path }) => {
      const folder = dirname(path);
      const room = rooms.get(folder) ?? smallerRoom(folder);
      rooms.set(folder, room);
      return { contents: room.get(path), loader: 'ts' };
    });
  },
};

async function bundle(entryPoint: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { page: entryPoint },
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // package.json names the built files that have side effects, and these are the sources.
    ignoreAnnotations: true,
    plugins: [shippedShaders],
    write: false,
    logLevel: 'warning',
  });
  return new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
}

/**
 * Serves `entryPoint`, bundled, as a page at `/` and, cross-origin isolated so that it may use shared memory,
 * at `/isolated/`.
 *
 * @param files further files to serve beside the page, by name
 */
export async function servePages(
  entryPoint: string,
  files: Record<string, string | Uint8Array> = {},
): Promise<PageServer> {
  const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const served = new Map<string, string | Uint8Array>([
    ...(await bundle(entryPoint)),
    ...Object.entries(files),
    ...wasmFiles.map((name) => [`wasm/${name}`, readFileSync(join(wasmFolder, name))] as const),
    [
      'index.html',
      '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' +
        '<title>tfjs-weldon</title><script type="module" src="page.js"></script>',
    ],
  ]);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const isolated = path.startsWith('/isolated/');
    const name = path.slice(isolated ? '/isolated/'.length : 1) || 'index.html';
    const content = served.get(name);
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': contentTypes[extname(name)] ?? 'text/plain',
      ...(isolated
        ? {
            'cross-origin-opener-policy': 'same-origin',
            'cross-origin-embedder-policy': 'require-corp',
            'cross-origin-resource-policy': 'same-origin',
          }
        : {}),
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
