import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { FrozenBatchNorm } from '../../../src/backbones/networks/frozenBatchNorm.js';
import { forEachBackend } from '../../backends.js';
import { tolerances } from '../../tolerances.js';
import { withoutKernelLeakCheck } from '../training/kernelLeakCheck.js';

forEachBackend('FrozenBatchNorm', (backend) => {
  withoutKernelLeakCheck(backend);

  /** (x − 1) / √(3 + 1) · 4 + 5 = 2x + 3 */
  function doubling(): FrozenBatchNorm {
    const layer = new FrozenBatchNorm({ epsilon: 1 });
    layer.apply(tfl.input({ shape: [2] }));
    tf.tidy(() => layer.setWeights([4, 5, 1, 3].map((value) => tf.fill([2], value))));
    return layer;
  }

  it('uses its stored statistics, while training too', () => {
    const layer = doubling();
    for (const training of [false, true]) {
      const output = tf.tidy(
        () =>
          layer.apply(
            tf.tensor2d([
              [0, 1],
              [2, 10],
            ]),
            { training },
          ) as tf.Tensor,
      );
      [3, 5, 7, 23].forEach((wanted, i) =>
        expect(output.dataSync()[i]).to.be.closeTo(wanted, 23 * tolerances[backend]),
      );
      output.dispose();
    }
    layer.dispose();
  });

  it('passes the gradient on and has nothing to train', () => {
    const layer = doubling();
    const gradient = tf.tidy(() =>
      tf.grad((x) => layer.apply(x, { training: true }) as tf.Tensor)(
        tf.tensor2d([
          [0, 1],
          [2, 10],
        ]),
      ),
    );
    gradient.dataSync().forEach((slope) => expect(slope).to.be.closeTo(2, 2 * tolerances[backend]));
    expect(layer.trainableWeights).to.deep.equal([]);
    layer.trainable = true;
    expect(layer.trainableWeights).to.deep.equal([]);
    gradient.dispose();
    layer.dispose();
  });

  it('survives saving and loading', () => {
    const layer = doubling();
    const copy = FrozenBatchNorm.fromConfig(FrozenBatchNorm, layer.getConfig());
    expect(copy.getConfig()).to.deep.equal({ ...layer.getConfig() });
    layer.dispose();
  });
});
