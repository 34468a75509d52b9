import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import '../../../backends.js';
import { evaluateModel } from '../../../../src/commands/evaluate/evaluateModel.js';
import type { TrainModelOptions } from '../../../../src/commands/train/trainModel.js';
import { prepareHeatmapModel } from '../../../../src/commands/heatmap/heatmapModel.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { trainModel } from '../../../../src/commands/train/trainModel.js';
import type { RecipeParts } from '../../../../src/models/recipeMetadata.js';
import { recipeParts, withRecipe } from '../../../../src/models/recipeMetadata.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { countCalls } from '../../countCalls.js';
import { chain, seedWeights } from '../../models/smallModels.js';
import { smallClasses, smallClassFolders } from '../../node/smallImages.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

describe('trainModel', () => {
  const folder = temporaryFolder();
  before(async () => {
    await tf.setBackend('cpu');
    await smallClassFolders(folder.path('images'), 3);
    await smallClassFolders(folder.path('test'), 2, 1000);
  });

  describe('exception: what cannot be used is refused before anything is written', () => {
    const cases: [title: string, options: () => TrainModelOptions, sentence: RegExp][] = [
      [
        'no images',
        () => ({ data: undefined, out: undefined }),
        /^Expected data for trainModel to be a folder or a CSV file of labelled images/,
      ],
      [
        'no run to go on with',
        () => ({ data: undefined, resume: true }),
        /none, and .*refused holds no run to go on with/,
      ],
      [
        'a path that is not there',
        () => ({ data: folder.path('nowhere') }),
        /nowhere to be class folders or a CSV file of labels but received neither/,
      ],
      [
        'an image',
        () => ({ data: folder.path('images/red/0.png') }),
        /0\.png to be class folders or a CSV file of labels but received a file that is no CSV/,
      ],
      [
        'one class',
        () => {
          mkdirSync(folder.path('one'));
          cpSync(folder.path('images/red'), folder.path('one/red'), { recursive: true });
          return { data: folder.path('one') };
        },
        /one to be images of two classes or more but received one, red/,
      ],
      [
        'a training and a test set',
        () => {
          cpSync(folder.path('images'), folder.path('both/train'), { recursive: true });
          cpSync(folder.path('test'), folder.path('both/test'), { recursive: true });
          return { data: folder.path('both') };
        },
        /received a training and a test set: give .*train, and .*test as validation/,
      ],
      [
        'a backbone without weights',
        () => ({ backbone: 'resnet18' }),
        /^Expected weights for trainModel to be given for the backbone resnet18/,
      ],
      [
        'weights without a backbone',
        () => ({ weights: 'x.safetensors' }),
        /^Expected backbone for trainModel to be named for the weights x\.safetensors/,
      ],
      ['an unknown layer', () => ({ layer: 'stage12' }), /stage12.*Nearest: "stage1"/],
      [
        'an unknown layer to train from',
        () => ({ strategy: 'fineTune', trainFrom: 'sage5' }),
        /sage5.*Nearest: "stage5"/,
      ],
      ['an unknown option', () => ({ epoch: 3 }) as TrainModelOptions, /received "epoch"\. Nearest: "epochs"/],
      [
        'an unknown loss',
        () => ({ loss: 'hinge' }) as unknown as TrainModelOptions,
        /^Expected loss for trainModel to be one of/,
      ],
      [
        'another class in the validation images',
        () => {
          cpSync(folder.path('test'), folder.path('other'), { recursive: true });
          mkdirSync(folder.path('other/rad'));
          cpSync(folder.path('images/red/0.png'), folder.path('other/rad/0.png'));
          cpSync(folder.path('images/red/1.png'), folder.path('other/rad/1.png'));
          return { validation: folder.path('other') };
        },
        /^Expected the classes of .*other to be those of the data .*images \(3\) but received also rad\. Nearest: "red"/,
      ],
      [
        'a folder that holds something',
        () => ({ out: folder.path('images') }),
        /a run folder, a new or an empty folder but received one that holds blue, green, red: choose another/,
      ],
    ];
    for (const [title, options, sentence] of cases) {
      it(title, async () => {
        const given = { data: folder.path('images'), out: folder.path('refused'), ...options() };
        expect(await rejection(trainModel(given))).to.match(sentence);
        expect(existsSync(folder.path('refused'))).to.equal(false);
      });
    }

    it('leak: nothing stays behind', async () => {
      const before = tf.memory().numTensors;
      await rejection(trainModel({ data: folder.path('images'), out: folder.path('refused'), layer: 'stage12' }));
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  it('exception: a model of other classes, and none', async () => {
    cpSync(folder.path('test/red'), folder.path('strange/purple'), { recursive: true });
    cpSync(folder.path('test/blue'), folder.path('strange/blue'), { recursive: true });
    mkdirSync(folder.path('flat'));
    writeFileSync(
      folder.path('flat/model.json'),
      JSON.stringify({
        format: 'layers-model',
        modelTopology: {
          class_name: 'Sequential',
          config: {
            name: 'flat',
            layers: [
              {
                class_name: 'Dense',
                config: { name: 'd', units: 3, use_bias: false, batch_input_shape: [null, 3], dtype: 'float32' },
              },
            ],
          },
        },
        weightsManifest: [{ paths: ['weights.bin'], weights: [{ name: 'd/kernel', shape: [3, 3], dtype: 'float32' }] }],
      }),
    );
    writeFileSync(folder.path('flat/weights.bin'), Buffer.alloc(36));
    expect(await rejection(evaluateModel({ model: folder.path('flat'), data: folder.path('test') }))).to.match(
      /^The model .*flat\/model\.json does not say classNames, input\.colorOrder, .*: give a JSON file that does with --recipe, .*"classNames"/,
    );
    expect(await rejection(evaluateModel({ model: folder.path('nowhere'), data: folder.path('test') }))).to.match(
      /^Cannot read the model/,
    );
  });

  for (const normalize of ['none', 'channels'] as const) {
    it(`feature: the graph of each model is read once; normalize ${normalize}`, async () => {
      const image = tfl.input({ shape: [null, null, 3] });
      const conv = tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 4, padding: 'same', activation: 'relu' });
      const backbone = seedWeights(tfl.model({ inputs: image, outputs: chain(image, conv), name: 'once' }), 5, 0.5);
      await withRecipe(backbone, { input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 } }).save(
        fileHandler(folder.path('once')),
      );
      backbone.dispose();
      const counted = await countCalls(
        ['training/trainingGraph: trainingGraph', 'models/attachWeldon: attachWeldon', 'models/layerGraph: readGraph'],
        () =>
          trainModel({
            data: folder.path('images'),
            out: folder.path(`once-${normalize}`),
            weights: folder.path('once'),
            strategy: 'twoPhase',
            epochs: 1,
            size: 16,
            augment: ['none'],
            normalize,
          }),
      );
      // The first head is made for its number of weights, before anything is written. Statistics make a model of their own.
      const trained = normalize === 'none' ? 1 : 2;
      expect(counted).to.deep.equal([trained, 1 + trained, 1 + trained]);
    });
  }

  it("feature: what the new scores go through is the loss's choice, whatever the backbone's own go through", async () => {
    const image = tfl.input({ shape: [null, null, 3] });
    const conv = tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 4, padding: 'same', activation: 'relu' });
    const backbone = seedWeights(tfl.model({ inputs: image, outputs: chain(image, conv), name: 'soft' }), 5, 0.5);
    await withRecipe(backbone, { input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 }, activation: 'softmax' }).save(
      fileHandler(folder.path('soft')),
    );
    backbone.dispose();
    for (const [loss, activation] of [
      ['squaredHinge', 'linear'],
      ['oneVsAll', 'sigmoid'],
    ] as const) {
      const options = { data: folder.path('images'), weights: folder.path('soft'), epochs: 1, size: 16, loss };
      const { model: saved } = await trainModel({ ...options, out: folder.path(loss), augment: ['none'] });
      const { model } = await loadModel(saved!);
      expect(recipeParts(model as tfl.LayersModel).activation, loss).to.equal(activation);
      model.dispose();
    }
  });

  describe('a model that is not of this package', () => {
    const recipe: RecipeParts = {
      classNames: smallClasses,
      input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 },
      resize: { rule: 'warp', size: 16 },
    };

    /** Its scores are the means of red, green and blue, so it is right on images of these colours. */
    async function saveMeans(): Promise<string> {
      const model = tfl.sequential({
        layers: [
          tfl.layers.globalAveragePooling2d({ inputShape: [16, 16, 3], dataFormat: 'channelsLast' }),
          tfl.layers.dense({ units: 3, activation: 'softmax' }),
        ],
      });
      const kernel = tf.tensor2d(
        smallClasses.flatMap((name) => ['red', 'green', 'blue'].map((color) => (color === name ? 1 : 0))),
        [3, 3],
      );
      const weights = [tf.transpose(kernel), tf.zeros([3])];
      model.setWeights(weights);
      await model.save(fileHandler(folder.path('means')));
      tf.dispose([kernel, weights]);
      model.dispose();
      return folder.path('means');
    }

    it('feature: one output, of which each image shows the class or not', async () => {
      const model = tfl.sequential({
        layers: [
          tfl.layers.globalAveragePooling2d({ inputShape: [16, 16, 3], dataFormat: 'channelsLast' }),
          tfl.layers.dense({ units: 1 }),
        ],
      });
      // Red minus the two others: red squares stand out.
      const weights = [tf.tensor2d([20, -10, -10], [3, 1]), tf.zeros([1])];
      model.setWeights(weights);
      await model.save(fileHandler(folder.path('one')));
      tf.dispose(weights);
      model.dispose();
      const report = await evaluateModel({
        model: folder.path('one'),
        data: folder.path('test'),
        recipe: { ...recipe, classNames: ['red'], activation: 'sigmoid' },
      });
      expect([report.classes, report.multiLabel, report.confusion]).to.deep.equal([['red'], true, null]);
      expect(report.map!.value).to.equal(1);
      expect(report.perClass[0].recall).to.equal(1);
    });

    it('exception: outputs that are no finite numbers, or a network that stops; nothing stays in memory', async () => {
      const build = (name: string, units: number, value: number) => {
        const model = tfl.sequential({
          layers: [
            tfl.layers.globalAveragePooling2d({ inputShape: [16, 16, 3], dataFormat: 'channelsLast' }),
            tfl.layers.dense({ units, name: `${name}_scores` }),
          ],
        });
        const weights = [tf.fill([3, units], value), tf.zeros([units])];
        model.setWeights(weights);
        tf.dispose(weights);
        return model.save(fileHandler(folder.path(name))).then(() => model.dispose());
      };
      await build('huge', 3, 3e38);
      const before = tf.memory().numTensors;
      const data = folder.path('test');
      const large = { ...recipe, input: { ...recipe.input, scale: 100 } };
      expect(await rejection(evaluateModel({ model: folder.path('huge'), data, recipe: large }))).to.match(
        /^Expected outputs of model .* for .*test.*png to be finite numbers but received Infinity: its weights, or scale/,
      );
      expect(await rejection(evaluateModel({ model: folder.path('huge'), data, recipe, size: 8 }))).to.match(
        /^Expected /,
      );
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('feature: measured with a recipe beside it, a file or parts', async () => {
      const model = await saveMeans();
      const file = folder.write('recipe.json', JSON.stringify(recipe));
      const before = tf.memory().numTensors;
      const { accuracy, perClass } = await evaluateModel({ model, data: folder.path('test'), recipe: file });
      expect(accuracy!.value).to.equal(1);
      expect(perClass.map(({ name }) => name)).to.deep.equal(smallClasses);
      expect(
        (
          await evaluateModel({
            model,
            data: folder.path('test'),
            size: 16,
            recipe: { ...recipe, resize: { rule: 'warp' } },
          })
        ).accuracy!.value,
      ).to.equal(1);
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('exception: what it does not say, and what cannot be', async () => {
      const model = await saveMeans();
      const data = folder.path('test');
      expect(await rejection(evaluateModel({ model, data }))).to.match(
        /^The model .*means\/model\.json does not say classNames, input\.colorOrder, input\.scale, input\.offset, resize\.rule, resize\.size: give a JSON file that does with --recipe, for example \{"classNames": .*"size": 224\}\}$/,
      );
      expect(await rejection(evaluateModel({ model, data, recipe: { ...recipe, resize: { size: 16 } } }))).to.match(
        /does not say resize\.rule: .*for example \{"resize": \{"rule": "warp", "size": 224\}\}$/,
      );
      const training = { data, out: folder.path('refused'), weights: model };
      expect(await rejection(trainModel(training))).to.match(
        /means\/model\.json does not say input\.colorOrder, .* with --recipe, .*"input"/,
      );
      expect(await rejection(trainModel({ ...training, weights: undefined, recipe: 'x.json' }))).to.match(
        /^Expected recipe for trainModel to be given with a model folder/,
      );
      expect(await rejection(prepareHeatmapModel({ model }))).to.match(
        /does not say input\.colorOrder, .*for example \{"input"/,
      );
      expect(await rejection(evaluateModel({ model, data, recipe: folder.path('none.json') }))).to.match(
        /a JSON file with parts .* no readable file/,
      );
      expect(
        await rejection(prepareHeatmapModel({ model, recipe: folder.write('bad.json', '{"input": {"scale": "x"}}') })),
      ).to.match(/^Expected input\.scale of the recipe of model .* to be a finite number/);
    });
  });
});
