import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { Loss } from '../../../../src/training/losses/loss.js';
import { apRanking } from '../../../../src/training/losses/apRanking.js';
import { multiLabelSoftMargin, oneVsAllLogistic } from '../../../../src/training/losses/logistic.js';
import { softmaxCrossEntropy } from '../../../../src/training/losses/softmaxCrossEntropy.js';
import { squaredHinge } from '../../../../src/training/losses/squaredHinge.js';
import { forEachBackend } from '../../../backends.js';
import { expectError } from '../../../expectError.js';
import { withoutKernelLeakCheck } from '../kernelLeakCheck.js';
import { tolerances } from '../../../tolerances.js';

const one = (values: number[][]) => tf.tensor2d(values);

function value(loss: Loss, scores: number[][], labels: number[][]): number {
  return tf.tidy(() => loss(one(scores), one(labels)).dataSync()[0]);
}

function gradient(loss: Loss, scores: number[][], labels: number[][]): number[] {
  return tf.tidy(() => [
    ...tf
      .grad((x) => loss(x as tf.Tensor2D, one(labels)))(one(scores))
      .dataSync(),
  ]);
}

const scores = [
  [0.5, -1.5, 2],
  [1.25, 0.75, -0.5],
];
const single = [
  [0, 0, 1],
  [1, 0, 0],
];
const several = [
  [1, 0, 1],
  [1, -1, 0],
];
const classWeights = [1, 2, 0.5];

const losses: Array<[name: string, loss: Loss, labels: number[][]]> = [
  ['softmaxCrossEntropy', softmaxCrossEntropy(), single],
  ['softmaxCrossEntropy, smoothed and weighted', softmaxCrossEntropy({ labelSmoothing: 0.2, classWeights }), single],
  ['oneVsAllLogistic', oneVsAllLogistic(), several],
  ['multiLabelSoftMargin, smoothed and weighted', multiLabelSoftMargin({ labelSmoothing: 0.2, classWeights }), several],
  ['squaredHinge', squaredHinge({ classWeights }), several],
];

/** log(1 + eˢ) in double precision */
const softplus = (s: number) => Math.log1p(Math.exp(s));
const logSoftmax = (row: number[], c: number) => row[c] - Math.log(row.reduce((sum, s) => sum + Math.exp(s), 0));

forEachBackend('losses', (backend) => {
  const tolerance = tolerances[backend];
  withoutKernelLeakCheck(backend);

  it('feature: softmax by hand', () => {
    const plain = -(logSoftmax(scores[0], 2) + logSoftmax(scores[1], 0)) / 2;
    expect(value(softmaxCrossEntropy(), scores, single)).to.be.closeTo(plain, tolerance);
    // PyTorch: CrossEntropyLoss(weight, label_smoothing) divides by the weights of the labels, here 0.5 + 1.
    const smoothed =
      scores.reduce(
        (sum, row, i) =>
          sum +
          row.reduce((part, _, c) => part - classWeights[c] * (0.8 * single[i][c] + 0.2 / 3) * logSoftmax(row, c), 0),
        0,
      ) / 1.5;
    expect(value(softmaxCrossEntropy({ labelSmoothing: 0.2, classWeights }), scores, single)).to.be.closeTo(
      smoothed,
      tolerance,
    );
  });

  it('feature: a batch without weight costs 0 and moves nothing', () => {
    const loss = softmaxCrossEntropy({ classWeights: [0, 1, 1] });
    expect(value(loss, [[1, 2, 3]], [[1, 0, 0]])).to.equal(0);
    expect(gradient(loss, [[1, 2, 3]], [[1, 0, 0]]).map(Math.abs)).to.deep.equal([0, 0, 0]);
  });

  it('feature: logistic by hand, unknown labels left out', () => {
    const sum = softplus(-0.5) + softplus(-1.5) + softplus(-2) + softplus(-1.25) + softplus(-0.5);
    expect(value(oneVsAllLogistic(), scores, several)).to.be.closeTo(sum / 2, tolerance);
    expect(value(multiLabelSoftMargin(), scores, several)).to.be.closeTo(sum / 6, tolerance);
    expect(gradient(oneVsAllLogistic(), scores, several)[4]).to.be.closeTo(0, 0);
  });

  it('feature: squared hinge by hand', () => {
    // slacks: 0.5, 0, 0 · 0, left out, 0.5
    expect(value(squaredHinge(), scores, several)).to.be.closeTo((0.25 + 0.25) / 2, tolerance);
    expect(value(squaredHinge({ classWeights }), scores, several)).to.be.closeTo((0.25 + 0.5 * 0.25) / 2, tolerance);
  });

  it('feature: scores of ±1000 give finite numbers', () => {
    for (const [name, loss] of losses) {
      const large = value(loss, [[1000, -1000, 0]], [[0, 1, 0]]);
      expect(Number.isFinite(large), name).to.equal(true);
      expect(large, name).to.be.above(100);
      expect(gradient(loss, [[1000, -1000, 0]], [[0, 1, 0]]).every(Number.isFinite), name).to.equal(true);
    }
  });

  it('feature: NaN is not hidden', () => {
    for (const [name, loss] of [...losses, ['apRanking', apRanking(), several] as const]) {
      expect(
        value(
          loss,
          [
            [NaN, 0, 0],
            [0, 0, 0],
          ],
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
        ),
        name,
      ).to.satisfy(Number.isNaN);
    }
  });

  for (const [name, loss, labels] of losses) {
    it(`gradcheck: ${name}`, () => {
      const slopes = gradient(loss, scores, labels);
      const step = 1 / 64;
      scores.flat().forEach((_, i) => {
        const moved = (by: number) => scores.map((row, r) => row.map((s, c) => (r * 3 + c === i ? s + by : s)));
        const slope = (value(loss, moved(step), labels) - value(loss, moved(-step), labels)) / (2 * step);
        expect(slopes[i]).to.be.closeTo(slope, 2e-3);
      });
    });

    it(`leak: ${name}`, () => {
      const before = tf.memory().numTensors;
      value(loss, scores, labels);
      gradient(loss, scores, labels);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }
});

describe('losses: exception', () => {
  it('options out of range', () => {
    expectError(
      () => softmaxCrossEntropy({ labelSmoothing: 1 }),
      'Expected labelSmoothing for softmaxCrossEntropy to be a number with 0 <= labelSmoothing < 1 but received 1',
    );
    expectError(
      () => squaredHinge({ classWeights: [0, 0] }),
      'Expected classWeights for squaredHinge to be one number >= 0 per class, not all 0 but received [0,0]',
    );
  });

  it('shapes that do not fit', () =>
    tf.tidy(() => {
      expectError(
        () => oneVsAllLogistic()(one([[1, 2]]), one([[1]])),
        "Expected the labels for oneVsAllLogistic to be of the scores' shape [1, 2] but received shape [1, 1]",
      );
      expectError(
        () => oneVsAllLogistic({ classWeights: [1] })(one([[1, 2]]), one([[1, 0]])),
        'Expected classWeights for oneVsAllLogistic to be 2 numbers, one per class but received 1',
      );
      expectError(
        () => softmaxCrossEntropy()(tf.tensor1d([1]) as unknown as tf.Tensor2D, one([[1]])),
        'Expected the scores for softmaxCrossEntropy to be of shape [batch, classes] but received shape [1]',
      );
    }));
});
