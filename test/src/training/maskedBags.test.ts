/** Bags of unequal size, padded, whose mask is the model's second input. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { weldonPooling1d } from '../../../src/layers/index.js';
import { normalDraws } from '../../../src/random.js';
import { fineTune } from '../../../src/training/fineTune.js';
import type { FineTuneOptions } from '../../../src/training/fineTuneOptions.js';
import { memoryFeatureStore } from '../../../src/training/featureStore.js';
import type { TrainingData } from '../../../src/training/trainingData.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { forEachBackend } from '../../backends.js';
import { rejection } from '../node/temporaryFolder.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';

const instances = 6;
const width = 3;
const count = 16;

/** Every second bag holds one instance with a high first number; padding holds what would outbid it. */
function bags(padding: number, seed = 1) {
  const noise = normalDraws(count * instances * width, 0.2, seed);
  const images = new Float32Array(count * instances * width).fill(padding);
  const masks = new Uint8Array(count * instances);
  const labels = Array.from({ length: count }, (_, bag) => bag % 2);
  labels.forEach((label, bag) => {
    const valid = 2 + (bag % 4);
    for (let i = 0; i < valid; i++) {
      const at = bag * instances + i;
      masks[at] = 1;
      for (let j = 0; j < width; j++) {
        images[at * width + j] = noise[at * width + j] + (j === 0 && label === 1 && i === bag % valid ? 2 : 0);
      }
    }
  });
  return { images, masks, labels };
}

function data(padding: number, { seed = 1, masked = true } = {}): TrainingData {
  const { images, masks, labels } = bags(padding, seed);
  return arrayData({
    images,
    imageShape: [instances, width],
    labels,
    batchSize: 8,
    ...(masked && { masks }),
    keys: labels.map((_, bag) => ({ image: `${seed} ${bag}`, preprocessing: '' })),
  });
}

const constant = (value: number) => tfl.initializers.constant({ value });

/** @param padded `'mask'` a second input, before or behind the bags; `'layer'` a Masking layer */
function model(padded: 'mask' | 'mask first' | 'layer'): tfl.LayersModel {
  const input = tfl.input({ shape: [null, width], name: 'bags' });
  const mask = tfl.input({ shape: [null], name: 'mask' });
  const found = padded === 'layer' ? tfl.layers.masking({ maskValue: 0 }).apply(input) : input;
  const hidden = tfl.layers
    .dense({ units: width, name: 'hidden', kernelInitializer: 'identity', useBias: false })
    .apply(found);
  const evidence = tfl.layers
    .dense({ units: 1, name: 'evidence', kernelInitializer: constant(0.1) })
    .apply(hidden) as tfl.SymbolicTensor;
  const pooling = weldonPooling1d({ kMax: 1, kMin: 0, name: 'score' });
  const scores = pooling.apply(padded === 'layer' ? evidence : [evidence, mask]) as tfl.SymbolicTensor;
  const outputs = tfl.layers.activation({ activation: 'sigmoid' }).apply(scores) as tfl.SymbolicTensor;
  const inputs = { mask: [input, mask], 'mask first': [mask, input], layer: [input] }[padded];
  return tfl.model({ inputs, outputs });
}

const options: FineTuneOptions = { strategy: 'scratch', epochs: 12, learningRate: 0.1, optimizer: { kind: 'adam' } };

const weightsOf = (trained: tfl.LayersModel) => trained.getWeights().map((weight) => Array.from(weight.dataSync()));

function expectSame(received: number[][], wanted: number[][]): void {
  received.forEach((values, i) => values.forEach((value, j) => expect(value).to.be.closeTo(wanted[i][j], 1e-4)));
}

forEachBackend('fineTune with a mask as second input', (backend) => {
  withoutKernelLeakCheck(backend);

  it('smoke: learns what padding would hide, validates, keeps the best epoch and predicts', async () => {
    const masked = model('mask');
    const { history, best } = await fineTune(
      masked,
      { train: data(50), validation: data(50, { seed: 2 }) },
      { ...options, restoreBest: true },
    );
    expect(history[best!.epoch].validation?.metric).to.equal(1);
    const { images, masks, labels } = bags(50, 3);
    const predicted = tf.tidy(() =>
      Array.from(
        (
          masked.predict([
            tf.tensor(images, [count, instances, width]),
            tf.tensor(Array.from(masks), [count, instances]),
          ]) as tf.Tensor
        ).dataSync(),
      ),
    );
    expect(predicted.map((value) => (value > 0.5 ? 1 : 0))).to.deep.equal(labels);
    masked.dispose();
  });

  it('feature: trains to the weights of a Masking layer, whichever input comes first', async () => {
    const [layer, second, first] = [model('layer'), model('mask'), model('mask first')];
    const short = { ...options, epochs: 3 };
    await fineTune(layer, { train: data(0, { masked: false }) }, short);
    await fineTune(second, { train: data(50) }, short);
    await fineTune(first, { train: data(50) }, short);
    expectSame(weightsOf(second), weightsOf(layer));
    expectSame(weightsOf(first), weightsOf(layer));
    [layer, second, first].forEach((each) => each.dispose());
  });

  it('feature: the same from cached features', async () => {
    const [plain, cached] = [model('mask'), model('mask')];
    const head: FineTuneOptions = { ...options, epochs: 2, strategy: 'features' };
    await fineTune(plain, { train: data(50) }, head);
    await fineTune(cached, { train: data(50) }, { ...head, cache: { store: memoryFeatureStore() } });
    expectSame(weightsOf(cached), weightsOf(plain));
    [plain, cached].forEach((each) => each.dispose());
  });

  it('exception: data without masks, masks without an input, of another shape, or of an empty bag', async () => {
    const [masked, layer] = [model('mask'), model('layer')];
    const run = async (trained: tfl.LayersModel, train: TrainingData) =>
      await rejection(fineTune(trained, { train }, options));
    expect(await run(masked, data(50, { masked: false }))).to.contain('with a mask [batch, instances]');
    expect(await run(layer, data(50))).to.contain('without a mask');
    const odd: TrainingData = {
      batchesPerEpoch: 1,
      async *batches() {
        yield await Promise.resolve({
          images: tf.zeros([2, instances, width]),
          labels: tf.tensor1d([0, 1], 'int32'),
          mask: tf.ones([2, instances - 1]),
        });
      },
    };
    expect(await run(masked, odd))
      .to.contain('of shape [2, 6]')
      .and.contain('[2, 5]');
    const { images, labels, masks } = bags(0);
    const make = (own: ArrayLike<number>) => () =>
      arrayData({ images, imageShape: [instances, width], labels, batchSize: 8, masks: own });
    expect(make(masks.subarray(1))).to.throw('96 numbers for 16 bags of 6 instances but received 95');
    expect(make(masks.map((value, i) => (i < instances ? 0 : value)))).to.throw('none in bag 0');
    expect(make(Array.from(masks, (value) => value * 0.5))).to.throw('1 for an instance or 0 for padding');
    [masked, layer].forEach((each) => each.dispose());
  });

  it('exception: a second input that is no mask', async () => {
    const [a, b] = [tfl.input({ shape: [null, width] }), tfl.input({ shape: [null, width] })];
    const sum = tfl.layers.add().apply([a, b]) as tfl.SymbolicTensor;
    const evidence = tfl.layers.dense({ units: 1 }).apply(sum);
    const two = tfl.model({ inputs: [a, b], outputs: weldonPooling1d().apply(evidence) as tfl.SymbolicTensor });
    const message = await rejection(fineTune(two, { train: data(0) }, options));
    expect(message).to.contain('bags and the mask that its pooling takes').and.contain('2 and 1');
    two.dispose();
  });
});
