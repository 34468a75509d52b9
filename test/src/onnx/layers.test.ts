import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { AdaptiveAveragePooling2D } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import * as own from '../../../src/layers/index.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { weldonOptionsOf } from '../../../src/pooling/registry.js';
import { weldonRegions as ownRegions } from '../../../src/pooling/weldonRegions.js';
import { mulberry32 } from '../backbones/formulaWeights.js';
import { chain, seedWeights } from '../models/smallModels.js';
import { last, layerModels, onMaps, poolings, sides } from './layerModels.js';
import { relativeError, runOnnx } from './runOnnx.js';

type Layer = tfl.layers.Layer;
const { layers } = tfl;

const shapes = [
  [1, 8, 8, 4],
  [3, 9, 6, 4],
];

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

describe('exportOnnx, layer by layer', () => {
  before(() => tf.setBackend('cpu'));

  for (const [title, make] of Object.entries(layerModels)) {
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
  before(() => tf.setBackend('cpu'));

  for (const config of poolings) {
    it(JSON.stringify(config), () =>
      expectSame(onMaps(layers.dense({ units: 3 }), own.poolingLayer(config)), [
        [1, 1, 1, 4],
        [2, 7, 7, 4],
        [1, 5, 9, 4],
      ]),
    );
  }

  it('keeps infinities and NaN where the op does', async () => {
    for (const config of [{ kMax: 2, kMin: 1 }, { kind: 'logSumExp' as const }, { kind: 'gem' as const }]) {
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
