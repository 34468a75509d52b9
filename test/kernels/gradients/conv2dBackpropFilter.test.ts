import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { conv2dBackpropFilterConfig } from '../../../kernels/gradients/conv2dBackpropFilter.js';
import { tolerances } from '../../tolerances.js';
import { expectClose } from './closeTo.js';
import { convolutionCases } from './convolutionCases.js';
import { randomTensor } from './randomTensor.js';
import { callKernel, callOnCpu, forEachWasmVariant, useWasmWithGradients } from './wasmVariants.js';

describe('Conv2DBackpropFilter for wasm', () => {
  useWasmWithGradients();

  forEachWasmVariant('feature', (host) => {
    it('two pixels by hand', () => {
      // Filter 1×2, valid: dw[0] = x0·dy0 + x1·dy1, dw[1] = x1·dy0 + x2·dy1.
      const x = tf.tensor4d([1, 2, 3], [1, 1, 3, 1]);
      const dy = tf.tensor4d([10, 100], [1, 1, 2, 1]);
      const { shape, dtype, values } = callKernel(
        conv2dBackpropFilterConfig,
        host(),
        { x, dy },
        { strides: 1, pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 2, 1, 1] },
      );
      expect(shape).to.deep.equal([1, 2, 1, 1]);
      expect(dtype).to.equal('float32');
      expect([...values]).to.deep.equal([210, 320]);
      tf.dispose([x, dy]);
    });

    it('same padding and strides by hand', () => {
      // 2×2 input of ones, 3×3 filter, strides 2, same: one output pixel at the corner, 1 pixel of padding behind.
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      const dy = tf.tensor4d([2], [1, 1, 1, 1]);
      const { values } = callKernel(
        conv2dBackpropFilterConfig,
        host(),
        { x, dy },
        { strides: [2, 2], pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 1, 1] },
      );
      expect([...values]).to.deep.equal([2, 4, 0, 6, 8, 0, 0, 0, 0]);
      tf.dispose([x, dy]);
    });

    it('rows of dy that only dimRoundingMode ceil has, which TensorFlow.js does not pass on', () => {
      // 4 pixels, filter 2, strides 3: floor gives 1 output pixel, ceil gives 2; the second sees x3 and padding.
      const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
      const dy = tf.tensor4d([1, 10], [1, 1, 2, 1]);
      const { values } = callKernel(
        conv2dBackpropFilterConfig,
        host(),
        { x, dy },
        { strides: [1, 3], pad: 0, dataFormat: 'NHWC', filterShape: [1, 2, 1, 1] },
      );
      expect([...values]).to.deep.equal([1 + 40, 2]);
      tf.dispose([x, dy]);
    });

    for (const { title, input, filter, strides = 1, pad, dimRoundingMode } of convolutionCases) {
      it(`as the cpu backend: ${title}`, async () => {
        const attrs = { strides, pad, dataFormat: 'NHWC', dimRoundingMode, filterShape: filter };
        const { outShape } = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad, dimRoundingMode);
        const x = randomTensor(input, 1);
        const dy = randomTensor(outShape, 2);
        const { values, shape } = callKernel(conv2dBackpropFilterConfig, host(), { x, dy }, attrs);
        const wanted = await callOnCpu(tf.Conv2DBackpropFilter, { x, dy }, attrs);
        expect(shape).to.deep.equal(filter);
        expectClose(values, wanted.values, tolerances.wasm);
        tf.dispose([x, dy]);
      });
    }

    it('NaN and Infinity reach only the weights that see them', () => {
      const x = tf.tensor4d([NaN, 0, 0, 2, 0, Infinity], [1, 1, 3, 2]);
      const dy = tf.tensor4d([1, 0], [1, 1, 2, 1]);
      const { values } = callKernel(
        conv2dBackpropFilterConfig,
        host(),
        { x, dy },
        { strides: 1, pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 2, 2, 1] },
      );
      expect([...values]).to.deep.equal([NaN, 0, 0, NaN]);
      tf.dispose([x, dy]);
    });
  });

  describe('exception', () => {
    const run = (x: tf.Tensor, dy: tf.Tensor, attrs: object) => () =>
      tf
        .engine()
        .runKernel(tf.Conv2DBackpropFilter, { x, dy }, { strides: 1, pad: 'same', dataFormat: 'NHWC', ...attrs });

    it('names what does not fit', () => {
      tf.tidy(() => {
        const x = tf.zeros([1, 4, 4, 3]);
        const dy = tf.zeros([1, 4, 4, 5]);
        expect(run(x, dy, { filterShape: [3, 3, 3, 5], dataFormat: 'NCHW' })).to.throw(
          'Expected dataFormat for Conv2DBackpropFilter on the wasm backend to be "NHWC" but received "NCHW"',
        );
        expect(run(x, dy, { filterShape: [3, 3, 4, 5] })).to.throw(
          'Expected the shape of x for Conv2DBackpropFilter to be [1, any, any, 4] but received [1, 4, 4, 3]',
        );
        expect(run(x, dy, { filterShape: [3, 3, 3, 6] })).to.throw(
          'Expected the shape of dy for Conv2DBackpropFilter to be [any, any, any, 6] but received [1, 4, 4, 5]',
        );
        expect(run(tf.zeros([2, 4, 4, 3]), dy, { filterShape: [3, 3, 3, 5] })).to.throw('[1, any, any, 3]');
        expect(run(tf.zeros([1, 4, 4, 3], 'int32'), dy, { filterShape: [3, 3, 3, 5] })).to.throw(
          'Expected the data type of x for Conv2DBackpropFilter to be "float32" but received "int32"',
        );
        expect(run(tf.zeros([4, 4, 3]), dy, { filterShape: [3, 3, 3, 5] })).to.throw('of rank 4');
      });
    });
  });
});
