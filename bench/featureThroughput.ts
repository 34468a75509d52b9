/**
 * Images a second of feature extraction from image files with EfficientNet-Lite0, up to its last maps.
 *
 *   npx tsx bench/featureThroughput.ts --folder FOLDER [--backend wasm|tensorflow] [--images 500] [--size 224] [--json FILE]
 *
 * On wasm the threads of `computeFeatures`, each with a network of its own, beside the calling thread alone (which still
 * decodes in libuv's threads). On tensorflow `computeFeatures` beside the same batches run through the network one after
 * the other, made before: the network's own time. Whole time, from the call to the last feature, and steady time, without
 * the first and the last tenth of the images. The store keeps nothing. Classes are folders.
 */
import * as tf from '@tensorflow/tfjs-core';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadEfficientNetLite0 } from '../src/index.js';
import type { ModelRecipe } from '../src/models/recipe.js';
import { recipeParts } from '../src/models/recipeMetadata.js';
import { readClassFolders } from '../src/node/datasets/classFolders.js';
import { splitDataSet } from '../src/node/datasets/split.js';
import { imageBatches } from '../src/node/loading/imageBatches.js';
import { computeFeatures } from '../src/node/features/computeFeatures.js';
import { frozenPart } from '../src/node/features/featureNetwork.js';
import { fileHandler } from '../src/node/models/fileHandler.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';
import { runLower } from '../src/training/trainingGraph.js';
import { loadNative } from '../test/native.js';

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
    images: { type: 'string', default: '500' },
    size: { type: 'string', default: '224' },
    json: { type: 'string' },
  },
});
const { folder, backend } = options;
if (folder === undefined || (backend !== 'tensorflow' && backend !== 'wasm')) {
  throw new Error('Expected --folder FOLDER, and as --backend tensorflow or wasm');
}
if (backend === 'tensorflow') {
  loadNative();
  await tf.ready();
} else {
  await startRuntime({ backend });
}
const [count, size] = [options.images, options.size].map(Number);
const whole = await readClassFolders(folder);
const dataSet =
  count >= whole.images.length ? whole : splitDataSet(whole, { share: count / whole.images.length, seed: 1 }).first;
const model = await loadEfficientNetLite0(
  fileHandler(fileURLToPath(new URL('../models/efficientnet-lite0/', import.meta.url))),
  { stages: 'head' },
);
const plan = {
  recipe: { input: recipeParts(model).input as ModelRecipe['input'], resize: { rule: 'warp' as const, size } },
  batchSize: 8,
  shuffle: null,
};
const layer = 'head';

interface Speed {
  way: string;
  images: number;
  /** images a second, and seconds before the first batch was there */
  whole: number;
  steady: number;
  first: number;
}

function speed(way: string, done: [images: number, seconds: number][]): Speed {
  const images = done[done.length - 1][0];
  const from = done.findIndex(([number]) => number >= images / 10);
  const to = done.findIndex(([number]) => number >= images * 0.9);
  const steady = (done[to][0] - done[from][0]) / (done[to][1] - done[from][1]);
  return { way, images, whole: images / done[done.length - 1][1], steady, first: done[0][1] };
}

async function byThreads(way: string, workers?: number): Promise<Speed> {
  const start = performance.now();
  const done: [number, number][] = [];
  await computeFeatures(model, dataSet, {
    ...plan,
    layer,
    workers,
    store: { read: async () => null, has: () => false, write: async (_, features) => features },
    onProgress: (images) => {
      if (images > 0) {
        done.push([images, (performance.now() - start) / 1000]);
      }
    },
  });
  return speed(way, done);
}

/** The network on images that are there already. */
async function networkAlone(): Promise<Speed> {
  const frozen = frozenPart(model, layer);
  const made: tf.Tensor[] = [];
  const data = imageBatches(dataSet, plan);
  for await (const { images, labels } of data.batches(0, 0)) {
    labels.dispose();
    made.push(await (images as () => Promise<tf.Tensor>)());
    if (made.length >= 16) {
      break;
    }
  }
  const done: [number, number][] = [];
  let images = 0;
  const start = performance.now();
  for (let i = 0; images < dataSet.images.length; i++) {
    const features = runLower(frozen, made[i % made.length]);
    await features.data();
    features.dispose();
    images += plan.batchSize;
    done.push([images, (performance.now() - start) / 1000]);
  }
  tf.dispose(made);
  return speed('the network alone', done);
}

const results =
  backend === 'wasm'
    ? [await byThreads('calling thread', 0), await byThreads('threads')]
    : [await networkAlone(), await byThreads('calling thread, images in threads')];
for (const { way, whole: all, steady, first } of results) {
  console.log(
    `${way.padEnd(36)} ${all.toFixed(1)} images/s, steady ${steady.toFixed(1)}, first after ${first.toFixed(2)} s`,
  );
}
const [before, now] = results;
const ratios = { whole: now.whole / before.whole, steady: now.steady / before.steady };
console.log(
  `${backend}, ${dataSet.images.length} images at ${size}: ${ratios.whole.toFixed(2)} × as many, steady ${ratios.steady.toFixed(2)} ×`,
);
if (options.json !== undefined) {
  writeFileSync(
    options.json,
    `${JSON.stringify(
      {
        date: new Date().toISOString(),
        network: 'EfficientNet-Lite0, up to head',
        backend,
        folder: `${dataSet.images.length} JPEG files of ${basename(folder)}`,
        size,
        versions: { node: process.versions.node, 'tfjs-core': tf.version_core },
        device: { cpu: cpus()[0].model, cores: cpus().length },
        results,
        ratios,
      },
      null,
      2,
    )}\n`,
  );
}
