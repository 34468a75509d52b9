/** Bakes in a process of its own, to be killed: `bakingProcess.ts IMAGES OUT MODEL`. Tells how far it is, and what it did. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { indexImages } from '../../../../src/commands/index/indexImages.js';

const [images, out, model] = process.argv.slice(2);
await tf.setBackend('cpu');
const report = await indexImages([images], {
  out,
  model,
  size: 64,
  onImages: (done) => process.stdout.write(`${JSON.stringify({ done })}\n`),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
