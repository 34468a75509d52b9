import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { fitWeights } from '../../../../src/backbones/networks/buildBackbone.js';
import { resnetDesigns } from '../../../../src/backbones/networks/resnet.js';
import { vgg16Design } from '../../../../src/backbones/networks/vgg.js';
import { withHead } from '../../../../src/backbones/weights/fitNames.js';
import type { WeightSource } from '../../../../src/formats/weightSource.js';
import '../../../backends.js';
import { weightsFor } from '../weightsFor.js';

const resnet18 = resnetDesigns.get('resnet18')!;
const vgg16 = vgg16Design(false, false);

function named(source: WeightSource, rename: (name: string) => string | null, more: Record<string, number[]> = {}) {
  const shapes = new Map<string, readonly number[]>(Object.entries(more));
  for (const [name, shape] of source.shapes) {
    const now = rename(name);
    if (now !== null) {
      shapes.set(now, shape);
    }
  }
  return { shapes, read: () => new Float32Array() } satisfies WeightSource;
}

describe('fitWeights', () => {
  let whole: WeightSource;
  let features: WeightSource;
  before(async () => {
    await tf.setBackend('cpu');
    whole = weightsFor(resnet18, { include: 'classifier' }, () => 0);
    features = weightsFor(vgg16, { stages: 'block5' }, () => 0);
  });
  const namesOf = (source: WeightSource) => [...source.shapes.keys()].sort();

  for (const [what, rename] of Object.entries<(name: string) => string>({
    'a wrapper': (name) => `module.${name}`,
    'two wrappers': (name) => `_orig_mod.module.${name}`,
    'a level in front': (name) => `model.${name}`,
    'two levels in front': (name) => `student.encoder.${name}`,
    'a level and a wrapper in the middle': (name) => `net.${name.replace(/^(\w+)\./, '$1.module.')}`,
    'a level on all but the classifier': (name) => (name.startsWith('fc.') ? name : `backbone.${name}`),
    'a level in the middle': (name) => name.replace(/^(layer\d)\./, '$1.blocks.'),
  })) {
    it(`feature: takes names with ${what}`, () => {
      const fitted = fitWeights(resnet18, named(whole, rename), null);
      expect(namesOf(fitted)).to.deep.equal(namesOf(whole));
      expect(fitted.originalNames?.get('conv1.weight') ?? 'conv1.weight').to.equal(rename('conv1.weight'));
    });
  }

  it('feature: takes a part of the network, and leaves names alone that fit', () => {
    const parallel = named(features, (name) => name.replace('features.', 'features.module.'), { 'best.acc': [] });
    expect(namesOf(fitWeights(vgg16, parallel, ['block5']))).to.include.members(namesOf(features));
    const twice = named(whole, (name) => name, { 'ema.conv1.weight': [64, 3, 7, 7] });
    expect(namesOf(fitWeights(resnet18, twice, null))).to.deep.equal(namesOf(twice));
  });

  it('feature: takes the first of two copies, and the other keeps its names', () => {
    const copies = new Map<string, readonly number[]>(
      [...whole.shapes].flatMap(([name, shape]) => [[`encoder_q.${name}`, shape] as const]),
    );
    whole.shapes.forEach((shape, name) => copies.set(`encoder_k.${name}`, shape));
    const fitted = fitWeights(resnet18, { shapes: copies, read: () => new Float32Array() }, null);
    expect(fitted.originalNames?.get('conv1.weight')).to.equal('encoder_q.conv1.weight');
    expect(fitted.shapes.has('encoder_k.conv1.weight')).to.equal(true);
  });

  for (const [what, head, taken] of [
    ['behind a dropout', { 'fc.1.weight': [3, 512], 'fc.1.bias': [3] }, true],
    ['of another name', { 'last_linear.weight': [3, 512], 'last_linear.bias': [3] }, true],
    ['as a convolution', { 'head.fc.weight': [3, 512, 1, 1], 'head.fc.bias': [3] }, true],
    [
      'of two layers',
      { 'fc.0.weight': [256, 512], 'fc.0.bias': [256], 'fc.3.weight': [3, 256], 'fc.3.bias': [3] },
      false,
    ],
    ['behind a norm', { 'fc.0.running_mean': [512], 'fc.1.weight': [3, 512], 'fc.1.bias': [3] }, false],
    ['of other inputs', { 'fc.1.weight': [3, 2048], 'fc.1.bias': [3] }, false],
    [
      'of which there are two',
      { 'head.weight': [3, 512], 'head.bias': [3], 'cls.weight': [5, 512], 'cls.bias': [5] },
      false,
    ],
  ] as const) {
    it(`feature: ${taken ? 'takes' : 'leaves'} a classifier ${what}`, () => {
      const body = named(whole, (name) => (name.startsWith('fc.') ? null : `model.${name}`));
      const shapes = new Map<string, readonly number[]>(body.shapes);
      Object.entries(head).forEach(([name, shape]) => shapes.set(`model.${name}`, shape));
      const fitted = fitWeights(resnet18, { ...body, shapes }, null);
      expect(fitted.shapes.has('fc.weight')).to.equal(taken);
      if (!taken) {
        expect(fitted.shapes.has(Object.keys(head)[0])).to.equal(true);
      }
    });
  }

  it('exception: names of endless levels cost no time', () => {
    const long = Array.from({ length: 2000 }, () => 'a').join('.');
    const hostile = named(whole, (name) => `${long}.${name}`);
    expect(namesOf(fitWeights(resnet18, hostile, null))).to.deep.equal(namesOf(hostile));
    expect(withHead(hostile, new Set(), { weight: 'fc.weight', bias: 'fc.bias', inputs: 1 })).to.equal(hostile);
  });
});
