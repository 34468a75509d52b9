import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { AdaptiveAveragePooling2D } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import { FrozenBatchNorm } from '../../../src/backbones/networks/frozenBatchNorm.js';
import * as own from '../../../src/layers/index.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { poolingKinds } from '../../../src/pooling/kinds.js';
import { presetNames } from '../../../src/pooling/presets.js';
import { resolveChoice, weldonOptionsOf } from '../../../src/pooling/registry.js';
import { weldonRegions as ownRegions } from '../../../src/pooling/weldonRegions.js';
import { mulberry32 } from '../backbones/formulaWeights.js';
import { chain, seedWeights } from '../models/smallModels.js';
import { relativeError, runOnnx } from './runOnnx.js';

type Layer = tfl.layers.Layer;
const { layers } = tfl;

/** From −1 to 1, the same at every run. */
function randomValues(shape: readonly number[], seed = 3): Float32Array {
  const next = mulberry32(seed);
  return Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => 2 * next() - 1);
}

/** Exports a model and holds its one output against the model's own, for inputs of each shape. */
async function expectSame(
  model: tfl.LayersModel,
  shapes: readonly (readonly number[])[],
  { output = model.outputs[0].shape.length === 2 ? 'scores' : 'features', opset = 17 } = {},
): Promise<void> {
  seedWeights(model);
  const outputs = [output] as ['scores'];
  const layer = output === 'features' ? model.layers.at(-1)!.name : undefined;
  const bytes = await exportOnnx(model, { outputs, scaling: false, opset, layer });
  for (const shape of shapes) {
    const input = randomValues(shape);
    const found = await runOnnx(bytes, input, shape);
    const wanted = tf.tidy(() => model.predict(tf.tensor(input, [...shape])) as tf.Tensor);
    expect(relativeError(found[output], wanted), `[${shape.join(', ')}]`).to.be.below(1e-5);
    wanted.dispose();
  }
  model.dispose();
}

function onMaps(...made: Layer[]): tfl.LayersModel {
  const inputs = tfl.input({ shape: [null, null, 4] });
  return tfl.model({ inputs, outputs: chain(inputs, ...made) });
}

function onVectors(...made: Layer[]): tfl.LayersModel {
  const inputs = tfl.input({ shape: [6] });
  return tfl.model({ inputs, outputs: chain(inputs, layers.dense({ units: 5 }), ...made) });
}

const shapes = [
  [1, 8, 8, 4],
  [3, 9, 6, 4],
];

/** A branch, so that layers with two inputs have them. */
function branched(merge: Layer, behind: Layer[] = []): tfl.LayersModel {
  const inputs = tfl.input({ shape: [null, null, 4] });
  const branch = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(inputs) as tfl.SymbolicTensor;
  const both = merge.apply([branch, inputs]) as tfl.SymbolicTensor;
  return tfl.model({ inputs, outputs: chain(both, ...behind) });
}

const last = () => layers.conv2d({ filters: 2, kernelSize: 1 });
const sides = (top: number, bottom: number, left: number, right: number): [[number, number], [number, number]] => [
  [top, bottom],
  [left, right],
];

const cases: Record<string, () => tfl.LayersModel> = {
  'conv2d, same': () => onMaps(layers.conv2d({ filters: 3, kernelSize: [3, 2], padding: 'same' })),
  'conv2d, same, strides 2': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })),
  'conv2d, 1×1, strides 2': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 1, strides: 2, padding: 'same' })),
  'conv2d, valid, relu, no bias': () =>
    onMaps(layers.conv2d({ filters: 3, kernelSize: 3, useBias: false, activation: 'relu' })),
  'conv2d, dilated': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same' })),
  'depthwise, two each': () =>
    onMaps(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' })),
  separable: () => onMaps(layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', activation: 'tanh' })),
  'zero padding, max pooling of negative values': () =>
    onMaps(
      layers.activation({ activation: 'softplus' }),
      new own.ChannelStandardization({ statistics: { mean: [9, 9, 9, 9], deviation: [1, 2, 3, 4] } }),
      layers.zeroPadding2d({ padding: sides(1, 0, 2, 1) }),
      layers.maxPooling2d({ poolSize: 3, strides: 2 }),
    ),
  'max pooling, same': () => onMaps(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  'average pooling, same, leaves padding out': () =>
    onMaps(layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  'average pooling, strides 1': () => onMaps(layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' })),
  cropping: () => onMaps(layers.cropping2D({ cropping: sides(1, 0, 0, 2) }), last()),
  'upsampling, nearest': () => onMaps(layers.upSampling2d({ size: [2, 3] }), last()),
  'upsampling, bilinear': () => onMaps(layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  'batch norm': () => onMaps(layers.batchNormalization({ epsilon: 0.01 }), last()),
  'batch norm without scale and shift': () => onMaps(layers.batchNormalization({ scale: false, center: false })),
  'batch norm of vectors': () => onVectors(layers.batchNormalization({})),
  'frozen batch norm': () => onMaps(last(), new FrozenBatchNorm({ epsilon: 1e-5 })),
  'layer norm': () => onMaps(layers.layerNormalization({}), last()),
  'region normalization': () => onMaps(last(), own.regionNormalization()),
  'channel standardization': () =>
    onMaps(own.channelStandardization({ statistics: { mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] } })),
  add: () => branched(layers.add(), [last()]),
  multiply: () => branched(layers.multiply()),
  average: () => branched(layers.average()),
  maximum: () => branched(layers.maximum()),
  minimum: () => branched(layers.minimum()),
  concatenate: () => branched(layers.concatenate(), [last()]),
  'concatenate rows': () => branched(layers.concatenate({ axis: 1 }), [last()]),
  'dropout of every kind': () =>
    onMaps(
      layers.dropout({ rate: 0.5 }),
      own.seededDropout({ rate: 0.5 }),
      layers.gaussianNoise({ stddev: 1 }),
      layers.gaussianDropout({ rate: 0.5 }),
      layers.alphaDropout({ rate: 0.5 }),
      last(),
    ),
  'dense on regions': () => onMaps(layers.dense({ units: 3, activation: 'softmax' })),
  'dense on vectors': () => onVectors(layers.dense({ units: 3, activation: 'relu' })),
  'global average': () => onMaps(last(), layers.globalAveragePooling2d({})),
  'global maximum': () => onMaps(last(), layers.globalMaxPooling2d({})),
  'leaky relu': () => onMaps(layers.leakyReLU({ alpha: 0.2 })),
  elu: () => onMaps(layers.elu({})),
  'thresholded relu': () => onMaps(layers.thresholdedReLU({ theta: 0.4 })),
  prelu: () => onMaps(layers.prelu({ sharedAxes: [1, 2] }), last()),
  'relu up to 6': () => onMaps(last(), layers.reLU({ maxValue: 0.2 })),
  softmax: () => onMaps(last(), layers.softmax({ axis: -1 }), last()),
  'permute, rows first': () => onMaps(layers.permute({ dims: [2, 1, 3] }), last()),
  'class-wise': () => onMaps(layers.dense({ units: 6 }), own.classWisePooling2d({ maps: 3 })),
};

for (const activation of ['relu6', 'selu', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign', 'swish', 'mish']) {
  cases[activation] = () => onMaps(last(), layers.activation({ activation: activation as 'relu6' }));
}
for (const activation of ['gelu', 'gelu_new', 'elu', 'tanh', 'linear', 'relu', 'softmax']) {
  cases[`${activation} on vectors`] = () =>
    onVectors(layers.activation({ activation: activation as 'relu' }), layers.dense({ units: 2 }));
}

describe('exportOnnx, layer by layer', () => {
  before(() => tf.setBackend('cpu'));

  for (const [title, make] of Object.entries(cases)) {
    it(title, () => {
      const model = make();
      return expectSame(model, model.inputs[0].shape.length === 2 ? [[3, 6]] : shapes);
    });
  }

  it('writes the operators of later opsets as they want them', async () => {
    for (const opset of [18, 19, 20, 21, 22, 23]) {
      await expectSame(
        onMaps(
          layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' }),
          layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
          layers.zeroPadding2d({}),
          layers.upSampling2d({}),
          layers.cropping2D({ cropping: sides(1, 1, 1, 1) }),
          layers.batchNormalization({}),
          own.regionNormalization(),
          layers.layerNormalization({}),
          own.classWisePooling2d({ maps: 2 }),
          own.weldonPooling2d({ kMax: 0.3 }),
        ),
        shapes,
        { opset },
      );
    }
  });

  it('flattened maps and adaptive pooling, at the size they were built for', async () => {
    const sized = (...made: Layer[]) => {
      const inputs = tfl.input({ shape: [5, 9, 4] });
      return tfl.model({ inputs, outputs: chain(inputs, ...made) });
    };
    const sizes = [[2, 5, 9, 4]];
    await expectSame(sized(last(), layers.flatten({}), layers.dense({ units: 3 })), sizes);
    await expectSame(
      sized(layers.reshape({ targetShape: [45, 4] }), layers.permute({ dims: [2, 1] }), layers.flatten({})),
      sizes,
    );
    await expectSame(sized(new AdaptiveAveragePooling2D({ size: [7, 3] }), last()), sizes);
    await expectSame(sized(layers.averagePooling2d({ poolSize: [5, 9] }), layers.flatten({})), sizes);
  });

  it('models inside models, and layers called twice', async () => {
    const inner = onMaps(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }));
    const inputs = tfl.input({ shape: [null, null, 4] });
    const shared = layers.conv2d({ filters: 4, kernelSize: 1 });
    await expectSame(
      tfl.model({ inputs, outputs: chain(inputs, inner, shared, inner, shared, layers.globalMaxPooling2d({})) }),
      shapes,
    );
  });

  it('bags and volumes, as long as nothing is masked', async () => {
    const bags = tfl.input({ shape: [null, 4] });
    const bagModel = (pooling: Layer) =>
      tfl.model({
        inputs: bags,
        outputs: chain(bags, layers.dense({ units: 6 }), own.classWisePooling1d({ maps: 2 }), pooling),
      });
    const bagShapes = [
      [2, 5, 4],
      [1, 2, 4],
    ];
    await expectSame(bagModel(own.weldonPooling1d({ kMax: 3, kMin: 0.4, alpha: 0.5 })), bagShapes);
    await expectSame(bagModel(own.logSumExpPooling1d({ sharpness: 2 })), bagShapes);
    const windows = tfl.input({ shape: [null, 4] });
    await expectSame(
      tfl.model({
        inputs: windows,
        outputs: chain(
          windows,
          layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same' }),
          layers.maxPooling1d({ poolSize: 2 }),
          layers.globalAveragePooling1d({}),
        ),
      }),
      [[2, 6, 4]],
    );
    const volumes = tfl.input({ shape: [null, null, null, 2] });
    await expectSame(
      tfl.model({
        inputs: volumes,
        outputs: chain(
          volumes,
          layers.conv3d({ filters: 4, kernelSize: 2, padding: 'same' }),
          layers.averagePooling3d({ poolSize: 2, strides: 2, padding: 'same' }),
          own.weldonPooling3d({ kMax: 0.5, reduction: 'halfMean' }),
        ),
      }),
      [[2, 3, 4, 5, 2]],
    );
  });

  it('maps with channels first', async () => {
    const inputs = tfl.input({ shape: [4, null, null] });
    const dataFormat = 'channelsFirst' as const;
    const outputs = chain(
      inputs,
      own.classWisePooling2d({ maps: 2, dataFormat }),
      own.weldonPooling2d({ kMax: 2, dataFormat }),
    );
    const model = tfl.model({ inputs, outputs });
    const shape = [2, 4, 3, 5];
    const bytes = await exportOnnx(model, { scaling: false });
    const input = randomValues(shape);
    const { scores, class_maps: maps } = await runOnnx(bytes, input, shape);
    const wanted = tf.tidy(() => model.predict(tf.tensor(input, shape)) as tf.Tensor);
    expect(relativeError(scores, wanted)).to.be.below(1e-6);
    expect(maps.shape).to.deep.equal([2, 3, 5, 2]);
    wanted.dispose();
    model.dispose();
  });
});

describe('exportOnnx, every registered pooling', () => {
  const configs = [
    ...presetNames.map((name) => resolveChoice(name, 'a test')),
    ...(Object.keys(poolingKinds) as (keyof typeof poolingKinds)[]).map((kind) => ({ kind })),
    { kind: 'logSumExp' as const, sharpness: 0.01 },
    { kind: 'logSumExp' as const, learnSharpness: true },
    ...(['mean', 'sum', 'halfMean'] as const).flatMap((reduction) => [
      { kMax: 0.4, kMin: 2, alpha: 0.3, reduction },
      { kMax: 0, kMin: 3, alpha: -2, reduction },
      { kMax: 0.99, kMin: 0, reduction },
    ]),
  ];

  before(() => tf.setBackend('cpu'));

  for (const config of configs) {
    it(JSON.stringify(config), () =>
      expectSame(onMaps(layers.dense({ units: 3 }), own.poolingLayer(config)), [
        [1, 1, 1, 4],
        [2, 7, 7, 4],
        [1, 5, 9, 4],
      ]),
    );
  }

  it('keeps infinities and NaN where the op does', async () => {
    for (const config of [{ kMax: 2, kMin: 1 }, { kind: 'logSumExp' as const }]) {
      const model = onMaps(own.poolingLayer(config));
      const input = randomValues([1, 3, 3, 4]);
      input.set([Infinity, -Infinity, NaN], 0);
      for (let i = 3; i < input.length; i += 4) {
        input[i] = -Infinity;
      }
      const { scores } = await runOnnx(
        await exportOnnx(model, { scaling: false, outputs: ['scores'] }),
        input,
        [1, 3, 3, 4],
      );
      const wanted = tf.tidy(() => (model.predict(tf.tensor(input, [1, 3, 3, 4])) as tf.Tensor).dataSync());
      [...wanted].forEach((value, i) =>
        Number.isFinite(value)
          ? expect(scores.data[i]).to.be.closeTo(value, 1e-5)
          : expect(scores.data[i], JSON.stringify(config)).to.deep.equal(value),
      );
    }
  });

  it('tells the regions that a heat map outlines, of equal values the lower index', async () => {
    const quantized = (shape: readonly number[], seed: number) =>
      randomValues(shape, seed).map((value) => Math.round(2 * value));
    for (const config of [{ kMax: 4, kMin: 0.3 }, { kind: 'logSumExp' as const }, { kMax: 200 }]) {
      const model = onMaps(own.poolingLayer(config));
      const outputs = ['top_indices', ...('kind' in config ? [] : ['bottom_indices'])] as ['top_indices'];
      const bytes = await exportOnnx(model, { outputs, scaling: false });
      const counts = weldonOptionsOf(config, 'a test') ?? { kMax: 3, kMin: 0 };
      for (let seed = 0; seed < 20; seed++) {
        const shape = [2, 5 + (seed % 4), 6, 4];
        const input = quantized(shape, seed);
        const found = await runOnnx(bytes, input, shape);
        const wanted = tf.tidy(() => {
          const { topIndices, bottomIndices } = ownRegions(tf.tensor(input, shape), counts);
          return { top_indices: topIndices.arraySync(), bottom_indices: bottomIndices.arraySync() };
        });
        for (const name of outputs) {
          expect(tf.tensor(found[name].data, [...found[name].shape]).arraySync()).to.deep.equal(wanted[name]);
        }
      }
    }
  });
});
