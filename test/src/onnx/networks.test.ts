/** Exported networks of `golden/backbones`, their weights filled by its formula, held against the product on wasm. */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { InferenceSession } from 'onnxruntime-node';
import '../../backends.js';
import type { BackboneOptions } from '../../../src/backbones/networks/backboneOptions.js';
import { efficientNetLite0 } from '../../../src/backbones/networks/efficientNetLite0.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { withRecipe } from '../../../src/models/recipeMetadata.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { describeWithShared } from '../../shared.js';
import { formulaWeights } from '../backbones/formulaWeights.js';
import { everything, networks } from '../backbones/goldenNetworks.js';
import { readGolden } from '../backbones/readGolden.js';
import { checkFiles } from './checkFiles.js';
import { randomPixels, relativeError, runSession } from './runOnnx.js';

type Shape = [batch: number, height: number, width: number, channels: number];

const builders = new Map([
  ...networks,
  ['efficientnet_lite0', (options: BackboneOptions) => efficientNetLite0({ ...options, variant: 'timm' })] as const,
  ['tf_efficientnet_lite0', (options: BackboneOptions) => efficientNetLite0({ ...options })] as const,
]);

const square = (batch: number, side: number): Shape => [batch, side, side, 3];
const manySizes = [1, 3].flatMap((batch): Shape[] => [
  ...[224, 320, 448].map((side) => square(batch, side)),
  [batch, 320, 257, 3],
]);
const twoSizes: Shape[] = [square(1, 224), [1, 256, 193, 3]];
const small: Shape[] = [square(1, 32), [1, 24, 40, 3]];

/** Shapes of the images that a network is tried with: all of them, and those that are quick. */
const trials: Record<string, { all: Shape[]; quick?: Shape[]; batchNorm?: 'freeze' }> = {
  tf_efficientnet_lite0: { all: manySizes, quick: [[2, 65, 96, 3]] },
  efficientnet_lite0: { all: manySizes },
  mobilenet_v2: { all: manySizes, quick: [[2, 65, 96, 3]], batchNorm: 'freeze' },
  resnet18: { all: manySizes, quick: [[1, 65, 96, 3]] },
  resnet50: { all: manySizes, batchNorm: 'freeze' },
  mobilenetv2_100: { all: twoSizes },
  resnet34: { all: twoSizes },
  resnet101: { all: twoSizes },
  resnet152: { all: twoSizes },
  wide_resnet50_2: { all: twoSizes },
  wide_resnet101_2: { all: twoSizes },
  // Convolutionalized, VGG's head wants seven rows and columns.
  vgg16: { all: [square(1, 224)] },
  vgg16_bn: { all: [square(1, 224)] },
  wrn_16_4: { all: small, quick: [[1, 24, 40, 3]], batchNorm: 'freeze' },
  wrn_40_2: { all: small, quick: [[1, 24, 40, 3]] },
  wrn_28_10: { all: small },
};

const input = { colorOrder: 'rgb' as const, scale: 1 / 127.5, offset: -1 };
const pooling = { kMax: 0.2, reduction: 'halfMean' as const };

/** Largest errors of a file's outputs for images of one shape. */
async function compare(session: InferenceSession, model: tfl.LayersModel, shape: Shape) {
  const { data } = randomPixels(shape);
  const found = await runSession(session, data, shape);
  const wanted = tf.tidy(() => {
    const x = tf.add(tf.mul(tf.tensor4d(data, shape), input.scale), input.offset);
    if (found.class_maps === undefined) {
      const scores = model.predict(x, { batchSize: shape[0] }) as tf.Tensor2D;
      return { scores, probabilities: tf.softmax(scores) };
    }
    const [scores, maps] = readOutModel(model).model.predict(x, { batchSize: shape[0] }) as [tf.Tensor2D, tf.Tensor4D];
    return { scores, probabilities: tf.softmax(scores), class_maps: maps };
  });
  const errors = Object.entries(wanted).map(([name, tensor]) => [name, relativeError(found[name], tensor)] as const);
  tf.dispose(wanted);
  return errors;
}

describeWithShared('exportOnnx, golden/backbones', 'golden/backbones', (folder) => {
  before(() => tf.setBackend('wasm'));

  /**
   * ONNX Runtime adds VGG's 25 088 products one after the other: scores are off by 1.2e-5, and the largest probability,
   * which is 14 times their root mean square, by 1.1e-4 of that.
   */
  const boundOf = (name: string, output: string, tolerance: number) =>
    name.startsWith('vgg') && output === 'probabilities' ? 2 * tolerance : tolerance;

  async function check(name: string, model: tfl.LayersModel, tolerance: number, shapes: readonly Shape[]) {
    const bytes = await exportOnnx(model);
    if (everything) {
      expect(await checkFiles([[name, bytes]])).to.deep.equal([]);
    }
    const session = await InferenceSession.create(bytes);
    const worst: Record<string, number> = {};
    for (const shape of shapes) {
      for (const [output, error] of await compare(session, model, shape)) {
        expect(error, `${output} of [${shape.join(', ')}]`).to.be.below(boundOf(name, output, tolerance));
        worst[output] = Math.max(worst[output] ?? 0, error);
      }
    }
    await session.release();
    const figures = Object.entries(worst).map(([output, error]) => `${output} ${error.toExponential(1)}`);
    console.log(`      ${name}: ${figures.join(', ')} (tolerance ${tolerance})`);
  }

  for (const [name, { all, quick, batchNorm }] of Object.entries(trials)) {
    const shapes = everything ? all : quick;
    if (shapes === undefined) {
      continue;
    }
    it(`${name} at ${shapes.map((shape) => shape.slice(0, 3).join('×')).join(', ')}`, async () => {
      const golden = readGolden(`${folder}/${name}.json`);
      const whole = await builders.get(name)!({ weights: formulaWeights(golden), include: 'classifier', batchNorm });
      const model = convolutionalize(withRecipe(whole, { input, activation: 'softmax' }), { pooling });
      whole.dispose();
      await check(name, model, golden.tolerance.fp32, shapes).finally(() => model.dispose());
    });
  }

  if (everything) {
    for (const name of ['vgg16', 'vgg16_bn']) {
      it(`${name}, its own classifier, built for 256×193`, async () => {
        const golden = readGolden(`${folder}/${name}.json`);
        const options = { weights: formulaWeights(golden), include: 'classifier', inputShape: [256, 193, 3] } as const;
        const model = withRecipe(await builders.get(name)!(options), { input, activation: 'softmax' });
        await check(`${name} classifier`, model, golden.tolerance.fp32, [[1, 256, 193, 3]]).finally(() =>
          model.dispose(),
        );
      });
    }
  }
});
