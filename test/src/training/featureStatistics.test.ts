import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { featureStatistics } from '../../../src/training/featureStatistics.js';
import { memoryFeatureStore } from '../../../src/training/featureStore.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { forEachBackend } from '../../backends.js';
import { tolerances } from '../../tolerances.js';
import { rejection } from '../node/temporaryFolder.js';
import { roundTrip } from '../models/smallModels.js';
import { toyBackbone, toyData, toyImages } from './toyTask.js';

const { images, labels } = toyImages(7);
const inBatchesOf = (batchSize: number) =>
  arrayData({ images, labels, imageShape: [8, 8, 2], batchSize, shuffle: null });

forEachBackend('statistics of features', (backend) => {
  it('feature: mean and deviation of each channel over all regions, with any batches', async () => {
    const model = toyBackbone();
    const all = tf.tidy(() =>
      tf.reshape(model.predict(tf.tensor4d(images, [7, 8, 8, 2])) as tf.Tensor, [-1, 6]).arraySync(),
    ) as number[][];
    const means = all[0].map((_, c) => all.reduce((sum, row) => sum + row[c], 0) / all.length);
    const deviations = means.map((mean, c) =>
      Math.sqrt(all.reduce((sum, row) => sum + (row[c] - mean) ** 2, 0) / all.length),
    );
    const floor = (0.05 * deviations.reduce((sum, value) => sum + value, 0)) / 6;
    for (const batchSize of [1, 3, 7]) {
      const { mean, deviation } = await featureStatistics(model, inBatchesOf(batchSize));
      means.forEach((value, c) => expect(mean[c]).to.be.closeTo(value, tolerances[backend]));
      deviations.forEach((value, c) => expect(deviation[c]).to.be.closeTo(Math.max(value, floor), tolerances[backend]));
    }
    const { deviation } = await featureStatistics(model, inBatchesOf(7), { floor: 2 });
    expect(Math.min(...Array.from(deviation))).to.be.closeTo(40 * floor, tolerances[backend]);
    model.dispose();
  });

  it('feature: behind a head that has them, features have mean 0 and deviation 1', async () => {
    const backbone = toyBackbone();
    const statistics = await featureStatistics(backbone, inBatchesOf(4), { floor: 0 });
    const model = attachWeldon(backbone, { classes: 3, normalize: statistics });
    const behind = await featureStatistics(model, inBatchesOf(4), { layer: 'normalised', floor: 0 });
    for (let c = 0; c < 6; c++) {
      expect(behind.mean[c]).to.be.closeTo(0, 20 * tolerances[backend]);
      expect(behind.deviation[c]).to.be.closeTo(1, 20 * tolerances[backend]);
    }
    // Before the head's own normalisation, as a new head would take the features.
    expect(await featureStatistics(model, inBatchesOf(4), { floor: 0 })).to.deep.equal(statistics);
    const loaded = await roundTrip(model);
    expect(await featureStatistics(loaded, inBatchesOf(4), { layer: 'normalised', floor: 0 })).to.deep.equal(behind);
    [backbone, model, loaded].forEach((each) => each.dispose());
  });

  it('feature: from the cache the same, no image read', async () => {
    const model = toyBackbone();
    const cache = { store: memoryFeatureStore() };
    const first = await featureStatistics(model, toyData(), { cache });
    const data = toyData();
    const blind = {
      ...data,
      async *batches(epoch: number, from: number) {
        for await (const batch of data.batches(epoch, from)) {
          yield {
            ...batch,
            images: () => {
              throw new Error('read');
            },
          };
        }
      },
    };
    expect(await featureStatistics(model, blind, { cache })).to.deep.equal(first);
    model.dispose();
  });

  it('leak, and exception', async () => {
    const model = toyBackbone();
    const before = tf.memory().numTensors;
    const progress: number[][] = [];
    await featureStatistics(model, inBatchesOf(4), { onBatch: (...call) => progress.push(call) });
    expect(progress).to.deep.equal([
      [1, 2],
      [2, 2],
    ]);
    expect(await rejection(featureStatistics(model, inBatchesOf(4), { floor: -1 }))).to.equal(
      'Expected floor for featureStatistics to be a finite number >= 0 but received -1',
    );
    const blank = arrayData({ images: new Float32Array(128), labels: [0], imageShape: [8, 8, 2], batchSize: 1 });
    const zero = attachWeldon(model, { classes: 2, layer: 'stem' });
    expect(await rejection(featureStatistics(zero, blank))).to.equal(
      'Expected the features of layer stem to be different from region to region but received the same everywhere',
    );
    zero.dispose();
    const broken = arrayData({
      images: new Float32Array(128).fill(NaN),
      labels: [0],
      imageShape: [8, 8, 2],
      batchSize: 1,
    });
    expect(await rejection(featureStatistics(model, broken, { layer: 'stem' }))).to.equal(
      'Expected the features of layer stem to be finite numbers but received NaN or infinite ones',
    );
    const stopped = await featureStatistics(model, inBatchesOf(4), { signal: AbortSignal.abort() }).catch(
      (error: Error) => error,
    );
    expect(stopped).to.include({ name: 'AbortError' });
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});
