import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { apRanking } from '../../../../src/training/losses/apRanking.js';
import { apRankingOnDevice } from '../../../../src/training/losses/apRankingOnDevice.js';
import { apRankingOptimum } from '../../../../src/training/losses/apRankingOracle.js';
import { forEachBackend } from '../../../backends.js';
import { expectError } from '../../../expectError.js';
import { describeWithShared } from '../../../shared.js';
import { withoutKernelLeakCheck } from '../kernelLeakCheck.js';
import { tolerances } from '../../../tolerances.js';

interface Optimum {
  value: number;
  delta: number;
  grad: number[];
  order: number[];
  grads?: number[][];
}
interface Case {
  scores: number[];
  labels: number[];
  raw: Optimum;
  norm: Optimum;
}

const normalizations = ['raw', 'norm'] as const;

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(0, ...Array.from(a, (x, i) => Math.abs(x - b[i])));
}

/** Scores and labels of one problem as columns `[n, 1]`. */
function columns({ scores, labels }: Pick<Case, 'scores' | 'labels'>): [tf.Tensor2D, tf.Tensor2D] {
  return [tf.tensor2d(scores, [scores.length, 1]), tf.tensor2d(labels, [labels.length, 1])];
}

describeWithShared('AP ranking: reference vectors', 'golden/ap_ranking.json', (path) => {
  const golden = JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[]; larger: Case[] };
  const cases = [...golden.cases, ...golden.larger];

  it('there are 34 problems', () => expect(cases).to.have.length(34));

  cases.forEach((problem, number) =>
    normalizations.forEach((normalization) => {
      it(`problem ${number + 1}, ${normalization}: optimum, gradient, ranking`, () => {
        const { value, delta, grad, order } = problem[normalization];
        const found = apRankingOptimum(problem.scores, problem.labels, normalization);
        expect(found.value).to.be.closeTo(value, 1e-9 * Math.max(1, Math.abs(value)));
        expect(found.delta).to.be.closeTo(delta, 1e-12);
        expect(farthest(found.gradient, grad)).to.be.below(1e-9);
        expect([...found.order]).to.deep.equal(order);
      });
    }),
  );

  forEachBackend('AP ranking loss', (backend) => {
    withoutKernelLeakCheck(backend);

    it('value and gradient of every problem, by the host and by the device', () => {
      for (const problem of cases) {
        for (const normalization of normalizations) {
          tf.tidy(() => {
            const { value, grad, grads = [grad] } = problem[normalization];
            const [scores, labels] = columns(problem);
            const loss = apRanking({ normalization });
            const host = tf.valueAndGrad((x) => loss(x as tf.Tensor2D, labels))(scores);
            const device = apRankingOnDevice(scores, labels, normalization);
            const scale = Math.max(1, Math.abs(value));
            const tolerance = tolerances[backend];
            expect(host.value.dataSync()[0]).to.be.closeTo(value, tolerance * scale);
            expect(device.value.dataSync()[0]).to.be.closeTo(value, tolerance * scale);
            expect(farthest(host.grad.dataSync(), grad)).to.be.below(tolerance * 10);
            // In single precision an exact tie may fall to any of its rankings.
            const nearest = Math.min(...grads.map((vertex) => farthest(device.gradient.dataSync(), vertex)));
            expect(nearest).to.be.below(tolerance * Math.max(10, ...grad.map(Math.abs)));
          });
        }
      }
    });
  });
});

describe('AP ranking oracle', () => {
  it('feature: one swapped pair, by hand', () => {
    // positive −0.5, negative 0.5: 1 − AP = 1/2, κ = 1, one inverted pair: 1/2 − 2 (−0.5 − 0.5) = 2.5
    const { value, delta, gradient, order } = apRankingOptimum([-0.5, 0.5], [1, 0]);
    expect(value).to.equal(2.5);
    expect(delta).to.equal(0.5);
    expect([...gradient]).to.deep.equal([-2, 2]);
    expect([...order]).to.deep.equal([1, 0]);
  });

  it('feature: a left-out example changes nothing and is in no order', () => {
    const found = apRankingOptimum([-0.5, 9, 0.5], [1, -1, 0]);
    expect([...found.gradient]).to.deep.equal([-2, 0, 2]);
    expect([...found.order]).to.deep.equal([2, 0]);
  });

  it('feature: nothing to rank costs nothing', () => {
    const found = apRankingOptimum([0.5, 0.75], [1, 1]);
    expect(found.value).to.equal(0);
    expect([...found.order]).to.deep.equal([1, 0]);
  });

  it('exception', () => {
    expectError(
      () => apRankingOptimum([1], [1, 0]),
      'Expected the labels for the AP ranking loss to be 1, one per score but received 2',
    );
    expectError(
      () => apRankingOptimum([NaN, 1], [1, 0]),
      'Expected score 0 for the AP ranking loss to be a finite number but received NaN',
    );
    expectError(
      () => apRanking({ normalisation: 'raw' } as object),
      'Expected options for apRanking to be without normalisation but received it: the option is now called normalization',
    );
    expectError(
      () => apRanking({ normalization: 'sum' as 'raw' }),
      "Expected normalization for apRanking to be 'raw' or 'norm' but received \"sum\"",
    );
  });

  it('feature: 5 000 scores are ranked in well under a second', () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const labels = Array.from({ length: 5000 }, () => (random() < 0.5 ? 1 : 0));
    const scores = labels.map((label) => random() + 0.3 * label);
    const start = performance.now();
    const { order } = apRankingOptimum(scores, labels);
    expect(performance.now() - start).to.be.below(1000);
    expect(new Set(order).size).to.equal(5000);
  });
});

forEachBackend('AP ranking loss over classes', (backend) => {
  withoutKernelLeakCheck(backend);

  it('feature: classes are summed with their weights; device and host agree', () => {
    tf.tidy(() => {
      const scores = tf.randomUniform([12, 3], -1, 1, 'float32', 5) as tf.Tensor2D;
      const labels = tf.cast(tf.greater(tf.randomUniform([12, 3], 0, 1, 'float32', 6), 0.6), 'float32') as tf.Tensor2D;
      const weights = [1, 0.5, 2];
      const loss = apRanking({ classWeights: weights });
      const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D, labels))(scores);
      const device = apRankingOnDevice(scores, labels, 'norm', weights);
      const rows = scores.arraySync();
      const marks = labels.arraySync();
      const expected = weights.reduce(
        (sum, weight, c) =>
          sum +
          weight *
            apRankingOptimum(
              rows.map((row) => row[c]),
              marks.map((row) => row[c]),
            ).value,
        0,
      );
      expect(value.dataSync()[0]).to.be.closeTo(expected, 1e-4);
      expect(device.value.dataSync()[0]).to.be.closeTo(expected, 1e-4);
      expect(farthest(device.gradient.dataSync(), grad.dataSync())).to.be.below(1e-4);
    });
  });

  it('leak', () => {
    const scores = tf.randomUniform([8, 2], -1, 1, 'float32', 5) as tf.Tensor2D;
    const labels = tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1], [8, 2]);
    const before = tf.memory().numTensors;
    const { value, grad } = tf.valueAndGrad((x) => apRanking()(x as tf.Tensor2D, labels))(scores);
    const device = apRankingOnDevice(scores, labels, 'norm');
    tf.dispose([value, grad, device.value, device.gradient]);
    expect(tf.memory().numTensors).to.equal(before);
    tf.dispose([scores, labels]);
  });
});
