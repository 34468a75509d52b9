import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { depthwiseBackpropFilterConfig } from '../../../kernels/gradients/depthwiseBackpropFilter.js';
import { depthwiseBackpropInputConfig } from '../../../kernels/gradients/depthwiseBackpropInput.js';
import { tolerances } from '../../tolerances.js';
import { expectClose } from './closeTo.js';
import type { Pad } from './convolutionCases.js';
import { randomTensor } from './randomTensor.js';
import type { Shape4D } from './referenceGradients.js';
import { referenceDepthwiseFilter, referenceDepthwiseInput } from './referenceGradients.js';
import { callKernel, callOnCpu, forEachWasmVariant, useWasmWithGradients } from './wasmVariants.js';

interface Case {
  title: string;
  input: Shape4D;
  filter: Shape4D;
  strides?: number | [number, number];
  dilations?: number | [number, number];
  pad: Pad;
}

const explicit: Pad = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

const cases: Case[] = [
  ...[1, 3, 4, 5, 16, 17, 23, 36].flatMap((channels) =>
    [1, 2, 3].map((multiplier): Case => ({
      title: `${channels} channels, multiplier ${multiplier}`,
      input: [2, 5, 6, channels],
      filter: [3, 3, channels, multiplier],
      pad: 'same',
    })),
  ),
  ...[1, 2, 3].flatMap((strides) =>
    (['same', 'valid', 1, explicit] as Pad[]).map((pad): Case => ({
      title: `strides ${strides}, pad ${JSON.stringify(pad)}`,
      input: [2, 9, 8, 4],
      filter: [3, 3, 4, 1],
      strides,
      pad,
    })),
  ),
  ...[2, 3].flatMap((dilations) =>
    (['same', 'valid', 1, explicit] as Pad[]).map((pad): Case => ({
      title: `dilations ${dilations}, pad ${JSON.stringify(pad)}`,
      input: [2, 9, 8, 4],
      filter: [3, 3, 4, 2],
      dilations,
      pad,
    })),
  ),
  { title: 'different strides', input: [1, 9, 11, 5], filter: [3, 2, 5, 1], strides: [3, 2], pad: 'same' },
  { title: 'different dilations', input: [1, 9, 11, 5], filter: [3, 2, 5, 1], dilations: [1, 4], pad: 'same' },
  {
    title: 'strides and dilations',
    input: [2, 11, 12, 6],
    filter: [3, 3, 6, 1],
    strides: 2,
    dilations: 3,
    pad: 'same',
  },
  { title: '1×1 filter', input: [2, 5, 5, 12], filter: [1, 1, 12, 1], pad: 'valid' },
  { title: '1×1 filter, strides 2', input: [2, 5, 5, 12], filter: [1, 1, 12, 2], strides: 2, pad: 'valid' },
  { title: 'filter larger than the input', input: [2, 2, 3, 4], filter: [5, 7, 4, 1], pad: 'same' },
  {
    title: 'dilated filter larger than the input',
    input: [2, 4, 4, 4],
    filter: [3, 3, 4, 2],
    dilations: 5,
    pad: 'same',
  },
  { title: 'filter larger than the input, valid: no output', input: [2, 2, 2, 4], filter: [3, 3, 4, 1], pad: 'valid' },
  {
    title: 'padding beyond the filter',
    input: [1, 3, 3, 2],
    filter: [1, 1, 2, 1],
    pad: [
      [0, 0],
      [3, 2],
      [2, 4],
      [0, 0],
    ],
  },
  { title: 'a number for pad with a filter that is not square', input: [1, 6, 6, 2], filter: [1, 3, 2, 1], pad: 0 },
  { title: 'empty batch', input: [0, 5, 5, 3], filter: [3, 3, 3, 1], pad: 'same' },
];

function isOne(value: number | [number, number]): boolean {
  return (typeof value === 'number' ? [value] : value).every((each) => each === 1);
}

describe('DepthwiseConv2dNative gradients for wasm', () => {
  useWasmWithGradients();

  forEachWasmVariant('feature', (host) => {
    it('two pixels, two channels, multiplier 2 by hand', () => {
      // Filter 1×1: dw[c, m] = Σ over pixels of x[c] · dy[2c + m], dx[c] = Σ over m of dy[2c + m] · w[c, m].
      const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
      const dy = tf.tensor4d([1, 10, 100, 1000, 2, 20, 200, 2000], [1, 1, 2, 4]);
      const filter = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
      const attrs = { strides: 1, dilations: 1, pad: 'valid', filterShape: filter.shape, inputShape: x.shape };
      const dw = callKernel(depthwiseBackpropFilterConfig, host(), { x, dy }, attrs);
      expect(dw.shape).to.deep.equal([1, 1, 2, 2]);
      expect([...dw.values]).to.deep.equal([1 + 6, 10 + 60, 200 + 800, 2000 + 8000]);
      const dx = callKernel(depthwiseBackpropInputConfig, host(), { dy, filter }, attrs);
      expect(dx.shape).to.deep.equal([1, 1, 2, 2]);
      expect([...dx.values]).to.deep.equal([1 + 20, 300 + 4000, 2 + 40, 600 + 8000]);
      tf.dispose([x, dy, filter]);
    });

    it('a dilated row by hand', () => {
      // 3 weights two pixels apart on 5 pixels, valid: one output, dw = dy · (x0, x2, x4), dx = dy · (w0, 0, w1, 0, w2).
      const x = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
      const dy = tf.tensor4d([10], [1, 1, 1, 1]);
      const filter = tf.tensor4d([7, 8, 9], [1, 3, 1, 1]);
      const attrs = { strides: 1, dilations: 2, pad: 'valid', filterShape: filter.shape, inputShape: x.shape };
      const dw = callKernel(depthwiseBackpropFilterConfig, host(), { x, dy }, attrs);
      expect([...dw.values]).to.deep.equal([10, 30, 50]);
      const dx = callKernel(depthwiseBackpropInputConfig, host(), { dy, filter }, attrs);
      expect([...dx.values]).to.deep.equal([70, 0, 80, 0, 90]);
      tf.dispose([x, dy, filter]);
    });

    for (const { title, input, filter: filterShape, strides = 1, dilations = 1, pad } of cases) {
      it(title, async () => {
        const attrs = { strides, dilations, pad, filterShape, inputShape: input };
        const info = tf.backend_util.computeConv2DInfo(input, filterShape, strides, dilations, pad, undefined, true);
        const x = randomTensor(input, 1);
        const dy = randomTensor(info.outShape, 2);
        const filter = randomTensor(filterShape, 3);
        const dw = callKernel(depthwiseBackpropFilterConfig, host(), { x, dy }, attrs);
        const dx = callKernel(depthwiseBackpropInputConfig, host(), { dy, filter }, attrs);
        expect(dw.shape).to.deep.equal(filterShape);
        expect(dx.shape).to.deep.equal(input);
        const convolution = {
          input,
          filter: filterShape,
          out: [info.outHeight, info.outWidth] as [number, number],
          strides: [info.strideHeight, info.strideWidth] as [number, number],
          dilations: [info.dilationHeight, info.dilationWidth] as [number, number],
          padTop: info.padInfo.top,
          padLeft: info.padInfo.left,
        };
        expectClose(dw.values, referenceDepthwiseFilter(await x.data(), await dy.data(), convolution), tolerances.wasm);
        expectClose(
          dx.values,
          referenceDepthwiseInput(await dy.data(), await filter.data(), convolution),
          tolerances.wasm,
        );
        if (isOne(dilations)) {
          const cpuFilter = await callOnCpu(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, attrs);
          const cpuInput = await callOnCpu(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, attrs);
          expectClose(dw.values, cpuFilter.values, tolerances.wasm);
          expectClose(dx.values, cpuInput.values, tolerances.wasm);
        }
        tf.dispose([x, dy, filter]);
      });
    }
  });

  describe('exception', () => {
    it('names what does not fit', () => {
      tf.tidy(() => {
        const attrs = { strides: 1, dilations: 1, pad: 'same', filterShape: [3, 3, 4, 2], inputShape: [1, 5, 5, 4] };
        const filterGradient = (x: tf.Tensor, dy: tf.Tensor) => () =>
          tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, attrs);
        const inputGradient = (dy: tf.Tensor, filter: tf.Tensor) => () =>
          tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, attrs);
        expect(filterGradient(tf.zeros([1, 5, 5, 3]), tf.zeros([1, 5, 5, 8]))).to.throw(
          'Expected the shape of x for DepthwiseConv2dNativeBackpropFilter to be [any, any, any, 4] ' +
            'but received [1, 5, 5, 3]',
        );
        expect(filterGradient(tf.zeros([1, 5, 5, 4]), tf.zeros([1, 5, 5, 4]))).to.throw(
          'Expected the shape of dy for DepthwiseConv2dNativeBackpropFilter to be [1, any, any, 8] ' +
            'but received [1, 5, 5, 4]',
        );
        expect(inputGradient(tf.zeros([2, 5, 5, 8]), tf.zeros([3, 3, 4, 2]))).to.throw(
          'Expected the shape of dy for DepthwiseConv2dNativeBackpropInput to be [1, any, any, 8] ' +
            'but received [2, 5, 5, 8]',
        );
        expect(inputGradient(tf.zeros([1, 5, 5, 8]), tf.zeros([3, 3, 2, 4]))).to.throw(
          'Expected the shape of filter for DepthwiseConv2dNativeBackpropInput to be [any, any, 4, any] ' +
            'but received [3, 3, 2, 4]',
        );
        expect(inputGradient(tf.zeros([1, 5, 5, 8], 'int32'), tf.zeros([3, 3, 4, 2]))).to.throw(
          'Expected the data type of dy for DepthwiseConv2dNativeBackpropInput to be "float32" but received "int32"',
        );
      });
    });
  });
});
