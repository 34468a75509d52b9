import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { HeatmapModel } from '../../../src/heatmaps/classHeatmaps.js';
import { gradCam } from '../../../src/heatmaps/gradCam.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import type { RecipeParts } from '../../../src/models/recipeMetadata.js';
import { forEachBackend } from '../../backends.js';
import { refusal } from '../../refusal.js';
import { tolerances } from '../../tolerances.js';
import {
  chain,
  mobileNetV1Like,
  residualFeatures,
  seedWeights,
  transferFunctional,
  transferPooled,
  transferSequential,
  vggLike,
} from '../models/smallModels.js';
import { withoutKernelLeakCheck } from '../training/kernelLeakCheck.js';
import { tidyGradientKernels } from '../training/toyTask.js';

const recipe: RecipeParts = { input: { colorOrder: 'rgb', scale: 1, offset: 0 }, resize: { rule: 'warp', size: 24 } };

/** Image → 1×1 convolution (channel 0: r − g, channel 1: b) → rectified → mean → classes [a0 + a1, 2·a0 − a1 + 5]. */
function byHand(softmax: 'fused' | 'layer' | 'none'): tfl.LayersModel {
  const image = tfl.input({ shape: [2, 2, 3] });
  const scores = chain(
    image,
    tfl.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu', name: 'features' }),
    tfl.layers.globalAveragePooling2d({ name: 'mean' }),
    tfl.layers.dense({ units: 2, activation: softmax === 'fused' ? 'softmax' : 'linear', name: 'scores' }),
    ...(softmax === 'layer' ? [tfl.layers.softmax({ name: 'probabilities' })] : []),
  );
  const model = tfl.model({ inputs: image, outputs: scores, name: 'by_hand' });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor4d([1, 0, -1, 0, 0, 1], [1, 1, 3, 2]),
      tf.zeros([2]),
      tf.tensor2d([1, 2, 1, -1], [2, 2]),
      tf.tensor1d([0, 5]),
    ]),
  );
  return model;
}

// pixels (r, g, b): features [3, 1], [0, 2], [1, 0], [0, 5]; their means are 1 and 2
const pixels = { width: 2, height: 2, data: Uint8Array.of(4, 1, 1, 1, 2, 2, 1, 0, 0, 0, 9, 5) };

forEachBackend('gradCam', (backend) => {
  tidyGradientKernels(backend);
  withoutKernelLeakCheck(backend);
  const tolerance = tolerances[backend];
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  const near = (found: ArrayLike<number>, wanted: ArrayLike<number>, within: number = tolerance) => {
    expect(found.length).to.equal(wanted.length);
    Array.from(wanted, (value, i) => expect(found[i], `number ${i}`).to.be.closeTo(value, within));
  };

  for (const softmax of ['fused', 'layer', 'none'] as const) {
    it(`feature: by hand, softmax ${softmax}`, async () => {
      const model = byHand(softmax);
      const found = await gradCam(model, pixels, { recipe, prepared: true, classes: [0, 1] });
      near(found.scores[0], [3, 5]);
      // each feature's weight is that of the class over four places
      near(found.maps[0][0].data, [1, 0.5, 0.25, 1.25]);
      near(found.maps[0][1].data, [1.25, 0, 0.5, 0]); // (2·3 − 1)/4, (0 − 2)/4 cut off …
      const signed = await gradCam(model, pixels, { recipe, prepared: true, classes: [1], signed: true });
      near(signed.maps[0][0].data, [1.25, -0.5, 0.5, -1.25]);
      if (softmax === 'none') {
        expect(found.probabilities).to.equal(undefined);
      } else {
        near(found.probabilities?.[0] ?? [], [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2))]);
      }
      expect(found.layer).to.equal('features');
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('feature: weights are the mean slopes of the score, by differences, through a nonlinear part of several layers', async () => {
    // tanh everywhere: smooth, so that differences tell the slope
    const features = tfl.input({ shape: [6, 6, 3], name: 'f' });
    const top = seedWeights(
      tfl.model({
        inputs: features,
        name: 'top',
        outputs: chain(
          features,
          tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'tanh', name: 'c' }),
          tfl.layers.flatten({ name: 'fl' }),
          tfl.layers.dense({ units: 3, name: 'd' }),
        ),
      }),
      3,
      0.5,
    );
    const image = tfl.input({ shape: [6, 6, 3], name: 'i' });
    const under = tfl.layers.activation({ activation: 'tanh', name: 'under' });
    const activations = chain(image, under);
    const model = tfl.model({ inputs: image, outputs: top.apply(activations) as tfl.SymbolicTensor, name: 'whole' });
    const photo = tf.randomUniform([6, 6, 3], -1, 1, 'float32', 5) as tf.Tensor3D;
    const found = await gradCam(model, photo, { recipe, prepared: true, layer: 'under', classes: [2], signed: true });
    const wanted = tf.tidy(() => {
      const x = tf.tanh(tf.expandDims(photo, 0)) as tf.Tensor4D;
      const score = (given: tf.Tensor) => (top.predict(given) as tf.Tensor).dataSync()[2];
      const eps = 1e-2;
      const weights = [0, 1, 2].map((channel) => {
        const step = tf.mul(tf.oneHot(tf.tensor1d([channel], 'int32'), 3), eps);
        return (score(tf.add(x, step)) - score(tf.sub(x, step))) / (2 * eps) / 36;
      });
      return tf.sum(tf.mul(x, tf.tensor1d(weights)), 3).dataSync();
    });
    near(found.maps[0][0].data, wanted, 2e-4);
    expect(Math.max(...wanted.map(Math.abs)), 'there is something to see').to.be.above(0.02);
    tf.dispose(photo);
    model.dispose(); // and the model in it
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('feature: WELDON by hand: only selected regions have slopes', async () => {
    const backbone = residualFeatures({ size: 24 });
    const model = attachWeldon(backbone, { classes: ['ape', 'bear'], kMax: 2, kMin: 1, seed: 4, recipe });
    const photo = tf.randomUniform([24, 24, 3], 0, 1, 'float32', 2) as tf.Tensor3D;
    const { layer, maps } = await gradCam(model, photo, { classes: ['bear'], signed: true, prepared: true });
    expect(layer).to.equal('out');
    const wanted = tf.tidy(() => {
      const features = tf.squeeze(backbone.predict(tf.expandDims(photo, 0)) as tf.Tensor, [0]);
      // each end's slopes sum to 1, and every region carries the class' transfer weights
      const kernel = tf.reshape(model.getLayer('class_maps').weights[0].read(), [-1, 2]);
      const weights = tf.mul(tf.slice(kernel, [0, 1], [-1, 1]), 2 / 36);
      return tf.matMul(tf.reshape(features, [36, -1]), weights).dataSync();
    });
    near(maps[0][0].data, wanted);
    tf.dispose(photo);
    [model, backbone].forEach((each) => each.dispose());
    expect(tf.memory().numTensors).to.equal(before);
  });

  describe('cardinality: kinds of models, several images and classes', () => {
    const kinds: [string, () => tfl.LayersModel, string, [number, number]][] = [
      ['flattened maps and fully connected layers', () => vggLike(), 'block2_pool', [4, 4]],
      ['reshapes behind the mean', () => mobileNetV1Like(), 'conv_pw_1_relu', [8, 8]],
      ['Sequential with a model as first layer', () => transferSequential(), 'out', [6, 6]],
      ['a base with its own pooling', () => transferPooled(), 'out', [6, 6]],
      ['a model used as a layer', () => transferFunctional(), 'out', [6, 6]],
    ];
    for (const [title, make, layer, size] of kinds) {
      it(title, async () => {
        const model = make();
        const fitting: RecipeParts = { ...recipe, resize: { rule: 'warp', size: model.inputs[0].shape[1] as number } };
        const photos = [20, 33, 48].map(
          (side, i) => tf.randomUniform([side, side + 5, 3], 0, 1, 'float32', i) as tf.Tensor3D,
        );
        const all = await gradCam(model, photos, { recipe: fitting, top: 2, signed: true, batchSize: 2 });
        expect(all.layer).to.equal(layer);
        for (const [i, photo] of photos.entries()) {
          expect([all.maps[i][0].rows, all.maps[i][0].columns]).to.deep.equal(size);
          const alone = await gradCam(model, photo, {
            recipe: fitting,
            classes: all.classes[i].map(({ index }) => index),
            signed: true,
          });
          all.maps[i].forEach((map, j) => near(map.data, alone.maps[0][j].data));
          near(all.scores[i], alone.scores[0]);
          expect(all.scores[i][all.classes[i][0].index]).to.equal(Math.max(...all.scores[i]));
        }
        tf.dispose(photos);
        model.dispose();
        expect(tf.memory().numTensors).to.equal(before);
      });
    }
  });

  it('feature: features of a GraphModel with a head', async () => {
    const features = tfl.input({ shape: [2, 2, 3], name: 'given' });
    const head = tfl.model({
      inputs: features,
      name: 'head',
      outputs: chain(
        features,
        tfl.layers.globalAveragePooling2d({ name: 'm' }),
        tfl.layers.dense({ units: 2, name: 'w' }),
      ),
    });
    tf.tidy(() => head.setWeights([tf.tensor2d([1, 0, 0, 1, 0, 0], [3, 2]), tf.zeros([2])]));
    const pair = {
      features: { inputSize: [null, null], extract: (x: tf.Tensor4D) => tf.mul(x, 2) },
      head,
    } as unknown as HeatmapModel;
    const { maps, layer } = await gradCam(pair, pixels, { recipe, prepared: true, classes: [1] });
    expect(layer).to.equal('the features');
    near(maps[0][0].data, [0.5, 1, 0, 4.5]); // green, doubled, over four places
    head.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('exception: sentences, and nothing is left behind', async () => {
    const model = byHand('layer');
    const go = (options: object) => refusal(gradCam(model, pixels, { recipe, prepared: true, ...options }));
    expect(await go({ layer: 'featurs' })).to.match(
      /^Expected layer to be the name of a layer of model by_hand but received "featurs".*features/,
    );
    expect(await go({ layer: 'scores' })).to.equal(
      'Expected layer scores of model by_hand to be one with a spatial output, [batch, rows, columns, channels] but received ' +
        'an output of shape [null, 2]',
    );
    expect(await go({ classes: [2] })).to.equal('Expected classes to be names, or numbers from 0 to 1 but received 2');
    expect(await go({ top: 0 })).to.equal('Expected top for gradCam to be a whole number >= 1 but received 0');
    expect(await go({ recipe: { ...recipe, classNames: ['one'] } })).to.equal(
      'Expected classNames of the recipe of model by_hand to be 2 names, one for each score but received 1',
    );
    expect(await refusal(gradCam(model, { ...pixels, width: 4, height: 1 }, { recipe, prepared: true }))).to.equal(
      'Expected images for model by_hand to be 2×2 pixels when they reach the network but received 4×1',
    );
    const layer = model.layers.find((each) => each.getWeights().length > 0)!;
    tf.tidy(() => layer.setWeights(layer.getWeights().map((weight) => tf.fill(weight.shape, NaN))));
    expect(await go({})).to.contain('scores of model by_hand to be finite numbers but received NaN for image 1 of 1');
    expect(await refusal(gradCam({} as HeatmapModel, pixels))).to.equal(
      'Expected the model for gradCam to be a LayersModel, or {features, head} from attachWeldonToGraph: ' +
        'a GraphModel alone has no gradients but received a value of type object',
    );
    model.dispose();
    const around = residualFeatures({ size: 24 });
    const scores = chain(around.outputs[0], tfl.layers.globalAveragePooling2d({ name: 'g' }));
    const residual = tfl.model({ inputs: around.inputs, outputs: scores, name: 'residual_scores' });
    expect(
      await refusal(gradCam(residual, tf.zeros([24, 24, 3]) as tf.Tensor3D, { recipe, layer: 'deep_1' })),
    ).to.equal(
      'Expected layer deep_1 of model residual_scores to be one that all of the scores go through but received one that ' +
        'layer shortcut goes around, with the output of stem',
    );
    residual.dispose();
    expect(tf.memory().numTensors).to.equal(before + 1); // the zeros
  });
});
