import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { drawInitialWeights } from '../../../src/backbones/weights/initialWeights.js';
import { wideResnet } from '../../../src/backbones/networks/wideResnet.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { WeldonError } from '../../../src/errors.js';
import { randomBits } from '../../../src/random.js';
import { recomputeAverages } from '../../../src/training/batchNormAverages.js';
import { batchInputs } from '../../../src/training/batchFeatures.js';
import { memoryCheckpoints } from '../../../src/training/checkpoint.js';
import { fineTune } from '../../../src/training/fineTune.js';
import type { FineTuneOptions } from '../../../src/training/fineTuneOptions.js';
import { softmaxCrossEntropy } from '../../../src/training/losses/softmaxCrossEntropy.js';
import { disposeInputs } from '../../../src/training/learners.js';
import type { TrainingData } from '../../../src/training/trainingData.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { cutAt, runLower, runUpper, trainingGraph } from '../../../src/training/trainingGraph.js';
import { forEachBackend } from '../../backends.js';
import { rejection } from '../node/temporaryFolder.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import { tidyGradientKernels, toyData, toyModel, weightValues } from './toyTask.js';

/** Images of ten classes: stripes of a class's own width, direction and colours, in noise. */
function stripes(count: number, seed: number): TrainingData {
  const draw = randomBits(seed);
  const random = () => draw() / 2 ** 32 - 0.5;
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  const images = new Float32Array(count * 16 * 16 * 3);
  let at = 0;
  labels.forEach((label) => {
    const phase = 6 * random();
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        for (let color = 0; color < 3; color++) {
          const along = label < 5 ? x : y;
          images[at++] = Math.sin((along * (1 + (label % 5))) / 2 + phase + color * (label % 3)) + 7 * random();
        }
      }
    }
  });
  return arrayData({ images, imageShape: [16, 16, 3], labels, batchSize: 16 });
}

/** Mean loss with the statistics of each batch, in place of averages. */
async function lossOfBatches(model: tfl.LayersModel, data: TrainingData): Promise<number> {
  const split = cutAt(trainingGraph(model), undefined);
  const losses: number[] = [];
  for await (const batch of data.batches(0, 0)) {
    const inputs = await batchInputs(split, batch, null);
    const loss = tf.tidy(() =>
      softmaxCrossEntropy({})(runUpper(split, inputs, { training: false, batchStatistics: true }), inputs.labels),
    );
    losses.push((await loss.data())[0]);
    disposeInputs(inputs);
    loss.dispose();
  }
  return losses.reduce((sum, loss) => sum + loss) / losses.length;
}

describe('averages of batch normalisation', () => {
  it('networks to train average with momentum 0.9, in every builder', async () => {
    const model = await wideResnet({ depth: 10, width: 1, batchNorm: 'train' });
    const norms = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
    expect(norms).to.have.length(7);
    norms.forEach((layer) => expect(layer.getConfig().momentum).to.equal(0.9));
    model.dispose();
  });

  it('exception: an option that there is not', async () => {
    const model = toyModel();
    const options = { strategy: 'scratch', epochs: 1, learningRate: 0.1, batchNormAverages: 'precise' };
    expect(await rejection(fineTune(model, { train: toyData() }, options as unknown as FineTuneOptions))).to.equal(
      `Expected batchNormAverages for fineTune to be 'auto' or 'moving' or 'recomputed' but received "precise"`,
    );
    model.dispose();
  });
});

forEachBackend('averages of batch normalisation', (backend) => {
  withoutKernelLeakCheck(backend);
  tidyGradientKernels(backend);

  it('feature: recomputed, they are mean and variance of all images together', async () => {
    const model = toyModel();
    const split = cutAt(trainingGraph(model), undefined);
    const data = toyData({ count: 14 });
    const before = tf.memory().numTensors;
    await recomputeAverages(split, data.batches(0, 0), (batch) => batchInputs(split, batch, null));
    expect(tf.memory().numTensors).to.equal(before);
    const outputs: tf.Tensor[] = [];
    const stem = cutAt(trainingGraph(model), 'stem');
    for await (const batch of data.batches(0, 0)) {
      const images = await (batch.images as () => tf.Tensor)();
      outputs.push(runLower(stem, images));
      tf.dispose([images, batch.labels]);
    }
    const { mean, variance } = tf.tidy(() => tf.moments(tf.concat(outputs), [0, 1, 2]));
    const weights = weightValues(model);
    [mean, variance].forEach((expected, i) =>
      expected.dataSync().forEach((value, c) => expect(weights[`stem_bn/${2 + i}`][c]).to.be.closeTo(value, 1e-5)),
    );
    tf.dispose([outputs, mean, variance]);
    model.dispose();
  });

  it('feature: an error leaves them as they were, and no tensor', async () => {
    const model = toyModel();
    const split = cutAt(trainingGraph(model), undefined);
    const before = weightValues(model);
    const tensors = tf.memory().numTensors;
    let number = 0;
    const failing = recomputeAverages(split, toyData().batches(0, 0), async (batch) => {
      if (++number === 3) {
        tf.dispose(batch.labels);
        throw new WeldonError('gone');
      }
      return batchInputs(split, batch, null);
    });
    expect(await rejection(failing)).to.equal('gone');
    expect(tf.memory().numTensors).to.equal(tensors);
    expect(weightValues(model)).to.deep.equal(before);
    model.dispose();
  });

  it('feature: stopped in an epoch that was validated with them and resumed, the same bit for bit', async () => {
    const options: FineTuneOptions = { strategy: 'scratch', epochs: 3, learningRate: 0.05, restoreBest: false };
    const data = { train: toyData(), validation: toyData({ seed: 2 }) };
    const run = async (more: Partial<FineTuneOptions>) => {
      const model = toyModel();
      const { history } = await fineTune(model, data, { ...options, ...more });
      const weights = weightValues(model);
      model.dispose();
      return { history, weights };
    };
    const whole = await run({});
    const checkpoints = memoryCheckpoints();
    const controller = new AbortController();
    await run({
      checkpoints,
      signal: controller.signal,
      onStep: ({ step }) => (step === 5 ? controller.abort() : undefined),
    });
    expect(await run({ checkpoints, resume: true })).to.deep.equal(whole);
    const moving = await run({ batchNormAverages: 'moving' });
    expect(moving.history[0].validation?.loss).to.not.equal(whole.history[0].validation?.loss);
  });

  if (backend === 'wasm') {
    it('feature: a WRN-10-1 is validated as its weights are after 60 steps', async () => {
      const backbone = await wideResnet({ depth: 10, width: 1, batchNorm: 'train' });
      drawInitialWeights(backbone, 1);
      const model = attachWeldon(backbone, { classes: 10, pooling: 'gap', seed: 1 });
      const [train, validation] = [stripes(240, 1), stripes(96, 2)];
      const { history } = await fineTune(
        model,
        { train, validation },
        { strategy: 'scratch', epochs: 4, learningRate: 0.05, weightDecay: 5e-4, restoreBest: false },
      );
      const last = history[3].validation as { loss: number };
      const ofBatches = await lossOfBatches(model, validation);
      expect(last.loss).to.be.below(1.15 * ofBatches);
      model.dispose();
      backbone.dispose();
    });
  }
});
