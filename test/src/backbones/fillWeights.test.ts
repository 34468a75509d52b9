import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { efficientNetLite0 } from '../../../src/backbones/networks/efficientNetLite0.js';
import { timmNameOfEfficientNetLite0 } from '../../../src/backbones/weights/efficientNetLite0Names.js';
import { placeRows } from '../../../src/backbones/weights/layerValues.js';
import { renameWeights } from '../../../src/formats/weightSource.js';
import type { KernelSize } from '../../../src/backbones/weights/weightSlots.js';
import type { WeightSource } from '../../../src/formats/weightSource.js';
import { WeldonError } from '../../../src/errors.js';
import { forEachBackend } from '../../backends.js';

/** The tensors of the stem and of stage 1, all of one value. */
function stemWeights(value: number): WeightSource {
  const norm = (prefix: string, channels: number): [string, number[]][] =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${prefix}.${part}`, [channels]]);
  const shapes = new Map<string, number[]>([
    ['conv_stem.weight', [32, 3, 3, 3]],
    ...norm('bn1', 32),
    ['bn1.num_batches_tracked', []],
    ['blocks.0.0.conv_dw.weight', [32, 1, 3, 3]],
    ...norm('blocks.0.0.bn1', 32),
    ['blocks.0.0.conv_pw.weight', [16, 32, 1, 1]],
    ...norm('blocks.0.0.bn2', 16),
  ]);
  return {
    shapes,
    read: (name) => new Float32Array(shapes.get(name)!.reduce((product, side) => product * side, 1)).fill(value),
  };
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(WeldonError);
  return (error as Error).message;
}

describe('placeRows', () => {
  const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);
  const placed = (size: KernelSize, atOnce = size.outputs) => {
    const { outputs, inputs, height, width } = size;
    const columns = inputs * height * width;
    const values = counted(outputs * columns);
    const kernel = new Float32Array(values.length);
    for (let row = 0; row < outputs; row += atOnce) {
      placeRows(kernel, values.subarray(row * columns, (row + atOnce) * columns), row, size);
    }
    return [...kernel];
  };

  it('[out, in, height, width] becomes [height, width, in, out]', () => {
    // Value o·4 + i·2 + y for [2, 2, 2, 1]: at y, i, o of the result.
    expect(placed({ outputs: 2, inputs: 2, height: 2, width: 1 })).to.deep.equal([0, 4, 2, 6, 1, 5, 3, 7]);
  });

  it('[channels, 1, height, width] becomes [height, width, channels, 1]', () => {
    expect(placed({ outputs: 2, inputs: 1, height: 1, width: 3 })).to.deep.equal([0, 3, 1, 4, 2, 5]);
  });

  it('[out, in] becomes [in, out]', () => {
    expect(placed({ outputs: 2, inputs: 3, height: 1, width: 1 })).to.deep.equal([0, 3, 1, 4, 2, 5]);
  });

  it('takes any number of rows at a time', () => {
    const size = { outputs: 70, inputs: 3, height: 2, width: 2 };
    const whole = placed(size);
    // Row 69, input 2, place (1, 0) is value 69·12 + 2·4 + 2 of PyTorch's kernel.
    expect(whole[((1 * 2 + 0) * 3 + 2) * 70 + 69]).to.equal(838);
    for (const atOnce of [1, 7, 33, 64]) {
      expect(placed(size, atOnce), `${atOnce} rows at a time`).to.deep.equal(whole);
    }
  });
});

describe('timmNameOfEfficientNetLite0', () => {
  it('counts blocks per stage, and norms from the first there is', () => {
    const pairs = {
      '_conv_stem.weight': 'conv_stem.weight',
      '_bn0.running_mean': 'bn1.running_mean',
      '_bn1.bias': 'bn2.bias',
      '_conv_head.weight': 'conv_head.weight',
      '_fc.bias': 'classifier.bias',
      '_blocks.0._depthwise_conv.weight': 'blocks.0.0.conv_dw.weight',
      '_blocks.0._bn1.weight': 'blocks.0.0.bn1.weight',
      '_blocks.0._project_conv.weight': 'blocks.0.0.conv_pw.weight',
      '_blocks.0._bn2.weight': 'blocks.0.0.bn2.weight',
      '_blocks.3._expand_conv.weight': 'blocks.2.0.conv_pw.weight',
      '_blocks.3._bn0.weight': 'blocks.2.0.bn1.weight',
      '_blocks.7._bn1.running_var': 'blocks.3.2.bn2.running_var',
      '_blocks.11._bn2.bias': 'blocks.5.0.bn3.bias',
      '_blocks.15._project_conv.weight': 'blocks.6.0.conv_pwl.weight',
      'unknown.weight': 'unknown.weight',
    };
    for (const [from, to] of Object.entries(pairs)) {
      expect(timmNameOfEfficientNetLite0(from)).to.equal(to);
    }
  });
});

forEachBackend('fillWeights', () => {
  it('folds while it fills: kernel · s and (0 − mean) · s + beta', async () => {
    const model = await efficientNetLite0({ stages: 'stage1', weights: stemWeights(4) });
    const s = 4 / Math.sqrt(4 + 1e-3);
    const [kernel, bias] = model.getLayer('stem_conv').getWeights();
    expect(kernel.shape).to.deep.equal([3, 3, 3, 32]);
    expect(kernel.dataSync()[100]).to.be.closeTo(4 * s, 1e-5);
    expect(bias.dataSync()[31]).to.be.closeTo(4 - 4 * s, 1e-5);
    model.dispose();
  });

  it('keeps batch norm values as they are, fixed or trainable', async () => {
    for (const batchNorm of ['freeze', 'train'] as const) {
      const model = await efficientNetLite0({ stages: 'stage1', weights: stemWeights(4), batchNorm });
      const norm = model.getLayer('stem_norm');
      expect(norm.getWeights().map((weight) => weight.dataSync()[0])).to.deep.equal([4, 4, 4, 4]);
      expect(norm.trainableWeights).to.have.length(batchNorm === 'train' ? 2 : 0);
      expect(model.getLayer('stem_conv').weights).to.have.length(1);
      model.dispose();
    }
  });

  it('takes a source that answers later, and one under other names', async () => {
    const source = stemWeights(4);
    const later: WeightSource = { shapes: source.shapes, read: async (name) => source.read(name) };
    const prefixed = renameWeights(later, (name) => `module.${name}`);
    const model = await efficientNetLite0({ stages: 'stage1', weights: prefixed });
    expect(model.getLayer('stage1').getWeights()[0].dataSync()[0]).to.be.closeTo((4 * 4) / Math.sqrt(4 + 1e-3), 1e-5);
    model.dispose();
  });

  it('names missing, mis-shaped and unexpected tensors, and leaves no model behind', async () => {
    const before = tf.memory().numTensors;
    const source = stemWeights(1);
    const shapes = new Map(source.shapes);
    shapes.delete('bn1.running_var');
    shapes.set('conv_stem.weight', [32, 3, 5, 5]);
    const message = await errorOf(efficientNetLite0({ stages: 'stage1', weights: { ...source, shapes } }));
    expect(message).to.contain('missing: bn1.running_var');
    expect(message).to.contain('mis-shaped: conv_stem.weight is [32, 3, 5, 5], expected [32, 3, 3, 3]');
    expect(message).not.to.contain('unexpected');
    const whole = new Map([...source.shapes, ['layer4.0.conv1.weight', [1]] as [string, number[]]]);
    expect(await errorOf(efficientNetLite0({ include: 'classifier', weights: { ...source, shapes: whole } }))).to.match(
      /missing: .* and \d+ more; unexpected: layer4\.0\.conv1\.weight\)/,
    );
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('refuses values that no network was trained to, and leaves no model behind', async () => {
    const before = tf.memory().numTensors;
    const source = stemWeights(1);
    const withValue = (name: string, value: number): WeightSource => ({
      shapes: source.shapes,
      read: (each) => {
        const values = source.read(each) as Float32Array;
        values[5] = each === name ? value : values[5];
        return values;
      },
    });
    const refused = (name: string, value: number) =>
      errorOf(efficientNetLite0({ stages: 'stage1', weights: withValue(name, value) }));
    expect(await refused('blocks.0.0.conv_pw.weight', NaN)).to.equal(
      'Expected tensor blocks.0.0.conv_pw.weight to be finite numbers but received NaN at index 5',
    );
    expect(await refused('bn1.bias', Infinity)).to.contain('received Infinity at index 5');
    expect(await refused('bn1.running_var', -1)).to.equal(
      'Expected tensor bn1.running_var to be variances, which are >= 0 but received -1 at index 5',
    );
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('passes a failing read on and leaves no model behind', async () => {
    const before = tf.memory().numTensors;
    const source = stemWeights(1);
    const failing: WeightSource = {
      shapes: source.shapes,
      read: (name) =>
        name.startsWith('blocks') ? Promise.reject(new WeldonError('the disk is gone')) : source.read(name),
    };
    expect(await errorOf(efficientNetLite0({ stages: 'stage1', weights: failing }))).to.equal('the disk is gone');
    expect(tf.memory().numTensors).to.equal(before);
  });
});
