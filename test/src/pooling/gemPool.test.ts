import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { GemPooling1D, GemPooling2D } from '../../../src/layers/gemPooling.js';
import { gemPool } from '../../../src/pooling/gemPool.js';
import type { GemPoolOptions } from '../../../src/pooling/gemPool.js';
import { poolMaps } from '../../../src/pooling/registry.js';
import { forEachBackend, unwatched } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { tolerances } from '../../tolerances.js';

/** Equation 3 in double precision. */
function byHand(values: readonly number[], p: number): number {
  return (values.reduce((sum, value) => sum + Math.max(value, 1e-6) ** p, 0) / values.length) ** (1 / p);
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => 1 + Math.sin(12.9898 * (i + 1)));

forEachBackend('gemPool', (backend) => {
  const tolerance = tolerances[backend];
  const scoresOf = async (maps: tf.Tensor | tf.TensorLike, options: GemPoolOptions = {}) => {
    const scores = tf.tidy(() => gemPool(maps, options));
    const values = Array.from(await scores.data());
    scores.dispose();
    return values;
  };
  const expectClose = (given: readonly number[], wanted: readonly number[], within: number = tolerance) => {
    expect(given).to.have.length(wanted.length);
    given.forEach((value, i) => expect(value).to.be.closeTo(wanted[i], within * Math.max(1, Math.abs(wanted[i]))));
  };

  it('smoke: the cube root of (1 + 8) / 2; the mean for p = 1', async () => {
    expectClose(await scoresOf([[[1], [2]]]), [Math.cbrt(4.5)]);
    expectClose(await scoresOf([[[1], [2]]], { power: 1 }), [1.5]);
  });

  it('feature: by hand for many powers, large values, zeros and negative ones', async () => {
    for (const power of [0.5, 2, 3, 10]) {
      const values = numbers(49);
      expectClose(await scoresOf(tf.tensor(values, [1, 7, 7, 1])), [byHand(values, 3)]);
      expectClose(await scoresOf(tf.tensor(values, [1, 49, 1]), { power }), [byHand(values, power)]);
    }
    expectClose(await scoresOf([[[0], [-5]]]), [1e-6], 1e-6);
    if (backend !== 'webgl-f16') {
      expectClose(await scoresOf([[[1e15], [0]]], { power: 3 }), [1e15 * 0.5 ** (1 / 3)]);
    }
  });

  it('feature: masked instances count for nothing, a bag without any scores 0', async () => {
    const maps = [
      [[1], [2], [90]],
      [[3], [4], [5]],
    ];
    const mask = [
      [1, 1, 0],
      [0, 0, 0],
    ];
    expectClose(await scoresOf(maps, { mask }), [Math.cbrt(4.5), 0]);
  });

  it('gradcheck: against differences', async () => {
    const values = numbers(6);
    const x = tf.tensor(values, [1, 6, 1]);
    const mask = [[1, 1, 1, 1, 0, 1]];
    const dx = unwatched(() => tf.grad((maps: tf.Tensor) => gemPool(maps, { mask }))(x));
    const found = Array.from(await dx.data());
    const valid = values.filter((_, i) => i !== 4);
    const step = 1e-6;
    const wanted = values.map((value, i) => {
      if (i === 4) {
        return 0;
      }
      const place = i < 4 ? i : i - 1;
      const shifted = (by: number) =>
        byHand(
          valid.map((each, j) => (j === place ? value + by : each)),
          3,
        );
      return (shifted(step) - shifted(-step)) / (2 * step);
    });
    expectClose(found, wanted, 10 * tolerance);
    tf.dispose([x, dx]);
  });

  it('cardinality: bags, maps and volumes, either layout, no batch', async () => {
    const x = tf.tensor(numbers(24), [2, 6, 2]);
    const wanted = await scoresOf(x);
    expectClose(await scoresOf(tf.reshape(x, [2, 2, 3, 2])), wanted);
    expectClose(await scoresOf(tf.reshape(x, [2, 1, 2, 3, 2])), wanted);
    expectClose(await scoresOf(tf.transpose(x, [0, 2, 1]), { dataFormat: 'channelsFirst' }), wanted);
    expect(await scoresOf(tf.zeros([0, 4, 2]))).to.deep.equal([]);
    x.dispose();
  });

  it('feature: in the registry, and as layers that keep the power', async () => {
    const x = tf.tensor(numbers(8), [1, 4, 2]);
    const wanted = await scoresOf(x, { power: 2 });
    const pooled = poolMaps(x, { kind: 'gem', power: 2 });
    expectClose(Array.from(await pooled.data()), wanted);
    const layer = new GemPooling1D({ power: 2 });
    const scores = layer.apply(x) as tf.Tensor;
    expectClose(Array.from(await scores.data()), wanted);
    expect(new GemPooling2D({ power: 4 }).getConfig()).to.include({ power: 4 });
    tf.dispose([x, pooled, scores]);
    layer.dispose();
  });

  it('exception: powers that are none, other options', () => {
    expectError(
      () => gemPool([[[1]]], { power: 0 }),
      'Expected power for gemPool to be a finite number > 0 but received 0',
    );
    expectError(
      () => new GemPooling2D({ power: NaN }),
      'Expected power for GemPooling2D to be a finite number > 0 but received NaN',
    );
    expectError(
      () => gemPool([[[1]]], { p: 2 } as never),
      'Expected only known options for gemPool but received "p". Nearest: "power", "mask", "dataFormat"',
    );
  });
});
