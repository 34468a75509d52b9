import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  WeldonPooling2D,
  classWisePooling1d,
  classWisePooling2d,
  classWisePooling3d,
  weldonPooling1d,
  weldonPooling2d,
  weldonPooling3d,
} from '../../../src/layers/index.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';

/** Saves to memory and loads again, as model.json on a disk would. */
async function roundTrip(model: tfl.LayersModel): Promise<{ loaded: tfl.LayersModel; json: string }> {
  let artifacts: tf.io.ModelArtifacts | null = null;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const saved = artifacts! as tf.io.ModelArtifacts;
  return { loaded: await tfl.loadLayersModel(tf.io.fromMemory(saved)), json: JSON.stringify(saved.modelTopology) };
}

forEachBackend('pooling layers', () => {
  describe('cardinality', () => {
    it('computes output shapes, known and unknown', () => {
      expect(weldonPooling1d().computeOutputShape([null, null, 7])).to.deep.equal([null, 7]);
      expect(weldonPooling2d().computeOutputShape([4, 14, 14, 67])).to.deep.equal([4, 67]);
      expect(weldonPooling2d({ dataFormat: 'channelsFirst' }).computeOutputShape([null, 67, null, null])).to.deep.equal(
        [null, 67],
      );
      expect(weldonPooling3d().computeOutputShape([null, 3, 4, 5, 2])).to.deep.equal([null, 2]);
      expect(classWisePooling2d({ maps: 4 }).computeOutputShape([null, null, null, 12])).to.deep.equal([
        null,
        null,
        null,
        3,
      ]);
      expect(classWisePooling1d({ maps: 2 }).computeOutputShape([null, 5, 6])).to.deep.equal([null, 5, 3]);
      expect(
        classWisePooling3d({ maps: 2, dataFormat: 'channelsFirst' }).computeOutputShape([null, 4, 1, 2, 3]),
      ).to.deep.equal([null, 2, 1, 2, 3]);
    });
    it('takes maps of any size in one model', async () => {
      const model = tfl.sequential({ layers: [weldonPooling2d({ kMax: 0.5, kMin: 0, inputShape: [null, null, 2] })] });
      for (const [rows, columns] of [
        [1, 1],
        [3, 5],
        [8, 2],
      ]) {
        const y = model.predict(tf.ones([2, rows, columns, 2])) as tf.Tensor;
        expect(y.shape).to.deep.equal([2, 2]);
        expect(Array.from(await y.data())).to.satisfy((values: number[]) =>
          values.every((value) => Math.abs(value - 1) < 1e-6),
        );
        y.dispose();
      }
      model.dispose();
    });
  });

  describe('exception', () => {
    it('names layer and rule', () => {
      expectError(
        () => weldonPooling2d({ kMax: -2 }),
        'Expected kMax for WeldonPooling2D to be a number >= 0 but received -2',
      );
      expectError(
        () => weldonPooling3d({ kMax: 0 }),
        'Expected kMax and kMin for WeldonPooling3D to be not both 0 but received [0,0]',
      );
      expectError(
        () => classWisePooling2d({ maps: 0 }),
        'Expected maps for ClassWisePooling2D to be an integer >= 1 but received 0',
      );
      expectError(
        () => weldonPooling2d({ name: 'pool' }).apply(tfl.input({ shape: [5, 6] })),
        'Expected the input of WeldonPooling2D pool to be of rank 4 but received shape [null, 5, 6]',
      );
      expectError(
        () => classWisePooling2d({ name: 'maps', maps: 4 }).apply(tfl.input({ shape: [2, 2, 6] })),
        'Expected the input of ClassWisePooling2D maps to be of a channel count divisible by maps = 4 but received 6 channels',
      );
    });
  });

  describe('feature', () => {
    it('class-wise pooling averages class-major groups, channels last and first', async () => {
      const x = tf.tensor4d([1, 3, 10, 30], [1, 1, 1, 4]);
      const last = classWisePooling2d({ maps: 2 }).apply(x) as tf.Tensor;
      expect(Array.from(await last.data())).to.deep.equal([2, 20]);
      const first = classWisePooling2d({ maps: 2, dataFormat: 'channelsFirst' }).apply(
        tf.reshape(x, [1, 4, 1, 1]),
      ) as tf.Tensor;
      expect(first.shape).to.deep.equal([1, 2, 1, 1]);
      expect(Array.from(await first.data())).to.deep.equal([2, 20]);
    });
    it('class-wise pooling divides the gradient by the number of maps', async () => {
      const layer = classWisePooling2d({ maps: 4 });
      const dx = tf.grad((x: tf.Tensor) => layer.apply(x) as tf.Tensor)(tf.ones([1, 1, 1, 8]));
      expect(Array.from(await dx.data())).to.deep.equal(Array(8).fill(0.25));
    });
    it('a Masking layer before the 1-D layer hides its padding', async () => {
      const input = tfl.input({ shape: [null, 1] });
      const masked = tfl.layers.masking({ maskValue: -9 }).apply(input);
      const model = tfl.model({
        inputs: input,
        outputs: weldonPooling1d({ kMax: 1, kMin: 1 }).apply(masked) as tfl.SymbolicTensor,
      });
      const y = model.predict(tf.tensor3d([4, 3, -9, -9, 1, -9], [2, 3, 1])) as tf.Tensor;
      expect(Array.from(await y.data())).to.deep.equal([7, 2]);
      model.dispose();
    });
    it('a mask as second input does the same, through class-wise pooling as well', async () => {
      const maps = tfl.input({ shape: [3, 2] });
      const valid = tfl.input({ shape: [3] });
      const classes = classWisePooling1d({ maps: 2 }).apply(maps) as tfl.SymbolicTensor;
      const model = tfl.model({
        inputs: [maps, valid],
        outputs: weldonPooling1d({ kMax: 2, kMin: 0 }).apply([classes, valid]) as tfl.SymbolicTensor,
      });
      const y = model.predict([tf.tensor3d([1, 3, 5, 7, 100, 100], [1, 3, 2]), tf.tensor2d([[1, 1, 0]])]) as tf.Tensor;
      expect(Array.from(await y.data())).to.deep.equal([4]);
      model.dispose();
    });
    it('saves to model.json as k_max, k_min … and loads again with the same scores', async () => {
      const model = tfl.sequential();
      model.add(tfl.layers.dense({ units: 6, inputShape: [null, null, 3] }));
      model.add(classWisePooling2d({ maps: 2, name: 'classMaps' }));
      model.add(weldonPooling2d({ kMax: 0.3, kMin: 2, alpha: 0.7, reduction: 'halfMean', name: 'pooling' }));
      const { loaded, json } = await roundTrip(model);
      expect(json).to.contain('"k_max":0.3').and.contain('"k_min":2').and.contain('"data_format"');
      const layer = loaded.getLayer('pooling') as WeldonPooling2D;
      expect(layer).to.be.instanceOf(WeldonPooling2D);
      expect(layer.getConfig()).to.include({
        kMax: 0.3,
        kMin: 2,
        alpha: 0.7,
        reduction: 'halfMean',
        dataFormat: 'channelsLast',
      });
      const x = tf.randomNormal([2, 5, 4, 3], 0, 1, 'float32', 7);
      const [before, after] = [model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
      expect(Array.from(await after.data())).to.deep.equal(Array.from(await before.data()));
      tf.dispose([x, before, after]);
      model.dispose();
      loaded.dispose();
    });
    it('keeps kMin null and channelsFirst through a round trip', async () => {
      const model = tfl.sequential({
        layers: [weldonPooling2d({ kMax: 4, dataFormat: 'channelsFirst', inputShape: [2, null, null] })],
      });
      const { loaded } = await roundTrip(model);
      expect(loaded.layers[0].getConfig()).to.include({ kMax: 4, kMin: null, dataFormat: 'channelsFirst' });
      model.dispose();
      loaded.dispose();
    });
  });

  describe('training', () => {
    it('finds a class that shows in one region of many, from image labels alone', async function () {
      tf.env().set('IS_TEST', false);
      // Channel c is bright in one random region when the image is of class c; noise everywhere.
      const images = 60;
      const values = new Float32Array(images * 36 * 3);
      const labels: number[] = [];
      let state = 1;
      const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      for (let image = 0; image < images; image++) {
        labels.push(image % 3);
        for (let i = 0; i < 108; i++) {
          values[image * 108 + i] = random() * 0.5;
        }
        values[image * 108 + Math.floor(random() * 36) * 3 + (image % 3)] = 1.5;
      }
      const x = tf.tensor4d(values, [images, 6, 6, 3]);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 3);
      const model = tfl.sequential();
      // A dense layer on maps is a 1 × 1 convolution that wasm can train.
      model.add(
        tfl.layers.dense({
          units: 3,
          inputShape: [null, null, 3],
          kernelInitializer: tfl.initializers.glorotUniform({ seed: 3 }),
        }),
      );
      model.add(weldonPooling2d({ kMax: 1, kMin: 1, name: 'pooling' }));
      model.add(tfl.layers.activation({ activation: 'softmax' }));
      model.compile({ optimizer: tf.train.adam(0.05), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      const history = await model.fit(x, y, { epochs: 25, batchSize: 20, shuffle: false, verbose: 0 });
      expect(history.history.acc[24]).to.equal(1);
      const tensors = tf.memory().numTensors;
      await model.fit(x, y, { epochs: 2, batchSize: 20, verbose: 0 });
      expect(tf.memory().numTensors).to.equal(tensors);
      model.dispose();
      tf.dispose([x, y]);
    });
  });
});
