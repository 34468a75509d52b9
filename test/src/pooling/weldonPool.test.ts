import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { WeldonPool } from '../../../kernels/contract.js';
import { weldonPool } from '../../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../../src/pooling/weldonRegions.js';
import type { WeldonPoolOptions } from '../../../src/pooling/weldonPool.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';

forEachBackend('weldonPool', () => {
  describe('exception', () => {
    const maps = [[[1], [2]]];
    const options: [WeldonPoolOptions, string][] = [
      [{ kMax: -1 }, 'Expected kMax for weldonPool to be a number >= 0 but received -1'],
      [{ kMax: NaN }, 'Expected kMax for weldonPool to be a number >= 0 but received NaN'],
      [{ kMin: -0.5 }, 'Expected kMin for weldonPool to be a number >= 0 but received -0.5'],
      [
        { kMax: 2.5 },
        'Expected kMax for weldonPool to be an integer count >= 1 or a fraction of the regions between 0 and 1 but received 2.5',
      ],
      [
        { kMax: Infinity },
        'Expected kMax for weldonPool to be an integer count >= 1 or a fraction of the regions between 0 and 1 but received Infinity',
      ],
      [{ kMax: '3' as unknown as number }, 'Expected kMax for weldonPool to be a number >= 0 but received "3"'],
      [{ kMax: 0 }, 'Expected kMax and kMin for weldonPool to be not both 0 but received [0,0]'],
      [{ alpha: Infinity }, 'Expected alpha for weldonPool to be a finite number but received Infinity'],
      [
        { reduction: 'max' as 'sum' },
        "Expected reduction for weldonPool to be 'mean', 'sum' or 'halfMean' but received \"max\"",
      ],
      [
        { dataFormat: 'NHWC' as 'channelsLast' },
        "Expected dataFormat for weldonPool to be 'channelsLast' or 'channelsFirst' but received \"NHWC\"",
      ],
      [
        { mask: [[1, 1, 1]] },
        'Expected mask for weldonPool to be of shape [batch, instances] = [1, 2] but received shape [1, 3]',
      ],
    ];
    for (const [option, sentence] of options) {
      it(sentence, () => {
        const before = tf.memory().numTensors;
        expectError(() => weldonPool(maps, option), sentence);
        expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
      });
    }
    it('names the function that was called', () => {
      expectError(
        () => weldonRegions(maps, { kMax: -1 }),
        'Expected kMax for weldonRegions to be a number >= 0 but received -1',
      );
    });
    it('refuses wrong ranks', () => {
      const rule = 'Expected maps for weldonPool to be of rank 3 (bags), 4 (maps) or 5 (volumes)';
      tf.tidy(() => {
        expectError(() => weldonPool(tf.zeros([2, 3])), `${rule} but received rank 2, shape [2, 3]`);
        expectError(
          () => weldonPool(tf.zeros([1, 1, 1, 1, 1, 1])),
          `${rule} but received rank 6, shape [1, 1, 1, 1, 1, 1]`,
        );
      });
    });
    it('refuses string and complex maps', () => {
      tf.tidy(() => {
        expectError(
          () => weldonPool(tf.tensor([[['a']]], [1, 1, 1], 'string')),
          'Expected maps for weldonPool to be a float32 or int32 tensor but received dtype string',
        );
      });
    });
    it('refuses maps without regions', () => {
      tf.tidy(() =>
        expectError(
          () => weldonPool(tf.zeros([1, 0, 4, 2])),
          'Expected maps for weldonPool to be maps with at least one region but received shape [1, 0, 4, 2]',
        ),
      );
    });
    it('refuses a disposed tensor', () => {
      const gone = tf.zeros([1, 2, 1]);
      gone.dispose();
      expectError(
        () => weldonPool(gone),
        'Expected maps for weldonPool to be a tensor of numbers but received a disposed tensor',
      );
    });
    it('refuses what is no tensor', () => {
      expectError(
        () => weldonPool(null as unknown as tf.Tensor),
        'Expected maps for weldonPool to be a tensor of numbers but received null',
      );
      expectError(
        () => weldonPool([[[1], [2, 3]]] as unknown as number[][][]),
        'Expected maps for weldonPool to be a tensor of numbers but received nested arrays of unequal lengths',
      );
    });
    it('refuses a mask beside maps of rank 4', () => {
      tf.tidy(() =>
        expectError(
          () => weldonPool(tf.zeros([1, 2, 2, 1]), { mask: [[1, 1, 1, 1]] }),
          'Expected mask for weldonPool to be left out for maps of rank 4 and 5: it marks the valid instances of bags (rank 3) ' +
            'but received a mask beside maps of shape [1, 2, 2, 1]',
        ),
      );
    });
  });

  describe('feature', () => {
    it('takes nested arrays, as tfjs ops do', async () => {
      const y = weldonPool([[[9], [1], [5]]], { kMax: 1 });
      expect(Array.from(await y.data())).to.deep.equal([10]);
      y.dispose();
    });
    it('casts int32 maps', async () => {
      const x = tf.tensor3d([9, 1, 5], [1, 3, 1], 'int32');
      const y = weldonPool(x, { kMax: 2, kMin: 0 });
      expect(y.dtype).to.equal('float32');
      expect(Array.from(await y.data())).to.deep.equal([7]);
      tf.dispose([x, y]);
    });
    it('channelsFirst gives the same scores and gradient as channelsLast', async () => {
      // Two channels of a 2 × 3 map.
      const first = tf.tensor4d([1, 5, 3, 2, 4, 6, 60, 10, 20, 50, 30, 40], [1, 2, 2, 3]);
      const options = { kMax: 1, kMin: 2, dataFormat: 'channelsFirst' as const };
      const y = weldonPool(first, options);
      expect(Array.from(await y.data())).to.deep.equal([6 + 1.5, 60 + 15]);
      // Where a clone is a copy, saving through customGrad counts as a kernel leak (see poolingCases).
      tf.env().set('IS_TEST', false);
      const dx = tf.grad((x: tf.Tensor) => weldonPool(x, options))(first);
      tf.env().set('IS_TEST', true);
      expect(Array.from(await dx.data())).to.deep.equal([0.5, 0, 0, 0.5, 0, 1, 1, 0.5, 0.5, 0, 0, 0]);
      const regions = weldonRegions(first, options);
      expect(Array.from(await regions.topIndices.data())).to.deep.equal([5, 0]);
      expect(Array.from(await regions.bottomIndices.data())).to.deep.equal([0, 1, 3, 2]);
      tf.dispose([first, y, dx, ...Object.values(regions)]);
    });
    for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
      it(`${dataFormat}: the maps are kept once for the way back, and let go`, async () => {
        const maps = tf.randomNormal([2, 3, 4, 5], 0, 1, 'float32', 1);
        const before = tf.memory();
        tf.env().set('IS_TEST', false);
        const profile = await tf.profile(() =>
          tf.tidy(() => tf.keep(tf.grad((x: tf.Tensor) => weldonPool(x, { dataFormat }))(maps))),
        );
        tf.env().set('IS_TEST', true);
        const kept = profile.kernels.filter(
          ({ name, outputShapes }) =>
            name === tf.Identity && tf.util.sizeFromShape(outputShapes[0] as number[]) === maps.size,
        );
        // The composed gradient clones twice besides: tf.where does with what it need not broadcast.
        const besides = tf.getKernel(WeldonPool, tf.getBackend()) == null ? 2 : 0;
        expect(kept.length).to.equal(1 + besides);
        (profile.result as tf.Tensor).dispose();
        expect(tf.memory().numTensors).to.equal(before.numTensors);
        expect(tf.memory().numDataBuffers).to.equal(before.numDataBuffers);
        maps.dispose();
      });
    }
    it('bags without any instance score 0', async () => {
      const y = weldonPool(tf.zeros([2, 0, 3]), { mask: tf.zeros([2, 0], 'bool') });
      expect(Array.from(await y.data())).to.deep.equal([0, 0, 0, 0, 0, 0]);
    });
  });
});
