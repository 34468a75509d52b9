import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { weldonPooling1d } from '../../../src/layers/index.js';
import { memoryCheckpoints } from '../../../src/training/checkpoint.js';
import { fineTune } from '../../../src/training/fineTune.js';
import type { FineTuneOptions } from '../../../src/training/fineTuneOptions.js';
import type { FeatureStore } from '../../../src/training/featureStore.js';
import { memoryFeatureStore } from '../../../src/training/featureStore.js';
import type { TrainingData } from '../../../src/training/trainingData.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { forEachBackend } from '../../backends.js';
import { chain, seedWeights } from '../models/smallModels.js';
import { rejection } from '../node/temporaryFolder.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import { classes, tidyGradientKernels, toyData, toyImages, toyModel, weightValues } from './toyTask.js';

const backboneWeights = ['stem/0', 'stem_bn/0', 'middle/0', 'middle/1', 'top/0', 'top/1'];
const headWeights = ['class_maps/0', 'class_maps/1'];
const plain: FineTuneOptions = {
  strategy: 'fineTune',
  epochs: 1,
  learningRate: 0.05,
  optimizer: { kind: 'sgd', momentum: 0 },
};
/** Everything at once that has a state or draws something. */
const everything: FineTuneOptions = {
  strategy: 'twoPhase',
  headEpochs: 2,
  epochs: 3,
  learningRate: 0.01,
  headLearningRate: 0.02,
  optimizer: { kind: 'adamW' },
  weightDecay: 0.01,
  schedule: { kind: 'cosine', warmUp: 2 },
  clipNorm: 1,
  accumulate: 2,
  labelSmoothing: 0.1,
  seed: 11,
  batchNorm: 'train',
};
const heads = { dropMap: 0.25, dropout: 0.25, maps: 2 };

/** Trains a fresh toy model and gives its weights and the losses of its steps. */
async function trained(options: FineTuneOptions, { data = toyData(), head = {} } = {}) {
  const model = toyModel(head);
  const before = weightValues(model);
  const losses: number[] = [];
  const result = await fineTune(
    model,
    { train: data },
    {
      ...options,
      onStep: ({ loss }) => {
        losses.push(loss);
      },
    },
  );
  const weights = weightValues(model);
  model.dispose();
  return { before, weights, losses, result };
}

forEachBackend('fineTune', (backend) => {
  withoutKernelLeakCheck(backend);
  tidyGradientKernels(backend);

  it('smoke: learns the task from scratch', async () => {
    const model = toyModel();
    const { history, stopped } = await fineTune(
      model,
      { train: toyData(), validation: toyData({ seed: 2 }) },
      { strategy: 'scratch', epochs: 12, learningRate: 0.02, optimizer: { kind: 'adam' } },
    );
    expect(stopped).to.equal('finished');
    expect(history).to.have.length(12);
    expect(history[11].loss).to.be.below(history[0].loss * 0.6);
    model.dispose();
  });

  it('feature: one step is that of tfjs itself', async () => {
    const { images, labels } = toyImages(4);
    const model = toyModel();
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' });
    // tfjs normalises with the batch while training, as 'train' does.
    const [x, y] = tf.tidy(() => [
      tf.tensor4d(images, [4, 8, 8, 2]),
      tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'),
    ]);
    await model.fit(x, y, { batchSize: 4, epochs: 1, shuffle: false, verbose: 0 });
    const expected = weightValues(model);
    tf.dispose([x, y]);
    model.dispose();
    const data = arrayData({ images, labels, imageShape: [8, 8, 2], batchSize: 4, shuffle: null });
    const { weights } = await trained(
      { ...plain, batchNorm: 'train', batchNormAverages: 'moving', backboneRate: 1 },
      { data },
    );
    for (const [name, values] of Object.entries(expected)) {
      values.forEach((value, i) => expect(weights[name][i], name).to.be.closeTo(value, 2e-5));
    }
  });

  it('feature: the backbone goes at a tenth of the rate', async () => {
    const data = toyData({ count: 4 });
    const full = await trained({ ...plain, backboneRate: 1 }, { data });
    const tenth = await trained(plain, { data });
    const moved = (run: typeof full, name: string) => run.weights[name].map((value, i) => value - run.before[name][i]);
    backboneWeights.forEach((name) =>
      moved(full, name).forEach((way, i) => expect(moved(tenth, name)[i], name).to.be.closeTo(way / 10, 1e-6)),
    );
    headWeights.forEach((name) => expect(tenth.weights[name]).to.deep.equal(full.weights[name]));
    expect(Math.max(...moved(full, 'stem/0').map(Math.abs))).to.be.above(1e-4);
  });

  it('feature: features trains the head alone, twoPhase first the head', async () => {
    const { before, weights } = await trained({ ...plain, strategy: 'features' });
    backboneWeights.forEach((name) => expect(weights[name], name).to.deep.equal(before[name]));
    headWeights.forEach((name) => expect(weights[name], name).to.not.deep.equal(before[name]));
    const model = toyModel();
    const start = weightValues(model);
    const phases: number[] = [];
    await fineTune(
      model,
      { train: toyData() },
      {
        ...plain,
        strategy: 'twoPhase',
        headEpochs: 2,
        onEpoch: ({ phase }) => {
          phases.push(phase);
          const still = JSON.stringify(weightValues(model)['top/0']) === JSON.stringify(start['top/0']);
          expect(still, `epoch ${phases.length - 1}`).to.equal(phase === 0);
        },
      },
    );
    expect(phases).to.deep.equal([0, 0, 1]);
    model.dispose();
  });

  it('feature: the first of two phases takes half of the epochs, where nothing else is said', async () => {
    const model = toyModel();
    const phases: number[] = [];
    await fineTune(
      model,
      { train: toyData({ count: 4 }) },
      {
        ...plain,
        strategy: 'twoPhase',
        epochs: 3,
        onEpoch: ({ phase }) => {
          phases.push(phase);
        },
      },
    );
    expect(phases).to.deep.equal([0, 0, 1, 1, 1]);
    model.dispose();
  });

  it('feature: weight decay shrinks kernels and nothing else', async () => {
    const still = { ...plain, loss: () => tf.scalar(0) };
    // A loss that depends on nothing cannot be differentiated, so it is the scores times 0.
    const loss: FineTuneOptions['loss'] = (scores) => tf.sum(tf.mul(scores, 0)) as tf.Scalar;
    const { before, weights } = await trained(
      { ...still, loss, weightDecay: 0.5, backboneRate: 1 },
      { data: toyData({ count: 4 }) },
    );
    for (const name of [...backboneWeights, ...headWeights]) {
      const kernel = ['stem/0', 'middle/0', 'top/0', 'class_maps/0'].includes(name);
      const factor = kernel ? 1 - 0.05 * 0.5 : 1;
      before[name].forEach((value, i) => expect(weights[name][i], name).to.be.closeTo(value * factor, 1e-6));
    }
  });

  it('feature: batch normalisation stands still or moves', async () => {
    const frozen = await trained(plain);
    expect(frozen.weights['stem_bn/2']).to.deep.equal(frozen.before['stem_bn/2']);
    const moving = await trained({ ...plain, batchNorm: 'train' });
    expect(moving.weights['stem_bn/2']).to.not.deep.equal(moving.before['stem_bn/2']);
  });

  it('feature: two batches accumulated are one batch of both', async () => {
    const whole = await trained(plain, { data: toyData({ count: 8, batchSize: 8 }) });
    const halves = await trained({ ...plain, accumulate: 2 }, { data: toyData({ count: 8, batchSize: 4 }) });
    expect(halves.losses).to.have.length(1);
    Object.entries(whole.weights).forEach(([name, values]) =>
      values.forEach((value, i) => expect(halves.weights[name][i], name).to.be.closeTo(value, 1e-5)),
    );
  });

  it('feature: a cached middle stage trains to the same weights, and its images are asked for once', async () => {
    const options: FineTuneOptions = { ...everything, strategy: 'fineTune', trainFrom: 'stem_relu' };
    const plainRun = await trained(options, { head: heads });
    const data = toyData();
    let asked = 0;
    const counted: TrainingData = {
      batchesPerEpoch: data.batchesPerEpoch,
      async *batches(epoch, from) {
        for await (const batch of data.batches(epoch, from)) {
          yield {
            ...batch,
            images: () => {
              asked++;
              return (batch.images as () => tf.Tensor)();
            },
          };
        }
      },
    };
    const cached = await trained(
      { ...options, cache: { store: memoryFeatureStore() } },
      { head: heads, data: counted },
    );
    expect(cached.weights).to.deep.equal(plainRun.weights);
    expect(asked).to.equal(data.batchesPerEpoch);
    expect(cached.weights['stem/0']).to.deep.equal(cached.before['stem/0']);
    expect(cached.weights['middle/0']).to.not.deep.equal(cached.before['middle/0']);
  });

  for (const stopAfter of [1, 2, 4, 7, 10]) {
    it(`feature: stopped after step ${stopAfter} of 10 and resumed, the same weights bit for bit`, async () => {
      const data = toyData({ count: 14 });
      const whole = await trained(everything, { head: heads, data });
      expect(whole.losses).to.have.length(10);
      const checkpoints = memoryCheckpoints();
      const controller = new AbortController();
      const first = toyModel(heads);
      const { stopped } = await fineTune(
        first,
        { train: data },
        {
          ...everything,
          checkpoints,
          signal: controller.signal,
          onStep: ({ step }) => {
            if (step === stopAfter) {
              controller.abort();
            }
          },
        },
      );
      first.dispose();
      expect(stopped).to.equal('aborted');
      const second = await trained({ ...everything, checkpoints, resume: true }, { head: heads, data });
      expect(second.losses).to.deep.equal(whole.losses.slice(stopAfter));
      expect(second.weights).to.deep.equal(whole.weights);
      expect(second.result.history).to.deep.equal(whole.result.history);
    });
  }

  it('feature: stock dropout is drawn by seed and step too', async () => {
    const run = async (seed: number) => {
      const image = tfl.input({ shape: [8, 8, 2] });
      const scores = chain(
        image,
        tfl.layers.flatten(),
        tfl.layers.dropout({ rate: 0.5 }),
        tfl.layers.dense({ units: classes, activation: 'softmax', name: 'fc' }),
      );
      const model = seedWeights(tfl.model({ inputs: image, outputs: scores }));
      await fineTune(model, { train: toyData() }, { ...plain, seed });
      const weights = [...model.getLayer('fc').getWeights()[0].dataSync()];
      model.dispose();
      return weights;
    };
    expect(await run(1)).to.deep.equal(await run(1));
    expect(await run(1)).to.not.deep.equal(await run(2));
  });

  it('feature: bags behind a Masking layer, and a loss by hand', async () => {
    const bags = tfl.input({ shape: [3, 2] });
    const scores = chain(
      bags,
      tfl.layers.masking({ maskValue: 0 }),
      tfl.layers.dense({ units: 2, useBias: false, kernelInitializer: 'identity', name: 'evidence' }),
      weldonPooling1d({ kMax: 2, kMin: 0 }),
    );
    const model = tfl.model({ inputs: bags, outputs: scores });
    // One valid instance (1, −1): scores are its evidence, not halved by padding.
    const data = arrayData({
      images: Float32Array.of(1, -1, 0, 0, 0, 0),
      imageShape: [3, 2],
      labels: [0],
      batchSize: 1,
    });
    const { history } = await fineTune(model, { train: data }, { ...plain, loss: 'softmax' });
    expect(history[0].loss).to.be.closeTo(Math.log(1 + Math.exp(-2)), 1e-5);
    model.dispose();
  });

  it('feature: the best epoch is saved, and patience ends the run', async () => {
    const model = toyModel();
    const metrics = [0.2, 0.6, 0.4, 0.5, 0.9];
    const seen: Array<Record<string, number[]>> = [];
    const { best, stopped, history } = await fineTune(
      model,
      { train: toyData(), validation: toyData({ seed: 2 }) },
      {
        ...plain,
        epochs: 5,
        patience: 2,
        metric: () => metrics[seen.length],
        onEpoch: () => {
          seen.push(weightValues(model));
        },
      },
    );
    expect(stopped).to.equal('early');
    expect(best).to.deep.equal({ epoch: 1, value: 0.6 });
    expect(history.map(({ validation }) => validation?.metric)).to.deep.equal(metrics.slice(0, 4));
    expect(weightValues(model)).to.deep.equal(seen[1]);
    model.dispose();
  });

  it('feature: checkpoints come often, but take a twentieth of the time at most', async () => {
    const saved: number[] = [];
    const { now } = Date;
    let clock = now();
    Date.now = () => clock;
    try {
      const model = toyModel();
      await fineTune(
        model,
        { train: arrayData({ ...toyImages(80), imageShape: [8, 8, 2], batchSize: 4, shuffle: null }) },
        {
          ...plain,
          epochs: 1,
          checkpointEvery: 'often',
          onStep: () => {
            clock += 40;
          },
          checkpoints: {
            load: async () => null,
            save: async (_, { position: { step, batch } }) => {
              // The first ones take 10 ms, later ones none.
              clock += step < 12 ? 10 : 0;
              if (batch > 0) {
                saved.push(step);
              }
            },
          },
        },
      );
      model.dispose();
    } finally {
      Date.now = now;
    }
    // 20 × 10 ms are 5 steps of 40 ms; the epoch's last one is saved with it.
    expect(saved).to.deep.equal([1, 6, 11, 16, 17, 18, 19]);
  });

  it('exception: a loss that is no number stops the run before its step', async () => {
    const { images, labels } = toyImages(12);
    images[100 * 9] = NaN;
    const data = arrayData({ images, labels, imageShape: [8, 8, 2], batchSize: 4, shuffle: null });
    for (const batchNorm of ['freeze', 'train'] as const) {
      const model = toyModel();
      const checkpoints = memoryCheckpoints();
      let good: Record<string, number[]> = {};
      const before = tf.memory().numTensors;
      const message = await rejection(
        fineTune(
          model,
          { train: data },
          {
            ...plain,
            batchNorm,
            checkpoints,
            checkpointEvery: 1,
            onStep: () => {
              good = weightValues(model);
            },
          },
        ),
      );
      expect(message).to.equal(
        'Expected the loss at step 1 (epoch 0) to be a finite number but received NaN. The model has its weights from ' +
          'before that step, and the last checkpoint stays; lower learningRate, or set clipNorm',
      );
      expect(weightValues(model)).to.deep.equal(good);
      expect((await checkpoints.load('last'))?.position.step).to.equal(1);
      expect(tf.memory().numTensors).to.equal(before);
      model.dispose();
    }
  });

  it('leak: nothing stays behind, also after an error', async () => {
    const model = toyModel(heads);
    const store = memoryFeatureStore();
    const data = toyData();
    const validation = toyData({ seed: 2 });
    const before = tf.memory().numTensors;
    await fineTune(model, { train: data, validation }, { ...everything, cache: { store } });
    expect(tf.memory().numTensors).to.equal(before);
    await rejection(
      fineTune(model, { train: data }, { ...everything, loss: (scores) => tf.mul(tf.sum(scores), NaN) as tf.Scalar }),
    );
    const short: TrainingData = { ...data, batchesPerEpoch: 9 };
    expect(await rejection(fineTune(model, { train: short }, everything))).to.equal(
      'Expected epoch 0 of the data to be 9 batches but received 3',
    );
    const long: TrainingData = { ...data, batchesPerEpoch: 2 };
    expect(await rejection(fineTune(model, { train: long }, everything))).to.equal(
      'Expected epoch 0 of the data to be 2 batches but received more',
    );
    expect(tf.memory().numTensors).to.equal(before);
    model.dispose();
  });
});

describe('fineTune: exception', () => {
  before(() => tf.setBackend('cpu'));

  const failing = async (options: Partial<FineTuneOptions>, data = toyData(), validation?: TrainingData) => {
    const model = toyModel();
    try {
      return await rejection(fineTune(model, { train: data, validation }, { ...plain, ...options }));
    } finally {
      model.dispose();
    }
  };

  it('options out of range', async () => {
    expect(await failing({ strategy: 'all' as 'scratch' })).to.equal(
      "Expected strategy for fineTune to be 'scratch', 'features', 'fineTune' or 'twoPhase' but received \"all\"",
    );
    expect(await failing({ epochs: 0 })).to.equal(
      'Expected epochs for fineTune to be a whole number >= 1 but received 0',
    );
    expect(await failing({ learningRate: 0 })).to.equal(
      'Expected learningRate for fineTune to be a finite number > 0 but received 0',
    );
    expect(await failing({ patience: 3 })).to.equal(
      'Expected the data for fineTune to be with validation data for patience or restoreBest but received none',
    );
    expect(await failing({ loss: 'apRanking', labelSmoothing: 0.1 })).to.equal(
      'Expected labelSmoothing for fineTune with loss apRanking to be 0 but received 0.1',
    );
    for (const strategy of ['fineTune', 'twoPhase'] as const) {
      const onStep = () => expect.fail('trained');
      expect(await failing({ strategy, trainFrom: 'midle', onStep })).to.match(
        /^Expected layer to be the name of a layer .* "midle".*middle/,
      );
    }
  });

  it('data that do not fit', async () => {
    const { images, labels } = toyImages(4);
    const flat = arrayData({ images, labels, imageShape: [8, 16, 1], batchSize: 4 });
    expect(await failing({}, flat)).to.equal(
      'Expected a batch for model toy_weldon to be of shape [null, null, null, 2] but received shape [4, 8, 16, 1]',
    );
    const twoClasses = arrayData({
      images,
      labels: new Float32Array(8),
      labelSize: 2,
      imageShape: [8, 8, 2],
      batchSize: 4,
    });
    expect(await failing({}, twoClasses)).to.equal(
      'Expected the labels of a batch to be class numbers [batch] or multi-hot labels [batch, 3] but received shape [4, 2]',
    );
    const nameless = arrayData({ images, labels, imageShape: [8, 8, 2], batchSize: 4 });
    expect(await failing({ strategy: 'features', cache: { store: memoryFeatureStore() } }, nameless)).to.equal(
      'A feature cache needs keys in every batch, to tell the examples apart',
    );
    const broken: FeatureStore = {
      read: async () => ({ shape: [1], values: new Float32Array(1) }),
      write: async (_, f) => f,
    };
    expect(await failing({ strategy: 'features', cache: { store: broken } })).to.equal(
      'Expected cached features of layer top to be of shape [null, null, 6] but received [1]',
    );
  });

  it('a checkpoint of another run', async () => {
    const checkpoints = memoryCheckpoints();
    await trained({ ...plain, checkpoints });
    expect(await failing({ checkpoints, resume: true, learningRate: 0.5 })).to.match(
      /^Expected phases of the resumed run to be \[.*"learningRate":0.05.*\], as in its checkpoint but received \[.*0.5.*\]$/,
    );
  });

  it('models that cannot be cut or trained', async () => {
    const model = toyModel();
    model.layers.forEach((layer) => {
      layer.trainable = false;
    });
    expect(await rejection(fineTune(model, { train: toyData() }, plain))).to.equal(
      'Expected model toy_weldon to be one with trainable layers in the trained part but received none',
    );
    model.dispose();
    const image = tfl.input({ shape: [8, 8, 2], name: 'image' });
    const stem = chain(image, tfl.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', name: 'deep' }));
    const sum = tfl.layers.add({ name: 'sum' }).apply([image, stem]) as tfl.SymbolicTensor;
    const scores = chain(sum, tfl.layers.flatten(), tfl.layers.dense({ units: classes, activation: 'softmax' }));
    const branched = tfl.model({ inputs: image, outputs: scores, name: 'branched' });
    expect(await rejection(fineTune(branched, { train: toyData() }, { ...plain, trainFrom: 'deep' }))).to.equal(
      'Expected model branched to be one path at layer deep, to be cut there but received layer sum, which also takes the ' +
        'output of the input',
    );
    branched.dispose();
  });
});
