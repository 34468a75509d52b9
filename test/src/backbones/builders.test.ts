import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { BackboneOptions } from '../../../src/backbones/networks/backboneOptions.js';
import { convolutionUnit, linearUnit } from '../../../src/backbones/networks/buildingBlocks.js';
import type { BlockContext } from '../../../src/backbones/networks/buildingBlocks.js';
import { fillWeights } from '../../../src/backbones/weights/checkWeights.js';
import { layersModelWeights } from '../../../src/formats/layersModelWeights.js';
import { mobilenetV2, mobilenetV2Design, scaledChannels } from '../../../src/backbones/networks/mobilenetV2.js';
import { modelFiles } from '../../../src/backbones/weights/modelFiles.js';
import { resnet18, resnetDesigns } from '../../../src/backbones/networks/resnet.js';
import { vgg16, vgg16bn, vgg16Design } from '../../../src/backbones/networks/vgg.js';
import { torchNaming } from '../../../src/backbones/weights/weightNaming.js';
import { renameWeights } from '../../../src/formats/weightSource.js';
import { wideResnet, wideResnetDesign } from '../../../src/backbones/networks/wideResnet.js';
import { SeededDropout } from '../../../src/layers/index.js';
import { fileHandler } from '../../../src/node/models/fileHandler.js';
import { forEachBackend } from '../../backends.js';
import { describeWithShared } from '../../shared.js';
import { tolerances } from '../../tolerances.js';
import { formulaInput } from './formulaWeights.js';
import { expectRejection } from '../formats/expectRejection.js';
import { handlerOf } from './modelFolder.js';
import { weightsFor } from './weightsFor.js';

/** Values between −1 and 1 without a pattern, positive for variances, small enough for deep networks. */
function value(name: string, i: number): number {
  const wave = Math.sin(i * 12.9898 + name.length) * 43758.5453;
  const unit = wave - Math.floor(wave);
  return /running_var|bn\d?\.weight|bn\.weight/.test(name) ? 0.5 + unit : 0.2 * (unit - 0.5);
}

function predict(model: tfl.LayersModel, shape: [number, number, number, number]): tf.Tensor[] {
  return tf.tidy(() => [model.predict(tf.tensor4d(formulaInput(shape), shape))].flat() as tf.Tensor[]);
}

function expectSame(got: tf.Tensor, wanted: tf.Tensor, tolerance: number): void {
  expect(got.shape).to.deep.equal(wanted.shape);
  const reach = tf.tidy(() => tf.max(tf.abs(wanted)).dataSync()[0]);
  const far = tf.tidy(() => tf.max(tf.abs(tf.sub(got, wanted))).dataSync()[0]);
  expect(reach, 'something to compare').to.be.greaterThan(0);
  expect(far / reach).to.be.at.most(tolerance);
}

forEachBackend('vgg16', () => {
  it('rounds up or down where pooling meets an odd side', async () => {
    const weights = weightsFor(vgg16Design(false, false), { stages: 'block1' }, value);
    const stages = ['block1_prepool', 'block1'];
    const [floor, ceil] = [await vgg16({ weights, stages }), await vgg16({ weights, stages, ceilMode: true })];
    const [[maps, down], [, up]] = [predict(floor, [1, 7, 9, 3]), predict(ceil, [1, 7, 9, 3])];
    expect(down.shape).to.deep.equal([1, 3, 4, 64]);
    expect(up.shape).to.deep.equal([1, 4, 5, 64]);
    const values = maps.arraySync() as number[][][][];
    const [small, large] = [down.arraySync() as number[][][][], up.arraySync() as number[][][][]];
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 5; column++) {
        const window = [0, 1].flatMap((y) => [0, 1].map((x) => values[0][2 * row + y]?.[2 * column + x]?.[5] ?? 0));
        expect(large[0][row][column][5]).to.equal(Math.max(...window));
        if (row < 3 && column < 4) {
          expect(small[0][row][column][5]).to.equal(Math.max(...window));
        }
      }
    }
    tf.dispose([maps, down, up]);
    floor.dispose();
    ceil.dispose();
  });
});

function emptyContext(): BlockContext {
  return { batchNorm: 'fold', epsilon: 1e-5, padding: 'symmetric', weightsFollow: true, slots: [] };
}

forEachBackend('fully connected layers', (backend) => {
  it('are convolutions on the maps they flatten', async () => {
    const context = emptyContext();
    const image = tfl.input({ shape: [2, 3, 4] });
    const flat = tfl.layers.flatten().apply(image) as tfl.SymbolicTensor;
    const dense = linearUnit(context, flat, { name: 'dense', units: 5, prefix: 'fc', grid: [2, 3] });
    const source = {
      shapes: new Map([
        ['fc.weight', [5, 24]],
        ['fc.bias', [5]],
      ]),
      read: (name: string) => Float32Array.from({ length: name === 'fc.weight' ? 120 : 5 }, (_, i) => value(name, i)),
    };
    const asConvolution = { ...source, shapes: new Map([...source.shapes, ['fc.weight', [5, 4, 2, 3]]]) };
    const model = tfl.model({ inputs: image, outputs: dense });
    for (const each of [source, asConvolution]) {
      await fillWeights('dense', context.slots, each, [torchNaming('torchvision')], true);
      const x = formulaInput([1, 2, 3, 4]);
      const [y] = predict(model, [1, 2, 3, 4]);
      // PyTorch flattens channels, rows, columns: column c·6 + y·3 + x of the matrix.
      const [weight, bias] = [source.read('fc.weight'), source.read('fc.bias')];
      const wanted = Array.from(bias, (b, out) => {
        let sum = b;
        for (let place = 0; place < 6; place++) {
          for (let c = 0; c < 4; c++) {
            sum += x[place * 4 + c] * weight[out * 24 + c * 6 + place];
          }
        }
        return sum;
      });
      y.dataSync().forEach((got, i) => expect(got).to.be.closeTo(wanted[i], tolerances[backend]));
      y.dispose();
    }
    model.dispose();
  });

  it('of VGG take the same weights either way', async () => {
    const context = emptyContext();
    const image = tfl.input({ shape: [3, 3, 2] });
    const maps = convolutionUnit(context, image, {
      name: 'maps',
      filters: 5,
      kernelSize: 3,
      padding: 'valid',
      prefix: 'fc',
      bias: true,
      activation: 'relu',
    });
    const flat = tfl.layers.flatten().apply(image) as tfl.SymbolicTensor;
    const vector = linearUnit(context, flat, {
      name: 'vector',
      units: 5,
      prefix: 'fc',
      activation: 'relu',
      grid: [3, 3],
    });
    const source = {
      shapes: new Map([
        ['fc.weight', [5, 18]],
        ['fc.bias', [5]],
      ]),
      read: (name: string) => Float32Array.from({ length: name === 'fc.weight' ? 90 : 5 }, (_, i) => value(name, i)),
    };
    const model = tfl.model({ inputs: image, outputs: [maps, vector] });
    await fillWeights('both', context.slots, source, [torchNaming('torchvision')], true);
    const [onMaps, onVector] = predict(model, [1, 3, 3, 2]);
    expect(onMaps.shape).to.deep.equal([1, 1, 1, 5]);
    const [got, wanted] = [onMaps.dataSync(), onVector.dataSync()];
    wanted.forEach((each, i) => expect(got[i]).to.be.closeTo(each, tolerances[backend]));
    tf.dispose([onMaps, onVector]);
    model.dispose();
  });
});

interface Case {
  name: string;
  build: (options: BackboneOptions) => Promise<tfl.LayersModel>;
  weights: () => ReturnType<typeof weightsFor>;
  options: BackboneOptions;
}

const cases: Case[] = [
  {
    name: 'mobilenetV2',
    build: (options) => mobilenetV2({ ...options, alpha: 0.35 }),
    options: { stages: 'stage2' },
    weights: () => weightsFor(mobilenetV2Design(0.35), { stages: 'stage2' }, value, 'timm'),
  },
  {
    name: 'wideResnet',
    build: (options) => wideResnet({ ...options, depth: 10, width: 2 }),
    options: { include: 'classifier' },
    weights: () => weightsFor(wideResnetDesign({ depth: 10, width: 2 }), { include: 'classifier' }, value),
  },
  {
    name: 'resnet18',
    build: resnet18,
    options: { stages: 'layer2' },
    weights: () => weightsFor(resnetDesigns.get('resnet18')!, { stages: 'layer2' }, value),
  },
  {
    name: 'vgg16bn',
    build: vgg16bn,
    options: { stages: 'block2' },
    weights: () => weightsFor(vgg16Design(true, false), { stages: 'block2' }, value),
  },
];

forEachBackend('weights of a model made here', (backend) => {
  if (backend === 'stock') {
    return;
  }
  const shape: [number, number, number, number] = [1, 24, 20, 3];

  for (const { name, build, weights, options } of cases) {
    it(`${name}: from memory and from files, batch norm kept or folded on the way`, async () => {
      const before = tf.memory().numTensors;
      const kept = await build({ weights: weights(), batchNorm: 'train', ...options });
      const [wanted] = predict(kept, shape);
      const files = await modelFiles(kept);
      for (const source of [kept, handlerOf(files)]) {
        const folded = await build({ weights: await layersModelWeights(source), batchNorm: 'fold', ...options });
        const again = await build({ weights: await layersModelWeights(folded), batchNorm: 'fold', ...options });
        const frozen = await build({ weights: await layersModelWeights(source), batchNorm: 'freeze', ...options });
        for (const model of [folded, again, frozen]) {
          const [got] = predict(model, shape);
          expectSame(got, wanted, 10 * tolerances[backend]);
          got.dispose();
        }
        await expectRejection(
          build({ weights: await layersModelWeights(folded), batchNorm: 'freeze', ...options }),
          `'fold' with weights whose batch norm is folded already`,
        );
        [folded, again, frozen].forEach((model) => model.dispose());
      }
      wanted.dispose();
      kept.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('reads half precision and quantised files', async () => {
    const { build, weights, options } = cases[0];
    const model = await build({ weights: weights(), ...options });
    const half = await layersModelWeights(handlerOf(await modelFiles(model, { weights: 'float16' })));
    const name = [...half.shapes.keys()][0];
    const [exact, rounded] = [await (await layersModelWeights(model)).read(name), await half.read(name)];
    exact.forEach((each, i) => expect(rounded[i]).to.be.closeTo(each, 2 ** -11 * Math.abs(each) + 1e-7));
    expect(await half.readPart!(name, 3, 4)).to.deep.equal(rounded.slice(3, 7));
    const quantised = await layersModelWeights({
      load: async () => ({
        weightSpecs: [
          { name: 'w', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        ],
        weightData: Uint8Array.of(0, 2, 255).buffer,
      }),
    });
    expect([...(await quantised.read('w'))]).to.deep.equal([-1, 0, 126.5]);
    model.dispose();
  });

  it('takes Keras names for VGG-16', async () => {
    const stages = 'block3';
    const model = await vgg16({ weights: weightsFor(vgg16Design(false, false), { stages }, value), stages });
    const keras = renameWeights(await layersModelWeights(model), (name) =>
      name.replace(/block(\d)_prepool/, (_, block) => `block${block}_conv${Number(block) < 3 ? 2 : 3}`),
    );
    expect([...keras.shapes.keys()]).to.include.members(['block1_conv2/kernel', 'block3_conv3/bias']);
    const again = await vgg16({ weights: keras, stages });
    const [[wanted], [got]] = [predict(model, shape), predict(again, shape)];
    expect(got.dataSync()).to.deep.equal(wanted.dataSync());
    tf.dispose([wanted, got]);
    model.dispose();
    again.dispose();
  });
});

describe('layersModelWeights', () => {
  it('says what is wrong with files it cannot use', async () => {
    const spec = { name: 'w', shape: [2], dtype: 'float32' as const };
    const load = (weightSpecs: tf.io.WeightsManifestEntry[], weightData = new ArrayBuffer(8)) =>
      layersModelWeights({ load: async () => ({ weightSpecs, weightData }) });
    await expectRejection(
      load([spec], new ArrayBuffer(4)),
      'Expected the weight files to be 8 bytes together, as model.json says but received 4',
    );
    await expectRejection(load([{ ...spec, dtype: 'string' }]), 'Expected the type of weight w to be one of float32');
    await expectRejection(layersModelWeights({ load: () => Promise.reject(new Error('gone')) }), 'the error: gone');
    await expectRejection(layersModelWeights(7 as never), 'a LayersModel, a URL or a handler that loads');
    await expectRejection((await load([spec])).read('v'), 'Expected weight v to be in the model');
  });
});

describe('mobilenetV2', () => {
  it('rounds scaled channels as published', () => {
    // The published table: 32 · 0.35 = 11.2 would round to 8, which is less than nine tenths of it.
    expect([32, 16, 24, 64, 320].map((channels) => scaledChannels(channels, 0.35))).to.deep.equal([16, 8, 8, 24, 112]);
    expect([32, 16, 1280].map((channels) => scaledChannels(channels, 1.4))).to.deep.equal([48, 24, 1792]);
  });

  it("knows Keras's names", () => {
    const weights = weightsFor(mobilenetV2Design(1, 'tensorflow'), { include: 'classifier' }, value, 'Keras');
    const names = [...weights.shapes.keys()];
    expect(names).to.include.members([
      'Conv1/kernel',
      'bn_Conv1/gamma',
      'expanded_conv_depthwise/depthwise_kernel',
      'expanded_conv_depthwise_BN/beta',
      'expanded_conv_project/kernel',
      'expanded_conv_project_BN/moving_mean',
      'block_1_expand/kernel',
      'block_1_depthwise_BN/gamma',
      'block_2_project/kernel',
      'block_16_expand_BN/moving_variance',
      'block_16_project/kernel',
      'Conv_1/kernel',
      'Conv_1_bn/gamma',
      'predictions/kernel',
      'predictions/bias',
    ]);
    expect(names.filter((name) => /stage|undefined/.test(name))).to.deep.equal([]);
    expect(new Set(names).size).to.equal(names.length);
  });

  describeWithShared("Google's weights", 'weights/mobilenet_v2_imagenet/model.json', (path) => {
    forEachBackend('as a source under other names', (backend) => {
      if (backend !== 'wasm') {
        return;
      }

      /** `block_5_project` → `stage3_block3_project` and so on: that model counts its blocks through, from 1. */
      function ourName(name: string): string {
        const outside = name
          .replace('conv_first/', 'stem_conv/')
          .replace('conv_last/', 'head_conv/')
          .replace('logits/', 'classifier/');
        const [, number, role, part] = /^block_(\d+)_(\w+)\/(\w+)$/.exec(name) ?? [];
        if (number === undefined) {
          return outside;
        }
        const repeats = [1, 2, 3, 4, 3, 3, 1];
        let [stage, block] = [0, Number(number) - 1];
        while (block >= repeats[stage]) {
          block -= repeats[stage++];
        }
        const unit = `stage${stage + 1}_block${block + 1}`;
        if (role !== 'project') {
          return `${unit}_${role}_conv/${part}`;
        }
        // The first block of a stage has no shortcut, so its projection ends it; the only block ends the stage too.
        const end = repeats[stage] === 1 ? `stage${stage + 1}` : unit;
        return `${block === 0 ? end : `${unit}_project`}/${part}`;
      }

      it('gives what the model itself gives', async () => {
        const model = await tfl.loadLayersModel(fileHandler(path));
        const weights = renameWeights(await layersModelWeights(fileHandler(path)), ourName);
        const ours = await mobilenetV2({ weights, include: 'classifier', variant: 'tensorflow' });
        expect(ours.outputs[0].shape).to.deep.equal([null, 1001]);
        const logits = model.getLayer('logits').output as tfl.SymbolicTensor;
        const wanted = tfl.model({ inputs: model.inputs, outputs: logits });
        const [[expected], [got]] = [predict(wanted, [2, 97, 131, 3]), predict(ours, [2, 97, 131, 3])];
        expectSame(got, tf.reshape(expected, got.shape), tolerances.wasm);
        tf.dispose([expected, got]);
        ours.dispose();
        model.dispose();
      });
    });
  });
});

describe('backbone options', () => {
  it('names the option, what it may be, and what it was', async () => {
    await expectRejection(wideResnet({ depth: 27 }), 'Expected depth for wideResnet to be 6n + 4');
    await expectRejection(wideResnet({ width: 0 }), 'width for wideResnet to be an integer >= 1 but received 0');
    await expectRejection(wideResnet({ dropout: 1 }), '0 <= dropout < 1 but received 1');
    await expectRejection(mobilenetV2({ alpha: 0 }), 'alpha for mobilenetV2 to be a number > 0 but received 0');
    await expectRejection(mobilenetV2({ alpha: NaN }), 'a number > 0 but received NaN');
    await expectRejection(mobilenetV2({ variant: 'keras' as never }), `'pytorch' or 'tensorflow' but received "keras"`);
    await expectRejection(vgg16({ ceilMode: 1 as never }), 'ceilMode for vgg16 to be true or false but received 1');
    const before = tf.memory().numTensors;
    const weights = { shapes: new Map(), read: () => new Float32Array() };
    await expectRejection(
      vgg16({ inputShape: [16, 64, 3], weights }),
      'Expected inputShape for vgg16 to be large enough for its stage block5 to have a row and a column',
    );
    expect(tf.memory().numTensors).to.equal(before);
    await expectRejection(resnet18({ stages: 'layer5' }), 'among relu1, stem, layer1, layer2, layer3, layer4');
  });
});

forEachBackend('wideResnet', () => {
  const options = { depth: 10, width: 1, dropout: 0.5, include: 'classifier', batchNorm: 'train' } as const;

  it('drops activations between the convolutions of a block while training only', async () => {
    const model = await wideResnet(options);
    const dropouts = model.layers.filter((layer) => layer.getClassName() === 'SeededDropout').map(({ name }) => name);
    expect(dropouts).to.deep.equal(['block1_unit1_dropout', 'block2_unit1_dropout', 'block3_unit1_dropout']);
    const [first, second] = [predict(model, [1, 8, 8, 3])[0], predict(model, [1, 8, 8, 3])[0]];
    expect(first.shape).to.deep.equal([1, 10]);
    expect(second.dataSync()).to.deep.equal(first.dataSync());
    const input = tf.tensor4d(formulaInput([1, 8, 8, 3]), [1, 8, 8, 3]);
    const trained = tf.tidy(() =>
      [1, 2].map(() => [...(model.apply(input, { training: true }) as tf.Tensor).dataSync()]),
    );
    input.dispose();
    expect(trained[0]).not.to.deep.equal(trained[1]);
    tf.dispose([first, second]);
    model.dispose();
  });

  it('drops what the seed says, every block something else', async () => {
    const seeds = async (seed: number) => {
      const model = await wideResnet({ ...options, seed });
      const found = model.layers.flatMap((layer) => (layer instanceof SeededDropout ? [layer.seed] : []));
      model.dispose();
      return found;
    };
    const first = await seeds(1);
    expect(new Set(first).size).to.equal(3);
    expect(await seeds(1)).to.deep.equal(first);
    expect(await seeds(2)).not.to.deep.equal(first);
    await expectRejection(
      wideResnet({ seed: 0.5 }),
      'Expected seed for wideResnet to be a whole number but received 0.5',
    );
  });
});
