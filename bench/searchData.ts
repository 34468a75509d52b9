/** What the benchmark of the search looks at: pictures of ../shared, a network whose features are kept, catalogues. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FrozenPass } from '../src/models/frozenPass.js';
import type { Box } from '../src/models/resizeMapping.js';
import { embeddedImage, embeddingRows } from '../src/node/bake/imageRows.js';
import type { EmbeddedImage, EmbedRowsOptions } from '../src/node/bake/imageRows.js';
import { readImageBytes } from '../src/node/images/readImage.js';
import { diskFeatureStore } from '../src/node/features/diskFeatureStore.js';
import { openFrozenNetwork } from '../src/node/features/frozenNetwork.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';
import type { Catalogue, DescriptorChoice } from '../src/search/index.js';
import {
  beginCatalogue,
  describeCatalogue,
  fitPca,
  memoryStore,
  openCatalogue,
  projector,
  rowsOfVectors,
  sealCatalogue,
} from '../src/search/index.js';
import { pcaBytes, readPca } from '../src/search/pca.js';

const shared = fileURLToPath(new URL('../../shared/', import.meta.url));
const data = join(shared, 'data');

/** A folder of `../shared/data`. */
export const dataFolder = (folder: string) => join(data, folder);

/** A picture of a folder with one folder a class. */
export interface Picture {
  /** `CLASS/NAME` */
  id: string;
  label: string;
  path: string;
}

/** All pictures of a folder of `../shared/data`, sorted. */
export function pictures(folder: string): Picture[] {
  const root = join(data, folder);
  return readdirSync(root)
    .filter((label) => statSync(join(root, label)).isDirectory())
    .sort()
    .flatMap((label) =>
      readdirSync(join(root, label))
        .sort()
        .map((name) => ({ id: `${label}/${name}`, label, path: join(root, label, name) })),
    );
}

/** A garment in a room: which one of clothing/train it is, and where. */
export interface Scattered extends Picture {
  item: string;
  box: Box;
}

export function scattered(split: 'train' | 'test'): Scattered[] {
  const items = JSON.parse(readFileSync(join(shared, 'golden/search/scattered_instances.json'), 'utf8')) as Record<
    string,
    string
  >;
  const lines = readFileSync(join(data, 'scattered_clothing/boxes.csv'), 'utf8').trim().split('\n').slice(1);
  const boxes = new Map(
    lines.map((line) => {
      const [file, , ...corners] = line.split(',');
      const [x0, y0, x1, y1] = corners.map(Number);
      return [file, { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }];
    }),
  );
  return pictures(`scattered_clothing/${split}`).map((picture) => {
    const file = `${split}/${picture.id}`;
    return { ...picture, item: items[file].replace(/^train\//, ''), box: boxes.get(file)! };
  });
}

/** The package's own network, as it is and with its features kept on the disk. */
export async function openNetwork(backend: 'auto' | 'onnx' | 'wasm', cache: string) {
  const { engine } = await startRuntime({ backend });
  const network = await openFrozenNetwork({ layer: 'head', engine });
  const store = diskFeatureStore(cache, { precision: 'float32', notice: () => undefined });
  const kept: FrozenPass = {
    ...network.pass,
    async run({ data: pixels, shape }) {
      const [batch, height, width] = shape;
      const size = pixels.length / batch;
      const keys = Array.from({ length: batch }, (_, i) => {
        const part = pixels.subarray(i * size, (i + 1) * size);
        const image = createHash('sha256')
          .update(Uint8Array.from(part as Uint8Array))
          .digest('hex');
        return { model: network.hash, image, preprocessing: `${width} × ${height}` };
      });
      const found = await Promise.all(keys.map((key) => store.read(key)));
      const missing = keys.map((_, i) => i).filter((i) => found[i] === null);
      if (missing.length > 0) {
        const wanted = new Uint8Array(missing.length * size);
        missing.forEach((i, at) => wanted.set(pixels.subarray(i * size, (i + 1) * size), at * size));
        const { features } = await network.pass.run({ data: wanted, shape: [missing.length, height, width, 3] });
        const each = features!.data.length / missing.length;
        await Promise.all(
          missing.map(async (i, at) => {
            const values = features!.data.slice(at * each, (at + 1) * each);
            found[i] = await store.write(keys[i], { shape: features!.shape.slice(1), values });
          }),
        );
      }
      const [first] = found;
      const values = new Float32Array(batch * first!.values.length);
      found.forEach((one, i) => values.set(one!.values, i * first!.values.length));
      return { features: { data: values, shape: [batch, ...first!.shape] } };
    },
  };
  return { ...network, engine, kept };
}

/** Images embedded in one call of the network, as a worker does it. */
export async function embedPaths(
  pass: FrozenPass,
  paths: readonly string[],
  options: EmbedRowsOptions,
): Promise<EmbeddedImage[]> {
  const { prepare, compute } = embeddingRows(pass, options);
  const prepared = await Promise.all(paths.map(async (path) => prepare(await readImageBytes(path), path)));
  return (await compute(prepared)).flatMap((row) => (row instanceof Error ? [] : [embeddedImage(row)]));
}

/** A catalogue in memory, baked as `weldon index` does by default. */
export async function bake(
  pass: FrozenPass,
  chosen: readonly Picture[],
  crops = 0,
  pooling: DescriptorChoice = 'gap',
): Promise<Catalogue> {
  const vectors: Float32Array[][] = [];
  for (let at = 0; at < chosen.length; at += 8) {
    const paths = chosen.slice(at, at + 8).map(({ path }) => path);
    const images = await embedPaths(pass, paths, { pooling, size: 224, crops });
    vectors.push(...images.map((image) => image.vectors));
  }
  const all = vectors.flat();
  const depth = all[0].length;
  const together = new Float32Array(all.length * depth);
  all.forEach((vector, i) => together.set(vector, i * depth));
  const pca = await readPca(pcaBytes(fitPca(together, depth)));
  const made = { model: 'own', engine: pass.name, size: 224, settings: { pooling, crops }, pca };
  const store = memoryStore(await describeCatalogue(made));
  await beginCatalogue(store, made);
  const rows = rowsOfVectors(projector(pca), all);
  let next = 0;
  await store.upsert(
    chosen.map(({ id, label }, i) => ({ id, vectors: vectors[i].map(() => rows[next++]), meta: { label } })),
  );
  await sealCatalogue(store);
  return openCatalogue(store);
}
