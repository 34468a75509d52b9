/**
 * Bakes in a process of its own, to be killed or to have an engine of its own: `bakingProcess.ts BACKEND IMAGES OPTIONS`.
 * Tells how far it is, and what it did.
 */
import { bakeImages } from '../../../../src/commands/bake/bakeImages.js';
import type { BakeImagesOptions } from '../../../../src/commands/bake/options.js';
import type { RuntimeBackend } from '../../../../src/node/runtime/backendNames.js';
import { startRuntime } from '../../../../src/node/runtime/startRuntime.js';

const [backend, images, options] = process.argv.slice(2);
const { engine } = await startRuntime({ backend: backend as RuntimeBackend });
const report = await bakeImages(images === '' ? [] : [images], {
  ...(JSON.parse(options) as BakeImagesOptions),
  engine,
  onImages: (done) => process.stdout.write(`${JSON.stringify({ done })}\n`),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
