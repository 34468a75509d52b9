import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { checkKeys } from '../../src/errors.js';
import { classHeatmaps } from '../../src/heatmaps/classHeatmaps.js';
import { gradCam } from '../../src/heatmaps/gradCam.js';
import { channelStandardization } from '../../src/layers/channelStandardization.js';
import { regionNormalization } from '../../src/layers/regionNormalization.js';
import { resolveAugmentation } from '../../src/training/augmentation/augmentation.js';
import { fineTune } from '../../src/training/fineTune.js';
import { classWisePooling2d, logSumExpPooling1d, seededDropout, weldonPooling2d } from '../../src/layers/index.js';
import { attachWeldon } from '../../src/models/attachWeldon.js';
import { convolutionalize } from '../../src/models/convolutionalize.js';
import { withRecipe } from '../../src/models/recipeMetadata.js';
import { logSumExpPool } from '../../src/pooling/logSumExpPool.js';
import { weldonPool } from '../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../src/pooling/weldonRegions.js';
import type { FineTuneOptions } from '../../src/training/fineTuneOptions.js';
import { resolveOptions } from '../../src/training/fineTuneOptions.js';
import { optionCalls } from '../api/optionCalls.js';
import { rejection } from './node/temporaryFolder.js';

const maps = [[[[1], [2]]]];
const odd = <T>(options: object) => options as T;

function backbone(): tfl.LayersModel {
  const model = tfl.sequential({ name: 'small' });
  model.add(tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] }));
  return model;
}

const fineTuned = (options: object) =>
  resolveOptions(
    odd<FineTuneOptions>({ strategy: 'scratch', epochs: 1, learningRate: 1, ...options }),
    'softmax',
    false,
    2,
  );

describe('options that do not exist', () => {
  before(() => tf.setBackend('cpu'));

  const refusals: Record<string, [call: () => unknown, owner: string, key: string, nearest: string]> = {
    'the op': [() => weldonPool(maps, odd({ kmax: 1 })), 'weldonPool', 'kmax', 'kMax'],
    'its regions': [() => weldonRegions(maps, odd({ kmin: 1 })), 'weldonRegions', 'kmin', 'kMin'],
    'log-sum-exp': [() => logSumExpPool(maps, odd({ sharpnes: 1 })), 'logSumExpPool', 'sharpnes', 'sharpness'],
    'a layer': [() => weldonPooling2d(odd({ kmax: 1 })), 'WeldonPooling2D', 'kmax', 'kMax'],
    'a layer of log-sum-exp': [() => logSumExpPooling1d(odd({ kMax: 1 })), 'LogSumExpPooling1D', 'kMax', 'name'],
    'class-wise pooling': [() => classWisePooling2d(odd({ map: 2 })), 'ClassWisePooling2D', 'map', 'maps'],
    dropout: [() => seededDropout(odd({ rate: 0.5, Seed: 2 })), 'SeededDropout', 'Seed', 'seed'],
    attachWeldon: [() => attachWeldon(backbone(), odd({ classes: 2, layers: 'x' })), 'attachWeldon', 'layers', 'layer'],
    'a pooling within': [
      () => attachWeldon(backbone(), odd({ classes: 2, pooling: { kmax: 2 } })),
      'the pooling of attachWeldon',
      'kmax',
      'kMax',
    ],
    convolutionalize: [
      () => convolutionalize(backbone(), odd({ inputsize: 'free' })),
      'convolutionalize',
      'inputsize',
      'inputSize',
    ],
    'a recipe': [
      () => withRecipe(backbone(), odd({ resise: { size: 32 } })),
      'the recipe of model small',
      'resise',
      'resize',
    ],
    'a part of a recipe': [
      () => withRecipe(backbone(), odd({ resize: { side: 32 } })),
      'resize of the recipe of model small',
      'side',
      'size',
    ],
    fineTune: [() => fineTuned({ learningrate: 4 }), 'fineTune', 'learningrate', 'learningRate'],
    'the optimiser': [() => fineTuned({ optimizer: { kind: 'adam', beta: 0.9 } }), 'the optimiser', 'beta', 'beta1'],
  };
  for (const [name, [call, owner, key, nearest]] of Object.entries(refusals)) {
    it(`exception: ${name}`, () => {
      expect(call).to.throw(`Expected only known options for ${owner} but received "${key}". Nearest: "${nearest}"`);
    });
  }

  for (const [face, calls] of Object.entries(optionCalls)) {
    for (const [name, call] of Object.entries(calls ?? {})) {
      it(`exception: ${name} of ${face}, an unknown option and __proto__`, async () => {
        for (const [key, options] of [
          ['kmaks', { kmaks: 1 }],
          ['__proto__', JSON.parse('{"__proto__": {"top": 1}}')],
        ] as const) {
          const sentence = await rejection((async () => call(options as never))());
          expect(sentence)
            .to.match(/^Expected only (known )?options /)
            .and.contain(`"${key}"`);
        }
      });
    }
  }

  it('exception: options within options, and the data of fineTune', async () => {
    const within: [call: () => unknown, owner: string, key: string, nearest: string][] = [
      [() => fineTuned({ schedule: { kind: 'cosine', warmup: 2 } }), 'the schedule', 'warmup', 'warmUp'],
      [() => fineTuned({ poolingSchedule: { from: 0.5, til: 1 } }), 'poolingSchedule', 'til', 'until'],
      [() => resolveAugmentation(odd({ flips: true })), 'augmentation', 'flips', 'flip'],
      [() => resolveAugmentation(odd({ crop: { minarea: 0.3 } })), 'crop of augmentation', 'minarea', 'minArea'],
      [() => resolveAugmentation(odd({ color: { bright: 0.3 } })), 'color of augmentation', 'bright', 'brightness'],
      [() => channelStandardization(odd({ statistic: 1 })), 'ChannelStandardization', 'statistic', 'statistics'],
      [() => regionNormalization(odd({ nam: 'x' })), 'RegionNormalization', 'nam', 'name'],
    ];
    for (const [call, owner, key, nearest] of within) {
      expect(call).to.throw(`Expected only known options for ${owner} but received "${key}". Nearest: "${nearest}"`);
    }
    const model = attachWeldon(backbone(), { classes: 2 });
    const train = { batchesPerEpoch: 1, batches: () => [] };
    const options = { strategy: 'scratch', epochs: 1, learningRate: 1 } as const;
    expect(await rejection(fineTune(model, odd({ train, validate: train }), options))).to.contain(
      'Expected only known options for the data of fineTune but received "validate". Nearest: "validation"',
    );
    expect(await rejection(fineTune(model, odd({ train: [{ x: 1 }] }), options))).to.match(
      /^Expected train in the data of fineTune to be batches as arrayData .* but received an array$/,
    );
  });

  it('exception: classHeatmaps and gradCam', async () => {
    const model = attachWeldon(backbone(), { classes: 2 });
    const image = { data: new Uint8Array(48), width: 4, height: 4 };
    for (const [read, owner] of [
      [classHeatmaps, 'classHeatmaps'],
      [gradCam, 'gradCam'],
    ] as const) {
      expect(await rejection(read(model, image, odd({ topk: 1 })))).to.contain(
        `Expected only known options for ${owner} but received "topk". Nearest: "top"`,
      );
    }
  });

  it('exception: recipe.classNames of another length than classes', () => {
    expect(() => attachWeldon(backbone(), { classes: 2, recipe: { classNames: ['a', 'b', 'c'] } })).to.throw(
      'Expected recipe.classNames for attachWeldon to be 2 names, one per class but received 3',
    );
  });

  it('feature: names in a prototype are harmless, __proto__ of JSON is a name, and undefined says nothing', () => {
    checkKeys(Object.create({ kmax: 1 }) as unknown, 'kMax', 'x');
    checkKeys({ kmax: undefined } as unknown, 'kMax', 'x');
    expect(() => checkKeys(JSON.parse('{"__proto__": {"kMax": 1}}'), 'kMax', 'x')).to.throw('"__proto__"');
    expect(() => checkKeys(null as unknown, 'kMax', 'x')).to.throw(
      'Expected options for x to be an object but received null',
    );
  });

  it('feature: losses and optimisers by the names that TensorFlow.js has for them, or told how', () => {
    expect(fineTuned({ loss: 'categoricalCrossentropy' }).lossName).to.equal('softmax');
    expect(fineTuned({ loss: 'binaryCrossentropy' }).lossName).to.equal('multiLabelSoftMargin');
    expect(fineTuned({ optimizer: 'adam' }).optimizer).to.deep.equal({ kind: 'adam' });
    const optimizer = tf.train.adam(0.1);
    expect(() => fineTuned({ optimizer })).to.throw(
      /rule such as \{ kind: 'adam', beta1: 0.9 \}.*received a Adam of tf.train/,
    );
    optimizer.dispose();
  });
});
