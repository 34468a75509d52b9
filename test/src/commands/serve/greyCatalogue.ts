/** A catalogue of grey images with a network that tells greys apart, for tests of the server. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FrozenPass } from '../../../../src/models/frozenPass.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { beginCatalogue, describeCatalogue, sealCatalogue } from '../../../../src/search/catalogue.js';
import { embedImages, rowsOfVectors } from '../../../../src/search/embedImages.js';
import { fitPca, projector } from '../../../../src/search/pca.js';
import { imageOfPixels } from '../../../../src/search/pixelImage.js';

const depth = 24;
const cell = 32;
const step = 10;

/** Sees of every 32 pixels the grey of one: 1 … 20 times ten come in pairs that are alike. */
export function greyPass(): FrozenPass & { running: () => number } {
  let running = 0;
  return {
    name: 'greys',
    outputs: ['features'],
    running: () => running,
    async run({ data, shape: [batch, height, width] }) {
      running++;
      await new Promise((resolve) => setImmediate(resolve));
      const [rows, columns] = [height / cell, width / cell];
      const features = new Float32Array(batch * rows * columns * depth);
      for (let at = 0; at < batch * rows * columns; at++) {
        const [image, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
        const value = data[((image * height + row * cell + cell / 2) * width + column * cell + cell / 2) * 3];
        const grey = Math.round(value / step);
        const isKnown = grey >= 1 && grey <= 20;
        features[at * depth + (isKnown ? Math.ceil(grey / 2) : depth - 1)] = 1;
        features[at * depth + 12 + (grey % 2)] = isKnown ? 0.5 : 0;
      }
      running--;
      return { features: { data: features, shape: [batch, rows, columns, depth] } };
    },
    dispose: () => undefined,
  };
}

/** The bytes of an image of one grey, with a square of another in it. */
export async function greyPng(
  grey: number,
  { side = 96, inside }: { side?: number; inside?: { grey: number; x: number; y: number; side: number } } = {},
): Promise<Buffer> {
  const pixels = Buffer.alloc(side * side * 3, grey * step);
  for (let y = 0; inside !== undefined && y < inside.side; y++) {
    const from = ((inside.y + y) * side + inside.x) * 3;
    pixels.fill(inside.grey * step, from, from + inside.side * 3);
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

export const greyId = (grey: number) => `grey/${grey} é.png`;

/** Bakes images of these greys into a folder beside the catalogue. */
export async function bakeGreys(catalogue: string, images: string, greys: readonly number[]): Promise<void> {
  await mkdir(join(images, 'grey'), { recursive: true });
  const pass = greyPass();
  const vectors = await embedImages(
    pass,
    greys.map((grey) => imageOfPixels({ data: new Uint8Array(64 * 64 * 3).fill(grey * step), width: 64, height: 64 })),
  );
  const all = await embedImages(
    pass,
    Array.from({ length: 20 }, (_, i) =>
      imageOfPixels({ data: new Uint8Array(64 * 64 * 3).fill((i + 1) * step), width: 64, height: 64 }),
    ),
  );
  const pca = fitPca(
    all.flatMap((vector) => Array.from(vector)),
    depth,
    { dimensions: 16 },
  );
  const made = { model: 'greys', engine: pass.name, size: 224, settings: { pooling: 'gap' as const, crops: 0 }, pca };
  const store = await openStore(catalogue, { create: await describeCatalogue(made) });
  await beginCatalogue(store, made);
  await store.keep('source', new TextEncoder().encode(JSON.stringify({ root: images, model: null })));
  const rows = rowsOfVectors(projector(pca), vectors);
  for (const [i, grey] of greys.entries()) {
    await writeFile(join(images, greyId(grey)), await greyPng(grey));
    await store.upsert([{ id: greyId(grey), vectors: [rows[i]], meta: { even: grey % 2 === 0, grey } }]);
  }
  await sealCatalogue(store, { anew: true });
  await store.optimize();
  await store.close();
}
