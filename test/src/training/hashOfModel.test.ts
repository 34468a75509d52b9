import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { hashOfModel } from '../../../src/training/hashOfModel.js';
import { chain, seedWeights } from '../models/smallModels.js';

function network({ stem = 'stem', strides = 1, seed = 1, top = 4 } = {}): tfl.LayersModel {
  const image = tfl.input({ shape: [8, 8, 2] });
  const outputs = chain(
    image,
    tfl.layers.conv2d({ filters: 3, kernelSize: 3, strides, name: stem }),
    tfl.layers.reLU({ name: 'relu' }),
    tfl.layers.conv2d({ filters: top, kernelSize: 1, name: 'top' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs }), seed);
}

describe('hash of a model up to a layer', () => {
  before(() => tf.setBackend('cpu'));

  it('feature: weights, options and the layer count; names and what lies behind do not', async () => {
    const hash = await hashOfModel(network(), 'relu');
    expect(hash).to.match(/^[0-9a-f]{64}$/);
    expect(await hashOfModel(network(), 'relu')).to.equal(hash);
    expect(await hashOfModel(network({ stem: 'other' }), 'relu')).to.equal(hash);
    expect(await hashOfModel(network({ top: 7 }), 'relu')).to.equal(hash);
    expect(await hashOfModel(network(), 'top')).to.not.equal(hash);
    expect(await hashOfModel(network(), 'stem')).to.not.equal(hash);
    expect(await hashOfModel(network({ strides: 2 }), 'relu')).to.not.equal(hash);
    expect(await hashOfModel(network({ seed: 2 }), 'relu')).to.not.equal(hash);
  });
});
