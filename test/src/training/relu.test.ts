import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { clippedRelu } from '../../../src/training/quickLayer.js';
import { forEachBackend } from '../../backends.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';

// registers gradients

forEachBackend('clipped ReLU', (backend) => {
  withoutKernelLeakCheck(backend);

  it('feature: clips at both ends; the gradient goes through what lies between', () => {
    const x = [-1, 0, 0.5, 5.5, 6, 7];
    const [y, dx] = tf.tidy(() => {
      const values = tf.tensor1d(x);
      return [
        clippedRelu(values, 6),
        tf.grad((v) => tf.sum(tf.mul(clippedRelu(v, 6), tf.tensor1d([1, 2, 3, 4, 5, 6]))))(values),
      ].map((tensor) => [...tensor.dataSync()]);
    });
    expect(y).to.deep.equal([0, 0, 0.5, 5.5, 6, 6]);
    expect(dx).to.deep.equal([0, 0, 3, 4, 0, 0]);
  });
});
