import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import { keepStockKernels, slowKernels } from './keepStockKernels.js';

const names = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];

describe('registerGradientKernels', () => {
  before(() => tf.setBackend('wasm'));
  afterEach(() =>
    names.forEach((name) => {
      if (tf.getKernel(name, 'wasm') != null) {
        tf.unregisterKernel(name, 'wasm');
      }
    }),
  );

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

  it('replaces slow kernels when asked, once, with the same results and without a warning', () => {
    const putBack = keepStockKernels();
    const stock = tf.getKernel('Conv2DBackpropInput', 'wasm');
    const warn = console.warn;
    const warnings: unknown[] = [];
    console.warn = (...all) => warnings.push(all);
    try {
      expect(registerGradientKernels({ replaceSlow: true })).to.deep.equal([...names, ...slowKernels]);
      expect(registerGradientKernels({ replaceSlow: true })).to.deep.equal([]);
      const ours = tf.getKernel('Conv2DBackpropInput', 'wasm');
      expect(ours).to.not.equal(stock);
      expect(ours.setupFunc, 'the stock kernel still answers for channels first').to.equal(stock.setupFunc);
      tf.tidy(() => {
        const up = tf.conv2dTranspose(
          tf.tensor3d([1, 2, 3, 4], [2, 2, 1]),
          tf.tensor4d([1, 10, 100, 1000], [2, 2, 1, 1]),
          [4, 4, 1],
          2,
          'valid',
        );
        expect([...up.dataSync()]).to.deep.equal([
          1, 10, 2, 20, 100, 1000, 200, 2000, 3, 30, 4, 40, 300, 3000, 400, 4000,
        ]);
      });
    } finally {
      console.warn = warn;
      putBack();
    }
    expect(warnings).to.deep.equal([]);
  });

  it('leaves other backends alone', () => {
    const before = tf.getKernelsForBackend('cpu').length;
    registerGradientKernels();
    expect(tf.getKernelsForBackend('cpu').length).to.equal(before);
  });
});
