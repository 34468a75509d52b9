import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { attachWeldon, layerOutput } from '../../../src/models/attachWeldon.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { receptiveField } from '../../../src/models/receptiveField.js';
import { recipeParts, withRecipe } from '../../../src/models/recipeMetadata.js';
import { forEachBackend } from '../../backends.js';
import { tolerances } from '../../tolerances.js';
import {
  chain,
  farthest,
  mobileNetV1Like,
  images,
  residualFeatures,
  roundTrip,
  seedWeights,
  transferFunctional,
  transferSequential,
  vggLike,
} from './smallModels.js';

const layerNames = (model: tfl.LayersModel) => model.layers.map((layer) => layer.name);

/** Mean of the two largest plus mean of the two smallest values of each map, in plain JavaScript. */
function topTwoPlusBottomTwo(maps: tf.Tensor): number[][] {
  const [batch, rows, columns, classes] = maps.shape as number[];
  const values = maps.dataSync();
  const n = rows * columns;
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: classes }, (__, c) => {
      const map = Array.from({ length: n }, (___, i) => values[(b * n + i) * classes + c]).sort((x, y) => y - x);
      return (map[0] + map[1]) / 2 + (map[n - 1] + map[n - 2]) / 2;
    }),
  );
}

forEachBackend('attachWeldon', (backend) => {
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  const bases: Record<string, () => tfl.LayersModel> = {
    'a functional backbone': () => residualFeatures(),
    'a Sequential whose first layer is a model': () => transferSequential(),
    'a model used as a layer': () => transferFunctional(),
    'MobileNet with its classifier': () => mobileNetV1Like(),
    'VGG with its classifier': () => vggLike(),
  };

  describe('smoke', () => {
    for (const [title, base] of Object.entries(bases)) {
      it(`${title}: one output of class probabilities, leaving nothing behind`, () => {
        const backbone = base();
        const model = attachWeldon(backbone, { classes: 4, kMax: 2 });
        expect(model.outputs).to.have.length(1);
        expect(model.outputs[0].shape).to.deep.equal([null, 4]);
        expect(model.inputs[0].shape).to.deep.equal([null, null, null, 3]);
        tf.tidy(() => {
          const y = model.predict(images(2, 40, 48)) as tf.Tensor;
          expect(y.shape).to.deep.equal([2, 4]);
          tf.sum(y, 1)
            .dataSync()
            .forEach((sum) => expect(sum).to.be.closeTo(1, 1e-5));
        });
        backbone.dispose();
        model.dispose();
        expect(tf.memory().numTensors).to.equal(before);
      });
    }
  });

  describe('feature', () => {
    it("scores are mean(top) + mean(bottom) of the backbone's features times the transfer weights", () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 3, kMax: 2, activation: 'linear' });
      expect(layerNames(model).slice(-2)).to.deep.equal(['class_maps', 'scores']);
      tf.tidy(() => {
        const x = images(2, 24);
        const features = backbone.predict(x) as tf.Tensor4D;
        const [kernel, bias] = model.getLayer('class_maps').getWeights();
        const maps = tf.add(
          tf.reshape(tf.matMul(tf.reshape(features, [-1, 6]), kernel as tf.Tensor2D), [2, 6, 6, 3]),
          bias,
        );
        const expectedScores = tf.tensor2d(topTwoPlusBottomTwo(maps));
        expect(farthest(model.predict(x) as tf.Tensor, expectedScores)).to.be.below(10 * tolerances[backend]);
      });
      model.dispose();
      backbone.dispose();
    });

    it('takes several maps per class, dropmap, dropout, activation and pooling options', () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, {
        classes: ['a', 'b'],
        maps: 4,
        dropMap: 0.3,
        dropout: 0.2,
        activation: 'sigmoid',
        kMax: 0.25,
        kMin: 0,
        alpha: 0.7,
        reduction: 'halfMean',
      });
      expect(layerNames(model).slice(-6)).to.deep.equal([
        'dropmap',
        'dropout',
        'class_maps',
        'class_wise',
        'scores',
        'probabilities',
      ]);
      expect(model.getLayer('class_maps').getWeights()[0].shape).to.deep.equal([6, 8]);
      expect(model.getLayer('scores').getConfig()).to.deep.include({
        kMax: 0.25,
        kMin: 0,
        alpha: 0.7,
        reduction: 'halfMean',
      });
      expect(model.getLayer('probabilities').getConfig()).to.include({ activation: 'sigmoid' });
      expect(recipeParts(model)).to.deep.include({ classNames: ['a', 'b'], activation: 'sigmoid' });
      backbone.dispose();
      model.dispose();
    });

    it('takes a preset by its name, and parts of it otherwise', () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2, pooling: 'wildcat', kMin: 0 });
      expect(model.getLayer('class_wise').getConfig()).to.include({ maps: 4 });
      const pooling = { kMax: 0.2, kMin: 0, alpha: 0.7, reduction: 'mean' };
      expect(model.getLayer('scores').getConfig()).to.deep.include(pooling);
      expect(recipeParts(model).pooling).to.deep.equal(pooling);
      backbone.dispose();
      model.dispose();
    });

    it('normalises regions or channels before the transfer layer, as a heat map reads them', async () => {
      const statistics = { mean: [0.1, 0, 0.2, 0, 0, 0.3], deviation: [1, 2, 0.5, 1, 1, 4] };
      const byHand = {
        regions: (x: tf.Tensor) => tf.div(x, tf.maximum(tf.sqrt(tf.mean(tf.square(x), -1, true)), 1e-20)),
        channels: (x: tf.Tensor) => tf.div(tf.sub(x, statistics.mean), statistics.deviation),
      };
      for (const [title, normalised] of Object.entries(byHand)) {
        const backbone = residualFeatures();
        const normalize = title === 'regions' ? 'regions' : statistics;
        const model = attachWeldon(backbone, { classes: 3, normalize, dropMap: 0.2, kMax: 2 });
        expect(layerNames(model).slice(-5)).to.deep.equal([
          'normalised',
          'dropmap',
          'class_maps',
          'scores',
          'probabilities',
        ]);
        const loaded = await roundTrip(model);
        tf.tidy(() => {
          const x = images(2, 24);
          const [kernel] = model.getLayer('class_maps').getWeights();
          const features = tf.reshape(normalised(backbone.predict(x) as tf.Tensor), [-1, 6]);
          const wanted = tf.reshape(tf.matMul(features as tf.Tensor2D, kernel as tf.Tensor2D), [2, 6, 6, 3]);
          const [, maps] = readOutModel(loaded).model.predict(x) as tf.Tensor[];
          expect(farthest(maps, wanted)).to.be.below(50 * tolerances[backend]);
        });
        const { rows, columns } = receptiveField(backbone, { inputSize: [24, 24] });
        expect(receptiveField(model, { inputSize: [24, 24] }), 'seen through').to.deep.include({ rows, columns });
        const again = attachWeldon(model, { classes: 2 });
        expect(layerNames(again), 'a new head replaces it').to.not.include('normalised');
        [backbone, model, loaded, again].forEach((each) => each.dispose());
      }
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('drops whole maps, and only while training', () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2, dropMap: 0.5 });
      const dropmap = model.getLayer('dropmap');
      tf.tidy(() => {
        const ones = tf.ones([3, 4, 4, 40]);
        const kept = dropmap.apply(ones, { training: true }) as tf.Tensor;
        const values = [...new Set(kept.dataSync())].sort();
        expect(values).to.deep.equal([0, 2]);
        const spread = tf.sub(tf.max(kept, [1, 2]), tf.min(kept, [1, 2]));
        expect(tf.max(spread).dataSync()[0], 'a map is dropped as a whole').to.equal(0);
        expect(farthest(dropmap.apply(ones, { training: false }) as tf.Tensor, ones)).to.equal(0);
      });
      backbone.dispose();
      model.dispose();
    });

    it('cuts at a named layer, also inside a model used as a layer', () => {
      for (const base of [residualFeatures, transferSequential, transferFunctional]) {
        const backbone = base();
        const model = attachWeldon(backbone, { classes: 2, layer: 'stem' });
        expect(layerNames(model)).to.include('stem').and.not.include('deep_1');
        tf.tidy(() => {
          expect((model.predict(images(1, 24)) as tf.Tensor).shape).to.deep.equal([1, 2]);
        });
        backbone.dispose();
        model.dispose();
      }
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('replaces the head of a model that has one', () => {
      const backbone = residualFeatures();
      const first = attachWeldon(backbone, { classes: 3, maps: 2, dropout: 0.1 });
      const second = attachWeldon(first, { classes: 5 });
      expect(layerNames(second)).to.deep.equal([...layerNames(backbone), 'class_maps', 'scores', 'probabilities']);
      expect(second.getLayer('class_maps').getWeights()[0].shape).to.deep.equal([6, 5]);
      [backbone, first, second].forEach((model) => model.dispose());
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('gives new layers names that are free', () => {
      const image = tfl.input({ shape: [null, null, 3] });
      const backbone = tfl.model({
        inputs: image,
        outputs: chain(image, tfl.layers.conv2d({ filters: 2, kernelSize: 3, name: 'scores' })),
      });
      const model = attachWeldon(backbone, { classes: 2 });
      expect(layerNames(model).slice(1)).to.deep.equal(['scores', 'class_maps', 'scores_1', 'probabilities']);
      backbone.dispose();
      model.dispose();
    });

    it('takes a backbone that keeps channels first', () => {
      const image = tfl.input({ shape: [3, null, null] });
      const backbone = seedWeights(
        tfl.model({
          inputs: image,
          outputs: chain(
            image,
            tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, dataFormat: 'channelsFirst' }),
          ),
        }),
      );
      const model = attachWeldon(backbone, { classes: 2, kMax: 2, activation: 'linear' });
      tf.tidy(() => {
        const x = tf.transpose(images(2, 13, 9), [0, 3, 1, 2]);
        const features = tf.transpose(backbone.predict(x) as tf.Tensor, [0, 2, 3, 1]);
        const [kernel, bias] = model.getLayer('class_maps').getWeights();
        const maps = tf.add(
          tf.reshape(tf.matMul(tf.reshape(features, [-1, 4]), kernel as tf.Tensor2D), [2, 6, 4, 2]),
          bias,
        );
        expect(farthest(model.predict(x) as tf.Tensor, tf.tensor2d(topTwoPlusBottomTwo(maps)))).to.be.below(
          10 * tolerances[backend],
        );
      });
      backbone.dispose();
      model.dispose();
    });

    it('keeps the size as built on request, and takes another', () => {
      const backbone = vggLike();
      const asBuilt = attachWeldon(backbone, { classes: 2, inputSize: 'asBuilt' });
      expect(asBuilt.inputs[0].shape).to.deep.equal([null, 32, 32, 3]);
      const wide = attachWeldon(backbone, { classes: 2, inputSize: [48, 64] });
      expect(wide.inputs[0].shape).to.deep.equal([null, 48, 64, 3]);
      [backbone, asBuilt, wide].forEach((model) => model.dispose());
    });

    it('carries the recipe over with the new class names', () => {
      const backbone = withRecipe(residualFeatures(), {
        name: 'old',
        classNames: ['x', 'y'],
        input: { colorOrder: 'bgr', scale: 2, offset: [1, 2, 3] },
        resize: { rule: 'crop', size: 224, cropRatio: 0.9 },
        license: 'CC0-1.0',
      });
      const model = attachWeldon(backbone, {
        classes: ['bar', 'cellar', 'attic'],
        kMax: 5,
        recipe: { resize: { size: 448 } },
      });
      expect(recipeParts(model)).to.deep.equal({
        version: 1,
        name: 'residual_weldon',
        classNames: ['bar', 'cellar', 'attic'],
        input: { colorOrder: 'bgr', scale: 2, offset: [1, 2, 3] },
        resize: { rule: 'crop', size: 448, cropRatio: 0.9 },
        pooling: { kMax: 5, kMin: null, alpha: 1, reduction: 'mean' },
        activation: 'softmax',
        license: 'CC0-1.0',
      });
      expect(recipeParts(backbone).classNames, 'the backbone keeps its own').to.deep.equal(['x', 'y']);
      backbone.dispose();
      model.dispose();
    });

    it('survives saving and loading', async () => {
      for (const base of Object.values(bases)) {
        const backbone = base();
        const model = attachWeldon(backbone, { classes: ['a', 'b', 'c'], maps: 2, dropMap: 0.1, dropout: 0.1 });
        const loaded = await roundTrip(model);
        tf.tidy(() => {
          const x = images(2, 32);
          expect(farthest(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).to.be.below(
            tolerances[backend],
          );
        });
        expect(recipeParts(loaded)).to.deep.equal(recipeParts(model));
        [backbone, model, loaded].forEach((each) => each.dispose());
      }
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('begins with the weights that the seed decides, also for the seed 0', () => {
      const first = [0, 0, 1].map((seed) => {
        const backbone = residualFeatures();
        const model = attachWeldon(backbone, { classes: 2, seed });
        const values = Array.from(model.getLayer('class_maps').getWeights()[0].dataSync());
        backbone.dispose();
        model.dispose();
        return values;
      });
      expect(first[1]).to.deep.equal(first[0]);
      expect(first[2]).not.to.deep.equal(first[0]);
    });

    it('trains the head alone on a frozen backbone', async () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2, kMax: 2, trainableBackbone: false, seed: 5 });
      expect(model.trainableWeights.map((weight) => weight.originalName)).to.deep.equal([
        'class_maps/kernel',
        'class_maps/bias',
      ]);
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      const stem = backbone.getLayer('stem').getWeights()[0].dataSync().slice();
      const [x, y] = [images(4, 16), tf.oneHot(tf.tensor1d([0, 1, 0, 1], 'int32'), 2)];
      // tfjs takes what its own fused convolution keeps for the gradient for a leak on wasm.
      tf.env().set('IS_TEST', false);
      const { history } = await model.fit(x, y, { epochs: 8 });
      tf.env().set('IS_TEST', true);
      expect(history.loss[7]).to.be.below(history.loss[0] as number);
      expect(backbone.getLayer('stem').getWeights()[0].dataSync()).to.deep.equal(stem);
      tf.dispose([x, y]);
      backbone.dispose();
      model.dispose();
    });

    it("shares the backbone's weights", () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2 });
      expect(model.getLayer('stem')).to.equal(backbone.getLayer('stem'));
      tf.tidy(() => {
        const x = images(1, 16);
        const old = (backbone.predict(x) as tf.Tensor).dataSync();
        model.dispose();
        expect((backbone.predict(x) as tf.Tensor).dataSync(), 'the backbone outlives the model').to.deep.equal(old);
      });
      backbone.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('layerOutput finds the tensor of a shared layer', () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2 });
      const maps = tfl.model({ inputs: model.inputs, outputs: layerOutput(model, 'class_maps') });
      const stem = tfl.model({ inputs: backbone.inputs, outputs: layerOutput(backbone, 'stem') });
      tf.tidy(() => {
        expect((maps.predict(images(1, 16)) as tf.Tensor).shape).to.deep.equal([1, 4, 4, 2]);
        expect((stem.predict(images(1, 16)) as tf.Tensor).shape).to.deep.equal([1, 8, 8, 6]);
      });
      model.dispose();
      backbone.dispose();
    });
  });

  describe('exception', () => {
    const backbone = () => residualFeatures();

    it('tells what is wrong with the cut', () => {
      const model = vggLike();
      expect(() => attachWeldon(model, { classes: 2, layer: 'blok2_pool' })).to.throw(
        'Expected layer to be the name of a layer of model vgg_like but received "blok2_pool". ' +
          'Nearest: "block2_pool", "block1_pool", "block2_conv"',
      );
      expect(() => attachWeldon(model, { classes: 2, layer: 'fc1' })).to.throw(
        'Expected layer fc1 of model vgg_like to be one with a spatial output, [batch, rows, columns, channels] ' +
          'but received an output of shape [null, 12]',
      );
      model.dispose();
    });

    it('tells that a model has no spatial output', () => {
      const flat = tfl.sequential({ name: 'flat', layers: [tfl.layers.dense({ units: 2, inputShape: [5] })] });
      expect(() => attachWeldon(flat, { classes: 2 })).to.throw(
        'Expected model flat to be a network with a spatial output, [batch, rows, columns, channels] but received one whose layers have none',
      );
      flat.dispose();
    });

    it('checks options before it touches the backbone', () => {
      const model = backbone();
      const wrong: [object, string][] = [
        [{ classes: 0 }, 'Expected classes to be a whole number >= 1, or an array of names but received 0'],
        [{ classes: [] }, 'Expected classes to be a whole number >= 1, or an array of names but received []'],
        [{ classes: 2, maps: 1.5 }, 'Expected maps for attachWeldon to be a whole number >= 1 but received 1.5'],
        [
          { classes: 2, dropMap: 1 },
          'Expected dropMap for attachWeldon to be a number with 0 <= rate < 1 but received 1',
        ],
        [
          { classes: 2, dropout: -0.1 },
          'Expected dropout for attachWeldon to be a number with 0 <= rate < 1 but received -0.1',
        ],
        [
          { classes: 2, pooling: 'mean' },
          "Expected pooling for attachWeldon to be 'gap', 'max', 'mantra', 'weldon', 'weldon3', 'wildcat', 'logSumExp', or options of a " +
            'pooling but received "mean"',
        ],
        [
          { classes: 2, activation: 'tanh' },
          "Expected activation for attachWeldon to be 'softmax', 'sigmoid' or 'linear' but received \"tanh\"",
        ],
        [
          { classes: 2, normalise: 'regions' },
          'Expected options for attachWeldon to be without normalise but received it: the option is now called normalize',
        ],
        [
          { classes: 2, normalize: 'channels' },
          "Expected normalize for attachWeldon to be 'none', 'regions' or { mean, deviation } but received \"channels\"",
        ],
        [
          { classes: 2, normalize: { mean: [0, 0], deviation: [1, -1] } },
          'Expected the statistics for attachWeldon to be finite, with deviations > 0 but received mean 0 and deviation -1 ' +
            'for channel 1',
        ],
        [
          { classes: 2, normalize: { mean: [0, 0], deviation: [1, 1] } },
          'Expected the statistics for attachWeldon to be a mean and a deviation for each of 6 channels but received ' +
            '2 means and 2 deviations',
        ],
        [{ classes: 2, kMax: -1 }, 'Expected kMax for attachWeldon to be a number >= 0 but received -1'],
        [
          { classes: 2, inputSize: [0, 32] },
          "Expected inputSize to be 'free', 'asBuilt' or [height, width] in whole pixels but received [0,32]",
        ],
      ];
      for (const [config, sentence] of wrong) {
        expect(() => attachWeldon(model, config as { classes: number })).to.throw(sentence);
      }
      expect(model.getLayer('stem').output, 'the backbone was left alone').to.be.instanceOf(tfl.SymbolicTensor);
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('tells two layers of the same name apart', () => {
      const inner = residualFeatures({ name: 'inner' });
      const image = tfl.input({ shape: [null, null, 3] });
      const outer = tfl.model({
        inputs: image,
        name: 'outer',
        outputs: chain(image, tfl.layers.conv2d({ filters: 3, kernelSize: 3, name: 'stem' }), inner),
      });
      expect(() => attachWeldon(outer, { classes: 2 })).to.throw(
        'Expected the layers of model outer to have different names but received two called stem: one in the model itself, one in inner. ' +
          'Rename one of them before building the model',
      );
    });
  });
});
