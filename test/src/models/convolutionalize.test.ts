import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { AdaptiveAveragePooling2D } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import { attachWeldon, layerOutput } from '../../../src/models/attachWeldon.js';
import type { ReplacedLayer } from '../../../src/models/convolutionalize.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { recipeParts, withRecipe } from '../../../src/models/recipeMetadata.js';
import { forEachBackend } from '../../backends.js';
import { describeWithShared } from '../../shared.js';
import { tolerances } from '../../tolerances.js';
import { loadModelFolder } from './modelFolder.js';
import {
  chain,
  farthest,
  mobileNetV1Like,
  images,
  residualFeatures,
  roundTrip,
  seedWeights,
  transferFunctional,
  transferPooled,
  transferSequential,
  vggLike,
} from './smallModels.js';

const { conv2d, dense, flatten } = tfl.layers;
type Symbolic = tfl.SymbolicTensor;

/** A classifier on 5×6×4 features of a 10×12 image. */
function classifier(head: (features: Symbolic) => Symbolic): tfl.LayersModel {
  const image = tfl.input({ shape: [10, 12, 3], name: 'image' });
  const features = chain(
    image,
    conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', name: 'features' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: head(features), name: 'classifier' }), 51);
}

/** VGG as torchvision builds it: whatever the image's size, the head sees a grid of the same size. */
function gridClassifier(): tfl.LayersModel {
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const scores = chain(
    image,
    conv2d({ filters: 4, kernelSize: 2, strides: 2, activation: 'relu', name: 'features' }),
    new AdaptiveAveragePooling2D({ size: [6, 5], name: 'grid' }),
    flatten({ name: 'flatten' }),
    dense({ units: 7, activation: 'relu', name: 'fc1' }),
    dense({ units: 3, activation: 'softmax', name: 'fc2' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: scores, name: 'grid_classifier' }), 23);
}

const gap = () => tfl.layers.globalAveragePooling2d({ name: 'gap' });

forEachBackend('convolutionalize', (backend) => {
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  const stock: Record<string, { model: () => tfl.LayersModel; size: [number, number]; classes: number }> = {
    'VGG: flatten and three dense layers': { model: () => vggLike(), size: [32, 32], classes: 5 },
    'flatten behind an average to a fixed grid, of free size': {
      model: () => gridClassifier(),
      size: [12, 10],
      classes: 3,
    },
    'MobileNet v1: GAP, reshape and a convolution': { model: () => mobileNetV1Like(), size: [32, 32], classes: 5 },
    'MobileNet v1 of free size': { model: () => mobileNetV1Like({ size: null }), size: [32, 32], classes: 5 },
    'transfer learning, sequential': { model: () => transferSequential(), size: [24, 24], classes: 4 },
    'transfer learning with a model as a layer, batch norm and softmax layers': {
      model: () => transferFunctional(),
      size: [24, 24],
      classes: 4,
    },
    'transfer learning on a base that pools itself': { model: () => transferPooled(), size: [24, 24], classes: 4 },
    'GAP and dense': {
      model: () => classifier((x) => chain(x, gap(), dense({ units: 3, activation: 'sigmoid' }))),
      size: [10, 12],
      classes: 3,
    },
    'GAP, linear layers, batch norm in between': {
      model: () =>
        classifier((x) =>
          chain(
            x,
            gap(),
            dense({ units: 6 }),
            tfl.layers.batchNormalization(),
            tfl.layers.dropout({ rate: 0.3 }),
            dense({ units: 3, useBias: false }),
            tfl.layers.activation({ activation: 'softmax' }),
          ),
        ),
      size: [10, 12],
      classes: 3,
    },
    'average pooling of the whole map, flatten, dense': {
      model: () =>
        classifier((x) =>
          chain(
            x,
            tfl.layers.averagePooling2d({ poolSize: [5, 6] }),
            flatten(),
            dense({ units: 3, activation: 'softmax' }),
          ),
        ),
      size: [10, 12],
      classes: 3,
    },
    'a map that is not square, flattened': {
      model: () =>
        classifier((x) =>
          chain(
            x,
            flatten(),
            tfl.layers.dropout({ rate: 0.5 }),
            dense({ units: 7 }),
            tfl.layers.reLU(),
            tfl.layers.batchNormalization(),
            dense({ units: 3 }),
            tfl.layers.softmax({ axis: -1 }),
          ),
        ),
      size: [10, 12],
      classes: 3,
    },
    'flattened by a Reshape layer': {
      model: () =>
        classifier((x) =>
          chain(x, tfl.layers.reshape({ targetShape: [120] }), dense({ units: 3, activation: 'softmax' })),
        ),
      size: [10, 12],
      classes: 3,
    },
    'already class maps: convolution, GAP, softmax': {
      model: () =>
        classifier((x) =>
          chain(x, conv2d({ filters: 3, kernelSize: 1 }), gap(), tfl.layers.activation({ activation: 'softmax' })),
        ),
      size: [10, 12],
      classes: 3,
    },
  };

  describe('feature: same scores at the training size', () => {
    for (const [title, { model: make, size, classes }] of Object.entries(stock)) {
      it(title, () => {
        const original = make();
        const converted = convolutionalize(original);
        expect(converted.inputs[0].shape).to.deep.equal([null, null, null, 3]);
        tf.tidy(() => {
          const x = images(2, ...size);
          const wanted = original.predict(x) as tf.Tensor;
          const got = converted.predict(x) as tf.Tensor;
          expect(got.shape).to.deep.equal([2, classes]);
          expect(
            tf.max(tf.abs(tf.sub(wanted, tf.mean(wanted, 0)))).dataSync()[0],
            'scores differ between images',
          ).to.be.above(1e-5);
          expect(farthest(got, wanted)).to.be.below(tolerances[backend]);
          const large = converted.predict(images(1, 2 * size[0] + 3, 3 * size[1])) as tf.Tensor;
          expect(large.shape).to.deep.equal([1, classes]);
        });
        original.dispose();
        converted.dispose();
        expect(tf.memory().numTensors).to.equal(before);
      });
    }

    it('survives saving and loading', async () => {
      for (const { model: make, size } of Object.values(stock)) {
        const original = make();
        const converted = convolutionalize(original, { pooling: { kMax: 0.3, kMin: 2 } });
        const loaded = await roundTrip(converted);
        tf.tidy(() => {
          const x = images(2, size[0] + 8, size[1] + 4);
          expect(farthest(loaded.predict(x) as tf.Tensor, converted.predict(x) as tf.Tensor)).to.be.below(
            tolerances[backend],
          );
        });
        [original, converted, loaded].forEach((model) => model.dispose());
      }
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('feature: maps', () => {
    it('of a flattened head are what the classifier says of each window', () => {
      const image = tfl.input({ shape: [8, 6, 3] });
      const original = seedWeights(
        tfl.model({
          inputs: image,
          outputs: chain(
            image,
            conv2d({ filters: 4, kernelSize: 2, strides: 2, activation: 'relu' }),
            flatten(),
            dense({ units: 6, activation: 'relu' }),
            dense({ units: 3, activation: 'softmax', name: 'fc' }),
          ),
        }),
      );
      const converted = convolutionalize(original);
      const maps = tfl.model({ inputs: converted.inputs, outputs: layerOutput(converted, 'fc') });
      tf.tidy(() => {
        const image = images(1, 12, 8);
        const found = maps.predict(image) as tf.Tensor4D;
        expect(found.shape).to.deep.equal([1, 3, 2, 3]);
        for (const [row, column] of [
          [0, 0],
          [1, 1],
          [2, 0],
        ]) {
          const here = tf.reshape(tf.slice(found, [0, row, column, 0], [1, 1, 1, 3]), [1, 3]);
          const window = tf.slice(image, [0, 2 * row, 2 * column, 0], [1, 8, 6, 3]);
          expect(farthest(tf.softmax(here), original.predict(window) as tf.Tensor)).to.be.below(tolerances[backend]);
        }
      });
      original.dispose();
      converted.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('of a head on a grid are not averaged to it: larger images give more regions', () => {
      const original = gridClassifier();
      const converted = convolutionalize(original);
      expect(converted.layers.map((layer) => layer.name)).to.not.include('grid');
      const maps = tfl.model({ inputs: converted.inputs, outputs: layerOutput(converted, 'fc2') });
      tf.tidy(() => {
        const image = images(1, 16, 12);
        const found = maps.predict(image) as tf.Tensor4D;
        expect(found.shape).to.deep.equal([1, 3, 2, 3]);
        const corner = tf.reshape(tf.slice(found, [0, 2, 1, 0], [1, 1, 1, 3]), [1, 3]);
        const window = tf.slice(image, [0, 4, 2, 0], [1, 12, 10, 3]);
        expect(farthest(tf.softmax(corner), original.predict(window) as tf.Tensor)).to.be.below(tolerances[backend]);
      });
      original.dispose();
      converted.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('are logits: the activation stands behind the pooling', () => {
      const original = mobileNetV1Like();
      const converted = convolutionalize(original);
      const names = converted.layers.map((layer) => layer.name);
      expect(names.slice(-4)).to.deep.equal(['dropout', 'conv_preds', 'scores', 'act_softmax']);
      const vgg = vggLike();
      const convertedVgg = convolutionalize(vgg);
      expect(convertedVgg.layers.map((layer) => layer.name).slice(-7)).to.deep.equal([
        'fc1',
        'fc1_relu',
        'fc2',
        'fc2_relu',
        'predictions',
        'scores',
        'probabilities',
      ]);
      [original, converted, vgg, convertedVgg].forEach((model) => model.dispose());
    });
  });

  describe('feature: options', () => {
    it('pools as told, or as the recipe says, or as the model did', () => {
      const original = transferSequential();
      const pool = (model: tfl.LayersModel) => model.getLayer('scores');
      const models = [
        convolutionalize(original),
        convolutionalize(original, { pooling: { kMax: 4, kMin: 1 } }),
        convolutionalize(
          withRecipe(original, { pooling: { kMax: 0.2, reduction: 'halfMean' }, classNames: ['a', 'b', 'c', 'd'] }),
        ),
        convolutionalize(original, { pooling: 'same' }),
      ];
      expect(models.map((model) => pool(model).getClassName())).to.deep.equal([
        'GlobalAveragePooling2D',
        'WeldonPooling2D',
        'WeldonPooling2D',
        'GlobalAveragePooling2D',
      ]);
      expect(pool(models[1]).getConfig()).to.include({ kMax: 4, kMin: 1 });
      expect(pool(models[2]).getConfig()).to.include({ kMax: 0.2, reduction: 'halfMean' });
      expect(recipeParts(models[2])).to.deep.include({
        classNames: ['a', 'b', 'c', 'd'],
        activation: 'softmax',
        pooling: { kMax: 0.2, reduction: 'halfMean' },
      });
      [original, ...models].forEach((model) => model.dispose());
    });

    it('exchanges the pooling of a model that has a WELDON head', () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 3, maps: 2, kMax: 2 });
      const same = convolutionalize(model);
      const other = convolutionalize(model, { pooling: { kMax: 1, kMin: 0 } });
      tf.tidy(() => {
        const x = images(2, 24);
        expect(farthest(same.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).to.be.below(tolerances[backend]);
        const maps = tfl.model({ inputs: model.inputs, outputs: layerOutput(model, 'class_wise') });
        const wanted = tf.softmax(tf.max(maps.predict(x) as tf.Tensor, [1, 2]) as tf.Tensor2D);
        expect(farthest(other.predict(x) as tf.Tensor, wanted)).to.be.below(tolerances[backend]);
      });
      [backbone, model, same, other].forEach((each) => each.dispose());
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('tells which layers it replaced', () => {
      const replaced: ReplacedLayer[] = [];
      const original = vggLike();
      const converted = convolutionalize(original, { onReplace: (layer) => replaced.push(layer) });
      expect(replaced).to.deep.equal([
        { layer: 'fc1', was: 'Dense 128 → 12, relu', becomes: 'Conv2D 4×4, 8 → 12' },
        { layer: 'fc2', was: 'Dense 12 → 10, relu', becomes: 'Dense 12 → 10 on each region' },
        { layer: 'predictions', was: 'Dense 10 → 5, softmax', becomes: 'Dense 10 → 5 on each region' },
        { layer: 'flatten', was: 'Flatten', becomes: 'GlobalAveragePooling2D behind the class maps' },
      ]);
      original.dispose();
      converted.dispose();
    });

    it('keeps the size as built on request', () => {
      const original = vggLike();
      const converted = convolutionalize(original, { inputSize: 'asBuilt', name: 'fixed' });
      expect(converted.name).to.equal('fixed');
      expect(converted.inputs[0].shape).to.deep.equal([null, 32, 32, 3]);
      original.dispose();
      converted.dispose();
    });

    it('copies the head: training the new model leaves the old classifier alone', async () => {
      const original = classifier((x) => chain(x, gap(), dense({ units: 2, activation: 'softmax', name: 'fc' })));
      const converted = convolutionalize(original);
      converted.layers.forEach((layer) => {
        layer.trainable = layer.name === 'fc';
      });
      converted.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      const old = original.getLayer('fc').getWeights()[0].dataSync().slice();
      const [x, y] = [
        images(2, 10, 12),
        tf.tensor2d([
          [1, 0],
          [0, 1],
        ]),
      ];
      tf.env().set('IS_TEST', false);
      await converted.fit(x, y, { epochs: 1 });
      tf.env().set('IS_TEST', true);
      expect(original.getLayer('fc').getWeights()[0].dataSync()).to.deep.equal(old);
      expect(converted.getLayer('fc').getWeights()[0].dataSync()).to.not.deep.equal(old);
      tf.dispose([x, y]);
      original.dispose();
      converted.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('exception', () => {
    const refuse = (head: (features: Symbolic) => Symbolic, sentence: string, exact = true) => {
      const model = classifier(head);
      expect(() => convolutionalize(model, { exact })).to.throw(sentence);
      expect(model.getLayer('features').output).to.be.instanceOf(tfl.SymbolicTensor);
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    };

    it('refuses a hidden layer behind an average, and converts it when told so', () => {
      const head = (x: Symbolic) =>
        chain(x, gap(), dense({ units: 8, activation: 'relu', name: 'hidden' }), dense({ units: 3, name: 'fc' }));
      refuse(
        head,
        'Expected the head of model classifier to be linear behind an average, so that pooling can move behind it and ' +
          'the scores stay the same, but received layer hidden (Dense, relu) between gap and fc. With exact: false it is converted ' +
          'all the same; the scores then change and the head wants training',
      );
      const model = classifier(head);
      const converted = convolutionalize(model, { exact: false });
      expect(converted.outputs[0].shape).to.deep.equal([null, 3]);
      model.dispose();
      converted.dispose();
    });

    it('refuses weights behind a maximum', () => {
      refuse(
        (x) => chain(x, tfl.layers.globalMaxPooling2d({ name: 'gmp' }), dense({ units: 3, name: 'fc' })),
        'received layers with weights behind gmp (GlobalMaxPooling2D)',
      );
    });

    it('names a layer that it cannot convert', () => {
      refuse(
        (x) => chain(x, gap(), tfl.layers.repeatVector({ n: 2, name: 'twice' }), flatten(), dense({ units: 3 })),
        'Expected layer twice in the head of model classifier to be Dense, a 1×1 Conv2D, batch normalisation, dropout, an activation, ' +
          'Flatten or Reshape but received RepeatVector',
      );
    });

    it('refuses batch normalisation over a flattened map and a head without weights', () => {
      refuse(
        (x) => chain(x, flatten({ name: 'flat' }), tfl.layers.batchNormalization({ name: 'bn' }), dense({ units: 3 })),
        'Expected what follows layer flat of model classifier to be a Dense layer on a map of known size but received layer bn (BatchNormalization)',
      );
      refuse((x) => chain(x, flatten({ name: 'flat' })), 'received no layer with weights');
    });

    it('refuses a model whose output has places already', () => {
      const model = residualFeatures();
      expect(() => convolutionalize(model)).to.throw(
        'Expected model residual to be a classifier with an output [batch, classes] but received one whose output [null, null, null, 6] ' +
          'has rows and columns already',
      );
      model.dispose();
    });

    it('tells two layers of the same name apart', () => {
      const features = residualFeatures({ name: 'inner' });
      const image = tfl.input({ shape: [null, null, 3] });
      const model = tfl.model({
        inputs: image,
        name: 'outer',
        outputs: chain(image, features, gap(), dense({ units: 2, name: 'stem' })),
      });
      expect(() => convolutionalize(model)).to.throw(
        'Expected the layers of model outer to have different names but received two called stem: one in inner, one in the model itself',
      );
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('checks pooling options first', () => {
      const model = vggLike();
      expect(() => convolutionalize(model, { pooling: { kMax: 0, kMin: 0 } })).to.throw(
        'Expected kMax and kMin for convolutionalize to be not both 0 but received [0,0]',
      );
      model.dispose();
    });
  });

  describeWithShared('MobileNetV2', 'weights/mobilenet_v2_imagenet', (folder) => {
    if (backend === 'stock') {
      return; // The network has no op of ours: 'cpu' covers it.
    }
    it('has the same scores at 224 px and maps at 320 and 448 px', async () => {
      const original = await loadModelFolder(folder);
      const replaced: ReplacedLayer[] = [];
      const converted = convolutionalize(original, { onReplace: (layer) => replaced.push(layer) });
      expect(replaced[1]).to.deep.equal({
        layer: 'logits',
        was: 'Conv2D 1×1×1280 → 1001',
        becomes: 'Dense 1280 → 1001 on each region',
      });
      const maps = tfl.model({ inputs: converted.inputs, outputs: layerOutput(converted, 'logits') });
      tf.tidy(() => {
        const x = tf.sub(tf.mul(images(1, 224), 2), 1);
        expect(farthest(converted.predict(x) as tf.Tensor, original.predict(x) as tf.Tensor)).to.be.below(1e-4);
        if (backend === 'wasm') {
          expect((maps.predict(images(1, 320)) as tf.Tensor).shape).to.deep.equal([1, 10, 10, 1001]);
          expect((maps.predict(images(1, 448)) as tf.Tensor).shape).to.deep.equal([1, 14, 14, 1001]);
        }
      });
      original.dispose();
      converted.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
});
