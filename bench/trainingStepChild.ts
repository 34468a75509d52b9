/** One way of training in a process of its own: does as many steps as a message says, and answers with their times. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import '../src/node/nodeCompat.js';
import { attachWeldon, fineTune, resnet18 } from '../src/index.js';
import { randomBits } from '../src/random.js';
import type { TrainingData } from '../src/training/trainingData.js';
import { loadNative } from '../test/native.js';
import { resnet18ByHand } from './resnetByHand.js';

const batch = 8;
const classes = 10;
const way = process.argv[2];

if (way.startsWith('wasm')) {
  setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
} else {
  loadNative();
  await tf.ready();
}

const draw = randomBits(1);
const pixels = Float32Array.from({ length: batch * 224 * 224 * 3 }, () => draw() / 2 ** 31 - 1);
const newImages = () => tf.tensor4d(pixels, [batch, 224, 224, 3]);
const marks = Int32Array.from({ length: batch }, (_, i) => i % classes);

/** Steps wanted and not yet done; `ready` wakes up who waits for one. */
let wanted = 0;
let ready: (() => void) | null = null;
let milliseconds: number[] = [];
process.on('message', (steps) => {
  wanted = steps as number;
  milliseconds = [];
  ready?.();
});
async function turn(): Promise<void> {
  if (wanted === 0) {
    await new Promise<void>((resolve) => {
      ready = resolve;
    });
  }
}
function done(start: number): void {
  milliseconds.push(performance.now() - start);
  if (--wanted === 0) {
    process.send!({ milliseconds, residentBytes: process.memoryUsage().rss });
  }
}

if (way === 'byHand') {
  const step = resnet18ByHand(classes);
  for (;;) {
    await turn();
    const start = performance.now();
    const [images, labels] = [
      newImages(),
      tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(marks, 'int32'), classes), 'float32')),
    ];
    await step(images, labels as tf.Tensor2D);
    tf.dispose([images, labels]);
    done(start);
  }
}

// A head whose pooling is a plain mean, so that all ways compute the same.
const batchNorm = way.endsWith('Freeze') ? 'freeze' : way.endsWith('Train') ? 'train' : 'fold';
const backbone = await resnet18({ batchNorm });
const pooling = way.endsWith('Weldon') ? { kMax: 0.2 } : { kMax: 49, kMin: 0 };
const model = attachWeldon(backbone, { classes, ...pooling });
let start = 0;
const data: TrainingData = {
  batchesPerEpoch: 1e6,
  async *batches() {
    for (;;) {
      await turn();
      start = performance.now();
      yield { images: newImages(), labels: tf.tensor1d(marks, 'int32') };
    }
  },
};
await fineTune(
  model,
  { train: data },
  {
    strategy: 'fineTune',
    epochs: 1,
    learningRate: 1e-3,
    batchNorm: way.endsWith('Train') ? 'train' : 'freeze',
    onStep: () => done(start),
  },
);
