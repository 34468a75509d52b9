import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../backends.js';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import type { PutBack } from './keepStockKernels.js';
import { keepStockKernels } from './keepStockKernels.js';
import { randomTensor } from './randomTensor.js';

describe('kernels in the place of slow ones [wasm]', () => {
  let putBack: PutBack;
  let registered: string[];
  before(async () => {
    await tf.setBackend('wasm');
    putBack = keepStockKernels();
    registered = registerGradientKernels({ replaceSlow: true }).filter(
      (name) => tf.getKernel(name, 'wasm') !== undefined,
    );
    tf.env().set('IS_TEST', true);
  });
  after(() => {
    tf.env().set('IS_TEST', false);
    putBack();
    registered
      .filter((name) => !['Conv2DBackpropInput', 'Identity', 'Tile'].includes(name))
      .forEach((name) => tf.unregisterKernel(name, 'wasm'));
  });

  it('tile: every axis, one, several or none repeated', () => {
    expect([...tf.tidy(() => tf.tile(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), [2, 2])).dataSync()]).to.deep.equal([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
    expect([...tf.tidy(() => tf.tile(tf.tensor2d([7, 8, 9], [3, 1], 'int32'), [1, 3])).dataSync()]).to.deep.equal([
      7, 7, 7, 8, 8, 8, 9, 9, 9,
    ]);
    expect([...tf.tidy(() => tf.tile(tf.tensor1d([true, false], 'bool'), [3])).dataSync()]).to.deep.equal([
      1, 0, 1, 0, 1, 0,
    ]);
    expect([...tf.tidy(() => tf.tile(tf.tensor4d([1, 2], [1, 1, 1, 2]), [2, 1, 3, 1])).dataSync()]).to.deep.equal([
      1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2,
    ]);
    expect(tf.tidy(() => tf.tile(tf.ones([2, 3]), [0, 1]).shape)).to.deep.equal([0, 3]);
  });

  it('tile: as slices of the input, whatever the shape', () => {
    for (const [shape, reps] of [
      [
        [3, 5, 2, 4],
        [2, 3, 1, 5],
      ],
      [
        [1, 1, 1, 6],
        [4, 3, 7, 1],
      ],
      [[5], [1]],
      [
        [2, 1, 3],
        [1, 6, 1],
      ],
    ]) {
      tf.tidy(() => {
        const x = randomTensor(shape, 3);
        const y = tf.tile(x, reps);
        expect(y.shape).to.deep.equal(shape.map((extent, axis) => extent * reps[axis]));
        const [from, to] = [x.dataSync(), y.dataSync()];
        to.forEach((value, i) => {
          let rest = i;
          let source = 0;
          let stride = 1;
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            source += ((rest % y.shape[axis]) % shape[axis]) * stride;
            rest = Math.floor(rest / y.shape[axis]);
            stride *= shape[axis];
          }
          expect(value).to.equal(from[source]);
        });
      });
    }
  });

  it('identity: the values outlive whichever of the two goes first, and nothing stays', () => {
    const before = [tf.memory().numTensors, tf.memory().numDataBuffers];
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const x = tf.tensor1d([1, 2, 3]);
      const both = [x, tf.clone(x)];
      both[order[0]].dispose();
      expect([...both[order[1]].dataSync()]).to.deep.equal([1, 2, 3]);
      both[order[1]].dispose();
    }
    const [first, second] = [tf.tensor1d([1, 2]), tf.tensor1d([5, 6])];
    const variable = tf.variable(first);
    const copy = tf.clone(variable);
    variable.assign(second);
    expect([...copy.dataSync()], 'a variable that moves on leaves its old values alone').to.deep.equal([1, 2]);
    tf.dispose([first, second, variable, copy]);
    expect([tf.memory().numTensors, tf.memory().numDataBuffers]).to.deep.equal(before);
  });
});
