import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  LogSumExpPooling2D,
  logSumExpPooling1d,
  logSumExpPooling2d,
  logSumExpPooling3d,
} from '../../../src/layers/logSumExpPooling.js';
import { logSumExpPool } from '../../../src/pooling/logSumExpPool.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { roundTrip } from '../models/smallModels.js';

forEachBackend('log-sum-exp pooling layers', () => {
  describe('cardinality', () => {
    it('computes output shapes, and takes maps of any size in one model', async () => {
      expect(logSumExpPooling1d().computeOutputShape([null, null, 7])).to.deep.equal([null, 7]);
      expect(logSumExpPooling2d({ dataFormat: 'channelsFirst' }).computeOutputShape([2, 6, null, 3])).to.deep.equal([
        2, 6,
      ]);
      expect(logSumExpPooling3d().computeOutputShape([null, 3, 4, 5, 2])).to.deep.equal([null, 2]);
      const model = tfl.sequential({ layers: [logSumExpPooling2d({ inputShape: [null, null, 2] })] });
      for (const [rows, columns] of [
        [1, 1],
        [3, 5],
      ]) {
        const y = model.predict(tf.ones([2, rows, columns, 2])) as tf.Tensor;
        expect(Array.from(await y.data())).to.deep.equal([1, 1, 1, 1]);
        y.dispose();
      }
      model.dispose();
    });
  });

  describe('exception', () => {
    it('names layer and rule', () => {
      expectError(
        () => logSumExpPooling2d({ sharpness: -1 }),
        'Expected sharpness for LogSumExpPooling2D to be a finite number > 0 but received -1',
      );
      expectError(
        () => logSumExpPooling1d({ learnSharpness: 1 as unknown as boolean }),
        'Expected learnSharpness for LogSumExpPooling1D to be true or false but received 1',
      );
      expectError(
        () => logSumExpPooling2d({ name: 'pool' }).apply(tfl.input({ shape: [5, 6] })),
        'Expected the input of LogSumExpPooling2D pool to be of rank 4 but received shape [null, 5, 6]',
      );
      expectError(
        () => logSumExpPooling2d({ name: 'pool', learnSharpness: true }).apply(tfl.input({ shape: [5, 6, null] })),
        'Expected the input of LogSumExpPooling2D pool to be of a known number of classes, each of which learns its sharpness but received shape [null, 5, 6, null]',
      );
    });
  });

  describe('feature', () => {
    it('pools as the op does, in both layouts and at the first value of what is learnt', async () => {
      const x = tf.randomNormal([2, 3, 4, 2], 0, 1, 'float32', 5);
      const valuesOf = async (tensor: tf.Tensor) => Array.from(await tensor.data());
      const wanted = await valuesOf(logSumExpPool(x, { sharpness: 2 }));
      expect(await valuesOf(logSumExpPooling2d({ sharpness: 2 }).apply(x) as tf.Tensor)).to.deep.equal(wanted);
      const first = logSumExpPooling2d({ sharpness: 2, dataFormat: 'channelsFirst' });
      expect(await valuesOf(first.apply(tf.transpose(x, [0, 3, 1, 2])) as tf.Tensor)).to.deep.equal(wanted);
      for (const sharpness of [0.01, 2, 60]) {
        const learnt = logSumExpPooling2d({ sharpness, learnSharpness: true });
        const given = await valuesOf(learnt.apply(x) as tf.Tensor);
        const fixed = await valuesOf(logSumExpPool(x, { sharpness }));
        given.forEach((value, i) => expect(value).to.be.closeTo(fixed[i], 1e-4));
        learnt.dispose();
      }
      x.dispose();
    });
    it('a mask from a Masking layer, and as a second input', async () => {
      const input = tfl.input({ shape: [null, 1] });
      const masked = tfl.layers.masking({ maskValue: -9 }).apply(input);
      const model = tfl.model({
        inputs: input,
        outputs: logSumExpPooling1d({ sharpness: 1e4 }).apply(masked) as tfl.SymbolicTensor,
      });
      const y = model.predict(tf.tensor3d([-14, -13, -9, -9, -11, -9], [2, 3, 1])) as tf.Tensor;
      const scores = Array.from(await y.data());
      [-13, -11].forEach((value, i) => expect(scores[i]).to.be.closeTo(value, 1e-3));
      y.dispose();
      model.dispose();
      const [maps, valid] = [tf.tensor3d([1, 3, 100], [1, 3, 1]), tf.tensor2d([[1, 1, 0]])];
      const second = logSumExpPooling1d({ sharpness: 1e4 }).apply([maps, valid]) as tf.Tensor;
      expect((await second.data())[0]).to.be.closeTo(3, 1e-3);
      tf.dispose([maps, valid, second]);
    });
    it('saves to model.json and loads again, what is learnt too', async () => {
      for (const learnSharpness of [false, true]) {
        const model = tfl.sequential();
        model.add(tfl.layers.dense({ units: 3, inputShape: [null, null, 2] }));
        model.add(logSumExpPooling2d({ sharpness: 2, learnSharpness, name: 'pooling' }));
        if (learnSharpness) {
          tf.tidy(() => model.getLayer('pooling').setWeights([tf.tensor1d([0.5, 2, -1])]));
        }
        const loaded = await roundTrip(model);
        const layer = loaded.getLayer('pooling');
        expect(layer).to.be.instanceOf(LogSumExpPooling2D);
        expect(layer.getConfig()).to.include({ sharpness: 2, learnSharpness, dataFormat: 'channelsLast' });
        const x = tf.randomNormal([2, 5, 4, 2], 0, 1, 'float32', 7);
        const [before, after] = [model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
        expect(Array.from(await after.data())).to.deep.equal(Array.from(await before.data()));
        tf.dispose([x, before, after]);
        [model, loaded].forEach((each) => each.dispose());
      }
    });
  });

  describe('training', () => {
    it('each class learns its sharpness: one that one region decides a high one, one that the mean decides a low one', async () => {
      tf.env().set('IS_TEST', false);
      const [images, regions] = [64, 9];
      const x = tf.randomNormal([images, 3, 3, 2], 0, 1, 'float32', 3);
      const flat = tf.reshape(x, [images, regions, 2]);
      const [most, mean] = [tf.max(flat, 1), tf.mean(flat, 1)];
      const y = tf.concat([tf.slice(most, [0, 0], [images, 1]), tf.slice(mean, [0, 1], [images, 1])], 1);
      const model = tfl.sequential({
        layers: [logSumExpPooling2d({ sharpness: 2, learnSharpness: true, inputShape: [3, 3, 2] })],
      });
      model.compile({ optimizer: tf.train.adam(0.2), loss: 'meanSquaredError' });
      await model.fit(x, y, { epochs: 1, batchSize: images });
      const tensors = tf.memory().numTensors;
      const { history } = await model.fit(x, y, { epochs: 40, batchSize: images });
      expect(tf.memory().numTensors, 'leak').to.equal(tensors);
      const r = Array.from(await tf.softplus(model.layers[0].getWeights()[0]).data());
      expect(r[0]).to.be.above(5);
      expect(r[1]).to.be.below(0.5);
      expect(history.loss[39]).to.be.below((history.loss[0] as number) / 10);
      model.dispose();
      tf.dispose([x, flat, most, mean, y]);
    });
  });
});
