import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassHeatmaps, ClassHeatmapsOptions } from '../../../src/heatmaps/classHeatmaps.js';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { attachWeldon, layerOutput } from '../../../src/models/attachWeldon.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { forwardPass } from '../../../src/models/forward.js';
import type { RawImages } from '../../../src/models/prepareImages.js';
import { prepareImages } from '../../../src/models/prepareImages.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import type { RecipeParts } from '../../../src/models/recipeMetadata.js';
import { readRecipe, withRecipe } from '../../../src/models/recipeMetadata.js';
import { forEachBackend } from '../../backends.js';
import { refusal } from '../../refusal.js';
import { describeWithShared } from '../../shared.js';
import { tolerances } from '../../tolerances.js';
import { loadModelFolder } from '../models/modelFolder.js';
import {
  chain,
  farthest,
  images as pictures,
  residualFeatures,
  roundTrip,
  seedWeights,
  transferFunctional,
  transferSequential,
} from '../models/smallModels.js';

const recipe: RecipeParts = {
  input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 },
  resize: { rule: 'warp', size: 24 },
};

/** A model with four classes on a residual backbone, and the backbone. */
function weldon(
  config: object = {},
  given: RecipeParts = {},
): { model: tfl.LayersModel; backbone: tfl.LayersModel; dispose(): void } {
  const backbone = residualFeatures();
  const model = attachWeldon(backbone, {
    classes: ['ape', 'bear', 'cat', 'dog'],
    kMax: 3,
    kMin: 2,
    seed: 1,
    recipe: { ...recipe, ...given },
    ...config,
  });
  return { model, backbone, dispose: () => [backbone, model].forEach((each) => each.dispose()) };
}

/** Seeded images, 0–255. */
function photo(height: number, width: number, seed: number): tf.Tensor3D {
  return tf.randomUniform([height, width, 3], 0, 255, 'int32', seed) as tf.Tensor3D;
}

function expectClose(found: ClassHeatmaps, wanted: ClassHeatmaps, tolerance: number): void {
  expect(found.classes).to.deep.equal(wanted.classes);
  const near = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    expect(a.length).to.equal(b.length);
    Array.from(a).forEach((value, i) => expect(value).to.be.closeTo(b[i], tolerance));
  };
  found.scores.forEach((scores, i) => near(scores, wanted.scores[i]));
  found.maps.forEach((maps, i) => maps.forEach((map, j) => near(map.data, wanted.maps[i][j].data)));
  found.regions.forEach((list, i) =>
    list.forEach(({ top, bottom }, j) => {
      expect(top.map(({ index }) => index)).to.deep.equal(wanted.regions[i][j].top.map(({ index }) => index));
      expect(bottom.map(({ index }) => index)).to.deep.equal(wanted.regions[i][j].bottom.map(({ index }) => index));
    }),
  );
}

forEachBackend('classHeatmaps', (backend) => {
  const tolerance = tolerances[backend];
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  describe('feature: what is read', () => {
    it('maps, scores, probabilities and regions agree with each other and with the model', async () => {
      const { model, dispose } = weldon();
      const image = photo(24, 24, 1);
      const { scores, probabilities, classes, maps, regions, networkSizes } = await classHeatmaps(model, image, {
        classes: ['dog', 0],
      });
      expect(classes).to.deep.equal([
        [
          { index: 3, name: 'dog' },
          { index: 0, name: 'ape' },
        ],
      ]);
      expect(networkSizes).to.deep.equal([{ width: 24, height: 24 }]);
      expect(scores[0]).to.have.length(4).and.to.be.instanceOf(Float32Array);
      const wanted = tf.tidy(() =>
        Array.from(
          (model.predict(tf.expandDims(tf.mul(tf.cast(image, 'float32'), 1 / 255), 0)) as tf.Tensor).dataSync(),
        ),
      );
      const softmax = Array.from(scores[0], (score) => Math.exp(score));
      const sum = softmax.reduce((a, b) => a + b);
      wanted.forEach((probability, c) => {
        expect(probabilities?.[0][c]).to.be.closeTo(probability, tolerance);
        expect(softmax[c] / sum).to.be.closeTo(probability, tolerance);
      });
      classes[0].forEach(({ index }, j) => {
        const { data, rows, columns } = maps[0][j];
        expect([rows, columns, data.length]).to.deep.equal([6, 6, 36]);
        const order = Array.from(data, (value, i) => ({ value, i })).sort((a, b) => b.value - a.value || a.i - b.i);
        const { top, bottom } = regions[0][j];
        expect(top.map((region) => region.index)).to.deep.equal(order.slice(0, 3).map(({ i }) => i));
        expect(bottom.map((region) => region.index)).to.deep.equal(
          order
            .slice(-2)
            .reverse()
            .map(({ i }) => i),
        );
        [...top, ...bottom].forEach((region) => {
          expect(region.value).to.equal(data[region.index]);
          expect(region.row * columns + region.column).to.equal(region.index);
        });
        const mean = (list: { value: number }[]) => list.reduce((total, { value }) => total + value, 0) / list.length;
        expect(scores[0][index]).to.be.closeTo(mean(top) + mean(bottom), 10 * tolerance);
        expect(
          data.some((value) => value < 0),
          'evidence keeps its sign',
        ).to.equal(true);
      });
      image.dispose();
      dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('maps are read behind class-wise pooling', async () => {
      const { model, dispose } = weldon({ maps: 3 });
      const image = photo(24, 24, 2);
      const { maps } = await classHeatmaps(model, image, { classes: [2] });
      const raw = tfl.model({ inputs: model.inputs, outputs: layerOutput(model, 'class_maps') });
      const wanted = tf.tidy(() => {
        const all = raw.predict(tf.expandDims(tf.mul(tf.cast(image, 'float32'), 1 / 255), 0)) as tf.Tensor4D;
        return Array.from(tf.mean(tf.slice(all, [0, 0, 0, 6], [1, 6, 6, 3]), 3).dataSync());
      });
      wanted.forEach((value, i) => expect(maps[0][0].data[i]).to.be.closeTo(value, 10 * tolerance));
      image.dispose();
      dispose();
    });

    it('takes the best classes of each image, and no more than there are', async () => {
      const { model, dispose } = weldon();
      const images = [photo(24, 24, 3), photo(24, 24, 40)];
      const { classes, scores } = await classHeatmaps(model, images, { top: 2 });
      classes.forEach((list, i) => {
        const order = [0, 1, 2, 3].sort((a, b) => scores[i][b] - scores[i][a]);
        expect(list.map(({ index }) => index)).to.deep.equal(order.slice(0, 2));
      });
      const everything = await classHeatmaps(model, images);
      expect(everything.classes.map((list) => list.length)).to.deep.equal([4, 4]);
      tf.dispose(images);
      dispose();
    });

    it('tells other regions when asked', async () => {
      const { model, dispose } = weldon();
      const image = photo(24, 24, 4);
      const { regions } = await classHeatmaps(model, image, { classes: [0], regions: { kMax: 1, kMin: 0 } });
      expect([regions[0][0].top.length, regions[0][0].bottom.length]).to.deep.equal([1, 0]);
      image.dispose();
      dispose();
    });

    it('an activation that only the recipe names', async () => {
      const { model, dispose } = weldon({ activation: 'linear' }, { activation: 'sigmoid' });
      const image = photo(24, 24, 5);
      const { scores, probabilities } = await classHeatmaps(model, image);
      scores[0].forEach((score, c) =>
        expect(probabilities?.[0][c]).to.be.closeTo(1 / (1 + Math.exp(-score)), tolerance),
      );
      const { model: plain, dispose: disposePlain } = weldon({ activation: 'linear' });
      expect((await classHeatmaps(plain, image)).probabilities).to.equal(undefined);
      image.dispose();
      dispose();
      disposePlain();
    });

    it('channels first', async () => {
      const image = tfl.input({ shape: [3, 8, 6] });
      const maps = chain(
        image,
        tfl.layers.conv2d({ filters: 2, kernelSize: 3, strides: [2, 1], dataFormat: 'channelsFirst', name: 'maps' }),
      );
      const model = seedWeights(
        tfl.model({
          inputs: image,
          outputs: chain(maps, tfl.layers.globalMaxPooling2d({ dataFormat: 'channelsFirst' })),
        }),
      );
      const picture = photo(8, 6, 17);
      const found = await classHeatmaps(model, picture, { classes: [1], prepared: true, recipe });
      expect([found.maps[0][0].rows, found.maps[0][0].columns]).to.deep.equal([3, 4]);
      const raw = tfl.model({ inputs: model.inputs, outputs: maps });
      const wanted = tf.tidy(() =>
        Array.from(
          tf
            .slice(
              raw.predict(
                tf.transpose(tf.mul(tf.cast(tf.expandDims(picture, 0), 'float32'), 1 / 255), [0, 3, 1, 2]),
              ) as tf.Tensor4D,
              [0, 1, 0, 0],
              [1, 1, 3, 4],
            )
            .dataSync(),
        ),
      );
      wanted.forEach((value, i) => expect(found.maps[0][0].data[i]).to.be.closeTo(value, 10 * tolerance));
      expect(found.scores[0][1]).to.equal(Math.max(...found.maps[0][0].data));
      picture.dispose();
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('feature: models', () => {
    it('loaded from model.json', async () => {
      const { model, dispose } = weldon({ maps: 2, kMax: 0.2, kMin: null });
      const loaded = await roundTrip(model);
      const image = photo(30, 20, 6);
      expectClose(await classHeatmaps(loaded, image), await classHeatmaps(model, image), tolerance);
      image.dispose();
      dispose();
      loaded.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('stock classifiers after convolutionalize: the mean of a map is its score', async () => {
      for (const make of [transferSequential, transferFunctional]) {
        const original = make({ size: null });
        const model = withRecipe(convolutionalize(original), recipe);
        const image = photo(24, 24, 7);
        const { scores, maps, classes, regions, probabilities } = await classHeatmaps(model, image, { top: 1 });
        const [best] = classes[0];
        expect(best.name).to.equal(`class ${best.index}`);
        const mean = maps[0][0].data.reduce((a, b) => a + b) / 36;
        expect(scores[0][best.index]).to.be.closeTo(mean, 10 * tolerance);
        expect(regions[0][0].top, 'an average reads every region').to.have.length(36);
        expect(probabilities?.[0].reduce((a, b) => a + b)).to.be.closeTo(1, 1e-5);
        image.dispose();
        original.dispose();
        model.dispose();
      }
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('used as a layer of another model, without keeping its weights alive', async () => {
      const { model: inner, backbone } = weldon({ activation: 'linear' });
      const image = tfl.input({ shape: [24, 24, 3], name: 'raw' });
      const outer = tfl.model({
        inputs: image,
        outputs: chain(image, tfl.layers.rescaling({ scale: 0.5 }), inner),
        name: 'outer',
      });
      const picture = photo(24, 24, 8);
      const found = await classHeatmaps(outer, picture, {
        recipe: { ...recipe, input: { colorOrder: 'rgb', scale: 2 / 255, offset: 0 } },
      });
      const wanted = await classHeatmaps(inner, picture);
      found.classes = wanted.classes;
      expectClose(found, wanted, tolerance);
      picture.dispose();
      // tfjs takes the inner model for a part of the outer one.
      outer.dispose();
      backbone.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('a Sequential that grows gets a new view', async () => {
      const model = tfl.sequential({ name: 'growing' });
      model.add(tfl.layers.conv2d({ inputShape: [8, 8, 3], filters: 2, kernelSize: 3 }));
      model.add(tfl.layers.globalMaxPooling2d({}));
      expect(readOutModel(model).hasProbabilities).to.equal(false);
      model.add(tfl.layers.activation({ activation: 'softmax' }));
      expect(readOutModel(model).hasProbabilities).to.equal(true);
      expect(readOutModel(model)).to.equal(readOutModel(model));
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('feature: images', () => {
    it('result i of many is the result of image i alone, whatever the batch and the sizes', async () => {
      for (const resize of [
        { rule: 'warp', size: 24 },
        { rule: 'crop', size: 20, cropRatio: 0.8 },
        { rule: 'fit', size: 16 },
      ] as const) {
        const { model, dispose } = weldon({}, { resize });
        const images = [photo(24, 24, 9), photo(24, 24, 10), photo(40, 28, 11), photo(50, 70, 12), photo(50, 70, 13)];
        for (const batchSize of [1, 2, 8]) {
          const all = await classHeatmaps(model, images, { top: 2, batchSize });
          expect(all.maps).to.have.length(5);
          for (const [i, image] of images.entries()) {
            const one = await classHeatmaps(model, image, { top: 2 });
            const slice = (key: 'scores' | 'classes' | 'maps' | 'regions' | 'networkSizes') => ({
              [key]: [all[key][i]],
            });
            const ith = Object.assign(
              {},
              ...(['scores', 'classes', 'maps', 'regions', 'networkSizes'] as const).map(slice),
            ) as ClassHeatmaps;
            expectClose(ith, one, tolerance);
            expect(ith.networkSizes).to.deep.equal(one.networkSizes);
          }
        }
        tf.dispose(images);
        dispose();
      }
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('a frozen pass gives what the model gives: resized or prepared, in batches, with probabilities', async () => {
      for (const config of [{ activation: 'softmax' }, { activation: 'linear' }]) {
        const { model, dispose } = weldon(config);
        const pass = forwardPass(model, { outputs: ['scores', 'maps'] });
        const [first, second] = [photo(30, 40, 15), photo(24, 24, 16)];
        const bytes = { data: Uint8Array.from(second.dataSync()), width: 24, height: 24 };
        const wanted = await classHeatmaps(model, [first, second], { top: 2 });
        expectClose(await classHeatmaps(model, [first, bytes], { top: 2, pass }), wanted, tolerance);
        const prepared = await classHeatmaps(model, bytes, { top: 2, pass, prepared: true });
        expect(Array.from(prepared.scores[0])).to.deep.equal(Array.from(wanted.scores[1]));
        expect(prepared.probabilities === undefined).to.equal(config.activation === 'linear');
        prepared.probabilities?.[0].forEach((value, i) =>
          expect(value).to.be.closeTo(wanted.probabilities![1][i], tolerance),
        );
        tf.dispose([first, second]);
        dispose();
      }
    });

    it('one image, whichever way it is given', async () => {
      const { model, dispose } = weldon();
      const image = photo(30, 40, 14);
      const bytes = Uint8Array.from(image.dataSync());
      const rgba = new Uint8ClampedArray(30 * 40 * 4).map((_, i) =>
        i % 4 === 3 ? 99 : bytes[Math.floor(i / 4) * 3 + (i % 4)],
      );
      const ways: RawImages[] = [
        { data: bytes, width: 40, height: 30 },
        [{ data: bytes, width: 40, height: 30 }],
        { data: rgba, width: 40, height: 30 },
        [image],
        tf.cast(image, 'float32'),
        tf.expandDims(image, 0) as tf.Tensor4D,
        tf.tensor3d(Int32Array.from(rgba), [30, 40, 4], 'int32'),
      ];
      const wanted = await classHeatmaps(model, image);
      for (const way of ways) {
        expectClose(await classHeatmaps(model, way), wanted, tolerance);
      }
      tf.dispose(ways as tf.TensorContainer);
      image.dispose();
      dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it("scale, offset and colour order are the recipe's", () => {
      const image = tf.tensor3d([[[0, 100, 200]]], [1, 1, 3], 'int32');
      const prepare = (input: object) =>
        tf.tidy(() =>
          Array.from(
            prepareImages(image, {
              input: { colorOrder: 'rgb', scale: 1, offset: 0, ...input },
              resize: { rule: 'warp', size: 1 },
            }).dataSync(),
          ),
        );
      expect(prepare({})).to.deep.equal([0, 100, 200]);
      expect(prepare({ colorOrder: 'bgr' })).to.deep.equal([200, 100, 0]);
      expect(prepare({ scale: 0.5, offset: -1 })).to.deep.equal([-1, 49, 99]);
      expect(prepare({ colorOrder: 'bgr', scale: [1, 2, 3], offset: [10, 20, 30] })).to.deep.equal([210, 220, 30]);
      image.dispose();
    });

    it('shrinks by averaging and enlarges by interpolation, aligned to pixel centres', () => {
      const resize = (values: number[], size: number) =>
        tf.tidy(() => {
          const side = Math.sqrt(values.length);
          const grey = tf.tile(tf.tensor3d(values, [side, side, 1]), [1, 1, 3]) as tf.Tensor3D;
          const x = prepareImages(grey, {
            input: { colorOrder: 'rgb', scale: 1, offset: 0 },
            resize: { rule: 'warp', size },
          });
          return Array.from(tf.slice(x, [0, 0, 0, 0], [1, size, size, 1]).dataSync());
        });
      const ramp = Array.from({ length: 16 }, (_, i) => i % 4);
      expect(resize(ramp, 2)).to.deep.equal([0.5, 2.5, 0.5, 2.5]);
      expect(resize(ramp, 1)).to.deep.equal([1.5]);
      expect(resize(ramp, 4)).to.deep.equal(ramp);
      // Eight columns on four: centres at 1/4, 3/4, 5/4 …
      expect(resize(ramp, 8).slice(0, 8)).to.deep.equal([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
    });

    it('cuts the centre for the rule crop and leaves prepared images alone', () => {
      const image = tf.tidy(() => tf.tile(tf.reshape(tf.range(0, 8), [1, 8, 1]), [4, 1, 3])) as tf.Tensor3D;
      const row = (options: object, resize: object) =>
        tf.tidy(() =>
          Array.from(
            tf
              .slice(
                prepareImages(
                  image,
                  {
                    input: { colorOrder: 'rgb', scale: 1, offset: 0 },
                    resize: resize as { rule: 'crop'; size: number },
                  },
                  options,
                ),
                [0, 0, 0, 0],
                [1, 1, -1, 1],
              )
              .dataSync(),
          ),
        );
      expect(row({}, { rule: 'crop', size: 2, cropRatio: 0.5 })).to.deep.equal([3, 4]);
      expect(row({ prepared: true }, { rule: 'warp', size: 2 })).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
      image.dispose();
    });
  });

  describe('exception', () => {
    const refuse = async (images: RawImages | tf.Tensor, options: ClassHeatmapsOptions = {}): Promise<string> => {
      const { model, dispose } = weldon();
      const sentence = await refusal(classHeatmaps(model, images as RawImages, options));
      dispose();
      tf.dispose(images as tf.TensorContainer);
      expect(tf.memory().numTensors, 'nothing is left behind').to.equal(before);
      return sentence;
    };

    it('an unknown class: the nearest names', async () => {
      expect(await refuse(photo(4, 4, 1), { classes: ['cta'] })).to.equal(
        'Expected classes to be names of the model\'s classes but received "cta". Nearest: "cat", "ape", "bear"',
      );
      expect(await refuse(photo(4, 4, 1), { classes: [4] })).to.equal(
        'Expected classes to be names, or numbers from 0 to 3 but received 4',
      );
      expect(await refuse(photo(4, 4, 1), { top: 0 })).to.equal(
        'Expected top for classHeatmaps to be a whole number >= 1 but received 0',
      );
    });

    it('scores and maps that are no numbers', async () => {
      for (const value of [NaN, Infinity, 3e38]) {
        const { model, dispose } = weldon();
        // The last one: the ReLU of wasm makes 0 of NaN.
        const layer = model.layers.filter((each) => each.getWeights().length > 0).at(-1)!;
        tf.tidy(() => layer.setWeights(layer.getWeights().map((weight) => tf.fill(weight.shape, value))));
        const image = photo(4, 4, 1);
        const sentence = await refusal(classHeatmaps(model, image));
        image.dispose();
        expect(sentence, String(value)).to.match(/to be finite numbers but received (NaN|-?Infinity) for image 1 of 1/);
        dispose();
        expect(tf.memory().numTensors, 'nothing is left behind').to.equal(before);
      }
    });

    it('something that is no image, by its number', async () => {
      expect(await refuse(tf.zeros([4, 4, 1]))).to.equal(
        'Expected images to be an image of shape [height, width, 3] or [height, width, 4] but received shape [4, 4, 1]',
      );
      const pixels = { data: new Uint8Array(48), width: 4, height: 4 };
      expect(await refuse([pixels, { ...pixels, width: 5 }])).to.equal(
        'Expected image 1 to be pixels {data, width, height} with 3 or 4 values per pixel but received 48 values for 5×4 pixels',
      );
      expect(await refuse([pixels, null as unknown as tf.Tensor3D])).to.equal(
        'Expected image 1 to be pixels {data, width, height}, a tensor, or in a page an <img>, a canvas, an ImageBitmap but received null',
      );
      expect(await refuse(tf.zeros([4, 4]))).to.equal(
        'Expected images to be a tensor of rank 3 or 4, or an array of images but received shape [4, 4]',
      );
    });

    it('an image of the wrong size for a network of fixed size', async () => {
      const original = transferSequential({ size: 24 });
      const model = convolutionalize(original, { inputSize: 'asBuilt' });
      const image = photo(30, 20, 1);
      expect(await refusal(classHeatmaps(model, image, { recipe, prepared: true }))).to.equal(
        'Expected images for model transfer_sequential_maps to be 24×24 pixels when they reach the network but received 20×30',
      );
      image.dispose();
      original.dispose();
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('a model without class maps: what to do', async () => {
      const model = transferSequential();
      const image = photo(24, 24, 1);
      expect(await refusal(classHeatmaps(model, image, { recipe }))).to.equal(
        'Expected model transfer_sequential to be one that ends in class maps, pooling and an activation (convolutionalize and ' +
          'attachWeldon make such) but received one whose output comes from layer fc (Dense)',
      );
      const features = residualFeatures();
      expect(await refusal(classHeatmaps(features, image, { recipe }))).to.include(
        'whose output comes from layer sum (Add)',
      );
      expect(await refusal(classHeatmaps({ execute: () => 1 } as unknown as tfl.LayersModel, image))).to.equal(
        'Expected the model for classHeatmaps to be a LayersModel, or {features, head} from attachWeldonToGraph but received a value of type object',
      );
      image.dispose();
      features.dispose();
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('a network that does not take RGB images', async () => {
      const model = tfl.sequential({
        name: 'grey',
        layers: [
          tfl.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }),
          tfl.layers.globalMaxPooling2d({}),
        ],
      });
      const image = photo(8, 8, 1);
      expect(await refusal(classHeatmaps(model, image, { recipe }))).to.equal(
        'Expected model grey to be a network that takes one RGB image but received one with 1 input of shape [null, 8, 8, 1]',
      );
      image.dispose();
      model.dispose();
    });

    it('a recipe that lacks something, by name', async () => {
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: 2 });
      const image = photo(24, 24, 1);
      expect(await refusal(classHeatmaps(model, image))).to.equal(
        'Expected the recipe of model residual_weldon to have input.colorOrder, input.scale, input.offset, resize.rule, resize.size but it has not. ' +
          'Give what is missing as a recipe',
      );
      expect(
        await refusal(classHeatmaps(model, image, { prepared: true, recipe: { input: { scale: 1 } } })),
      ).to.include('to have input.colorOrder, input.offset but');
      expect(() => readRecipe(model)).to.throw('to have classNames, input.colorOrder');
      expect(await refusal(classHeatmaps(model, image, { recipe: { ...recipe, classNames: ['one'] } }))).to.equal(
        'Expected classNames of the recipe of model residual_weldon to be 2 names, one for each map but received 1',
      );
      image.dispose();
      backbone.dispose();
      model.dispose();
    });

    it('nothing is left behind when the network fails', async () => {
      const { model, dispose } = weldon();
      const layer = model.getLayer('scores');
      layer.setCallHook(() => {
        throw new Error('device lost');
      });
      const image = photo(24, 24, 1);
      const during = tf.memory().numTensors;
      expect(await refusal(classHeatmaps(model, image))).to.match(
        /^Expected model .* to run on its images but it stops: device lost$/,
      );
      expect(tf.memory().numTensors).to.equal(during);
      layer.clearCallHook();
      await classHeatmaps(model, image);
      image.dispose();
      dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('leak', () => {
    it('the same number of tensors after every call', async () => {
      const { model, dispose } = weldon();
      const image = photo(40, 30, 15);
      await classHeatmaps(model, image);
      const steady = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) {
        await classHeatmaps(model, [image, image], { top: 1 });
        expect(tf.memory().numTensors).to.equal(steady);
      }
      tf.tidy(() => {
        expect(
          farthest(model.predict(pictures(1, 24)) as tf.Tensor, model.predict(pictures(1, 24)) as tf.Tensor),
        ).to.equal(0);
      });
      image.dispose();
      dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describeWithShared('MobileNetV2', 'weights/mobilenet_v2_imagenet', (folder) => {
    if (backend !== 'wasm') {
      return; // The arithmetic is covered above; the real network is slow elsewhere.
    }
    it('reads maps of named ImageNet classes at 320 px', async () => {
      const original = await loadModelFolder(folder);
      const model = withRecipe(convolutionalize(original, { pooling: { kMax: 0.2, reduction: 'halfMean' } }), {
        classNames: readFileSync(join(folder, 'labels.txt'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.trim()),
        input: { colorOrder: 'rgb', scale: 1 / 127.5, offset: -1 },
        resize: { rule: 'warp', size: 320 },
      });
      const image = photo(200, 300, 16);
      const { classes, maps, regions } = await classHeatmaps(model, image, {
        classes: ['tabby', 'tiger cat', 'golden retriever'],
      });
      expect(classes[0].map(({ name }) => name)).to.deep.equal(['tabby, tabby cat', 'tiger cat', 'golden retriever']);
      maps[0].forEach(({ rows, columns, data }) => {
        expect([rows, columns]).to.deep.equal([10, 10]);
        expect(data.every(Number.isFinite)).to.equal(true);
      });
      expect(regions[0][0].top).to.have.length(20);
      expect(await refusal(classHeatmaps(model, image, { classes: ['crane'] }))).to.equal(
        'Expected classes to be names of one class each, or numbers but received "crane", which names classes 135 and 518',
      );
      image.dispose();
      original.dispose();
      model.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
});
