import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { WeldonPoolingConfig } from '../../../src/layers/index.js';
import { weldonPooling1d } from '../../../src/layers/index.js';
import type { FineTuneOptions } from '../../../src/training/fineTuneOptions.js';
import type { PoolingSchedule } from '../../../src/training/poolingSchedule.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { fineTune } from '../../../src/training/fineTune.js';
import { memoryCheckpoints } from '../../../src/training/checkpoint.js';
import { forEachBackend } from '../../backends.js';
import { chain } from '../models/smallModels.js';
import { rejection } from '../node/temporaryFolder.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import { tidyGradientKernels, toyData, toyModel, weightValues } from './toyTask.js';

/** One bag of four instances, whose evidence 8, 4, 2 and 0 the model takes as it is for both classes; two batches an epoch. */
const evidence = arrayData({
  images: Float32Array.of(8, 4, 2, 0, 8, 4, 2, 0),
  imageShape: [4, 1],
  labels: [0, 1],
  batchSize: 1,
  shuffle: null,
});

function bagModel(pooling: WeldonPoolingConfig): tfl.LayersModel {
  const bag = tfl.input({ shape: [4, 1] });
  return tfl.model({
    inputs: bag,
    outputs: chain(
      bag,
      tfl.layers.dense({ units: 2, useBias: false, kernelInitializer: 'ones', name: 'evidence' }),
      weldonPooling1d({ ...pooling, name: 'scores' }),
    ),
    name: 'bags',
  });
}

/** The score at each step, of a training that hardly moves the weights. */
async function scoresOf(
  pooling: WeldonPoolingConfig,
  poolingSchedule: PoolingSchedule | undefined,
  more: Partial<FineTuneOptions> = {},
): Promise<{ steps: number[]; after: number }> {
  const model = bagModel(pooling);
  const steps: number[] = [];
  await fineTune(
    model,
    { train: evidence },
    {
      strategy: 'scratch',
      epochs: 2,
      learningRate: 1e-12,
      poolingSchedule,
      loss: (scores) => {
        steps.push(scores.dataSync()[0]);
        return tf.sum(scores) as tf.Scalar;
      },
      ...more,
    },
  );
  const after = tf.tidy(() => (model.predict(tf.tensor3d([8, 4, 2, 0], [1, 4, 1])) as tf.Tensor).dataSync()[0]);
  model.dispose();
  return { steps, after };
}

const closeTo = (found: number[], expected: number[]) => {
  expect(found).to.have.length(expected.length);
  found.forEach((value, i) => expect(value, `step ${i}`).to.be.closeTo(expected[i], 1e-4));
};

forEachBackend('fineTune: poolingSchedule', (backend) => {
  withoutKernelLeakCheck(backend);
  tidyGradientKernels(backend);

  it('feature: a count goes from its first to its own value by one factor a step', async () => {
    // 4 ** (1 - t) for t = 0, 1/4, 1/2, 3/4 is 4, 2.83, 2, 1.41: the means of the 4, 3, 2 and 1 strongest.
    const { steps, after } = await scoresOf({ kMax: 1, kMin: 0 }, { from: 4 });
    closeTo(steps, [14 / 4, 14 / 3, 6, 8]);
    expect(after).to.be.closeTo(8, 1e-4);
  });

  it('feature: a share does too, is its own from `until` on, and may rise', async () => {
    // Of 4 regions: 0.75 are 3; sqrt(0.75 · 0.25) = 0.433 are 1.73, so 2; 0.25 are 1.
    closeTo((await scoresOf({ kMax: 0.25, kMin: 0 }, { from: 0.75, until: 0.5 })).steps, [14 / 3, 6, 8, 8]);
    closeTo((await scoresOf({ kMax: 0.75, kMin: 0 }, { from: 0.25, until: 0.5 })).steps, [8, 6, 14 / 3, 14 / 3]);
  });

  it('feature: a kMin of null follows, another stays', async () => {
    const schedule = { from: 2, until: 0.5 };
    // (8 + 4) / 2 + (2 + 0) / 2, then 8 + 0; sqrt(2) is 1.
    closeTo((await scoresOf({ kMax: 1, kMin: null }, schedule)).steps, [7, 8, 8, 8]);
    closeTo((await scoresOf({ kMax: 1, kMin: 1 }, schedule)).steps, [6, 8, 8, 8]);
  });

  it('feature: validation pools as the model says', async () => {
    const seen: number[] = [];
    const model = bagModel({ kMax: 1, kMin: 0 });
    await fineTune(
      model,
      { train: evidence, validation: evidence },
      {
        strategy: 'scratch',
        epochs: 2,
        learningRate: 1e-12,
        poolingSchedule: { from: 4 },
        loss: (scores) => tf.sum(scores) as tf.Scalar,
        metric: (scores) => {
          seen.push(scores[0]);
          return 0;
        },
      },
    );
    closeTo(seen, [8, 8]);
    model.dispose();
  });

  for (const stopAfter of [1, 3, 5]) {
    it(`feature: stopped after step ${stopAfter} of 6 and resumed, the same weights bit for bit`, async () => {
      const options: FineTuneOptions = {
        strategy: 'twoPhase',
        headEpochs: 1,
        epochs: 1,
        learningRate: 0.02,
        optimizer: { kind: 'adam' },
        poolingSchedule: { from: 0.9, until: 0.75 },
      };
      const run = async (more: Partial<FineTuneOptions>) => {
        const model = toyModel({ kMax: 0.2 });
        const losses: number[] = [];
        await fineTune(
          model,
          { train: toyData() },
          {
            ...options,
            ...more,
            onStep: async (record) => {
              losses.push(record.loss);
              await more.onStep?.(record);
            },
          },
        );
        const weights = weightValues(model);
        model.dispose();
        return { losses, weights };
      };
      const whole = await run({});
      const checkpoints = memoryCheckpoints();
      const controller = new AbortController();
      await run({
        checkpoints,
        signal: controller.signal,
        onStep: ({ step }) => {
          if (step === stopAfter) controller.abort();
        },
      });
      const second = await run({ checkpoints, resume: true });
      expect(second.losses).to.deep.equal(whole.losses.slice(stopAfter));
      expect(second.weights).to.deep.equal(whole.weights);
      expect(whole.losses).to.not.deep.equal((await run({ poolingSchedule: undefined })).losses);
    });
  }

  it('leak: the poolings on the way leave nothing behind', async () => {
    const model = toyModel({ kMax: 0.2 });
    const data = toyData();
    const before = tf.memory().numTensors;
    await fineTune(
      model,
      { train: data },
      { strategy: 'fineTune', epochs: 1, learningRate: 0.01, poolingSchedule: { from: 0.9 } },
    );
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});

describe('fineTune: poolingSchedule, exception', () => {
  before(() => tf.setBackend('cpu'));

  const failing = (pooling: WeldonPoolingConfig, poolingSchedule: PoolingSchedule) =>
    rejection(scoresOf(pooling, poolingSchedule));

  it('a schedule out of range, of another kind than kMax, or for nothing', async () => {
    expect(await failing({ kMax: 1 }, { from: 1.5 })).to.equal(
      'Expected from of poolingSchedule to be a share of the regions between 0 and 1, or a whole number >= 1 but received 1.5',
    );
    expect(await failing({ kMax: 1 }, { from: 2, until: 0 })).to.equal(
      'Expected until of poolingSchedule to be a number with 0 < until <= 1 but received 0',
    );
    expect(await failing({ kMax: 0.25 }, { from: 3 })).to.equal(
      'Expected from of poolingSchedule to be a share of the regions between 0 and 1, as is kMax 0.25 of layer scores but received 3',
    );
    expect(await failing({ kMax: 3 }, { from: 0.5 })).to.equal(
      'Expected from of poolingSchedule to be a whole number >= 1, as is kMax 3 of layer scores but received 0.5',
    );
    expect(await failing({ kMax: 0, kMin: 2 }, { from: 0.5 })).to.equal(
      'Expected from of poolingSchedule to be absent for layer scores, whose kMax is 0 but received 0.5',
    );
    const bag = tfl.input({ shape: [4, 1] });
    const plain = tfl.model({
      inputs: bag,
      outputs: chain(bag, tfl.layers.flatten(), tfl.layers.dense({ units: 1 })),
      name: 'plain',
    });
    expect(
      await rejection(
        fineTune(
          plain,
          { train: evidence },
          { strategy: 'scratch', epochs: 1, learningRate: 0.1, loss: 'squaredHinge', poolingSchedule: { from: 0.5 } },
        ),
      ),
    ).to.equal(
      'Expected poolingSchedule for fineTune to be absent for model plain, which has no WELDON pooling but received given',
    );
    plain.dispose();
  });

  it('a checkpoint of another schedule', async () => {
    const checkpoints = memoryCheckpoints();
    await scoresOf({ kMax: 1 }, { from: 4 }, { checkpoints });
    expect(await rejection(scoresOf({ kMax: 1 }, { from: 3 }, { checkpoints, resume: true }))).to.equal(
      'Expected poolingSchedule of the resumed run to be {"from":4}, as in its checkpoint but received {"from":3}',
    );
  });
});
