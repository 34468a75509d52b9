import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mobilenetV2Design } from '../../../../src/backbones/networks/mobilenetV2.js';
import type { WeightSource } from '../../../../src/formats/weightSource.js';
import { wideResnet, wideResnetDesign } from '../../../../src/backbones/networks/wideResnet.js';
import { recipeParts } from '../../../../src/models/recipeMetadata.js';
import { prepareHeatmapModel } from '../../../../src/commands/heatmap/heatmapModel.js';
import { importWeights } from '../../../../src/commands/import/importWeights.js';
import type { ImportWeightsOptions } from '../../../../src/commands/import/importWeights.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { forEachBackend } from '../../../backends.js';
import { formulaInput } from '../../backbones/formulaWeights.js';
import { expectRejection } from '../../formats/expectRejection.js';
import { weightsFor } from '../../backbones/weightsFor.js';

function value(name: string, i: number): number {
  return /running_var|bn\d?\.weight/.test(name) ? 0.5 + (i % 7) / 7 : ((i * 37 + name.length) % 101) / 500 - 0.1;
}

const wrn = { depth: 10, width: 1 };
let weights: WeightSource;

/** A safetensors file of the source's tensors. */
function fileOf(source: WeightSource): Uint8Array {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, shape] of source.shapes) {
    const bytes = new Uint8Array((source.read(name) as Float32Array).buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += bytes.length)] };
    parts.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

function predict(model: tfl.LayersModel): Float32Array {
  return tf.tidy(() => {
    const input = tf.tensor4d(formulaInput([1, 16, 12, 3]), [1, 16, 12, 3]);
    return (model.predict(input) as tf.Tensor).dataSync() as Float32Array;
  });
}

forEachBackend('importWeights', (backend) => {
  if (backend === 'stock') {
    return;
  }
  let folder = '';
  const path = (name: string) => join(folder, name);

  before(() => {
    weights = weightsFor(wideResnetDesign(wrn), { include: 'classifier' }, value);
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tfjs-weldon-test-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function options(more: Partial<ImportWeightsOptions> = {}): ImportWeightsOptions {
    writeFileSync(path('w.safetensors'), fileOf(weights));
    return { weights: path('w.safetensors'), backbone: 'wrn_10_1', out: path('out'), ...more };
  }

  it('a classifier of one output has a sigmoid', async () => {
    const one: WeightSource = {
      ...weights,
      shapes: new Map(
        [...weights.shapes].map(([name, shape]) => [
          name,
          name === 'fc.weight' ? [1, shape[1]] : name === 'fc.bias' ? [1] : shape,
        ]),
      ),
      read: (name) => {
        const values = weights.read(name) as Float32Array;
        return name === 'fc.weight' ? values.slice(0, 64) : name === 'fc.bias' ? values.slice(0, 1) : values;
      },
    };
    const given = options();
    writeFileSync(given.weights, fileOf(one));
    const names = path('one.txt');
    writeFileSync(names, 'tumour\n');
    expect((await importWeights({ ...given, classes: names })).classes).to.equal(1);
    const model = await loaded();
    expect(recipeParts(model)).to.deep.include({ activation: 'sigmoid', classNames: ['tumour'] });
    model.dispose();
  });

  async function loaded(out = path('out')): Promise<tfl.LayersModel> {
    const { model } = await loadModel(out);
    return model as tfl.LayersModel;
  }

  it('gives the model that the builder gives, with its recipe', async () => {
    const before = tf.memory().numTensors;
    const told: string[] = [];
    const done = await importWeights(
      options({ onStart: (layers) => told.push(String(layers)), onLayer: (name) => told.push(name) }),
    );
    expect(done).to.include({
      folder: path('out'),
      backbone: 'wideResnet10_1',
      convention: 'module',
      include: 'classifier',
      classes: 10,
    });
    expect(done.missing).to.deep.equal(['classNames']);
    // The stem, three blocks of norm and two convolutions, two shortcuts, the last norm, the classifier.
    expect([told[0], told[1], told.at(-1)]).to.deep.equal(['14', 'stem', 'classifier']);
    expect(told.length - 1).to.equal(14);
    const files = readdirSync(path('out'));
    expect(files).to.deep.equal(['model.json', 'weights-1-of-1.bin']);
    expect(done.bytes).to.equal(files.reduce((sum, name) => sum + statSync(path(`out/${name}`)).size, 0));

    const model = await loaded();
    const built = await wideResnet({ ...wrn, weights, include: 'classifier' });
    expect(predict(model)).to.deep.equal(predict(built));
    expect(model.countParams()).to.equal(done.parameters);
    expect(recipeParts(model)).to.deep.include({
      name: 'wideResnet10_1',
      resize: { rule: 'warp', size: 32 },
      activation: 'softmax',
      source: "w.safetensors, tensors named as module's",
    });
    model.dispose();
    built.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('stores half precision, the licence and class names, and makes heat maps', async () => {
    writeFileSync(path('LICENCE.txt'), '\nThe Licence\n\nDo what you like.\n');
    writeFileSync(path('names.txt'), `\ufeff${Array.from({ length: 10 }, (_, i) => `class ${i}`).join('\r\n')}\r\n`);
    const done = await importWeights(
      options({ float16: true, licenseFile: path('LICENCE.txt'), classes: path('names.txt') }),
    );
    expect(done.missing).to.deep.equal([]);
    expect(readFileSync(path('out/LICENSE'), 'utf8')).to.equal(readFileSync(path('LICENCE.txt'), 'utf8'));
    const { model, recipe, pooling, dispose } = await prepareHeatmapModel({ model: path('out'), classes: ['class 3'] });
    expect(pooling).to.include({ kMax: 0.2, reduction: 'halfMean' });
    expect(recipe.license).to.equal('The Licence (see LICENSE)');
    expect(recipe.classNames[9]).to.equal('class 9');
    const built = await wideResnet({ ...wrn, weights, include: 'classifier' });
    const stored = await loaded();
    const [got, wanted] = [predict(stored), predict(built)];
    stored.dispose();
    const reach = Math.max(...wanted.map(Math.abs));
    wanted.forEach((logit, i) => expect(got[i]).to.be.closeTo(logit, 2e-3 * reach));
    expect([...got]).not.to.deep.equal([...wanted]);
    expect(model.outputs[0].shape).to.deep.equal([null, 10]);
    dispose();
    built.dispose();
  });

  it('takes features up to a stage, and batch norm kept', async () => {
    const told: number[] = [];
    const done = await importWeights(
      options({
        stage: 'block2',
        batchNorm: 'freeze',
        onStart: (layers) => told.push(layers),
        onLayer: () => told[0]--,
      }),
    );
    expect(told).to.deep.equal([0]);
    expect(done).to.include({ include: 'features', classes: null });
    const model = await loaded();
    const built = await wideResnet({ ...wrn, weights, stages: 'block2', batchNorm: 'freeze' });
    expect(predict(model)).to.deep.equal(predict(built));
    expect(model.layers.map((layer) => layer.getClassName())).to.include('FrozenBatchNorm');
    model.dispose();
    built.dispose();
  });

  it('takes what training wrappers and other models call weights', async () => {
    const wrapped: WeightSource = {
      shapes: new Map([...weights.shapes].map(([name, shape]) => [`module.${name}`, shape])),
      read: (name) => weights.read(name.slice('module.'.length)),
    };
    writeFileSync(path('wrapped.safetensors'), fileOf(wrapped));
    await importWeights(options({ weights: path('wrapped.safetensors'), out: path('first') }));
    const again = await importWeights(options({ weights: path('first'), out: path('second') }));
    expect(again.convention).to.equal('tfjs-weldon');
    const [first, second] = [await loaded(path('first')), await loaded(path('second'))];
    expect(predict(second)).to.deep.equal(predict(first));
    first.dispose();
    second.dispose();
  });

  it('takes weights beside others, and tells of these', async () => {
    const renamed = (rename: (name: string) => string) => {
      const names = new Map([...weights.shapes.keys()].map((name) => [rename(name), name]));
      const shapes = new Map([...names].map(([name, old]) => [name, weights.shapes.get(old)!]));
      return {
        shapes: shapes.set('criterion.weight', [2]),
        read: (name: string) => (names.has(name) ? weights.read(names.get(name)!) : new Float32Array(2)),
      };
    };
    const file = (name: string, source: WeightSource) => {
      writeFileSync(path(name), fileOf(source));
      return path(name);
    };
    const around = file(
      'a.safetensors',
      renamed((name) => `net.inner.${name}`),
    );
    const done = await importWeights(options({ weights: around, out: path('a') }));
    expect(done).to.deep.include({ include: 'classifier', classes: 10, leftOut: ['criterion.weight'] });
    const otherHead = file(
      'b.safetensors',
      renamed((name) => name.replace(/^fc\./, 'last_linear.')),
    );
    expect(await importWeights(options({ weights: otherHead, out: path('b') }))).to.include({ classes: 10 });
    const [first, second] = [await loaded(path('a')), await loaded(path('b'))];
    expect(predict(second)).to.deep.equal(predict(first));
    first.dispose();
    second.dispose();
    // A deeper network of the same names is not this one, though all tensors asked for are there.
    const deeper = { ...weights, shapes: new Map(weights.shapes).set('block1.1.conv1.weight', [1]) };
    deeper.read = (name) => (name === 'block1.1.conv1.weight' ? new Float32Array(1) : weights.read(name));
    await expectRejection(
      importWeights(options({ weights: file('c.safetensors', deeper), out: path('c') })),
      'unexpected: block1.1.conv1.weight',
    );
  });

  it("takes Keras's network and images where the names are Keras's", async () => {
    const keras = weightsFor(
      mobilenetV2Design(1, 'tensorflow'),
      { stages: 'stage1' },
      (name, i) => (/gamma|variance/.test(name) ? 1 : value(name, i)),
      'Keras',
    );
    const specs = [...keras.shapes].map(([name, shape]) => ({ name, shape: [...shape], dtype: 'float32' as const }));
    await fileHandler(path('keras')).save!({
      modelTopology: {},
      weightSpecs: specs,
      weightData: new Uint8Array(
        Buffer.concat(specs.map(({ name }) => new Uint8Array((keras.read(name) as Float32Array).buffer))),
      ).buffer,
    });
    const done = await importWeights(options({ weights: path('keras'), backbone: 'mobilenet_v2', stage: 'stage1' }));
    expect(done.convention).to.equal('Keras');
    const model = await loaded();
    expect(model.getLayer('stem_conv').getConfig().padding).to.equal('same');
    expect(recipeParts(model).input).to.deep.equal({ colorOrder: 'rgb', scale: 1 / 127.5, offset: -1 });
    model.dispose();
  });

  describe('exception', () => {
    const fails = async (more: Partial<ImportWeightsOptions>, words: string) => {
      const before = tf.memory().numTensors;
      const asked = options(more);
      const entries = readdirSync(folder);
      await expectRejection(importWeights(asked), words);
      expect(readdirSync(folder), 'nothing left behind').to.deep.equal(entries);
      expect(tf.memory().numTensors).to.equal(before);
    };
    const changed = (name: string, bytes: Uint8Array) => {
      writeFileSync(path(name), bytes);
      return path(name);
    };

    it('names what it does not know or cannot read', async () => {
      await fails(
        { backbone: 'resnet51' },
        'backbone for importWeights to be the name of a backbone but received "resnet51". Nearest: "resnet50"',
      );
      await fails(
        { weights: path('none.safetensors') },
        'none.safetensors to be a file to read but received no file of that name',
      );
      await fails(
        { weights: changed('page.pth', Buffer.from('<!doctype html><p>404')) },
        'page.pth to be a safetensors file but received a web page',
      );
      await fails({ stage: 'block9' }, 'Expected stages for wideResnet to be among stem, block1, block2');
      await fails({ licenseFile: path('none') }, 'none to be a licence text but received no file of that name');
    });

    it('names tensors that do not fit, and values that are none, and leaves no folder', async () => {
      await fails({ backbone: 'wrn_16_1' }, 'w.safetensors for wideResnet16_1 to match its tensors by name and shape');
      const shapes = new Map(weights.shapes);
      shapes.delete('bn1.running_var');
      shapes.set('extra.weight', [1]);
      await fails(
        {
          weights: changed(
            'other.safetensors',
            fileOf({
              ...weights,
              shapes,
              read: (name) => (name === 'extra.weight' ? new Float32Array(1) : weights.read(name)),
            }),
          ),
        },
        '(missing: bn1.running_var; unexpected: extra.weight)',
      );
      const holed = (bad: number) =>
        fileOf({
          ...weights,
          read: (name) => {
            const values = weights.read(name) as Float32Array;
            values[2] = name === 'fc.weight' ? bad : values[2];
            return values;
          },
        });
      await fails(
        { weights: changed('nan.safetensors', holed(NaN)) },
        'nan.safetensors to be finite numbers but received NaN at index 2',
      );
      await fails({ weights: changed('inf.safetensors', holed(-Infinity)) }, 'received -Infinity at index 2');
      await fails(
        { weights: changed('large.safetensors', holed(70_000)), float16: true },
        'Expected weight classifier/kernel to be between -65504 and 65504 to be stored as float16 but received 70000',
      );
    });

    it('refuses class names that do not fit', async () => {
      const names = (text: string) => changed('names.txt', Buffer.from(text));
      await fails({ classes: names('a\nb') }, 'to be 10, as the classifier has outputs but received 2');
      await fails({ classes: names('a\nb\nc\nd\ne\n\ng\nh\ni\nj') }, 'class name 6 in');
      await fails(
        { classes: names('["a","b","c","d","e","f","g","a","i","j"]') },
        'different from each other but received a as number 1 and 8',
      );
      await fails({ classes: names('[1]') }, 'but received other JSON');
      await fails({ classes: 'imagenet' }, 'Expected class names in imagenet to be 10');
      await fails({ classes: names('a'), stage: 'block1' }, 'absent where there is no classifier');
    });

    it('writes over nothing', async () => {
      mkdirSync(path('full'));
      writeFileSync(path('full/notes.txt'), 'mine');
      await fails({ out: path('full') }, 'full to be a new or an empty folder but received one that holds notes.txt');
      expect(readdirSync(path('full'))).to.deep.equal(['notes.txt']);
      await fails({ out: path('full/notes.txt') }, 'but received a file of that name');
      await fails({ out: path('full/notes.txt/model') }, 'Expected');
      mkdirSync(path('empty'));
      await importWeights(options({ out: path('empty') }));
      expect(readdirSync(path('empty'))).to.include('model.json');
    });
  });
});
