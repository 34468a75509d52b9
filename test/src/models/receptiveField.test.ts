import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { ReceptiveField } from '../../../src/models/receptiveField.js';
import { receptiveField } from '../../../src/models/receptiveField.js';
import '../../backends.js';
import { describeWithShared } from '../../shared.js';
import { loadModelFolder } from './modelFolder.js';
import { chain, residualFeatures, seedWeights, transferFunctional, transferSequential } from './smallModels.js';

const { conv2d, maxPooling2d, averagePooling2d, zeroPadding2d, depthwiseConv2d } = tfl.layers;
type Symbolic = tfl.SymbolicTensor;

/** A model that does not forget signs: activations would hide a perturbation by chance. */
function linear(layers: (x: Symbolic) => Symbolic, shape: tfl.Shape = [null, null, 2]): tfl.LayersModel {
  const image = tfl.input({ shape, name: 'image' });
  return seedWeights(tfl.model({ inputs: image, outputs: layers(image) }), 5);
}

/**
 * Perturbs the pixels along one axis one after the other and tells, for each region along it, the first and last
 * pixel that changed it.
 */
function observed(
  model: tfl.LayersModel,
  size: [number, number],
  axis: 'rows' | 'columns',
): ([number, number] | null)[] {
  const [height, width] = size;
  const seen: ([number, number] | null)[] = [];
  tf.tidy(() => {
    const depth = model.inputs[0].shape[3] as number;
    const length = axis === 'rows' ? height : width;
    const base = tf.randomUniform([1, height, width, depth], 0.5, 1, 'float32', 9);
    const clean = model.predict(base) as tf.Tensor4D;
    seen.push(...Array.from({ length: clean.shape[axis === 'rows' ? 1 : 2] }, () => null));
    for (let pixel = 0; pixel < length; pixel++) {
      const along = tf.reshape(
        tf.oneHot(tf.tensor1d([pixel], 'int32'), length),
        axis === 'rows' ? [1, length, 1, 1] : [1, 1, length, 1],
      );
      const changed = model.predict(tf.add(base, tf.mul(along, 50))) as tf.Tensor;
      const difference = tf.max(tf.abs(tf.sub(changed, clean)), axis === 'rows' ? [0, 2, 3] : [0, 1, 3]).dataSync();
      difference.forEach((value, region) => {
        if (value > 1e-6) {
          seen[region] = [Math.min(pixel, seen[region]?.[0] ?? pixel), pixel];
        }
      });
    }
  });
  return seen;
}

/** First and last pixel of each region's window, cut at the image. */
function predicted(field: ReceptiveField, axis: 'rows' | 'columns', length: number): [number, number][] {
  const { start, stride, size, count } = field[axis];
  return Array.from({ length: count }, (_, i) => {
    const low = start + i * stride - size / 2;
    return [Math.max(0, low), Math.min(length, low + size) - 1];
  });
}

function expectExact(model: tfl.LayersModel, size: [number, number]): void {
  const field = receptiveField(model, { inputSize: size });
  expect(observed(model, size, 'rows')).to.deep.equal(predicted(field, 'rows', size[0]));
  expect(observed(model, size, 'columns')).to.deep.equal(predicted(field, 'columns', size[1]));
}

/** For layers whose window differs from region to region: the prediction must contain what was seen. */
function expectCovers(model: tfl.LayersModel, size: [number, number]): void {
  const field = receptiveField(model, { inputSize: size });
  for (const [axis, length] of [
    ['rows', size[0]],
    ['columns', size[1]],
  ] as const) {
    const seen = observed(model, size, axis);
    expect(seen).to.have.length(field[axis].count);
    predicted(field, axis, length).forEach(([low, high], i) => {
      const [first, last] = seen[i] as [number, number];
      expect(first, `${axis} ${i}`).to.be.at.least(Math.floor(low));
      expect(last, `${axis} ${i}`).to.be.at.most(Math.ceil(high));
    });
  }
}

/** VGG16's thirteen convolutions and five poolings with one channel each. */
function vgg16Geometry(): tfl.LayersModel {
  return linear((x) =>
    [2, 2, 3, 3, 3].reduce(
      (value, convolutions) =>
        chain(
          value,
          ...Array.from({ length: convolutions }, () => conv2d({ filters: 1, kernelSize: 3, padding: 'same' })),
          maxPooling2d({ poolSize: 2, strides: 2 }),
        ),
      x,
    ),
  );
}

/** ResNet-50 with one channel; `strideAt` says which convolution of a stage's first block halves the image. */
function resnet50Geometry(strideAt: 'first' | 'middle'): tfl.LayersModel {
  const block = (x: Symbolic, stride: number): Symbolic => {
    const main = chain(
      x,
      conv2d({ filters: 1, kernelSize: 1, strides: strideAt === 'first' ? stride : 1 }),
      conv2d({ filters: 1, kernelSize: 3, strides: strideAt === 'middle' ? stride : 1, padding: 'same' }),
      conv2d({ filters: 1, kernelSize: 1 }),
    );
    const shortcut = stride === 1 ? x : chain(x, conv2d({ filters: 1, kernelSize: 1, strides: stride }));
    return tfl.layers.add().apply([main, shortcut]) as Symbolic;
  };
  return linear((x) => {
    let value = chain(
      x,
      zeroPadding2d({ padding: 3 }),
      conv2d({ filters: 1, kernelSize: 7, strides: 2 }),
      zeroPadding2d({ padding: 1 }),
      maxPooling2d({ poolSize: 3, strides: 2 }),
    );
    for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
      for (let i = 0; i < blocks; i++) {
        value = block(value, stage > 0 && i === 0 ? 2 : 1);
      }
    }
    return value;
  });
}

describe('receptiveField', () => {
  before(() => tf.setBackend('cpu'));

  describe('feature: known networks', () => {
    it('VGG16 sees 212 px at stride 32 from pool5, centred on 16 px', () => {
      const { rows, columns } = receptiveField(vgg16Geometry(), { inputSize: [224, 224] });
      expect(rows).to.deep.include({ size: 212, stride: 32, start: 16, count: 7 });
      expect(columns).to.deep.equal(rows);
    });

    it('ResNet-50 sees 483 px with the stride in the first convolution, 427 with it in the middle one', () => {
      const first = receptiveField(resnet50Geometry('first'), { inputSize: [224, 224] });
      expect(first.rows).to.deep.include({ size: 483, stride: 32, count: 7 });
      // Padding 3, then 1: the first region is centred on pixel 0, as all later windows are.
      expect(first.rows.start).to.equal(0.5);
      const middle = receptiveField(resnet50Geometry('middle'), { inputSize: [224, 224] });
      expect(middle.rows.size).to.equal(427);
    });

    it('takes rows and columns apart', () => {
      const { rows, columns } = receptiveField(
        linear((x) => chain(x, conv2d({ filters: 1, kernelSize: [5, 1], strides: [2, 1] }))),
        { inputSize: [9, 9] },
      );
      expect(rows).to.deep.include({ size: 5, stride: 2, start: 2.5, count: 3 });
      expect(columns).to.deep.include({ size: 1, stride: 1, start: 0.5, count: 9 });
    });

    it("lets TensorFlow's same padding depend on the size", () => {
      const model = linear((x) => chain(x, conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' })));
      expect(receptiveField(model, { inputSize: [8, 9] }).rows.start).to.equal(1.5);
      expect(receptiveField(model, { inputSize: [8, 9] }).columns.start).to.equal(0.5);
    });
  });

  describe('feature: what a perturbed pixel changes', () => {
    const cases: Record<string, (x: Symbolic) => Symbolic> = {
      'valid and same convolutions, strides and dilation': (x) =>
        chain(
          x,
          conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
          conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same' }),
          conv2d({ filters: 2, kernelSize: 2, strides: 1 }),
        ),
      'depthwise and separable convolutions': (x) =>
        chain(
          x,
          depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }),
          tfl.layers.separableConv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
        ),
      'average pooling, padding and cropping': (x) =>
        chain(
          x,
          zeroPadding2d({
            padding: [
              [2, 1],
              [0, 3],
            ],
          }),
          averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
          tfl.layers.cropping2D({
            cropping: [
              [1, 2],
              [2, 1],
            ],
          }),
          conv2d({ filters: 1, kernelSize: 2 }),
        ),
      'batch norm, activation, dropout, dense': (x) =>
        chain(
          x,
          conv2d({ filters: 2, kernelSize: 3, strides: 2 }),
          tfl.layers.batchNormalization(),
          tfl.layers.activation({ activation: 'linear' }),
          tfl.layers.dropout({ rate: 0.5 }),
          tfl.layers.dense({ units: 3 }),
        ),
      'branches of different depth that are added': (x) =>
        tfl.layers
          .add()
          .apply([
            chain(x, conv2d({ filters: 1, kernelSize: 1, strides: 2, padding: 'same' })),
            chain(
              x,
              conv2d({ filters: 1, kernelSize: 5, strides: 2, padding: 'same' }),
              conv2d({ filters: 1, kernelSize: 3, padding: 'same' }),
            ),
          ]) as Symbolic,
      'branches that are concatenated': (x) =>
        tfl.layers
          .concatenate()
          .apply([
            chain(x, conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' })),
            chain(x, maxPooling2d({ poolSize: 2, strides: 2, padding: 'same' })),
          ]) as Symbolic,
    };
    for (const [title, layers] of Object.entries(cases)) {
      for (const size of [
        [16, 21],
        [19, 18],
      ] as [number, number][]) {
        it(`${title}, ${size.join('×')}`, () => expectExact(linear(layers), size));
      }
    }

    const covered: Record<string, (x: Symbolic) => Symbolic> = {
      'nearest up-sampling': (x) =>
        chain(
          x,
          conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' }),
          tfl.layers.upSampling2d({ size: [2, 3] }),
        ),
      'bilinear up-sampling': (x) =>
        chain(
          x,
          conv2d({ filters: 1, kernelSize: 3, strides: 4, padding: 'same' }),
          tfl.layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
        ),
      'transposed convolution, same': (x) =>
        chain(
          x,
          conv2d({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' }),
          tfl.layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: 'same' }),
        ),
      'transposed convolution, valid': (x) =>
        chain(
          x,
          conv2d({ filters: 1, kernelSize: 3, strides: 2 }),
          tfl.layers.conv2dTranspose({ filters: 1, kernelSize: 5, strides: 3, padding: 'valid' }),
        ),
    };
    for (const [title, layers] of Object.entries(covered)) {
      it(`${title}: the window covers it`, () => expectCovers(linear(layers), [15, 18]));
    }

    it('channels first', () => {
      const model = linear(
        (x) =>
          chain(
            x,
            zeroPadding2d({
              padding: [
                [1, 0],
                [2, 1],
              ],
              dataFormat: 'channelsFirst',
            }),
            conv2d({ filters: 2, kernelSize: [3, 2], strides: 2, dataFormat: 'channelsFirst' }),
          ),
        [2, null, null],
      );
      const { rows, columns } = receptiveField(model, { inputSize: [12, 14] });
      expect(rows).to.deep.include({ size: 3, stride: 2, start: 0.5, count: 6 });
      expect(columns).to.deep.include({ size: 2, stride: 2, start: -1, count: 8 });
    });
  });

  describe('feature: graphs', () => {
    it('looks into models used as layers', () => {
      const plain = receptiveField(residualFeatures(), { inputSize: [24, 24] });
      for (const model of [transferSequential(), transferFunctional()]) {
        expect(receptiveField(model), model.name).to.deep.equal(plain);
        expect(receptiveField(model, { layer: 'stem' }).rows.size, model.name).to.equal(3);
      }
    });

    it('leaves a squeeze-and-excitation gate out and says so', () => {
      const model = linear((x) => {
        const maps = chain(x, conv2d({ filters: 4, kernelSize: 3, padding: 'same' }));
        const gate = chain(
          maps,
          tfl.layers.globalAveragePooling2d({}),
          tfl.layers.reshape({ targetShape: [1, 1, 4] }),
          conv2d({ filters: 4, kernelSize: 1, activation: 'sigmoid' }),
        );
        return tfl.layers.multiply().apply([maps, gate]) as Symbolic;
      });
      const field = receptiveField(model, { inputSize: [8, 8] });
      expect(field.rows).to.deep.include({ size: 3, stride: 1, start: 0.5, count: 8 });
      expect(field.seesWholeImage).to.equal(true);
      expect(receptiveField(residualFeatures(), { inputSize: [8, 8] }).seesWholeImage).to.equal(false);
    });

    it('follows a channel shuffle', () => {
      const model = linear(
        (x) =>
          chain(
            x,
            conv2d({ filters: 4, kernelSize: 3, strides: 2, name: 'before' }),
            tfl.layers.reshape({ targetShape: [4, 4, 2, 2] }),
            tfl.layers.permute({ dims: [1, 2, 4, 3] }),
            tfl.layers.reshape({ targetShape: [4, 4, 4], name: 'after' }),
          ),
        [9, 9, 2],
      );
      const { layer, ...shuffled } = receptiveField(model);
      expect(layer).to.equal('after');
      expect(shuffled).to.deep.equal({
        rows: { size: 3, stride: 2, start: 1.5, center: 1.5, count: 4 },
        columns: { size: 3, stride: 2, start: 1.5, center: 1.5, count: 4 },
        seesWholeImage: false,
      });
    });
  });

  describe('exception', () => {
    it('asks for the input size where the model leaves it free', () => {
      expect(() => receptiveField(residualFeatures())).to.throw(
        'Expected inputSize for the receptive field of model residual to be given as [height, width], ' +
          "since the model's input [null, null, null, 3] is free but received none",
      );
    });

    it('names the layer where branches of different stride meet', () => {
      const model = linear(
        (x) =>
          tfl.layers
            .add({ name: 'meeting' })
            .apply([
              chain(x, conv2d({ filters: 1, kernelSize: 1, strides: 2, padding: 'same', name: 'halved' })),
              chain(x, conv2d({ filters: 1, kernelSize: 1, padding: 'same', name: 'whole' })),
            ]) as Symbolic,
      );
      expect(() => receptiveField(model, { inputSize: [8, 8] })).to.throw(
        /layer meeting of model .* received 4 rows of stride 2 px from halved and 8 of stride 1 px from whole/,
      );
    });

    it('names an unknown layer class and takes it as pointwise when told so', () => {
      class Swish extends tfl.layers.Layer {
        static get className(): string {
          return 'TestSwish';
        }
      }
      const model = linear((x) => chain(x, conv2d({ filters: 1, kernelSize: 3 }), new Swish({ name: 'my_swish' })));
      expect(() => receptiveField(model, { inputSize: [8, 8] })).to.throw(
        /layer my_swish .*an unknown class, TestSwish/,
      );
      expect(receptiveField(model, { inputSize: [8, 8], pointwise: ['TestSwish'] }).rows.size).to.equal(3);
    });

    it('suggests names for a layer that is not there', () => {
      expect(() => receptiveField(residualFeatures(), { inputSize: [8, 8], layer: 'deep_3' })).to.throw(
        'Expected layer to be the name of a layer of model residual but received "deep_3". Nearest: "deep_1", "deep_2"',
      );
    });

    it('refuses a layer without places and a size that the model does not take', () => {
      const model = transferSequential();
      expect(() => receptiveField(model, { layer: 'gap' })).to.throw(
        /layer gap .*received an output of shape \[null, 6\]/,
      );
      expect(() => receptiveField(model, { inputSize: [32, 32] })).to.throw(
        /\[null, 24, 24, 3\] allows but received \[32, 32\]/,
      );
    });
  });

  describeWithShared('MobileNetV2', 'weights/mobilenet_v2_imagenet', (folder) => {
    it('sees 491 px at stride 32 from its last convolution', async () => {
      const model = await loadModelFolder(folder);
      const field = receptiveField(model, { inputSize: [224, 224], layer: 'conv_last_relu6' });
      expect(field.rows).to.deep.include({ size: 491, stride: 32, count: 7 });
      expect(receptiveField(model, { inputSize: [224, 224] }).layer).to.equal('conv_last_relu6');
      model.dispose();
    });
  });
});
