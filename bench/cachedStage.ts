/**
 * Training EfficientNet-Lite0 from a stage on, on wasm: the lower part run anew at every step, beside its output kept in
 * a feature cache. Both must end at the same weights.
 *
 *   npx tsx bench/cachedStage.ts [--from stage5,stage6] [--images 24] [--size 224] [--epochs 3] [--json FILE]
 *
 * Pictures are in memory, so the time that reading files takes, which the cache saves too, is not counted. A step costs
 * the trained part about three times its forward pass, so with L and U the forward passes below and above the cut, the
 * cache gains (L + 3 U) / 3 U.
 */
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arrayData, attachWeldon, fineTune, loadEfficientNetLite0, memoryFeatureStore } from '../src/index.js';
import { randomBits } from '../src/layers/dropMask.js';
import { fileHandler } from '../src/node/models/fileHandler.js';

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '24' },
    size: { type: 'string', default: '224' },
    epochs: { type: 'string', default: '3' },
    from: { type: 'string', default: 'stage5,stage6' },
    json: { type: 'string' },
  },
});
setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);
await tf.setBackend('wasm');

const [count, size, epochs] = [options.images, options.size, options.epochs].map(Number);
const draw = randomBits(1);
const images = Float32Array.from({ length: count * size * size * 3 }, () => draw() / 2 ** 31 - 1);
const labels = Array.from({ length: count }, (_, i) => i % 10);
const keys = labels.map((_, i) => ({ image: String(i), preprocessing: String(size) }));
const folder = fileURLToPath(new URL('../models/efficientnet-lite0/', import.meta.url));

async function run(from: string, cached: boolean): Promise<{ seconds: number[]; weights: Float32Array[] }> {
  const backbone = await loadEfficientNetLite0(fileHandler(folder), { stages: 'head' });
  const model = attachWeldon(backbone, { classes: 10, kMax: 0.08, seed: 1 });
  const data = arrayData({ images, imageShape: [size, size, 3], labels, batchSize: 8, keys });
  const seconds: number[] = [];
  let start = performance.now();
  await fineTune(model, { train: data }, {
    strategy: 'fineTune', trainFrom: from, epochs, learningRate: 1e-3, optimizer: { kind: 'adam' },
    cache: cached ? { store: memoryFeatureStore() } : undefined,
    onEpoch: () => {
      seconds.push((performance.now() - start) / 1000);
      start = performance.now();
    },
  });
  const weights = model.weights.map((weight) => weight.read().dataSync() as Float32Array);
  return { seconds, weights };
}

const mean = (seconds: number[]) => seconds.slice(1).reduce((sum, value) => sum + value, 0) / (seconds.length - 1);
const results = [];
for (const from of options.from.split(',')) {
  const without = await run(from, false);
  const withCache = await run(from, true);
  const farthest = Math.max(...without.weights.map((values, i) =>
    values.reduce((most, value, j) => Math.max(most, Math.abs(value - withCache.weights[i][j])), 0)));
  const ratio = mean(without.seconds) / mean(withCache.seconds);
  const show = (seconds: number[]) => seconds.map((value) => value.toFixed(2)).join(', ');
  console.log(`from ${from}, seconds per epoch without a cache: ${show(without.seconds)}; with one: ${show(withCache.seconds)}; ` +
    `${ratio.toFixed(2)} × faster after the first; weights differ by ${farthest}`);
  results.push({ from, secondsPerEpoch: { withoutCache: without.seconds, withCache: withCache.seconds }, ratio,
    farthestWeight: farthest });
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({
    date: new Date().toISOString(), network: 'EfficientNet-Lite0', images: [count, size, size, 3], batchSize: 8,
    versions: { node: process.versions.node, 'tfjs-core': tf.version_core, 'tfjs-backend-wasm': version_wasm },
    device: { cpu: cpus()[0].model, cores: cpus().length }, results,
  }, null, 2)}\n`);
}
