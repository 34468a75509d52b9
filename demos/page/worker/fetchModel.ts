import { WeldonError } from '../../../src/index.js';
import type { ModelFile } from '../../../src/index.js';

/** The browser's own store of the network; the service worker reads it too. */
export const weightsCache = 'tfjs-weldon-weights';

async function cached(url: string): Promise<Response> {
  if (typeof caches === 'undefined') {
    return fetch(url);
  }
  const cache = await caches.open(weightsCache);
  const known = await cache.match(url);
  if (known !== undefined) {
    return known;
  }
  const fresh = await fetch(url);
  if (fresh.ok) {
    await cache.put(url, fresh.clone()).catch(() => undefined); // a full disk is no reason to stop
  }
  return fresh;
}

async function read(url: string, onBytes: (count: number) => void): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await cached(url);
  } catch {
    throw new WeldonError(`Cannot load ${url}: there is no connection, and this browser has not kept it yet.`);
  }
  if (!response.ok || response.body === null) {
    throw new WeldonError(`Cannot load ${url}: the server answers ${response.status}.`);
  }
  const parts: Uint8Array[] = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    onBytes(part.value.length);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/**
 * The files of a model folder, from the browser's store or the server.
 *
 * @param folder its URL, with a slash at the end
 * @param onProgress bytes of the weights so far, and all of them
 */
export async function fetchModel(
  folder: string,
  onProgress: (loaded: number, total: number) => void,
): Promise<ModelFile[]> {
  const bytes = await read(`${folder}model.json`, () => undefined);
  const { weightsManifest } = JSON.parse(new TextDecoder().decode(bytes)) as {
    weightsManifest: { paths: string[]; weights: { shape: number[] }[] }[];
  };
  // two bytes a number: the embedded network is stored as float16
  const total =
    2 *
    weightsManifest
      .flatMap(({ weights }) => weights)
      .reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
  let loaded = 0;
  const shards = await Promise.all(
    weightsManifest
      .flatMap(({ paths }) => paths)
      .map(async (name): Promise<ModelFile> => ({
        name,
        bytes: await read(folder + name, (count) => {
          loaded += count;
          onProgress(loaded, total);
        }),
      })),
  );
  return [{ name: 'model.json', bytes }, ...shards];
}
