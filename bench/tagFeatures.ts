/** Images of `../shared/data` for the benchmark of tags, and their features: EfficientNet-Lite0, 224 pixels, warped, GAP. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findImages } from '../src/index.node.js';
import type { FrozenPass } from '../src/models/frozenPass.js';
import { inParallel } from '../src/node/images/readImages.js';
import { readForModel } from '../src/node/images/readForModel.js';
import { atomicWrite } from '../src/node/storage/atomicWrite.js';

export const side = 224;
export const depth = 1280;

export interface BenchImage {
  path: string;
  /** folder of data sets: `scene15`, `places_rooms6`, `food10`, `clothing`, `msrc_v2` */
  set: string;
  /** the class folder, with `scene15/kitchen` and `places_rooms6/kitchen` as one; none for MSRC */
  folder: string | null;
  training: boolean;
}

/** `LivingRoom` of scene15 is the `living_room` of rooms6. */
const spelling = (folder: string) => folder.toLowerCase().replace('_', '');

/** All images of the five sets. */
export async function benchImages(data: string): Promise<BenchImage[]> {
  const images: BenchImage[] = [];
  for (const set of ['scene15', 'places_rooms6', 'food10', 'clothing', 'msrc_v2']) {
    const { files } = await findImages([join(data, set)]);
    for (const path of [...files].sort()) {
      const [part, folder] = path.slice(join(data, set).length + 1).split('/');
      if (set === 'msrc_v2') {
        if (part === 'images') {
          images.push({ path, set, folder: null, training: false });
        }
      } else {
        const name = set === 'food10' || set === 'clothing' ? `${set} ${folder}` : spelling(folder);
        images.push({ path, set, folder: name, training: part === 'train' });
      }
    }
  }
  return images;
}

/**
 * Features of images, `[images, 1280]`, by a network that gives features; kept in a file, under the engine's name.
 */
export async function gapFeatures(
  pass: FrozenPass,
  images: readonly BenchImage[],
  cache: string,
): Promise<Float32Array> {
  await mkdir(cache, { recursive: true });
  const file = join(cache, `${pass.name.replace(/\W+/g, '-')}-${images.length}.f32`);
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }
  const features = new Float32Array(images.length * depth);
  const batchSize = 8;
  const starts = Array.from({ length: Math.ceil(images.length / batchSize) }, (_, i) => i * batchSize);
  let done = 0;
  await inParallel(
    starts,
    async (start) => {
      const batch = images.slice(start, start + batchSize);
      const data = new Uint8Array(batch.length * side * side * 3);
      for (const [i, { path }] of batch.entries()) {
        data.set(
          (await readForModel(path, { rule: 'warp', size: side }, { imageSide: 1 })).input.pixels,
          i * side * side * 3,
        );
      }
      const { features: maps } = await pass.run({ data, shape: [batch.length, side, side, 3] });
      const cells = maps!.shape[1] * maps!.shape[2];
      for (let i = 0; i < batch.length; i++) {
        const row = features.subarray((start + i) * depth, (start + i + 1) * depth);
        const from = i * cells * depth;
        for (let at = 0; at < cells * depth; at++) {
          row[at % depth] += maps!.data[from + at] / cells;
        }
      }
      done += batch.length;
      if (done % 800 < batchSize) {
        process.stderr.write(`features: ${done}/${images.length}\n`);
      }
    },
    pass.lanes ?? 1,
  );
  await atomicWrite(file, new Uint8Array(features.buffer));
  return features;
}
