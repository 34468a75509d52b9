import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { chooseForHeads, testHeads } from '../../../../../src/commands/experiment/methods/linearHead.js';
import type { FrozenTask } from '../../../../../src/commands/experiment/methods/linearHead.js';
import type { HeadMethod } from '../../../../../src/commands/experiment/config.js';
import { float16Bits } from '../../../../../src/formats/float16.js';
import { randomBits } from '../../../../../src/random.js';
import type { ImageDataSet } from '../../../../../src/node/datasets/imageDataSet.js';
import '../../../../backends.js';

/** Images of 2 × 2 regions and 3 channels, one of which tells the class in one region. */
function toy(count: number): { set: ImageDataSet; features: FrozenTask['features'] } {
  const draw = randomBits(3);
  const images = Array.from({ length: count }, (_, i) => ({ path: `${i}.png`, labels: [i % 3] }));
  const examples = images.map(({ labels: [label] }) => {
    const values = Array.from({ length: 12 }, () => draw() / 2 ** 32);
    values[3 * (draw() % 4) + label] += 4;
    return Uint16Array.from(values, float16Bits);
  });
  return {
    set: { name: 'toy', classes: ['a', 'b', 'c'], multiLabel: false, images },
    features: { rows: 2, columns: 2, depth: 3, examples },
  };
}

describe('methods on frozen features', () => {
  const methods: HeadMethod[] = [
    { kind: 'head', id: 'gap', name: '', pooling: 'gap' },
    { kind: 'head', id: 'w', name: '', pooling: { kMax: 1 } },
  ];
  const { set, features } = toy(30);
  const task = (rates: number[]): FrozenTask => ({
    train: set,
    features,
    normalize: 'channels',
    protocol: {
      seeds: [1],
      heldOut: 0.3,
      repeats: 2,
      rates,
      epochs: [3, 6],
      batchSize: 8,
      weightDecay: 1e-3,
      initial: 0.01,
    },
  });
  before(() => tf.setBackend('cpu'));

  it('feature: a rate whose loss becomes NaN is measured as nothing and not chosen; the others give what they give without it', async () => {
    const without = await chooseForHeads(methods, task([0.01, 0.1]));
    const with38 = await chooseForHeads(methods, task([1e38, 0.01, 0.1]));
    with38.forEach((choice, i) => {
      const { tried, rate, epochs } = choice!;
      expect(tried.filter(({ rate: one }) => one === 1e38).map(({ heldOut }) => heldOut)).to.deep.equal([null, null]);
      expect(tried.filter(({ rate: one }) => one !== 1e38)).to.deep.equal(without[i]!.tried);
      expect([rate, epochs]).to.deep.equal([without[i]!.rate, without[i]!.epochs]);
      expect(tried.find((one) => one.rate === rate && one.epochs === epochs)!.heldOut).to.be.above(0.8);
    });
    expect(await chooseForHeads(methods, task([1e38, 2e38]))).to.deep.equal([null, null]);
  });

  it('feature: a method that is lost on all training images is told so, and the others are tested', async () => {
    const wants = { maps: false, train: true, head: true };
    const chosen = methods.map((method, i) => ({
      method,
      choice: { rate: [1e38, 0.1][i], epochs: 6, tried: [] },
      wants,
    }));
    const [gap, w] = await testHeads(chosen, task([0.1]), set, features, 1);
    expect(gap).to.deep.equal({ lost: 1 });
    const [alone] = await testHeads(chosen.slice(1), task([0.1]), set, features, 1);
    expect(w).to.deep.equal(alone);
    expect('scores' in w && w.scores.length === 90 && w.scores.every(Number.isFinite)).to.equal(true);
  });
});
