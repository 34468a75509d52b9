import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { logSumExpPool } from '../../../src/pooling/logSumExpPool.js';
import type { LogSumExpPoolOptions } from '../../../src/pooling/logSumExpPool.js';
import { poolMaps } from '../../../src/pooling/registry.js';
import { forEachBackend, unwatched } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { tolerances } from '../../tolerances.js';

/** Equation 6 in double precision. */
function byHand(values: readonly number[], r: number): number {
  const peak = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(r * (value - peak)), 0);
  return peak + Math.log(sum / values.length) / r;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1)) * 2);

forEachBackend('logSumExpPool', (backend) => {
  const tolerance = tolerances[backend];
  const scoresOf = async (maps: tf.Tensor | tf.TensorLike, options: LogSumExpPoolOptions = {}) => {
    const scores = tf.tidy(() => logSumExpPool(maps, options));
    const values = Array.from(await scores.data());
    scores.dispose();
    return values;
  };
  const gradientOf = async (maps: tf.Tensor, options: LogSumExpPoolOptions = {}) => {
    const dx = unwatched(() => tf.grad((x: tf.Tensor) => logSumExpPool(x, options))(maps));
    const values = Array.from(await dx.data());
    dx.dispose();
    return values;
  };
  const expectClose = (given: readonly number[], wanted: readonly number[], within: number = tolerance) => {
    expect(given).to.have.length(wanted.length);
    given.forEach((value, i) => expect(value).to.be.closeTo(wanted[i], within * Math.max(1, Math.abs(wanted[i]))));
  };

  describe('exception', () => {
    const wrong: [LogSumExpPoolOptions, string][] = [
      [{ sharpness: 0 }, 'Expected sharpness for logSumExpPool to be a finite number > 0 but received 0'],
      [{ sharpness: Infinity }, 'Expected sharpness for logSumExpPool to be a finite number > 0 but received Infinity'],
      [
        { sharpness: '5' as unknown as number },
        'Expected sharpness for logSumExpPool to be a finite number > 0 but received "5"',
      ],
      [
        { mask: [[1, 1, 1]] },
        'Expected mask for logSumExpPool to be of shape [batch, instances] = [1, 2] but received shape [1, 3]',
      ],
    ];
    for (const [options, sentence] of wrong) {
      it(sentence, () => expectError(() => tf.tidy(() => logSumExpPool([[[1], [2]]], options)), sentence));
    }
    it('a sharpness for each of another number of classes', () => {
      tf.tidy(() =>
        expectError(
          () => logSumExpPool([[[1], [2]]], { sharpness: tf.tensor1d([1, 2]) }),
          'Expected sharpness for logSumExpPool to be a number, or of shape [classes] = [1] but received shape [2]',
        ),
      );
    });
  });

  describe('cardinality', () => {
    it('bags, maps and volumes, either layout, no batch, no instances', async () => {
      const values = numbers(24);
      const x = tf.tensor(values, [2, 6, 2]);
      const wanted = await scoresOf(x);
      expectClose(await scoresOf(tf.reshape(x, [2, 2, 3, 2])), wanted);
      expectClose(await scoresOf(tf.reshape(x, [2, 1, 2, 3, 2])), wanted);
      expectClose(await scoresOf(tf.transpose(x, [0, 2, 1]), { dataFormat: 'channelsFirst' }), wanted);
      expect(await scoresOf(tf.zeros([0, 4, 2]))).to.deep.equal([]);
      expect(await scoresOf(tf.zeros([2, 0, 1]), { mask: tf.zeros([2, 0], 'bool') })).to.deep.equal([0, 0]);
      x.dispose();
    });
  });

  describe('feature', () => {
    it('equation 6 by hand, at several sharpnesses, one region too', async () => {
      for (const regions of [1, 7, 196]) {
        const values = numbers(regions);
        for (const sharpness of [0.01, 0.5, 1, 5, 20]) {
          const x = tf.tensor3d(values, [1, regions, 1]);
          expectClose(await scoresOf(x, { sharpness }), [byHand(values, sharpness)]);
          x.dispose();
        }
      }
      // log((e^5 + 1) / 2) / 5
      expectClose(await scoresOf([[[1], [0]]]), [0.862714]);
    });
    it('towards 0 the mean, towards infinity the maximum', async () => {
      const values = numbers(49);
      const x = tf.tensor3d(values, [1, 49, 1]);
      const mean = values.reduce((sum, value) => sum + value, 0) / 49;
      expectClose(await scoresOf(x, { sharpness: 1e-6 }), [mean], 1e-5);
      expectClose(await scoresOf(x, { sharpness: 1e6 }), [Math.max(...values)], 1e-5);
      const one = tf.tensor4d([1, 4, 2, 3], [1, 2, 2, 1]);
      expectClose(await gradientOf(one, { sharpness: 1e-6 }), [0.25, 0.25, 0.25, 0.25]);
      expectClose(await gradientOf(one, { sharpness: 1e6 }), [0, 1, 0, 0]);
      tf.dispose([x, one]);
    });
    it('no overflow at ±1e4, forward and backward', async () => {
      const x = tf.tensor3d([1e4, -1e4, 1e4, -1e4, -1e4 - 1, -1e4], [2, 3, 1]);
      const third = (-1e4 * 3 - 1) / 3;
      expectClose(await scoresOf(x), [1e4 - Math.log(3 / 2) / 5, byHand([-1e4, -1e4 - 1, -1e4], 5)]);
      expect(third).to.be.below(-1e4);
      const e = Math.exp(-5);
      expectClose(await gradientOf(x), [0.5, 0, 0.5, 1 / (2 + e), e / (2 + e), 1 / (2 + e)]);
      x.dispose();
    });
    it('infinities by IEEE, NaN of its own map alone', async () => {
      const x = tf.tensor3d(
        [Infinity, 1, -Infinity, 2, -Infinity, -Infinity, 3, NaN].flatMap((value, i) =>
          i % 2 === 0 ? [value] : [value, 0],
        ),
        [4, 1, 3],
      );
      // Each row is one bag of one region and three classes: a single region is its own score.
      const single = await scoresOf(x);
      expect(single.slice(0, 3)).to.deep.equal([Infinity, 1, 0]);
      expect(single.slice(3, 6)).to.deep.equal([-Infinity, 2, 0]);
      expect(single[10]).to.satisfy(Number.isNaN);
      expect([single[9], single[11]]).to.deep.equal([3, 0]);
      x.dispose();
      const bags = tf.tensor3d([Infinity, 1, -Infinity, 1, 2, -Infinity, -Infinity, -Infinity, -Infinity], [3, 3, 1]);
      const scores = await scoresOf(bags);
      expect([scores[0], scores[2]]).to.deep.equal([Infinity, -Infinity]);
      expectClose([scores[1]], [2 + Math.log((1 + Math.exp(-5)) / 3) / 5]);
      const gradient = await gradientOf(bags);
      expect(gradient.slice(0, 3)).to.deep.equal([1, 0, 0]);
      expectClose(gradient.slice(3, 6), [Math.exp(-5) / (1 + Math.exp(-5)), 1 / (1 + Math.exp(-5)), 0]);
      expectClose(gradient.slice(6), [1 / 3, 1 / 3, 1 / 3]);
      bags.dispose();
    });
    it('a mask as in WELDON pooling: only valid instances, and 0 with zero gradient where there is none', async () => {
      const values = [1, 2, NaN, 9, 4, 5, 6, 7, Infinity, 1, 1, 1];
      const x = tf.tensor3d(values, [4, 3, 1]);
      const mask = tf.tensor2d([1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1], [4, 3], 'int32');
      const scores = await scoresOf(x, { mask });
      expectClose(scores, [byHand([1, 2], 5), byHand([4, 5], 5), 0, 1]);
      const gradient = await gradientOf(x, { mask });
      const e = Math.exp(-5);
      expectClose(gradient, [e / (1 + e), 1 / (1 + e), 0, 0, e / (1 + e), 1 / (1 + e), 0, 0, 0, 1 / 3, 1 / 3, 1 / 3]);
      tf.dispose([x, mask]);
    });
    it('the mask may come out of what is differentiated', async () => {
      const x = tf.tensor3d([1, 2, -3], [1, 3, 1]);
      const dx = unwatched(() =>
        tf.grad((maps: tf.Tensor) => logSumExpPool(maps, { mask: tf.squeeze(tf.greater(maps, 0), [2]) }))(x),
      );
      expectClose(Array.from(await dx.data()), [Math.exp(-5) / (1 + Math.exp(-5)), 1 / (1 + Math.exp(-5)), 0]);
      tf.dispose([x, dx]);
    });
    it('is found by its name, and by its options', async () => {
      const x = tf.tensor3d(numbers(10), [1, 5, 2]);
      for (const [choice, sharpness] of [
        ['logSumExp', 5],
        [{ kind: 'logSumExp', sharpness: 2 }, 2],
      ] as const) {
        const scores = poolMaps(x, choice);
        expect(Array.from(await scores.data())).to.deep.equal(await scoresOf(x, { sharpness }));
        scores.dispose();
      }
      expectError(
        () => poolMaps(x, { kind: 'logSumExp', learnSharpness: true }),
        'Expected pooling for poolMaps to be one that learns nothing, as it is no layer here but received one that learns the sharpness of each class',
      );
      expectError(
        () => poolMaps(x, { kind: 'logSumExpr' as 'logSumExp' }),
        "Expected kind of pooling for poolMaps to be 'weldon' or 'logSumExp' or 'gem' but received \"logSumExpr\"",
      );
      x.dispose();
    });
  });

  describe('gradcheck', () => {
    it('against differences of equation 6 in double precision, of maps and of each sharpness', async () => {
      const [batch, regions, classes] = [2, 6, 3];
      const values = numbers(batch * regions * classes);
      const slope = numbers(batch * classes).map((value) => value + 0.3);
      const r = [0.7, 3, 8];
      const total = (x: readonly number[], sharpness: readonly number[]) =>
        slope.reduce((sum, weight, i) => {
          const [b, c] = [Math.floor(i / classes), i % classes];
          const map = Array.from({ length: regions }, (_, k) => x[(b * regions + k) * classes + c]);
          return sum + weight * byHand(map, sharpness[c]);
        }, 0);
      const h = 1e-5;
      const differences = (point: readonly number[], at: (moved: readonly number[]) => number) =>
        point.map((value, i) => {
          const moved = (by: number) => at(point.map((each, j) => (i === j ? value + by : each)));
          return (moved(h) - moved(-h)) / (2 * h);
        });
      const x = tf.tensor3d(values, [batch, regions, classes]);
      const sharpness = tf.tensor1d(r);
      const [dx, dr] = unwatched(() =>
        tf.grads((maps: tf.Tensor, each: tf.Tensor) =>
          tf.sum(tf.mul(logSumExpPool(maps, { sharpness: each as tf.Tensor1D }), tf.tensor2d(slope, [batch, classes]))),
        )([x, sharpness]),
      );
      expectClose(
        Array.from(await dx.data()),
        differences(values, (moved) => total(moved, r)),
        2 * tolerance,
      );
      expectClose(
        Array.from(await dr.data()),
        differences(r, (moved) => total(values, moved)),
        2 * tolerance,
      );
      tf.dispose([x, sharpness, dx, dr]);
    });
  });

  describe('leak', () => {
    it('nothing is left, forward and backward, with a mask and without', async () => {
      const x = tf.randomNormal([2, 5, 3], 0, 1, 'float32', 3) as tf.Tensor3D;
      const mask = tf.tensor2d([1, 1, 0, 1, 0, 0, 0, 0, 0, 0], [2, 5]);
      const sharpness = tf.tensor1d([1, 2, 3]);
      const before = tf.memory();
      for (const options of [{}, { mask }, { sharpness }, { sharpness, mask }]) {
        await scoresOf(x, options);
        await gradientOf(x, options);
      }
      expect(tf.memory().numTensors).to.equal(before.numTensors);
      expect(tf.memory().numDataBuffers).to.equal(before.numDataBuffers);
      tf.dispose([x, mask, sharpness]);
    });
  });
});
