import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';

const names = [
  'Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum'];

describe('registerGradientKernels', () => {
  before(() => tf.setBackend('wasm'));
  afterEach(() => names.forEach((name) => {
    if (tf.getKernel(name, 'wasm') != null) {
      tf.unregisterKernel(name, 'wasm');
    }
  }));

  it('without it TensorFlow.js 4.22 cannot differentiate a convolution on wasm', () => {
    tf.tidy(() => {
      const loss = (filter: tf.Tensor) =>
        tf.sum(tf.conv2d(tf.ones([1, 3, 3, 1]) as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'));
      expect(() => tf.grad(loss)(tf.ones([3, 3, 1, 1]))).to.throw('Conv2DBackpropFilter');
    });
  });

  it('registers the four missing kernels once and says which', () => {
    expect(registerGradientKernels()).to.deep.equal(names);
    expect(registerGradientKernels()).to.deep.equal([]);
    names.forEach((name) => expect(tf.getKernel(name, 'wasm'), name).to.not.equal(undefined));
  });

  it('keeps a kernel that the backend has', () => {
    const theirs = { kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: () => [] };
    tf.registerKernel(theirs);
    expect(registerGradientKernels()).to.deep.equal(names.slice(0, 3));
    expect(tf.getKernel('UnsortedSegmentSum', 'wasm')).to.equal(theirs);
  });

  it('leaves other backends alone', () => {
    const before = tf.getKernelsForBackend('cpu').length;
    registerGradientKernels();
    expect(tf.getKernelsForBackend('cpu').length).to.equal(before);
  });
});
