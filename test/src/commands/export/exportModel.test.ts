import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import '../../../backends.js';
import { exportModel } from '../../../../src/commands/export/exportModel.js';
import { withRecipe } from '../../../../src/models/recipeMetadata.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { chain, seedWeights } from '../../models/smallModels.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { buildCommand, jsonLines, weldon } from '../builtCommand.js';

const input = { colorOrder: 'rgb' as const, scale: 1 / 127.5, offset: -1 };

describe('exportModel', () => {
  const folder = temporaryFolder();

  before(async () => {
    await tf.setBackend('cpu');
    const image = tfl.input({ shape: [null, null, 3] });
    const { conv2d, globalAveragePooling2d, dense } = tfl.layers;
    const conv = conv2d({ filters: 4, kernelSize: 3, activation: 'relu' });
    const save = async (name: string, recipe: object, ...head: tfl.layers.Layer[]) => {
      const model = tfl.model({
        inputs: image,
        outputs: chain(image, conv, globalAveragePooling2d({}), ...head),
        name,
      });
      await withRecipe(seedWeights(model), recipe).save(fileHandler(folder.path(name)));
    };
    await save('rooms', { input, classNames: ['bar', 'cellar'] }, dense({ units: 2, activation: 'softmax' }));
    await save('bare', {}, dense({ units: 2 }));
    await save('hidden', { input }, dense({ units: 3, activation: 'relu' }), dense({ units: 2 }));
  });

  const outputsOf = async (path: string) => (await InferenceSession.create(path)).outputNames;

  it('feature: a classifier gets class maps, or stays as it is', async () => {
    const out = folder.path('rooms.onnx');
    const exported = await exportModel({ model: folder.path('rooms'), out });
    expect(exported.pooling).to.have.length.above(0);
    expect(exported.bytes).to.equal(readFileSync(out).length);
    expect(await outputsOf(out)).to.have.members(['scores', 'probabilities', 'class_maps']);
    // An older export is replaced.
    const sentences: string[] = [];
    const notice = (sentence: string) => sentences.push(sentence);
    const plain = await exportModel({
      model: folder.path('rooms'),
      out,
      maps: false,
      float16: true,
      opset: 20,
      notice,
    });
    expect(plain).to.include({ opset: 20, weights: 'float16', pooling: null });
    expect(await outputsOf(out)).to.have.members(['scores', 'probabilities']);
    expect(sentences).to.deep.equal([
      'Model rooms has no class maps: its ONNX file gives scores and probabilities alone.',
    ]);
  });

  it('feature: hidden layers behind the average leave it without class maps, which is said', async () => {
    const sentences: string[] = [];
    const notice = (sentence: string) => sentences.push(sentence);
    await exportModel({ model: folder.path('hidden'), out: folder.path('hidden.onnx'), notice });
    expect(sentences).to.deep.equal(['Model hidden has no class maps: its ONNX file gives scores alone.']);
  });

  it('exception: what cannot be read, written or replaced leaves nothing behind', async () => {
    const before = readdirSync(folder.path('.'));
    const model = folder.path('rooms');
    expect(await rejection(exportModel({ model: folder.path('bare'), out: folder.path('bare.onnx') })))
      .to.contain('does not say input.colorOrder, input.scale, input.offset')
      .and.contain('--recipe');
    expect(await rejection(exportModel({ model: folder.path('nothing'), out: folder.path('x.onnx') }))).to.contain(
      'nothing',
    );
    expect(await rejection(exportModel({ model, out: folder.path('rooms') }))).to.contain('a folder of that name');
    expect(await rejection(exportModel({ model, out: folder.path('rooms/model.json/x.onnx') }))).to.contain(
      'a folder to write into',
    );
    expect(await rejection(exportModel({ model, out: folder.path('x.onnx'), opset: 16 }))).to.contain(
      'a whole number from 17 to 23 but received 16',
    );
    expect(await rejection(exportModel({ model, out: folder.path('x.onnx'), opsets: 17 } as never))).to.contain(
      '"opset"',
    );
    expect(readdirSync(folder.path('.'))).to.deep.equal(before);
    const other = folder.write('mine.onnx', 'a file of my own');
    expect(await rejection(exportModel({ model, out: other }))).to.equal(
      `Expected ${other} to be a new file, or an older export but received another file of that name: choose another name`,
    );
    expect(readFileSync(other, 'utf8')).to.equal('a file of my own');
    expect(await rejection(exportModel({ model, out: folder.write('empty.onnx', '') }))).to.contain('another file');
    if (process.getuid?.() !== 0) {
      mkdirSync(folder.path('locked'));
      chmodSync(folder.path('locked'), 0o555);
      expect(await rejection(exportModel({ model, out: folder.path('locked/x.onnx') }))).to.contain('permissions');
      chmodSync(folder.path('locked'), 0o755);
    }
  });

  describe('as the command', () => {
    before(buildCommand);

    it('feature: weldon export', async () => {
      const out = folder.path('command.onnx');
      const { code, stdout, stderr } = weldon([
        'export',
        folder.path('rooms'),
        '--out',
        out,
        '--outputs',
        'scores',
        '--json',
      ]);
      expect(code, stderr).to.equal(0);
      expect(jsonLines(stdout)[0]).to.include({ path: out, format: 'onnx', opset: 17, weights: 'float32' });
      expect(stderr).to.match(/^ONNX, opset 17, float32, scores from class maps by .*: .*command\.onnx\n$/);
      expect(await outputsOf(out)).to.deep.equal(['scores']);
      const refused = weldon(['export', folder.path('rooms'), '--out', out, '--outputs', 'maps']);
      expect(refused.code).to.equal(2);
      expect(refused.stderr).to.contain('some of scores, probabilities');
      const missing = weldon(['export', folder.path('bare'), '--out', out]);
      expect(missing.code).to.equal(1);
      expect(missing.stderr.trim().split('\n')).to.have.length(1);
    });
  });
});
