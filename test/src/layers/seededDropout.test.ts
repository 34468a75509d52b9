import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { seededDropout } from '../../../src/layers/index.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { roundTrip } from '../models/smallModels.js';

const training = { training: true };

/** The mask that a layer lays over ones. */
function mask(layer: tfl.layers.Layer, shape: number[], kwargs: Record<string, unknown> = training): number[] {
  return tf.tidy(() => [...(layer.apply(tf.ones(shape), kwargs) as tf.Tensor).dataSync()]);
}

const masksByBackend: number[][] = [];

forEachBackend('seeded dropout', () => {
  it('feature: keeps about 1 − rate of the numbers and scales them by 1 / (1 − rate)', () => {
    const values = mask(seededDropout({ rate: 0.25, seed: 1 }), [100, 100]);
    const kept = values.filter((value) => value !== 0);
    // ten standard deviations of 10 000 draws
    expect(kept.length / values.length).to.be.closeTo(0.75, 0.044);
    expect(kept.every((value) => Math.abs(value - 4 / 3) < 1e-6)).to.equal(true);
  });

  it('feature: the mask is a function of seed and step', () => {
    const first = seededDropout({ rate: 0.5, seed: 7 });
    const second = seededDropout({ rate: 0.5, seed: 7 });
    const [a0, a1] = [mask(first, [4, 16]), mask(first, [4, 16])];
    expect(a0).to.not.deep.equal(a1);
    expect(mask(second, [4, 16])).to.deep.equal(a0);
    second.step = 0;
    expect(mask(second, [4, 16])).to.deep.equal(a0);
    expect(mask(second, [4, 16])).to.deep.equal(a1);
    expect(mask(seededDropout({ rate: 0.5, seed: 8 }), [4, 16])).to.not.deep.equal(a0);
    expect(mask(second, [4, 16], { ...training, seed: 7, step: 1 })).to.deep.equal(a1);
    expect(second.step).to.equal(2);
    masksByBackend.push(a0);
    expect(a0).to.deep.equal(masksByBackend[0]);
  });

  it('feature: whole maps are dropped together', () => {
    const values = tf.tidy(
      () =>
        tf
          .tensor(mask(seededDropout({ rate: 0.5, wholeMaps: true, seed: 3 }), [2, 3, 3, 20]), [2, 9, 20])
          .arraySync() as number[][][],
    );
    values.forEach((places) => places.forEach((channels) => expect(channels).to.deep.equal(places[0])));
    expect(values[0][0]).to.include(0).and.to.include(2);
    expect(values[0][0]).to.not.deep.equal(values[1][0]);
  });

  it('feature: outside of training nothing is dropped', () => {
    expect(mask(seededDropout({ rate: 0.5, seed: 1 }), [2, 3], {})).to.deep.equal([1, 1, 1, 1, 1, 1]);
  });

  it('feature: the gradient goes through what was kept', () =>
    tf.tidy(() => {
      const layer = seededDropout({ rate: 0.5, seed: 5 });
      const kept = mask(layer, [3, 8], { ...training, step: 4 });
      const slope = tf.grad((x) => tf.sum(layer.apply(x, { ...training, step: 4 }) as tf.Tensor))(tf.zeros([3, 8]));
      expect([...slope.dataSync()]).to.deep.equal(kept);
    }));

  it('leak', () => {
    const layer = seededDropout({ rate: 0.5, seed: 1 });
    const before = tf.memory().numTensors;
    mask(layer, [4, 4]);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('seeded dropout', () => {
  it('feature: the seed is saved with the model, given or drawn', async () => {
    const model = tfl.sequential({
      layers: [seededDropout({ rate: 0.5, wholeMaps: true, inputShape: [4, 4, 8], name: 'dropmap' })],
    });
    const loaded = await roundTrip(model);
    const before = model.getLayer('dropmap');
    expect(loaded.getLayer('dropmap').getConfig()).to.deep.equal(before.getConfig());
    expect(mask(loaded.getLayer('dropmap'), [1, 4, 4, 8])).to.deep.equal(mask(before, [1, 4, 4, 8]));
  });

  it('exception', () => {
    expectError(
      () => seededDropout({ rate: 1 }),
      'Expected rate for SeededDropout to be a number with 0 <= rate < 1 but received 1',
    );
    expectError(
      () => seededDropout({ rate: 0.5, seed: 0.5 }),
      'Expected seed for SeededDropout to be a whole number but received 0.5',
    );
  });
});
