import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { weldonPooling2d } from '../../../src/layers/index.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { layerGraph } from '../../../src/models/layerGraph.js';
import { rejection } from '../node/temporaryFolder.js';

/**
 * What another copy's objects look like. A true second copy would change tfjs' registry for all tests of this process;
 * test/package/tarball.test.ts has one.
 */
const foreignModel = { name: 'small', layers: [], getLayer: () => undefined, inputs: [], outputs: [] };
const foreignTensor = { sourceLayer: {}, nodeIndex: 0, shape: [null, 4, 4, 3] };

function backbone(): tfl.LayersModel {
  const model = tfl.sequential({ name: 'small' });
  model.add(tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] }));
  return model;
}

describe('two copies of TensorFlow.js', () => {
  const advice = /another copy of @tensorflow\/tfjs-layers .*npm ls @tensorflow\/tfjs-core/;

  before(() => tf.setBackend('cpu'));

  it('exception: models and layers of the other copy are named as such', async () => {
    const model = foreignModel as unknown as tfl.LayersModel;
    expect(() => attachWeldon(model, { classes: 2 })).to.throw(advice);
    expect(() => layerGraph(model)).to.throw(advice);
    expect(await rejection(classHeatmaps(model, []))).to.match(advice);
    const input = foreignTensor as unknown as tfl.SymbolicTensor;
    expect(() => weldonPooling2d().apply(input)).to.throw(advice);
  });

  it('feature: no false alarm, for models of our own copy, tensors of either, and what is no model', async () => {
    const model = attachWeldon(backbone(), { classes: 2 });
    expect(model.outputs[0].shape).to.deep.equal([null, 2]);
    const scores = weldonPooling2d().apply(tf.ones([1, 2, 2, 1])) as tf.Tensor;
    expect(scores.shape).to.deep.equal([1, 1]);
    expect(() => attachWeldon({} as tfl.LayersModel, { classes: 2 })).to.throw('to be a LayersModel');
    expect(await rejection(classHeatmaps({} as tfl.LayersModel, []))).to.contain('to be a LayersModel');
  });
});
