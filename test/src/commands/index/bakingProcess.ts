/** Bakes in a process of its own, to be killed: `bakingProcess.ts IMAGES PLACE MODEL`. Tells how far it is, and what it did. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { isServer } from '../../../../src/node/vectorStores/openStore.js';
import { indexImages } from '../../../../src/commands/index/indexImages.js';

const [images, place, model] = process.argv.slice(2);
await tf.setBackend('cpu');
const report = await indexImages([images], {
  ...(isServer(place) ? { store: place } : { out: place }),
  model,
  size: 64,
  onImages: (done) => process.stdout.write(`${JSON.stringify({ done })}\n`),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
