import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { conv2dBackpropInputConfig } from '../../../kernels/gradients/conv2dBackpropInput.js';
import { tolerances } from '../../tolerances.js';
import { expectClose } from './closeTo.js';
import { convolutionCases } from './convolutionCases.js';
import { randomTensor } from './randomTensor.js';
import { callKernel, callOnCpu, forEachWasmVariant, useWasmWithGradients } from './wasmVariants.js';

const unused: KernelConfig = {
  kernelName: tf.Conv2DBackpropInput,
  backendName: 'wasm',
  kernelFunc: () => {
    throw new Error('the stock kernel was called');
  },
};
const config = conv2dBackpropInputConfig(unused);

describe('Conv2DBackpropInput for wasm', () => {
  useWasmWithGradients();

  forEachWasmVariant('feature', (host) => {
    it('a row by hand', () => {
      // Filter 1×2, valid: dx0 = dy0·w0, dx1 = dy0·w1 + dy1·w0, dx2 = dy1·w1.
      const dy = tf.tensor4d([10, 100], [1, 1, 2, 1]);
      const filter = tf.tensor4d([3, 7], [1, 2, 1, 1]);
      const { shape, dtype, values } = callKernel(
        config,
        host(),
        { dy, filter },
        { strides: 1, pad: 'valid', dataFormat: 'NHWC', inputShape: [1, 1, 3, 1] },
      );
      expect(shape).to.deep.equal([1, 1, 3, 1]);
      expect(dtype).to.equal('float32');
      expect([...values]).to.deep.equal([30, 370, 700]);
      tf.dispose([dy, filter]);
    });

    it('channels, strides and a pixel that no filter reaches by hand', () => {
      // Filter 1×1, strides 2 on 3 pixels, 2 channels in, 2 out: dx[2·o, ci] = Σ over co of dy[o, co] · w[ci, co].
      const dy = tf.tensor4d([1, 10, 2, 20], [1, 1, 2, 2]);
      const filter = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
      const { values } = callKernel(
        config,
        host(),
        { dy, filter },
        { strides: [1, 2], pad: 'valid', dataFormat: 'NHWC', inputShape: [1, 1, 3, 2] },
      );
      expect([...values]).to.deep.equal([21, 43, 0, 0, 42, 86]);
      tf.dispose([dy, filter]);
    });

    for (const { title, input, filter: filterShape, strides = 1, pad, dimRoundingMode } of convolutionCases) {
      it(`as the cpu backend: ${title}`, async () => {
        const attrs = { strides, pad, dataFormat: 'NHWC', dimRoundingMode, inputShape: input };
        const { outShape } = tf.backend_util.computeConv2DInfo(input, filterShape, strides, 1, pad, dimRoundingMode);
        const dy = randomTensor(outShape, 1);
        const filter = randomTensor(filterShape, 2);
        const { values, shape } = callKernel(config, host(), { dy, filter }, attrs);
        const wanted = await callOnCpu(tf.Conv2DBackpropInput, { dy, filter }, attrs);
        expect(shape).to.deep.equal(input);
        expectClose(values, wanted.values, tolerances.wasm);
        tf.dispose([dy, filter]);
      });
    }
  });

  it('exception: names what does not fit', () => {
    tf.tidy(() => {
      const run = (dy: tf.Tensor, filter: tf.Tensor) => () =>
        config.kernelFunc({
          inputs: { dy, filter },
          backend: tf.backend(),
          attrs: { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: [1, 4, 4, 3] },
        });
      expect(run(tf.zeros([1, 4, 4, 5]), tf.zeros([3, 3, 4, 5]))).to.throw(
        'Expected the shape of filter for Conv2DBackpropInput to be [any, any, 3, any] but received [3, 3, 4, 5]',
      );
      expect(run(tf.zeros([2, 4, 4, 5]), tf.zeros([3, 3, 3, 5]))).to.throw(
        'Expected the shape of dy for Conv2DBackpropInput to be [1, any, any, 5] but received [2, 4, 4, 5]',
      );
      expect(run(tf.zeros([1, 4, 4, 5], 'int32'), tf.zeros([3, 3, 3, 5]))).to.throw('"float32" but received "int32"');
    });
  });

  it('leaves channels first to the stock kernel', () => {
    tf.tidy(() => {
      expect(() =>
        config.kernelFunc({
          inputs: { dy: tf.zeros([1, 5, 4, 4]), filter: tf.zeros([3, 3, 3, 5]) },
          backend: tf.backend(),
          attrs: { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 3, 4, 4] },
        }),
      ).to.throw('the stock kernel was called');
    });
  });
});
