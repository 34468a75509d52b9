import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { AdaptiveAveragePooling2D } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import * as own from '../../../src/layers/index.js';
import { withRecipe } from '../../../src/models/recipeMetadata.js';
import type { ExportOnnxOptions } from '../../../src/onnx/index.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { modelFile } from '../../../src/onnx/modelFile.js';
import { expectError } from '../../expectError.js';
import { chain, vggLike } from '../models/smallModels.js';
import { rejection } from '../node/temporaryFolder.js';
import { randomPixels, runOnnx } from './runOnnx.js';

const { layers } = tfl;

/** A layer that this package does not know. */
class Doubling extends tfl.layers.Layer {
  static get className(): string {
    return 'Doubling';
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, 2);
  }
}

function onMaps(...made: tfl.layers.Layer[]): tfl.LayersModel {
  const inputs = tfl.input({ shape: [null, null, 3] });
  return tfl.model({ inputs, outputs: chain(inputs, ...made), name: 'small' });
}

const refused = (model: tfl.LayersModel, options: ExportOnnxOptions = {}) =>
  rejection(exportOnnx(model, { scaling: false, ...options }));

describe('exportOnnx, bad input', () => {
  before(() => tf.setBackend('cpu'));

  const headed = () => onMaps(layers.dense({ units: 2 }), own.weldonPooling2d({ kMax: 1, kMin: 0, name: 'scores' }));

  it('exception: a layer that cannot be exported, with those that can', async () => {
    const message = await refused(onMaps(new Doubling({ name: 'double' }), layers.globalAveragePooling2d({})));
    expect(message)
      .to.contain('Expected layer double of model small to be one that can be exported (')
      .and.contain('Conv2D, ')
      .and.contain('SeededDropout, ')
      .and.match(/and the poolings of this package\) but received Doubling$/);
  });

  it('exception: two inputs, masks, several outputs, whole numbers, GraphModels', async () => {
    const [bags, mask] = [tfl.input({ shape: [null, 3] }), tfl.input({ shape: [null] })];
    const scores = own.weldonPooling1d({}).apply([bags, mask]) as tfl.SymbolicTensor;
    expect(await refused(tfl.model({ inputs: [bags, mask], outputs: scores, name: 'masked' }))).to.equal(
      'Expected model masked to be one with one input, without a mask of valid instances but received one with 2 inputs',
    );
    const behind = chain(bags, layers.masking({ name: 'valid' }), own.weldonPooling1d({}));
    expect(await refused(tfl.model({ inputs: bags, outputs: behind, name: 'masking' }))).to.equal(
      'Expected layer valid of model masking to be absent: a mask of valid instances has no form in ONNX but received ' +
        'a Masking layer: export a model of bags of one length, without it',
    );
    const twice = own.weldonPooling1d({ name: 'pool' }).apply([bags, bags]) as tfl.SymbolicTensor;
    expect(await refused(tfl.model({ inputs: bags, outputs: twice, name: 'odd' }))).to.equal(
      'Expected layer pool of model odd to be a pooling without a mask but received one of masked bags, whose counts ' +
        'differ from bag to bag',
    );
    const both = [chain(bags, layers.dense({ units: 1 })), chain(bags, layers.dense({ units: 2 }))];
    expect(await refused(tfl.model({ inputs: bags, outputs: both, name: 'double' }))).to.equal(
      'Expected model double to be one with one output but received one with 2',
    );
    expect(await refused({ executeAsync: () => null } as unknown as tfl.LayersModel)).to.equal(
      'Expected the model for exportOnnx to be a LayersModel but received a GraphModel, whose layers cannot be read',
    );
    const tokens = tfl.input({ shape: [4], dtype: 'int32' });
    const embedded = chain(tokens, layers.embedding({ inputDim: 3, outputDim: 2 }), layers.flatten());
    expect(await refused(tfl.model({ inputs: tokens, outputs: embedded, name: 'words' }))).to.equal(
      'Expected the input of model words to be float32 but received int32',
    );
  });

  it('exception: adaptive pooling of any size, by name', async () => {
    const model = onMaps(new AdaptiveAveragePooling2D({ name: 'avgpool', size: [7, 7] }), layers.flatten());
    expect(await refused(model)).to.equal(
      'Expected layer avgpool of model small to be on maps of a known size: give the model an inputShape, or ' +
        'convolutionalize it but received an adaptive pooling of maps of any size',
    );
  });

  it('exception: options out of range, and those that do not exist', async () => {
    const model = headed();
    expect(await refused(model, { opset: 16 })).to.equal(
      'Expected opset for exportOnnx to be a whole number from 17 to 23 but received 16',
    );
    expect(await refused(model, { weights: 'int8' as 'float16' })).to.contain("'float32' or 'float16'");
    expect(await refused(model, { scaling: 1 as never })).to.contain('true or false');
    expect(await refused(model, { outputs: [] })).to.contain('each once but received []');
    expect(await refused(model, { outputs: ['maps' as 'scores'] })).to.contain('"maps". Nearest: "class_maps"');
    expect(await refused(model, { output: ['scores'] } as never)).to.contain('"output". Nearest: "outputs"');
    expect(await refused(model, { layer: 'scorse', outputs: ['features'] })).to.contain('"scorse". Nearest: "scores"');
  });

  it('exception: a disposed model, a layer that nothing comes from, a file of 2 GB', async () => {
    const model = headed();
    expect(await refused(model, { layer: 'dense' })).to.contain("absent without 'features' among the outputs");
    model.dispose();
    expect(await refused(model)).to.equal(
      'Expected model small to be one with its weights but received a disposed one',
    );
    const bytes = { length: 3e9 } as Uint8Array;
    const constants = [{ name: 'huge', type: 'float32' as const, shape: [75e7], bytes }];
    const empty = { nodes: [], inputs: [], outputs: [], metadata: {} };
    expectError(
      () => modelFile({ name: 'huge', opset: 17, constants, ...empty }),
      "Expected the ONNX file of model huge to be below 2 GB but received 3.0 GB (weights: 'float16' halves it)",
    );
  });

  it('exception: outputs that the model does not have', async () => {
    expect(await refused(headed(), { outputs: ['bottom_indices'] })).to.equal(
      'Expected outputs for exportOnnx to be without bottom_indices for model small but received it: the pooling of ' +
        'layer scores selects no regions at that end',
    );
    expect(await refused(headed(), { outputs: ['probabilities'] })).to.equal(
      'Expected outputs for exportOnnx to be among those that model small has (scores, class_maps, features) but received ' +
        'probabilities: neither the model nor its recipe has an activation',
    );
    const features = onMaps(layers.conv2d({ filters: 2, kernelSize: 1 }));
    expect(await refused(features, { outputs: ['scores'] })).to.contain(
      '(features) but received scores: the model ends',
    );
    expect(await refused(vggLike(), { outputs: ['class_maps'] })).to.contain('class_maps: the model has no class maps');
  });

  it('exception: images without a recipe that says how they are scaled', async () => {
    expect(await rejection(exportOnnx(headed()))).to.equal(
      'Expected the recipe of model small to have input.colorOrder, input.scale, input.offset but it has not. Give what ' +
        'is missing as a recipe',
    );
  });

  it('feature: a model without class maps gives scores and probabilities alone, and says so', async () => {
    const sentences: string[] = [];
    const model = vggLike();
    const bytes = await exportOnnx(model, { scaling: false, onNotice: (sentence) => sentences.push(sentence) });
    expect(sentences).to.deep.equal([
      'Model vgg_like has no class maps: its ONNX file gives scores and probabilities alone.',
    ]);
    const { data, shape } = randomPixels([2, 32, 32, 3] as const);
    const { scores, probabilities, ...others } = await runOnnx(bytes, data, shape);
    expect(others).to.deep.equal({});
    const softmax = tf.tidy(() => tf.softmax(tf.tensor(scores.data, [2, 5])).dataSync());
    [...softmax].forEach((value, i) => expect(probabilities.data[i]).to.be.closeTo(value, 1e-6));
  });

  it('feature: blue first, one scale per channel, channels first: the file takes RGB with channels last all the same', async () => {
    const inputs = tfl.input({ shape: [3, null, null] });
    const dataFormat = 'channelsFirst' as const;
    const model = withRecipe(
      tfl.model({ inputs, outputs: chain(inputs, own.weldonPooling2d({ kMax: 1, kMin: 0, dataFormat })) }),
      { input: { colorOrder: 'bgr', scale: [1, 10, 100], offset: [1, 2, 3] } },
    );
    const pixels = Float32Array.of(1, 2, 3, 4, 5, 6);
    const { scores, class_maps: maps } = await runOnnx(await exportOnnx(model), pixels, [1, 1, 2, 3]);
    expect([...scores.data]).to.deep.equal([7, 52, 403]);
    expect(maps.shape).to.deep.equal([1, 1, 2, 3]);
    expect([...maps.data]).to.deep.equal([4, 22, 103, 7, 52, 403]);
  });

  it('feature: a kernel beyond half precision stays as it is', async () => {
    const model = onMaps(layers.dense({ units: 1, useBias: false }), own.weldonPooling2d({ kMax: 1, kMin: 0 }));
    model.layers[1].setWeights([tf.tensor2d([1e5, 1, 1], [3, 1])]);
    const bytes = await exportOnnx(model, { scaling: false, weights: 'float16', outputs: ['scores'] });
    expect([...(await runOnnx(bytes, Float32Array.of(2, 3, 4), [1, 1, 1, 3])).scores.data]).to.deep.equal([200007]);
  });

  it('leak: tensors are left as they were, also where it fails', async () => {
    const model = headed();
    const before = tf.memory().numTensors;
    await exportOnnx(model, { scaling: false });
    await refused(model, { outputs: ['bottom_indices'] });
    expect(tf.memory().numTensors).to.equal(before);
  });
});
