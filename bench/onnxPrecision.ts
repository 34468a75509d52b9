/**
 * How often the embedded network's best class is the same in an ONNX file of half precision, one of single precision, and
 * the product itself (every tenth image, on wasm), on the first images by path of some folders.
 *
 *   npx tsx bench/onnxPrecision.ts FOLDER... [--images 2000] [--json FILE]
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { convolutionalize } from '../src/models/convolutionalize.js';
import { readRecipe } from '../src/models/recipeMetadata.js';
import { findImages } from '../src/node/images/findImages.js';
import { readForModel } from '../src/node/images/readForModel.js';
import { loadModel } from '../src/node/models/loadModel.js';
import { embeddedModelFolder } from '../src/node/packageRoot.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';
import { exportOnnx } from '../src/onnx/index.js';

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: '2000' }, json: { type: 'string' } },
});
if (folders.length === 0) {
  throw new Error('Expected one folder of images or more');
}
await startRuntime({ backend: 'wasm' });
const { model: whole } = (await loadModel(embeddedModelFolder('efficientnet-lite0'))) as { model: tfl.LayersModel };
const model = convolutionalize(whole);
const { input, resize } = readRecipe(whole);
const size = 224;
const files = await Promise.all(
  (['float32', 'float16'] as const).map((weights) => exportOnnx(model, { weights, outputs: ['scores'] })),
);
const [single, half] = await Promise.all(
  files.map((bytes) => InferenceSession.create(bytes, { intraOpNumThreads: 1 })),
);

const best = (scores: ArrayLike<number>) =>
  Array.from(scores).reduce((top, score, i) => (score > scores[top] ? i : top), 0);

async function bestOf(session: InferenceSession, pixels: Float32Array): Promise<number> {
  const { scores } = await session.run({ images: new Tensor('float32', pixels, [1, size, size, 3]) });
  return best(scores.data as Float32Array);
}

function bestOfProduct(pixels: Float32Array): number {
  return tf.tidy(() => {
    const x = tf.add(tf.mul(tf.tensor4d(pixels, [1, size, size, 3]), input.scale), input.offset);
    return best((model.predict(x) as tf.Tensor2D).dataSync());
  });
}

const rows: object[] = [];
for (const folder of folders) {
  const { files: paths } = await findImages([folder]);
  const first = [...paths].sort().slice(0, Number(options.images));
  let [same, compared, sameAsProduct] = [0, 0, 0];
  for (const [i, path] of first.entries()) {
    const { input: image } = await readForModel(path, { ...resize, rule: 'warp', size });
    const pixels = Float32Array.from(image.pixels);
    const byHalf = await bestOf(half, pixels);
    same += Number(byHalf === (await bestOf(single, pixels)));
    if (i % 10 === 0) {
      compared++;
      sameAsProduct += Number(byHalf === bestOfProduct(pixels));
    }
  }
  const row = {
    images: basename(folder),
    count: first.length,
    'half = single': same / first.length,
    'half = product': sameAsProduct / compared,
  };
  rows.push(row);
  console.log(JSON.stringify(row));
}
const megabytes = files.map(({ length }) => Number((length / 1e6).toFixed(2)));
console.log(`float32 ${megabytes[0]} MB, float16 ${megabytes[1]} MB`);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ size, megabytes, rows }, null, 2)}\n`);
}
