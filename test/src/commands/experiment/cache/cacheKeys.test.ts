import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { HeadMethod, ProtocolConfig, TrainedMethod } from '../../../../../src/commands/experiment/config.js';
import { startOf } from '../../../../../src/commands/experiment/methods/startNetwork.js';
import {
  candidateKey,
  headChoiceKey,
  headTestKey,
  svmKey,
  trainedTestKey,
} from '../../../../../src/commands/experiment/cache/cacheKeys.js';
import '../../../../backends.js';
import { chain, seedWeights } from '../../../models/smallModels.js';

const features = { source: 'images and network', size: 448, normalize: 'channels' };
const protocol: ProtocolConfig = {
  seeds: [1],
  heldOut: 0.3,
  repeats: 1,
  rates: [1e-3],
  epochs: [15],
  batchSize: 32,
  weightDecay: 1e-3,
  initial: 0.01,
};
const head: HeadMethod = { kind: 'head', id: 'w8', name: 'WELDON', pooling: { kMax: 0.08 } };
const trained: TrainedMethod = {
  kind: 'fineTune',
  id: 'ft',
  name: 'GAP',
  pooling: 'gap',
  trainFrom: 'stage5',
  rates: [1e-3],
  epochs: [8],
};
const training = {
  source: 'images and network',
  method: trained,
  resize: { rule: 'warp' as const, size: 448 },
  rate: 1e-3,
  epochs: 8,
};

/** Keys are told apart by their JSON, as the store does it. */
const words = (key: unknown) => JSON.stringify(key);

describe('what stages are kept under', () => {
  it('feature: heads by what decides their weights, not by name, id, reference or what else was tried', () => {
    const choice = words(headChoiceKey(features, head, protocol));
    const renamed: HeadMethod = { ...head, id: 'w', name: 'k = 8 %', reference: { accuracy: 1 }, full: true, maps: 1 };
    expect(words(headChoiceKey(features, renamed, { ...protocol, seeds: [1, 2] }))).to.equal(choice);
    for (const other of [
      headChoiceKey({ ...features, source: 'other' }, head, protocol),
      headChoiceKey({ ...features, size: 224 }, head, protocol),
      headChoiceKey({ ...features, normalize: 'none' }, head, protocol),
      headChoiceKey(features, { ...head, maps: 2 }, protocol),
      headChoiceKey(features, { ...head, pooling: 'gap' }, protocol),
      headChoiceKey(features, head, { ...protocol, heldOut: 0.2 }),
      headChoiceKey(features, head, { ...protocol, rates: [1e-3, 1e-2] }),
    ]) {
      expect(words(other)).not.to.equal(choice);
    }

    const wants = { maps: true, train: false, head: false };
    const test = (change: Partial<ProtocolConfig>, rate = 1e-3, more = wants) =>
      words(headTestKey(features, head, { ...protocol, ...change }, { rate, epochs: 15, tried: [] }, 1, more));
    expect(test({ heldOut: 0.2, rates: [1e-3, 1e-2], repeats: 3 })).to.equal(test({}));
    expect(test({ weightDecay: 0 })).not.to.equal(test({}));
    expect(test({}, 1e-2)).not.to.equal(test({}));
    expect(test({}, 1e-3, { ...wants, head: true })).not.to.equal(test({}));
    expect(
      words(svmKey({ ...features, normalize: 'none' }, { kind: 'svm', id: 'a', name: 'b', pooling: 'gap' })),
    ).to.equal(words(svmKey(features, { kind: 'svm', id: 'c', name: 'd', pooling: 'gap' })));
  });

  it('feature: trained methods likewise; only choices by what is held out, only tests by whether there are maps', () => {
    const method: TrainedMethod = {
      ...trained,
      id: 'x',
      name: 'y',
      full: true,
      rates: [1, 2],
      epochs: [3],
      reference: {},
      backboneRate: 0.1,
      batchSize: 16,
    };
    const choice = words(candidateKey(training, 0.3));
    expect(words(candidateKey({ ...training, method }, 0.3))).to.equal(choice);
    expect(words(candidateKey(training, 0.2))).not.to.equal(choice);
    const test = words(trainedTestKey(training, 1, true));
    expect(words(trainedTestKey({ ...training, method }, 1, true))).to.equal(test);
    for (const more of [
      { backboneRate: 1 },
      { batchSize: 8 },
      { headEpochs: 1 },
      { dropMap: 0.1 },
      { maps: 2 },
      { trainFrom: 'stage4' },
    ]) {
      const other = { ...training, method: { ...trained, ...more } };
      expect(words(candidateKey(other, 0.3)), words(more)).not.to.equal(choice);
      expect(words(trainedTestKey(other, 1, true)), words(more)).not.to.equal(test);
    }
    expect(words(trainedTestKey(training, 1, false))).not.to.equal(test);
    expect(words(trainedTestKey(training, 2, true))).not.to.equal(test);
    expect(words(trainedTestKey({ ...training, rate: 1e-2 }, 1, true))).not.to.equal(test);
  });

  it('feature: weights by what is in them, wherever they lie, and how images reach them', async () => {
    await tf.setBackend('cpu');
    const start = async (kind: TrainedMethod['kind'], seed: number, scale = 1 / 127.5) =>
      words(
        await startOf(kind, async () => {
          const image = tfl.input({ shape: [null, null, 3] });
          const conv = tfl.layers.conv2d({ filters: 4, kernelSize: 3, name: `conv${Math.random()}`.replace('.', '') });
          const model = seedWeights(tfl.model({ inputs: image, outputs: chain(image, conv) }), seed, 0.5);
          return { model, input: { colorOrder: 'rgb', scale, offset: -1 }, layer: conv.name };
        }),
      );
    const tensors = tf.memory().numTensors;
    const one = await start('fineTune', 1);
    expect(await start('fineTune', 1)).to.equal(one);
    expect(await start('fineTune', 2)).not.to.equal(one);
    expect(await start('fineTune', 1, 1)).not.to.equal(one);
    expect(tf.memory().numTensors).to.equal(tensors);
  });
});
