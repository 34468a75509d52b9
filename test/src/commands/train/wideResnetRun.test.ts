import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import '../../../backends.js';
import type { TrainModelOptions } from '../../../../src/commands/train/trainModel.js';
import { trainModel } from '../../../../src/commands/train/trainModel.js';
import { newFolder, writeCifar } from '../../node/datasets/cifarFile.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { tidyGradientKernels } from '../../training/toyTask.js';

for (const backend of ['cpu', 'wasm'] as const) {
  describe(`weldon train of a Wide ResNet [${backend}]`, () => {
    const folder = temporaryFolder();
    tidyGradientKernels(backend);
    const options = (out: string): TrainModelOptions => ({
      data: folder.path('data'),
      validation: folder.path('data/test.bin'),
      out: folder.path(out),
      backbone: 'wrn_10_1',
      strategy: 'scratch',
      pooling: 'gap',
      size: 16,
      batchSize: 3,
      epochs: 2,
      optimizer: 'sgd',
      learningRate: 0.05,
      weightDecay: 5e-4,
      weightDecayOf: 'all',
      augment: ['padCrop', 'flip'],
      blockDropout: 0.3,
      survival: 0.5,
      checkpointEvery: 1,
      seed: 5,
    });
    before(async () => {
      await tf.setBackend(backend);
      await tf.ready();
      writeCifar(`${newFolder(folder.path('data'))}/train.bin`, [0, 1, 2, 0, 1, 2], { seed: 1 });
      writeCifar(folder.path('data/test.bin'), [0, 2], { seed: 2 });
      writeFileSync(folder.path('data/classes.txt'), 'red\ngreen\nblue\n');
    });

    it('feature: with stochastic depth, dropout and pad-crop, killed and resumed: bit for bit', async () => {
      const whole = await trainModel(options('whole'));
      let killed = '';
      // It dies in the second epoch, before that step has a checkpoint.
      await trainModel({
        ...options('killed'),
        onEvent: (event) => {
          if (event.kind === 'step' && event.step === 3) {
            throw new Error('killed');
          }
        },
      }).catch((error: Error) => {
        killed = error.message;
      });
      expect(killed).to.equal('killed');
      const resumed = await trainModel(options('killed'));
      expect(resumed.history).to.deep.equal(whole.history);
      const weights = (run: typeof whole) => readFileSync(`${run.model}/weights.bin`);
      expect(weights(resumed).equals(weights(whole))).to.equal(true);
    });

    if (backend === 'cpu') {
      it('exception: dropout in blocks that a network does not have', async () => {
        expect(await rejection(trainModel({ ...options('no'), backbone: 'resnet18' }))).to.match(
          /^Expected blockDropout for trainModel to be absent where the backbone is not, by its name, a Wide ResNet/,
        );
        expect(await rejection(trainModel({ ...options('no'), survival: 0 }))).to.match(
          /survival .*to be a number with 0 < survival <= 1 but received 0/,
        );
      });
    }
  });
}
