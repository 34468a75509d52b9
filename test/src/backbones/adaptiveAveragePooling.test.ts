import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { AdaptiveAveragePooling2D, averagingMatrix } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import { modelFiles } from '../../../src/backbones/weights/modelFiles.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { handlerOf } from './modelFolder.js';

describe('averagingMatrix', () => {
  it('has bins of ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ places', () => {
    // 5 places in 2 bins: 0–2 and 2–4; 2 places in 3 bins: 0, 0–1, 1; as many bins as places: each its own.
    const third = Math.fround(1 / 3);
    expect([...averagingMatrix(5, 2)]).to.deep.equal([third, third, third, 0, 0, 0, 0, third, third, third]);
    expect([...averagingMatrix(2, 3)]).to.deep.equal([1, 0, 0.5, 0.5, 0, 1]);
    expect([...averagingMatrix(2, 2)]).to.deep.equal([1, 0, 0, 1]);
  });
});

forEachBackend('AdaptiveAveragePooling2D', () => {
  const layer = () => new AdaptiveAveragePooling2D({ size: [1, 2] });

  it('averages rows and columns, each channel and image by itself', () => {
    // Two images of 2 rows, 3 columns, 2 channels; bins of columns 0–1 and 1–2.
    const x = tf.tensor4d(
      Array.from({ length: 24 }, (_, i) => i),
      [2, 2, 3, 2],
    );
    const y = layer().apply(x) as tf.Tensor;
    // Channel 0 of image 0: rows [0, 2, 4], [6, 8, 10]: mean of 0, 2, 6, 8 is 4, of 2, 4, 8, 10 is 6.
    expect(y.shape).to.deep.equal([2, 1, 2, 2]);
    expect([...y.dataSync()]).to.deep.equal([4, 5, 6, 7, 16, 17, 18, 19]);
    tf.dispose([x, y]);
  });

  it('gives each place its share of the gradient', () => {
    const x = tf.zeros([1, 2, 3, 1]) as tf.Tensor4D;
    const weighted = (value: tf.Tensor) =>
      tf.sum(tf.mul(layer().apply(value) as tf.Tensor, tf.tensor4d([4, 8], [1, 1, 2, 1])));
    const dx = tf.tidy(() => tf.grad(weighted)(x));
    // The left bin gives each of its four places 1, the right one 2, and the middle column is in both.
    expect([...dx.dataSync()]).to.deep.equal([1, 3, 2, 1, 3, 2]);
    tf.dispose([x, dx]);
  });

  it('survives saving and loading, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const input = tfl.input({ shape: [null, null, 3] });
    const model = tfl.model({
      inputs: input,
      outputs: tfl.layers
        .dense({ units: 1 })
        .apply(new AdaptiveAveragePooling2D({ size: [3, 2] }).apply(input)) as tfl.SymbolicTensor,
    });
    const loaded = await tfl.loadLayersModel(handlerOf(await modelFiles(model)));
    expect(loaded.outputs[0].shape).to.deep.equal([null, 3, 2, 1]);
    tf.tidy(() => {
      const x = tf.ones([1, 4, 5, 3]);
      expect((loaded.predict(x) as tf.Tensor).dataSync()).to.deep.equal((model.predict(x) as tf.Tensor).dataSync());
    });
    model.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });
});

forEachBackend('AdaptiveAveragePooling2D of nothing', () => {
  it('is refused', () => {
    const pool = new AdaptiveAveragePooling2D({ name: 'avgpool', size: [7, 7] });
    const x = tf.zeros([1, 0, 1, 2]);
    expectError(
      () => pool.apply(x),
      'Expected maps for layer avgpool to be of at least one row and column ' +
        '(is the image too small?) but received [1,0,1,2]',
    );
    x.dispose();
  });
});

describe('AdaptiveAveragePooling2D', () => {
  it('refuses a size that is none', () => {
    expectError(
      () => new AdaptiveAveragePooling2D({ size: [7, 0] }),
      'Expected size for AdaptiveAveragePooling2D to be [rows, columns], integers >= 1 but received [7,0]',
    );
  });
});
