import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { resolveBackboneOptions } from '../../../src/backbones/networks/backboneOptions.js';
import type { BackboneDesign } from '../../../src/backbones/networks/backboneDesign.js';
import { drawBackbone } from '../../../src/backbones/networks/buildBackbone.js';
import type { DrawnBackbone } from '../../../src/backbones/networks/buildBackbone.js';
import { catalog } from '../../../src/backbones/catalog.js';
import { findBackbone, listBackbones } from '../../../src/backbones/findBackbone.js';
import { slotParts } from '../../../src/backbones/weights/weightSlots.js';
import type { WeightNaming } from '../../../src/backbones/weights/weightNaming.js';
import { receptiveField } from '../../../src/models/receptiveField.js';
import { forEachBackend } from '../../backends.js';
import { describeWithShared } from '../../shared.js';

/** The whole network with batch norm kept, without the cost of random values. */
function drawn(design: BackboneDesign, options: Parameters<typeof resolveBackboneOptions>[3] = {}): DrawnBackbone {
  const resolved = resolveBackboneOptions(design.name, design.stages, design.last, { batchNorm: 'train', ...options });
  return drawBackbone(design, resolved, true);
}

function parameters({ model }: DrawnBackbone): number {
  return model.trainableWeights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
}

// Weights that are not filled take no memory on the cpu backend, so that all networks can be built.
forEachBackend('listBackbones', (backend) => {
  if (backend !== 'cpu') {
    return;
  }
  for (const { description, design } of catalog) {
    describe(description.name, () => {
      it('has the parameters that are published for it', () => {
        const network = drawn(design, { include: 'classifier' });
        expect(parameters(network)).to.equal(description.parameters);
        network.model.dispose();
      });

      it('has the strides, channels and receptive fields that its layers make', () => {
        const stages = design.stages.map(({ name }) => name);
        const { model } = drawn(design, { stages });
        // Far larger than any field, so that no border is in it.
        const inputSize = [4096, 4096] as const;
        const found = stages.map((name, i) => {
          const { rows } = receptiveField(model, { layer: name, inputSize });
          return { name, stride: rows.stride, channels: model.outputs[i].shape[3], receptiveField: rows.size };
        });
        expect(found).to.deep.equal([...description.stages]);
        model.dispose();
      });
    });
  }

  it('names each backbone once, and finds it by that name', () => {
    const names = listBackbones().map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    names.forEach((name) => expect(findBackbone(name)!.name).to.equal(name));
  });
});

describe('findBackbone', () => {
  it('knows the names of other libraries', () => {
    const pairs = {
      wide_resnet50_2: 'wideResnet50_2',
      vgg16_bn: 'vgg16bn',
      mobilenet_v2: 'mobilenetV2',
      'ResNet-50': 'resnet50',
      mobilenetv2_075: 'mobilenetV2_0.75',
      wrn_22_4: 'wideResnet22_4',
      'WRN-28-10': 'wideResnet28_10',
    };
    for (const [theirs, ours] of Object.entries(pairs)) {
      expect(findBackbone(theirs)?.name, theirs).to.equal(ours);
    }
    expect(findBackbone('resnet51')).to.equal(null);
    expect(findBackbone('constructor')).to.equal(null);
  });

  it('tells the two EfficientNet-Lite0 apart', () => {
    expect(findBackbone('efficientNetLite0')!.design.epsilon).to.equal(1e-3);
    expect(findBackbone('tf_efficientnet_lite0')!.design.epsilon).to.equal(1e-3);
    expect(findBackbone('efficientnet_lite0')!.design.epsilon).to.equal(1e-5);
  });
});

interface NameTable {
  from: string;
  to: string;
  pairs: [from: string, to: string][];
}

describeWithShared('names.json', 'golden/backbones/names.json', (path) => {
  const { tables } = JSON.parse(readFileSync(path, 'utf8')) as { tables: NameTable[] };

  function namesBy(network: DrawnBackbone, naming: WeightNaming): string[] {
    return network.slots.flatMap((slot) => slotParts(slot, false).map((part) => naming.nameOf(slot.names, part)));
  }

  forEachBackend('each tensor under both names', (backend) => {
    if (backend !== 'cpu') {
      return;
    }
    for (const { from, to, pairs } of tables) {
      it(`${from} → ${to}`, () => {
        const name = /wrn_\w+|torchvision (\w+)/.exec(from)!;
        const network = drawn(findBackbone(name[1] ?? name[0])!.design, { include: 'classifier' });
        const [first, second = first] = network.namings.filter(({ layout }) => layout === 'pytorch');
        const theirs = namesBy(network, second);
        const found = namesBy(network, first).map((ours, i) => `${ours} = ${theirs[i]}`);
        const wanted = pairs.filter(([ours]) => !ours.endsWith('num_batches_tracked')).map((pair) => pair.join(' = '));
        expect(found.sort()).to.deep.equal(wanted.sort());
        network.model.dispose();
      });
    }
  });
});
