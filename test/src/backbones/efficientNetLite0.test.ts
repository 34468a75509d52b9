import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cutBackbone } from '../../../src/backbones/cutBackbone.js';
import { efficientNetLite0, efficientNetLite0Stages } from '../../../src/backbones/networks/efficientNetLite0.js';
import type { EfficientNetLite0Options } from '../../../src/backbones/networks/efficientNetLite0.js';
import { listBackbones } from '../../../src/backbones/findBackbone.js';
import { modelFiles } from '../../../src/backbones/weights/modelFiles.js';
import { WeldonError } from '../../../src/errors.js';
import { forEachBackend } from '../../backends.js';
import { handlerOf } from './modelFolder.js';
import { formulaInput } from './formulaWeights.js';

const stageNames = efficientNetLite0Stages.map(({ name }) => name);

async function expectWeldonError(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(WeldonError);
  expect((error as Error).message).to.contain(message);
}

describe('efficientNetLite0Stages', () => {
  it('has the strides, channels and receptive fields of the published network', () => {
    // Receptive fields by hand: each k×k kernel adds (k − 1) · stride so far.
    expect(efficientNetLite0Stages.map((stage) => Object.values(stage))).to.deep.equal([
      ['stem', 2, 32, 3],
      ['stage1', 2, 16, 7],
      ['stage2', 4, 24, 19],
      ['stage3', 8, 40, 67],
      ['stage4', 16, 80, 147],
      ['stage5', 16, 112, 339],
      ['stage6', 32, 192, 787],
      ['stage7', 32, 320, 851],
      ['head', 32, 1280, 851],
    ]);
  });

  it('is what listBackbones shows', () => {
    const [entry] = listBackbones();
    expect(entry.name).to.equal('efficientNetLite0');
    expect(entry.build).to.equal(efficientNetLite0);
    expect(entry.stages).to.equal(efficientNetLite0Stages);
  });
});

forEachBackend('efficientNetLite0', (backend) => {
  /** Plain JavaScript takes seconds for the whole network; the first stages have every kind of layer. */
  const some: EfficientNetLite0Options = backend === 'wasm' ? {} : { stages: ['stage1', 'stage2'] };

  describe('cardinality', () => {
    it('gives every stage at its stride, rounded up, for any input size', async () => {
      const stages = backend === 'wasm' ? stageNames : stageNames.slice(0, 3);
      for (const variant of ['tensorflow', 'timm'] as const) {
        const model = await efficientNetLite0({ stages, variant });
        for (const [height, width] of [
          [64, 64],
          [65, 100],
          [96, 64],
        ]) {
          const outputs = tf.tidy(() => model.predict(tf.zeros([1, height, width, 3])) as tf.Tensor[]);
          stages.forEach((name, i) => {
            const { stride, channels } = efficientNetLite0Stages.find((stage) => stage.name === name)!;
            expect(outputs[i].shape, name).to.deep.equal([
              1,
              Math.ceil(height / stride),
              Math.ceil(width / stride),
              channels,
            ]);
          });
          tf.dispose(outputs);
        }
        model.dispose();
      }
    });

    it('has the published number of parameters, with batch norm kept and folded', async () => {
      const count = (model: tfl.LayersModel) =>
        model.trainableWeights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
      const trained = await efficientNetLite0({ include: 'classifier', batchNorm: 'train' });
      expect(count(trained)).to.equal(4_652_008);
      expect(listBackbones()[0].parameters).to.equal(4_652_008);
      trained.dispose();
      // Folded: the 42 016 scales and shifts become 21 008 biases.
      const folded = await efficientNetLite0({ include: 'classifier' });
      expect(count(folded)).to.equal(4_631_000);
      expect(folded.countParams()).to.equal(4_631_000);
      folded.dispose();
    });

    it('takes a number of classes and a fixed input shape', async () => {
      const model = await efficientNetLite0({ include: 'classifier', classes: 7, inputShape: [64, 96, 3] });
      expect(model.inputs[0].shape).to.deep.equal([null, 64, 96, 3]);
      expect(model.outputs[0].shape).to.deep.equal([null, 7]);
      expect(model.getLayer('head').output).to.have.deep.property('shape', [null, 2, 3, 1280]);
      model.dispose();
    });

    it('builds nothing behind the last stage asked for', async () => {
      const model = await efficientNetLite0({ stages: ['stage3', 'stem'] });
      expect(model.layers.map(({ name }) => name).filter((name) => /^(stage[4-7]|head|pool)/.test(name))).to.deep.equal(
        [],
      );
      expect(model.outputs.map(({ shape }) => shape[3])).to.deep.equal([40, 32]);
      model.dispose();
    });
  });

  describe('feature', () => {
    for (const batchNorm of ['fold', 'freeze', 'train'] as const) {
      it(`gives the same after saving and loading (batch norm: ${batchNorm})`, async () => {
        const model = await efficientNetLite0({ ...some, batchNorm });
        const files = await modelFiles(model);
        const loaded = await tfl.loadLayersModel(handlerOf(files));
        expect(loaded.layers.map(({ name }) => name)).to.deep.equal(model.layers.map(({ name }) => name));
        const input = tf.tensor4d(formulaInput([1, 64, 80, 3]), [1, 64, 80, 3]);
        const [wanted, got] = [model, loaded].map((each) => [each.predict(input)].flat() as tf.Tensor[]);
        wanted.forEach((output, i) => expect(got[i].dataSync()).to.deep.equal(output.dataSync()));
        tf.dispose([input, wanted, got]);
        model.dispose();
        loaded.dispose();
      });
    }

    it('ends each stage with the layer of that name', async () => {
      const stages = backend === 'wasm' ? stageNames : stageNames.slice(0, 3);
      const model = await efficientNetLite0({ stages });
      const input = tf.tensor4d(formulaInput([1, 64, 64, 3]), [1, 64, 64, 3]);
      const outputs = model.predict(input) as tf.Tensor[];
      stages.forEach((name, i) => {
        const cut = tfl.model({ inputs: model.inputs, outputs: model.getLayer(name).output as tfl.SymbolicTensor });
        const output = cut.predict(input) as tf.Tensor;
        expect(output.dataSync(), name).to.deep.equal(outputs[i].dataSync());
        output.dispose();
      });
      tf.dispose([input, outputs]);
      model.dispose();
    });
  });

  describe('leak', () => {
    it('leaves nothing behind after disposal, cut or whole', async () => {
      const before = tf.memory().numTensors;
      const model = await efficientNetLite0({ include: 'classifier' });
      const cut = cutBackbone(model, ['stage2', 'stage1']);
      expect(tf.memory().numTensors - before).to.equal(cut.weights.length);
      tf.dispose(tf.tidy(() => cut.predict(tf.zeros([1, 64, 64, 3]))));
      cut.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
});

describe('efficientNetLite0', () => {
  describe('exception', () => {
    it('names the option, what it may be, and what it was', async () => {
      const bad = (options: object, message: string) =>
        expectWeldonError(efficientNetLite0(options as EfficientNetLite0Options), message);
      await bad({ stages: 'stage8' }, 'Expected stages for efficientNetLite0 to be among stem, stage1');
      await bad({ stages: [] }, 'at least one stage name');
      await bad({ stages: ['stem', 'stem'] }, 'different from each other but received "stem"');
      await bad(
        { include: 'top' },
        `Expected include for efficientNetLite0 to be 'features' or 'classifier' but received "top"`,
      );
      await bad({ include: 'classifier', stages: 'stem' }, 'absent');
      await bad({ batchNorm: 'none' }, `'fold', 'freeze' or 'train'`);
      await bad({ inputShape: [224, 224, 1] }, '[height or null, width or null, 3]');
      await bad({ inputShape: [0, 224, 3] }, '[height or null, width or null, 3]');
      await bad({ classes: 2.5 }, 'an integer >= 1 but received 2.5');
      await bad({ variant: 'keras' }, `'tensorflow' or 'timm'`);
    });
  });
});
