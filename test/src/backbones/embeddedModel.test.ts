import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { efficientNetLite0Stages } from '../../../src/backbones/networks/efficientNetLite0.js';
import { loadEfficientNetLite0 } from '../../../src/backbones/loadEfficientNetLite0.js';
import type { LoadEfficientNetLite0Options } from '../../../src/backbones/loadEfficientNetLite0.js';
import type { ModelRecipe } from '../../../src/models/recipe.js';
import { WeldonError } from '../../../src/errors.js';
import { forEachBackend } from '../../backends.js';
import { embeddedFiles, handlerOf, modelJsonOf } from './modelFolder.js';

/** PyTorch's logits for an image made by formula: see scripts/referenceEfficientNetLite0.py. */
const reference = JSON.parse(readFileSync(new URL('efficientNetLite0Logits.json', import.meta.url), 'utf8')) as {
  runs: { size: number; logits: number[] }[];
};
/** Largest difference in a logit that float16 storage made on images is 0.03, where logits reach 7 to 10. */
const float16Tolerance = 0.05;

function formulaImage(size: number): tf.Tensor4D {
  const pixels = new Float32Array(size * size * 3);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++, i++) {
        pixels[i] = (((7 * x * (c + 1) + 13 * y + ((x * y) % 31) * (3 - c)) % 256) - 127) / 128;
      }
    }
  }
  return tf.tensor4d(pixels, [1, size, size, 3]);
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(WeldonError);
  return (error as Error).message;
}

describe('models/efficientnet-lite0', () => {
  const files = embeddedFiles();
  const recipe = modelJsonOf(files).userDefinedMetadata!.weldon as ModelRecipe;

  it('is at most 9.5 MB, in files of at most 4 MiB, licence beside them', () => {
    const folder = new URL('../../../models/efficientnet-lite0/', import.meta.url);
    expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).to.be.at.most(9.5e6);
    files.forEach(({ name, bytes }) => expect(bytes.length, name).to.be.at.most(4 * 1024 * 1024));
    for (const name of ['LICENSE', 'NOTICE', 'README.md']) {
      expect(existsSync(new URL(name, folder)), name).to.equal(true);
    }
  });

  it('names its 1000 classes in the standard order, each once', () => {
    expect(new Set(recipe.classNames.map((name) => name.toLowerCase())).size).to.equal(1000);
    const landmarks = {
      0: 'tench',
      134: 'crane (bird)',
      207: 'golden retriever',
      285: 'Egyptian cat',
      504: 'coffee mug',
      517: 'crane (machine)',
      817: 'sports car',
      999: 'toilet tissue',
    };
    for (const [index, name] of Object.entries(landmarks)) {
      expect(recipe.classNames[Number(index)]).to.equal(name);
    }
  });

  it('carries its recipe: scaling, size, pooling, licence', () => {
    expect(recipe.version).to.equal(1);
    expect(recipe.input).to.deep.equal({ colorOrder: 'rgb', scale: 1 / 128, offset: -127 / 128 });
    expect(recipe.resize).to.deep.equal({ rule: 'warp', size: 320 });
    expect(recipe.pooling).to.deep.equal({ kMax: 0.2, kMin: null, alpha: 1, reduction: 'halfMean' });
    expect(recipe.license).to.equal('Apache-2.0');
    expect(recipe.activation).to.equal('softmax');
  });

  forEachBackend('loadEfficientNetLite0', (backend) => {
    it("gives PyTorch's logits within what float16 storage costs, and its best class", async function () {
      const model = await loadEfficientNetLite0(handlerOf(files));
      for (const { size, logits } of reference.runs) {
        const image = formulaImage(size);
        const output = model.predict(image) as tf.Tensor;
        const got = [...output.dataSync()];
        logits.forEach((logit, i) => expect(got[i], `logit ${i} at ${size}`).to.be.closeTo(logit, float16Tolerance));
        expect(got.indexOf(Math.max(...got))).to.equal(logits.indexOf(Math.max(...logits)));
        tf.dispose([image, output]);
      }
      model.dispose();
    });

    if (backend === 'wasm') {
      it('takes any size from 64 × 64 on', async () => {
        const model = await loadEfficientNetLite0(handlerOf(files));
        for (const [height, width] of [
          [64, 64],
          [65, 65],
          [100, 100],
          [320, 224],
        ]) {
          const output = tf.tidy(() => model.predict(tf.zeros([2, height, width, 3])) as tf.Tensor);
          expect(output.shape).to.deep.equal([2, 1000]);
          expect(output.dataSync().every(Number.isFinite), `${height} × ${width}`).to.equal(true);
          output.dispose();
        }
        model.dispose();
      });

      it('cuts at every stage: the same maps as inside the whole model', async () => {
        const before = tf.memory().numTensors;
        const whole = await loadEfficientNetLite0(handlerOf(files));
        const image = formulaImage(96);
        for (const { name, stride, channels } of efficientNetLite0Stages) {
          const inside = tfl.model({
            inputs: whole.inputs,
            outputs: whole.getLayer(name).output as tfl.SymbolicTensor,
          });
          const cut = await loadEfficientNetLite0(handlerOf(files), { stages: name });
          const [wanted, got] = [inside, cut].map((model) => model.predict(image) as tf.Tensor);
          expect(got.shape, name).to.deep.equal([1, 96 / stride, 96 / stride, channels]);
          expect(got.dataSync(), name).to.deep.equal(wanted.dataSync());
          expect(cut.layers.at(-1)!.name).to.equal(name);
          expect((cut.getUserDefinedMetadata() as { weldon: ModelRecipe }).weldon.name).to.equal('EfficientNet-Lite0');
          tf.dispose([wanted, got]);
          cut.dispose();
        }
        image.dispose();
        whole.dispose();
        expect(tf.memory().numTensors).to.equal(before);
      });

      it('gives several stages, or the features, in the order asked for', async () => {
        const several = await loadEfficientNetLite0(handlerOf(files), { stages: ['stage5', 'stage3'] });
        expect(several.outputs.map(({ shape }) => shape)).to.deep.equal([
          [null, null, null, 112],
          [null, null, null, 40],
        ]);
        several.dispose();
        const features = await loadEfficientNetLite0(handlerOf(files), { include: 'features' });
        expect(features.outputs[0].shape).to.deep.equal([null, null, null, 1280]);
        features.dispose();
      });

      it('refuses bad options, sources and models in a sentence, and leaves nothing behind', async () => {
        const before = tf.memory().numTensors;
        const load = (options: object) =>
          errorOf(loadEfficientNetLite0(handlerOf(files), options as LoadEfficientNetLite0Options));
        expect(await load({ stages: 'stage9' })).to.contain('among stem, stage1');
        expect(await load({ include: 'all' })).to.contain(`'features' or 'classifier'`);
        expect(await load({ include: 'classifier', stages: 'stem' })).to.contain('absent');
        expect(
          await errorOf(loadEfficientNetLite0({ load: () => Promise.reject(new Error('no such folder')) })),
        ).to.equal('Expected EfficientNet-Lite0 to load from the given handler but received the error: no such folder');
        expect(await errorOf(loadEfficientNetLite0('nowhere://model.json'))).to.contain(
          'to load from nowhere://model.json',
        );
        const json = modelJsonOf(files);
        const broken = [
          ...files.filter(({ name }) => name !== 'model.json'),
          {
            name: 'model.json',
            bytes: new TextEncoder().encode(JSON.stringify(json).replaceAll('"stage4"', '"other"')),
          },
        ];
        expect(await errorOf(loadEfficientNetLite0(handlerOf(broken)))).to.contain(
          'EfficientNet-Lite0, with a layer stage4',
        );
        expect(tf.memory().numTensors).to.equal(before);
      });
    }
  });
});
