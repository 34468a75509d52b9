import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { gradCam } from '../../../src/heatmaps/gradCam.js';
import { weldonPooling1d } from '../../../src/layers/index.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { readRecipe, withRecipe } from '../../../src/models/recipeMetadata.js';
import { fineTune } from '../../../src/training/fineTune.js';
import { usualMetric } from '../../../src/training/scoring.js';
import { arrayData } from '../../../src/training/trainingData.js';
import { forEachBackend } from '../../backends.js';
import { rejection } from '../node/temporaryFolder.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import { tidyGradientKernels } from './toyTask.js';

const recipe = { input: { colorOrder: 'rgb', scale: 1, offset: 0 }, resize: { rule: 'warp', size: 4 } } as const;

/** Ten instances of three numbers; those of a bag with the class have one that stands out. */
const answers = [0, 1, 1, 0, 1, 0, 0, 0];
const bags = Float32Array.from({ length: 8 * 10 * 3 }, (_, i) => {
  const [bag, instance, channel] = [Math.floor(i / 30), Math.floor(i / 3) % 10, i % 3];
  return channel === 2 ? 1 : channel === 0 && instance === 7 && answers[bag] === 1 ? 3 : Math.sin(i) / 3;
});

function bagModel(activation: 'sigmoid' | 'softmax'): tfl.LayersModel {
  const input = tfl.input({ shape: [null, 3] });
  const evidence = tfl.layers.dense({ units: 1, kernelInitializer: 'zeros', name: 'evidence' }).apply(input);
  const score = weldonPooling1d({ kMax: 1, kMin: 0 }).apply(evidence);
  const outputs = tfl.layers.activation({ activation }).apply(score) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs, name: 'bags' });
}

const bagData = () => arrayData({ images: bags, imageShape: [10, 3], labels: answers, batchSize: 8 });

/** A 1×1 convolution, mean and one unit, over 4×4 pixels. */
function oneUnit(activation: 'sigmoid' | 'softmax' | 'linear'): tfl.LayersModel {
  const model = tfl.sequential({ name: 'one_unit' });
  const ones = { useBias: false, kernelInitializer: 'ones' } as const;
  model.add(tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3], name: 'features', ...ones }));
  model.add(tfl.layers.globalAveragePooling2d({}));
  model.add(tfl.layers.dense({ units: 1, activation, ...ones }));
  return model;
}

forEachBackend('one class, one output', (backend) => {
  withoutKernelLeakCheck(backend);
  tidyGradientKernels(backend);

  it('feature: a head of one class ends in a sigmoid, and a softmax is refused', () => {
    const backbone = tfl.sequential();
    backbone.add(tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] }));
    const model = attachWeldon(backbone, { classes: ['ill'], kMax: 1, seed: 1 });
    const values = tf.tidy(() =>
      (model.predict(tf.randomNormal([3, 4, 4, 3], 0, 1, 'float32', 1)) as tf.Tensor).dataSync(),
    );
    values.forEach((value) => expect(value).to.be.within(0.001, 0.999));
    expect(() => attachWeldon(backbone, { classes: 1, activation: 'softmax' })).to.throw(
      "Expected activation for attachWeldon to be 'sigmoid' or 'linear' for one class but received 'softmax', which " +
        'makes 1 of every score',
    );
    model.dispose();
  });

  it('feature: probabilities of one score are its sigmoid, also by a recipe that says softmax', async () => {
    const model = convolutionalize(withRecipe(oneUnit('linear'), { ...recipe, activation: 'softmax' }));
    const image = { data: new Uint8Array(48).fill(1), width: 4, height: 4 };
    for (const read of [classHeatmaps, gradCam]) {
      const { scores, probabilities } = await read(model, image);
      expect(scores[0][0]).to.be.closeTo(6, 1e-5);
      expect(probabilities?.[0][0]).to.be.closeTo(1 / (1 + Math.exp(-6)), 1e-6);
    }
    expect(readRecipe(model, { classNames: ['ill'] }).classNames).to.deep.equal(['ill']);
    model.dispose();
  });

  for (const activation of ['sigmoid', 'linear'] as const) {
    it(`feature: gradCam of a model with one ${activation} unit gives a map`, async () => {
      const model = withRecipe(oneUnit(activation), recipe);
      const data = new Uint8Array(48).fill(1, 15, 18);
      const { maps } = await gradCam(model, { data, width: 4, height: 4 }, { layer: 'features' });
      expect(Array.from(maps[0][0].data, (value) => value > 0)).to.deep.equal(
        Array.from({ length: 16 }, (_, i) => i === 5),
      );
      model.dispose();
    });
  }

  it('feature: fineTune keeps the training of one output, from 0/1 labels', async () => {
    const model = bagModel('sigmoid');
    const { best, history } = await fineTune(
      model,
      { train: bagData(), validation: bagData() },
      { strategy: 'scratch', epochs: 25, learningRate: 0.3 },
    );
    expect(best?.epoch).to.be.above(10);
    expect(history.at(-1)?.validation?.metric).to.equal(1);
    const values = tf.tidy(() => (model.predict(tf.tensor(bags, [8, 10, 3])) as tf.Tensor).dataSync());
    expect(Array.from(values, Math.round)).to.deep.equal(answers);
    model.dispose();
  });

  it('exception: a softmax over one score, and class numbers that do not exist, are refused', async () => {
    const model = bagModel('softmax');
    const options = { strategy: 'scratch', epochs: 1, learningRate: 0.1 } as const;
    expect(await rejection(fineTune(model, { train: bagData() }, options))).to.equal(
      "Expected loss for fineTune to be one for one output, such as 'multiLabelSoftMargin', behind a sigmoid but " +
        "received 'softmax', as the model ends in one: of one score it is 1, and trains nothing",
    );
    model.dispose();
    const two = oneUnit('linear');
    const head = attachWeldon(two, { classes: 2, layer: 'features', inputSize: 'asBuilt' });
    const images = new Float32Array(96);
    const train = arrayData({ images, imageShape: [4, 4, 3], labels: [1, 2], batchSize: 2 });
    expect(await rejection(fineTune(head, { train }, options))).to.equal(
      'Expected the labels of a batch to be class numbers from 0 to 1 but received 2',
    );
    head.dispose();
    two.dispose();
  });
});

describe('what validation measures', () => {
  it('feature: one output by the side of 0, one class an image by the best, several by average precision', () => {
    expect(usualMetric(Float32Array.of(-1, 2, 0, NaN), Float32Array.of(0, 1, 1, 0), 1)).to.equal(0.5);
    expect(usualMetric(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1), 2)).to.equal(0.5);
    // class 0: positives at ranks 1 and 3 of 3, class 1: at rank 2
    const several = usualMetric(Float32Array.of(3, 1, 2, 3, 1, 2), Float32Array.of(1, 0, 0, 0, 1, 1), 2);
    expect(several).to.be.closeTo(((1 + 2 / 3) / 2 + 1 / 2) / 2, 1e-6);
  });
});
