/** The search page's ready collection: a catalogue baked and taken along, and queries whose results are there beforehand. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import type * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../../src/index.js';
import type { FrozenEngine } from '../../src/index.node.js';
import {
  embeddedModelFolder,
  indexImages,
  loadModel,
  openStore,
  readSearchImage,
  writeCollection,
} from '../../src/index.node.js';
import { mapOfImage, openCatalogue, placesAlike, searchImages } from '../../src/search/index.js';
import type { Sample } from './messages.js';
import { hitsShown } from './messages.js';

export interface BuildCollectionOptions {
  /** folder with `catalogue/`, perhaps `items.csv`, and `queries/`, as `makeObjects` makes it */
  data: string;
  /** the catalogue that is baked of it */
  index: string;
  /** gets the files of the collection */
  out: string;
  name: string;
  about?: string;
  /** images of `queries/` that are offered to begin with */
  samples: readonly string[];
  engine: FrozenEngine;
  signal?: AbortSignal;
  notice?: (sentence: string) => void;
  onProgress?: (what: string, done: number, total: number) => void;
}

/** Side of the sample photos at most, pixels. */
const sampleSide = 640;

/** Bakes `catalogue/` and writes it as a collection with the samples' results. */
export async function buildCollection(options: BuildCollectionOptions): Promise<{ items: number; samples: Sample[] }> {
  const { data, index, out, name, about, engine, signal, notice, onProgress } = options;
  const meta = join(data, 'items.csv');
  const { refused } = await indexImages([join(data, 'catalogue')], {
    out: index,
    engine,
    signal,
    notice,
    meta: (await readFile(meta).catch(() => null)) === null ? undefined : meta,
    onImages: (done, total) => onProgress?.('images baked', done, total),
  });
  refused.forEach(({ path, reason }) => notice?.(`${path}: ${reason}`));
  if (signal?.aborted === true) {
    throw new WeldonError('Stopped: the same command goes on');
  }
  const { items } = await writeCollection({
    catalogue: index,
    out,
    name,
    about,
    signal,
    notice,
    onImages: (done, total) => onProgress?.('thumbnails', done, total),
  });
  const samples = await makeSamples(options);
  await writeFile(join(out, 'samples.json'), JSON.stringify(samples));
  return { items, samples };
}

const rounded = (values: Float32Array) => Array.from(values, (value) => Number(value.toPrecision(6)));

/** The searches of the samples. */
async function makeSamples({
  data,
  index,
  out,
  samples: wanted,
  engine,
  onProgress,
}: BuildCollectionOptions): Promise<Sample[]> {
  const folder = join(out, 'samples');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const store = await openStore(index);
  const { model } = await loadModel(embeddedModelFolder('efficientnet-lite0'));
  const pass = await engine.open({ model: model as tfl.LayersModel, outputs: ['features'] });
  const samples: Sample[] = [];
  try {
    const catalogue = await openCatalogue(store);
    const order = new Map<string, number>();
    for await (const rows of store.scan()) {
      rows.forEach(({ id }) => order.set(id, order.size));
    }
    for (const [i, query] of wanted.entries()) {
      onProgress?.('sample queries', i, wanted.length);
      const from = join(data, 'queries', query);
      const file = basename(query);
      const { width, height } = await sharp(from).metadata();
      const to = join(folder, file);
      await (Math.max(width, height) > sampleSide
        ? sharp(from).rotate().resize(sampleSide, sampleSide, { fit: 'inside' }).jpeg({ quality: 85 }).toFile(to)
        : copyFile(from, to));
      const image = await readSearchImage(to);
      const { hits, parts, ...found } = await searchImages(catalogue, pass, { image }, { k: hitsShown });
      const places = new Map<string, Sample['hits'][number]['box']>();
      for (const { id, part } of hits) {
        const path = join(data, 'catalogue', id);
        const item = await readSearchImage(path);
        const { box } = placesAlike(
          catalogue,
          await mapOfImage(pass, item, catalogue.description.size),
          parts[part].row,
        );
        const [w, h] = [item.width, item.height];
        places.set(id, { x: box.x / w, y: box.y / h, width: box.width / w, height: box.height / h });
      }
      samples.push({
        id: file.replace(/\.\w+$/, ''),
        file: `samples/${file}`,
        width: image.width,
        height: image.height,
        parts: parts.map(({ row, box }) => ({ row: rounded(row), box })),
        ranking: found.ranking,
        byWhole: found.byWhole,
        similarity: found.similarity,
        nothingSimilar: found.nothingSimilar,
        hits: hits.map(({ id, score, similarity, queryBox, part, vector, meta }) => ({
          ...{ id, score, similarity, queryBox, part, vector, meta },
          tile: order.get(id)!,
          box: places.get(id)!,
        })),
      });
    }
  } finally {
    await pass.dispose();
    model.dispose();
    await store.close();
  }
  return samples;
}
