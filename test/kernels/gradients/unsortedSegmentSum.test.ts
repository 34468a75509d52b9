import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { unsortedSegmentSumConfig } from '../../../kernels/gradients/unsortedSegmentSum.js';
import { tolerances } from '../../tolerances.js';
import { expectClose } from './closeTo.js';
import { randomTensor } from './randomTensor.js';
import { callKernel, callOnCpu, forEachWasmVariant, useWasmWithGradients } from './wasmVariants.js';

describe('UnsortedSegmentSum for wasm', () => {
  useWasmWithGradients();

  forEachWasmVariant('feature', (host) => {
    it('rows by hand, a segment without rows is zero, ids outside are dropped', () => {
      const x = tf.tensor2d([
        [1, 2, 3, 4, 5],
        [10, 20, 30, 40, 50],
        [7, 7, 7, 7, 7],
        [8, 8, 8, 8, 8],
        [100, 0, 0, 0, 1],
      ]);
      const segmentIds = tf.tensor1d([2, 2, -1, 3, 0], 'int32');
      const { shape, dtype, values } = callKernel(
        unsortedSegmentSumConfig,
        host(),
        { x, segmentIds },
        { numSegments: 3 },
      );
      expect(shape).to.deep.equal([3, 5]);
      expect(dtype).to.equal('float32');
      expect([...values]).to.deep.equal([100, 0, 0, 0, 1, 0, 0, 0, 0, 0, 11, 22, 33, 44, 55]);
      tf.dispose([x, segmentIds]);
    });

    it('whole numbers stay whole numbers, also above 2²⁴', () => {
      const x = tf.tensor1d([16777217, 1, -5], 'int32');
      const segmentIds = tf.tensor1d([1, 1, 0], 'int32');
      const { dtype, values } = callKernel(unsortedSegmentSumConfig, host(), { x, segmentIds }, { numSegments: 2 });
      expect(dtype).to.equal('int32');
      expect([...values]).to.deep.equal([-5, 16777218]);
      tf.dispose([x, segmentIds]);
    });

    it('ids of rank 2 and of rank 0', () => {
      const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
      const segmentIds = tf.tensor2d(
        [
          [0, 1],
          [1, 0],
        ],
        [2, 2],
        'int32',
      );
      const matrix = callKernel(unsortedSegmentSumConfig, host(), { x, segmentIds }, { numSegments: 2 });
      expect(matrix.shape).to.deep.equal([2, 2]);
      expect([...matrix.values]).to.deep.equal([1 + 7, 2 + 8, 3 + 5, 4 + 6]);
      const one = tf.scalar(1, 'int32');
      const scalar = callKernel(unsortedSegmentSumConfig, host(), { x, segmentIds: one }, { numSegments: 2 });
      expect(scalar.shape).to.deep.equal([2, 2, 2, 2]);
      expect([...scalar.values]).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
      tf.dispose([x, segmentIds, one]);
    });

    for (const [rows, rest, numSegments] of [
      [40, [1], 7],
      [40, [3], 7],
      [40, [17], 7],
      [9, [2, 5], 4],
      [5, [], 3],
      [3, [64], 1],
    ] as Array<[number, number[], number]>) {
      it(`as the cpu backend: ${rows} rows of [${rest}] into ${numSegments} segments`, async () => {
        const x = randomTensor([rows, ...rest], 1);
        const segmentIds = tf.tensor1d(
          Array.from({ length: rows }, (_, row) => (row * 5 + 3) % (numSegments + 1)),
          'int32',
        );
        const { values } = callKernel(unsortedSegmentSumConfig, host(), { x, segmentIds }, { numSegments });
        const wanted = await callOnCpu(tf.UnsortedSegmentSum, { x, segmentIds }, { numSegments });
        expectClose(values, wanted.values, tolerances.wasm);
        tf.dispose([x, segmentIds]);
      });
    }

    it('no rows, no segments', () => {
      const none = tf.zeros([0, 3]);
      const noIds = tf.zeros([0], 'int32');
      const empty = callKernel(unsortedSegmentSumConfig, host(), { x: none, segmentIds: noIds }, { numSegments: 2 });
      expect([...empty.values]).to.deep.equal([0, 0, 0, 0, 0, 0]);
      const noSegments = callKernel(
        unsortedSegmentSumConfig,
        host(),
        { x: none, segmentIds: noIds },
        { numSegments: 0 },
      );
      expect(noSegments.shape).to.deep.equal([0, 3]);
      tf.dispose([none, noIds]);
    });
  });

  it('gradient of gather, along the second axis, with a repeated index', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const indices = tf.tensor1d([2, 0, 2, 2], 'int32');
      const factor = tf.tensor2d([
        [1, 10, 100, 1000],
        [2, 20, 200, 2000],
      ]);
      const gradient = tf.grad((t) => tf.sum(tf.mul(tf.gather(t, indices, 1), factor)))(x);
      expect(gradient.arraySync()).to.deep.equal([
        [10, 0, 1101],
        [20, 0, 2202],
      ]);
    });
  });

  it('exception: names what does not fit', () => {
    tf.tidy(() => {
      const run = (x: tf.Tensor, segmentIds: tf.Tensor, numSegments: number) => () =>
        tf.engine().runKernel(tf.UnsortedSegmentSum, { x, segmentIds }, { numSegments });
      expect(run(tf.zeros([3, 2]), tf.zeros([4], 'int32'), 2)).to.throw(
        "Expected the shape of segmentIds for UnsortedSegmentSum to be the beginning of x's shape [3, 2] " +
          'but received [4]',
      );
      expect(run(tf.zeros([3], 'bool'), tf.zeros([3], 'int32'), 2)).to.throw(
        '"float32" or "int32" but received "bool"',
      );
      expect(run(tf.zeros([3]), tf.zeros([3]), 2)).to.throw('"int32" but received "float32"');
      expect(run(tf.zeros([3]), tf.zeros([3], 'int32'), -1)).to.throw('an integer >= 0 but received -1');
    });
  });
});
