import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { channelStandardization, regionNormalization } from '../../../src/layers/index.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { gradientTolerances, tolerances } from '../../tolerances.js';
import { roundTrip } from '../models/smallModels.js';
import { withoutKernelLeakCheck } from '../training/kernelLeakCheck.js';

const numbers = (run: () => tf.Tensor) => tf.tidy(() => [...run().dataSync()]);
const apply = (layer: tfl.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

function expectClose(actual: number[], wanted: number[], tolerance: number): void {
  expect(actual).to.have.length(wanted.length);
  actual.forEach((value, i) => expect(value).to.be.closeTo(wanted[i], tolerance * Math.max(1, Math.abs(wanted[i]))));
}

forEachBackend('normalisation of features', (backend) => {
  withoutKernelLeakCheck(backend);
  const tolerance = tolerances[backend];

  it('feature: a region is divided by its norm over √depth; one of zeros stays', () => {
    // norms 5, 0, 26 / √2 of depth 2: [3, 4] · √2 / 5, …
    const y = numbers(() => apply(regionNormalization(), tf.tensor4d([3, 4, 0, 0, -24, 10], [1, 1, 3, 2])));
    const root = Math.SQRT2;
    expectClose(y, [(3 * root) / 5, (4 * root) / 5, 0, 0, (-24 * root) / 26, (10 * root) / 26], tolerance);
  });

  it('feature: the length of a region does not matter, from tiny to huge', () => {
    const lengths = [1e-15, 1e-3, 1, 1e6, 1e15];
    const y = numbers(() =>
      apply(
        regionNormalization(),
        tf.tensor3d(
          lengths.flatMap((l) => [l, -l, 3 * l]),
          [1, 5, 3],
        ),
      ),
    );
    const rms = Math.sqrt(11 / 3);
    expectClose(
      y,
      lengths.flatMap(() => [1 / rms, -1 / rms, 3 / rms]),
      tolerance,
    );
  });

  it('gradcheck: along the region nothing, across it 1 / rms; none at zero', () => {
    const layer = regionNormalization();
    const slope = (dy: number[]) =>
      numbers(() => {
        const x = tf.tensor3d([3, 4, 0, 0], [1, 2, 2]);
        return tf.grad((maps) => tf.sum(tf.mul(apply(layer, maps), tf.tensor3d(dy, [1, 2, 2]))))(x);
      });
    const rms = 5 / Math.SQRT2;
    expectClose(slope([3, 4, 1, 1]), [0, 0, 0, 0], gradientTolerances[backend] * 10);
    expectClose(slope([-4, 3, 1, 1]), [-4 / rms, 3 / rms, 0, 0], gradientTolerances[backend]);
    // y0 = x0 / rms: dy0/dx = (1 − y0²/2, −y0 y1/2) / rms
    const [y0, y1] = [3 / rms, 4 / rms];
    expectClose(
      slope([1, 0, 0, 0]),
      [(1 - (y0 * y0) / 2) / rms, (-y0 * y1) / 2 / rms, 0, 0],
      gradientTolerances[backend],
    );
  });

  it('feature: channels are standardised, and the way back divides by the deviation', () => {
    const layer = channelStandardization({ statistics: { mean: [1, -2], deviation: [2, 0.5] } });
    const x = [3, -2, 1, -1.5];
    expectClose(
      numbers(() => apply(layer, tf.tensor4d(x, [1, 2, 1, 2]))),
      [1, 0, 0, 1],
      tolerance,
    );
    expectClose(
      numbers(() => tf.grad((maps) => tf.sum(apply(layer, maps)))(tf.tensor4d(x, [1, 2, 1, 2]))),
      [0.5, 2, 0.5, 2],
      gradientTolerances[backend],
    );
    expect(layer.trainableWeights).to.deep.equal([]);
    layer.dispose();
  });

  it('leak', () => {
    const before = tf.memory().numTensors;
    const layers = [regionNormalization(), channelStandardization({ statistics: { mean: [1, 2], deviation: [1, 2] } })];
    layers.forEach((layer) => {
      numbers(() => tf.grad((maps) => tf.sum(apply(layer, maps)))(tf.tensor4d([3, -2, 1, 5], [1, 2, 1, 2])));
      layer.dispose();
    });
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('normalisation of features', () => {
  it('feature: saved and loaded', async () => {
    const layers = [
      regionNormalization({ inputShape: [null, null, 2], name: 'regions' } as { name: string }),
      channelStandardization({ statistics: { mean: [1, -2], deviation: [2, 0.5] }, name: 'channels' }),
    ];
    const model = tfl.sequential({ layers });
    const loaded = await roundTrip(model);
    const x = tf.tensor4d([3, -2, 1, -1.5], [1, 2, 1, 2]);
    expect([...(loaded.predict(x) as tf.Tensor).dataSync()]).to.deep.equal([
      ...(model.predict(x) as tf.Tensor).dataSync(),
    ]);
    x.dispose();
    model.dispose();
    loaded.dispose();
  });

  it('exception', () => {
    expectError(
      () => channelStandardization({ statistics: { mean: [1, 2], deviation: [1] } }),
      'Expected the statistics for ChannelStandardization to be a mean and a deviation for each of 2 channels but received ' +
        '2 means and 1 deviations',
    );
    expectError(
      () => channelStandardization({ statistics: { mean: [1, 2], deviation: [1, 0] } }),
      'Expected the statistics for ChannelStandardization to be finite, with deviations > 0 but received mean 2 and ' +
        'deviation 0 for channel 1',
    );
    const layer = channelStandardization({ statistics: { mean: [1, 2], deviation: [1, 1] }, name: 'normalised' });
    expectError(
      () => layer.apply(tfl.input({ shape: [4, 4, 3] })),
      'Expected the statistics for ChannelStandardization normalised to be a mean and a deviation for each of 3 channels ' +
        'but received 2 means and 2 deviations',
    );
  });
});
