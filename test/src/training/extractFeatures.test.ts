import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { extractFeatures } from '../../../src/training/extractFeatures.js';
import { memoryFeatureStore } from '../../../src/training/featureStore.js';
import { predictClasses } from '../../../src/training/linear/linearModel.js';
import { trainLinearSvm } from '../../../src/training/linear/linearSvm.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { forEachBackend } from '../../backends.js';
import { tolerances } from '../../tolerances.js';
import { rejection } from '../node/temporaryFolder.js';
import { toyBackbone, toyData, toyImages } from './toyTask.js';

const { images, labels } = toyImages(6);
const data = arrayData({ images, labels, imageShape: [8, 8, 2], batchSize: 4, shuffle: null });

forEachBackend('features of a data set', (backend) => {
  it('feature: what the model predicts, pooled; in order', async () => {
    const model = toyBackbone();
    const { table, labels: found } = await extractFeatures(model, data);
    const [means, highest] = tf.tidy(() => {
      const maps = model.predict(tf.tensor4d(images, [6, 8, 8, 2])) as tf.Tensor;
      return [[...tf.mean(maps, [1, 2]).dataSync()], [...tf.max(maps, [1, 2]).dataSync()]];
    });
    expect(table.size).to.equal(6);
    means.forEach((mean, i) => expect(table.values[i]).to.be.closeTo(mean, tolerances[backend]));
    expect([...found]).to.deep.equal(labels);
    const top = await extractFeatures(model, data, { pool: { kMax: 1, kMin: 0 } });
    highest.forEach((value, i) => expect(top.table.values[i]).to.be.closeTo(value, tolerances[backend]));
    const unit = await extractFeatures(model, data, { normalize: true });
    expect(Math.hypot(...unit.table.values.subarray(0, 6))).to.be.closeTo(1, 1e-5);
    model.dispose();
  });

  it('feature: from the cache the same; a linear SVM takes them', async () => {
    const model = toyBackbone();
    const options = { layer: 'middle', cache: { store: memoryFeatureStore() } };
    const first = await extractFeatures(model, toyData(), options);
    const again = await extractFeatures(model, toyData(), options);
    expect(again).to.deep.equal(first);
    const svm = trainLinearSvm(first.table, first.labels, { c: 100 });
    const right = predictClasses(svm, first.table).filter((label, i) => label === first.labels[i]).length;
    expect(right).to.be.above(6);
    model.dispose();
  });

  it('leak, and exception', async () => {
    const model = toyBackbone();
    const before = tf.memory().numTensors;
    await extractFeatures(model, data, { normalize: true });
    expect(
      await rejection(
        extractFeatures(model, arrayData({ images, labels: [0, 1, 2], imageShape: [8, 8, 4], batchSize: 3 })),
      ),
    ).to.equal('Expected a batch for model toy to be of shape [null, 8, 8, 2] but received shape [3, 8, 8, 4]');
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});
