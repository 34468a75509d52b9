import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { isGap, poolingOf, poolingPresets, presetNames } from '../../../src/pooling/presets.js';
import { everyRegion } from '../../../src/pooling/regionCounts.js';
import { poolMaps, weldonOptionsOf } from '../../../src/pooling/registry.js';
import { weldonPool } from '../../../src/pooling/weldonPool.js';
import { forEachBackend } from '../../backends.js';

describe('poolingPresets', () => {
  it('feature: the published poolings, one value each', () => {
    const mean = { alpha: 1, reduction: 'mean', maps: 1 };
    expect(poolingPresets).to.deep.equal({
      gap: { ...mean, kMax: Number.MAX_SAFE_INTEGER, kMin: 0 },
      max: { ...mean, kMax: 1, kMin: 0 },
      mantra: { ...mean, kMax: 1, kMin: 1 },
      weldon: { ...mean, kMax: 0.1, kMin: null },
      weldon3: { ...mean, kMax: 3, kMin: null },
      wildcat: { ...mean, kMax: 0.2, kMin: null, alpha: 0.7, maps: 4 },
      logSumExp: { kind: 'logSumExp', sharpness: 5, maps: 1 },
    });
    expect(poolingOf('wildcat', 'test')).to.deep.equal({ kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean' });
    expect(poolingOf({ kMax: 5 }, 'test')).to.deep.equal({ kMax: 5 });
  });

  it('feature: GAP is GAP by its name and by its options', () => {
    expect(presetNames.filter(isGap)).to.deep.equal(['gap']);
    expect([poolingOf('gap', 'test'), { kMax: everyRegion, kMin: 0 }].map(isGap)).to.deep.equal([true, true]);
    expect(
      [{ kMax: everyRegion, kMin: 0, reduction: 'sum' as const }, { kMax: everyRegion }, {}].map(isGap),
    ).to.deep.equal([false, false, false]);
  });

  it('exception: an unknown name, with those that there are', () => {
    expect(() => poolingOf('mean' as 'gap', 'test')).to.throw(
      "Expected pooling for test to be 'gap', 'max', 'mantra', 'weldon', 'weldon3', 'wildcat', 'logSumExp', or options of a pooling " +
        'but received "mean"',
    );
  });
});

forEachBackend('poolMaps', () => {
  it('feature: pools as the op does, for presets and options, maps and bags', async () => {
    const maps = tf.randomUniform([2, 4, 5, 3], -1, 1, 'float32', 7);
    for (const choice of [...presetNames, { kMax: 2, kMin: 3, alpha: 0.5 }]) {
      const options = weldonOptionsOf(choice, 'test');
      if (options === null) {
        continue;
      }
      for (const shaped of [maps, tf.reshape(maps, [2, 20, 3])]) {
        const [given, wanted] = [poolMaps(shaped, choice), weldonPool(shaped, options)];
        expect(Math.max(...(await tf.abs(tf.sub(given, wanted)).data()))).to.be.below(1e-6);
      }
    }
    tf.disposeVariables();
  });
});
