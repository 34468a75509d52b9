/**
 * Training EfficientNet-Lite0 from a stage on, from image files: the lower part run anew at every step, beside its
 * output kept in a feature cache. Both must end at the same weights.
 *
 *   npx tsx bench/cachedStage.ts --images FOLDER [--backend tensorflow|wasm] [--from stage5,stage6] [--images 64]
 *     [--size 448] [--batch 16] [--epochs 3] [--json FILE]
 *
 * As `weldon train` does it: images are read, resized and half of them flipped in threads, ahead of the training; the
 * cache is on disk, and what fits of it in memory. Only `fineTune` is measured, and its first epoch, which fills the
 * cache, does not count. The folder has a folder of images per class.
 */
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { attachWeldon, fineTune, loadEfficientNetLite0 } from '../src/index.js';
import { recipeParts } from '../src/models/recipeMetadata.js';
import type { ModelRecipe } from '../src/models/recipe.js';
import { readClassFolders } from '../src/node/datasets/classFolders.js';
import { splitDataSet } from '../src/node/datasets/split.js';
import { imageBatches } from '../src/node/loading/imageBatches.js';
import { diskFeatureStore } from '../src/node/features/diskFeatureStore.js';
import { fileHandler } from '../src/node/models/fileHandler.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';
import { loadNative } from '../test/native.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    backend: { type: 'string', default: 'tensorflow' },
    images: { type: 'string', default: '64' },
    size: { type: 'string', default: '448' },
    batch: { type: 'string', default: '16' },
    epochs: { type: 'string', default: '3' },
    from: { type: 'string', default: 'stage5,stage6' },
    json: { type: 'string' },
  },
});
if (options.data === undefined || (options.backend !== 'tensorflow' && options.backend !== 'wasm')) {
  throw new Error('Expected --data FOLDER, and as --backend tensorflow or wasm');
}
const { data, backend } = options;
if (backend === 'tensorflow') {
  loadNative();
  await tf.ready();
} else {
  await startRuntime({ backend });
}

const [count, size, batchSize, epochs] = [options.images, options.size, options.batch, options.epochs].map(Number);
const folder = fileURLToPath(new URL('../models/efficientnet-lite0/', import.meta.url));
const whole = await readClassFolders(data);
const { first: dataSet } = splitDataSet(whole, { share: count / whole.images.length, seed: 1 });

async function run(from: string, cache: string | null): Promise<{ seconds: number[]; weights: Float32Array[] }> {
  const backbone = await loadEfficientNetLite0(fileHandler(folder), { stages: 'head' });
  const input = recipeParts(backbone).input as ModelRecipe['input'];
  const model = attachWeldon(backbone, { classes: dataSet.classes, kMax: 0.08, seed: 1 });
  const train = imageBatches(dataSet, {
    recipe: { input, resize: { rule: 'warp', size } },
    batchSize,
    shuffle: 1,
    augmentation: { flip: true },
    epochsOfAugmentation: 1,
  });
  const seconds: number[] = [];
  let start = performance.now();
  await fineTune(
    model,
    { train },
    {
      strategy: 'fineTune',
      trainFrom: from,
      epochs,
      learningRate: 1e-3,
      optimizer: { kind: 'adamW' },
      weightDecay: 1e-3,
      cache: cache === null ? undefined : { store: diskFeatureStore(cache, { precision: 'float32', memory: 2 ** 31 }) },
      onEpoch: () => {
        seconds.push((performance.now() - start) / 1000);
        start = performance.now();
      },
    },
  );
  await train.close();
  const weights = model.weights.map((weight) => weight.read().dataSync() as Float32Array);
  model.dispose();
  return { seconds, weights };
}

const mean = (seconds: number[]) => seconds.slice(1).reduce((sum, value) => sum + value, 0) / (seconds.length - 1);
const show = (seconds: number[]) => seconds.map((value) => value.toFixed(2)).join(', ');

async function compare(from: string) {
  const cache = await mkdtemp(join(tmpdir(), 'weldon-bench-'));
  try {
    const without = await run(from, null);
    const withCache = await run(from, cache);
    const farthest = Math.max(
      ...without.weights.map((values, i) =>
        values.reduce((most, value, j) => Math.max(most, Math.abs(value - withCache.weights[i][j])), 0),
      ),
    );
    const ratio = mean(without.seconds) / mean(withCache.seconds);
    console.log(
      `${backend}, from ${from}, seconds per epoch without a cache: ${show(without.seconds)}; with one: ` +
        `${show(withCache.seconds)}; ${ratio.toFixed(2)} × faster after the first; weights differ by ${farthest}`,
    );
    return {
      from,
      secondsPerEpoch: { withoutCache: without.seconds, withCache: withCache.seconds },
      ratio,
      farthestWeight: farthest,
    };
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

const results = [];
for (const from of options.from.split(',')) {
  results.push(await compare(from));
}
if (options.json !== undefined) {
  await writeFile(
    options.json,
    `${JSON.stringify(
      {
        date: new Date().toISOString(),
        network: 'EfficientNet-Lite0',
        backend,
        images: `${dataSet.images.length} JPEG files of ${basename(data)}`,
        size,
        batchSize,
        optimizer: 'adamW',
        versions: { node: process.versions.node, 'tfjs-core': tf.version_core },
        device: { cpu: cpus()[0].model, cores: cpus().length },
        results,
      },
      null,
      2,
    )}\n`,
  );
}
