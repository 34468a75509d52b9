import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { weldonPooling2d } from '../../../../src/layers/index.js';
import { withRecipe } from '../../../../src/models/recipeMetadata.js';
import { fileHandler, registerFileUrls } from '../../../../src/node/models/fileHandler.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { ledgerName } from '../../../../src/node/storage/ownFiles.js';
import { forEachBackend } from '../../../backends.js';

function smallModel(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 2, inputShape: [null, null, 3], name: 'maps' }),
      weldonPooling2d({ kMax: 0.25, name: 'pooling' }),
    ],
  });
}

const modelFiles = [ledgerName, 'model.json', 'weights.bin'];

async function scores(model: tfl.LayersModel): Promise<number[]> {
  const x = tf.tensor4d(
    Array.from({ length: 48 }, (_, i) => (i * 7) % 11),
    [1, 4, 4, 3],
  );
  const y = model.predict(x) as tf.Tensor;
  const values = Array.from(await y.data());
  tf.dispose([x, y]);
  return values;
}

async function messageOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

forEachBackend('fileHandler', () => {
  let folder: string;
  before(() => tf.env().set('IS_TEST', false));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weldon-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('saves and loads a model with its metadata, by path and by file:// URL', async () => {
    const model = withRecipe(smallModel(), { classNames: ['bar', 'block_13_add'] });
    const before = await scores(model);
    await model.save(fileHandler(join(folder, 'new', 'model')));
    expect(readdirSync(join(folder, 'new', 'model')).sort()).to.deep.equal(modelFiles);
    registerFileUrls();
    registerFileUrls();
    for (const source of [
      fileHandler(join(folder, 'new/model')),
      pathToFileURL(join(folder, 'new/model/model.json')).href,
    ]) {
      const loaded = await tfl.loadLayersModel(source);
      expect(await scores(loaded)).to.deep.equal(before);
      expect(loaded.getUserDefinedMetadata())
        .to.have.nested.property('weldon.classNames')
        .that.deep.equals(['bar', 'block_13_add']);
      loaded.dispose();
    }
    await model.save(pathToFileURL(join(folder, 'again')).href);
    expect(readdirSync(join(folder, 'again')).sort()).to.deep.equal(modelFiles);
    model.dispose();
  });

  it('names the file and what is wrong with it', async () => {
    expect(await messageOf(loadModel(join(folder, 'none')))).to.equal(
      `Cannot read the model ${join(folder, 'none')}: there is no such file. Give a folder with a model.json`,
    );
    expect(await messageOf(loadModel(folder))).to.equal(
      `Cannot read the model ${join(folder, 'model.json')}: there is no such file. Give a folder with a model.json`,
    );
    writeFileSync(join(folder, 'model.json'), '{"a": 1}');
    expect(await messageOf(loadModel(folder))).to.equal(
      `Expected ${join(folder, 'model.json')} to be the model.json of a TensorFlow.js model but it has no modelTopology or weightsManifest`,
    );
    rmSync(join(folder, 'model.json'));
    const model = smallModel();
    await model.save(fileHandler(folder));
    model.dispose();
    const weights = readFileSync(join(folder, 'weights.bin'));
    writeFileSync(join(folder, 'weights.bin'), weights.subarray(4));
    expect(await messageOf(loadModel(folder))).to.equal(
      `Expected the weights beside ${join(folder, 'model.json')} to be 32 bytes but they are 28: a file is cut off or from another model`,
    );
    rmSync(join(folder, 'weights.bin'));
    expect(await messageOf(loadModel(folder))).to.equal(
      `Cannot read the weights ${join(folder, 'weights.bin')}: there is no such file. They belong beside model.json`,
    );
    const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as {
      modelTopology: { config: { layers: { class_name: string }[] } };
    };
    json.modelTopology.config.layers[0].class_name = 'NoSuchLayer';
    writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
    writeFileSync(join(folder, 'weights.bin'), weights);
    expect(await messageOf(loadModel(folder))).to.match(
      /^Cannot load the model .*model\.json: Unknown layer: NoSuchLayer/,
    );
  });

  it('names files and folders of other kinds for what they are', async () => {
    const at = (name: string) => join(folder, name);
    const converted = /it is an? .*: convert .*tensorflowjs_converter first$/;
    const imported = /it is an? .*import its weights first \(weldon import/;
    for (const [name, bytes, said] of [
      ['a.h5', '\x89HDF\r\n\x1a\n', converted],
      ['a.keras', `PK\x03\x04${'\0'.repeat(26)}metadata.json`, converted],
      ['a.pt', `PK\x03\x04${'\0'.repeat(26)}archive/data.pkl`, imported],
      ['a.pth', '\x80\x02}q\0.', imported],
      ['a.safetensors', '\x02\0\0\0\0\0\0\0{}', imported],
      ['a.tflite', '\x1c\0\0\0TFL3', /it is a TensorFlow Lite file, .*take the model it was made from$/],
      ['a.onnx', '\x08\x08\x12\x07pytorch', /it is an ONNX file, .*take the model it was made from$/],
      ['a.json', '{', /it is not JSON$/],
    ] as const) {
      writeFileSync(at(name), Buffer.from(bytes, 'latin1'));
      expect(await messageOf(loadModel(at(name))), name).to.match(said);
    }
    expect(await messageOf(loadModel(folder))).to.match(/received a folder with a.h5 and no model.json$/);
    mkdirSync(at('rooms'));
    writeFileSync(at('rooms/model.json'), '{}');
    expect(await messageOf(loadModel(folder))).to.contain(
      `a folder of models: give one of them, such as ${at('rooms')}`,
    );
    writeFileSync(at('saved_model.pb'), '');
    expect(await messageOf(loadModel(folder))).to.equal(
      `Expected ${folder} to be a folder with a model.json but received a SavedModel of TensorFlow: convert it with tensorflowjs_converter first`,
    );
    expect(await messageOf(loadModel('https://example.org/model.json'))).to.match(
      /^Expected the model to be a folder or a model.json on this machine but received the address https:/,
    );
  });

  it('reads a model.json that an editor gave a byte order mark, or wrote in UTF-16', async () => {
    const model = smallModel();
    await model.save(fileHandler(folder));
    model.dispose();
    const path = join(folder, 'model.json');
    const text = readFileSync(path, 'utf8');
    for (const bytes of [Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      writeFileSync(path, bytes);
      const loaded = await loadModel(folder);
      expect(loaded.kind).to.equal('layers');
      loaded.model.dispose();
    }
  });

  /** Saves the small model, puts a value into its model.json (`undefined` takes it out), and gives what loading says. */
  async function saidOf(place: string, value: unknown): Promise<string> {
    rmSync(join(folder, 'model.json'), { force: true });
    const model = smallModel();
    await model.save(fileHandler(folder));
    model.dispose();
    const path = join(folder, 'model.json');
    const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const keys = place.split('.');
    const parent = keys.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, json);
    parent[keys.at(-1)!] = value;
    writeFileSync(path, JSON.stringify(json));
    return messageOf(loadModel(folder));
  }

  it('says which field of a broken model.json is not what it should be', async () => {
    const layers = 'modelTopology.config.layers';
    const weights = 'weightsManifest.0.weights';
    const cases: [place: string, value: unknown, words: string][] = [
      [`${layers}.1`, null, 'layer 2 of 2 has no class_name and config'],
      [layers, {}, 'its modelTopology has no class_name and list of layers'],
      ['modelTopology.class_name', undefined, 'its modelTopology has no class_name and list of layers'],
      ['weightsManifest.0', null, 'weightsManifest[0] has no list of paths'],
      ['weightsManifest.0.paths', [7], 'weightsManifest[0] has no list of paths'],
      [weights, undefined, 'weightsManifest[0] has no list of weights'],
      [`${weights}.1.shape`, [-1], 'weights[1] (maps/bias) has no shape'],
      [`${weights}.0`, 3, 'weights[0] is no weight with a name'],
      [`${weights}.0.quantization`, { dtype: 'uint8', scale: 'x' }, 'weights[0] (maps/kernel) has no quantization of'],
      ['modelTopology', { node: [{ name: 'a' }] }, 'node 1 of its graph has no name and op'],
      [`${layers}.0.config`, null, 'layer 1 of 2 has no class_name and config'],
    ];
    for (const [place, value, words] of cases) {
      expect(await saidOf(place, value), place)
        .to.contain(words)
        .and.to.match(/^Expected .*model\.json/);
    }
    const nested = `${'['.repeat(1e5)}${']'.repeat(1e5)}`;
    writeFileSync(join(folder, 'model.json'), `{"modelTopology":${nested},"weightsManifest":[]}`);
    expect(await messageOf(loadModel(folder))).to.contain('it is nested more than 500 levels deep');
  });

  it('refuses weights of one name, of which the last would win', async () => {
    const manifest = [0, 1].map(() => ({
      paths: ['weights.bin'],
      weights: [{ name: 'maps/bias', shape: [2], dtype: 'float32' }],
    }));
    expect(await saidOf('weightsManifest', manifest)).to.match(
      /but weightsManifest\[1\]\.weights\[0\] has the name maps\/bias, which another has too$/,
    );
  });

  it('reads weights from plain files of the folder only', async () => {
    const named = (path: string) => saidOf('weightsManifest.0.paths', [path]);
    expect(await named('../weights.bin')).to.contain('a file in the folder of model.json but received a path');
    expect(await named('a/../../weights.bin')).to.contain('but received a path that leaves it');
    mkdirSync(join(folder, 'inner'));
    expect(await named('inner')).to.contain('inner: it is a folder');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await named('pipe')).to.contain('pipe: it is a device or a pipe');
    expect(await messageOf(loadModel(join(folder, 'pipe')))).to.contain('it is a device or a pipe');
    expect(await messageOf(loadModel('/dev/zero'))).to.contain('it is a device or a pipe');
  });

  it('refuses weights that are no numbers, by name', async () => {
    const model = smallModel();
    for (const value of [NaN, Infinity, -Infinity]) {
      model.setWeights([tf.fill([3, 2], 1), tf.tensor1d([0, value])]);
      await model.save(fileHandler(folder));
      expect(await messageOf(loadModel(folder))).to.equal(
        `Expected weight maps/bias of ${join(folder, 'model.json')} to be finite numbers but received ${value} at index 1`,
      );
    }
    model.dispose();
  });

  it('reads what Keras 3 and its converter write', async () => {
    const model = smallModel();
    const before = await scores(model);
    await model.save(fileHandler(folder));
    const path = join(folder, 'model.json');
    const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'mixed_float16' } };
    const json = JSON.parse(readFileSync(path, 'utf8')) as {
      modelTopology: object;
      weightsManifest: { weights: { name: string }[] }[];
    };
    const [dense, pooling] = (
      json.modelTopology as { config: { layers: { class_name: string; config: Record<string, unknown> }[] } }
    ).config.layers;
    const { batch_input_shape, ...config } = dense.config;
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null], dtype: 'float32', keras_history: [name, 0, 0] },
    });
    const node = (name: string) => [{ args: [tensor(name)], kwargs: {} }];
    const layers = [
      {
        class_name: 'InputLayer',
        name: 'in',
        config: { batch_shape: batch_input_shape, dtype: 'float32', sparse: false, name: 'in' },
        inbound_nodes: [],
      },
      { ...dense, name: 'maps', config: { ...config, dtype: policy }, inbound_nodes: node('in') },
      { ...pooling, name: 'pooling', config: { ...pooling.config, dtype: policy }, inbound_nodes: node('maps') },
    ];
    json.weightsManifest[0].weights.forEach((weight) => (weight.name = `net/${weight.name}`));
    for (const network of [
      { class_name: 'Sequential', config: { name: 'net', layers } },
      {
        class_name: 'Functional',
        config: { name: 'net', layers, input_layers: [['in', 0, 0]], output_layers: ['pooling', 0, 0] },
      },
    ]) {
      json.modelTopology = { keras_version: '3.6.0', backend: 'tensorflow', model_config: network };
      writeFileSync(path, JSON.stringify(json));
      const { model: read } = await loadModel(folder);
      expect(await scores(read as tfl.LayersModel)).to.deep.equal(before);
      (read as tfl.LayersModel).dispose();
    }
    model.dispose();
  });

  it("saves over its own model again and again, and leaves the user's", async () => {
    const model = smallModel();
    const own = join(folder, 'own');
    await model.save(fileHandler(own));
    await model.save(fileHandler(own));
    for (const name of ['model.json', 'weights.bin']) {
      const path = join(folder, 'foreign', name);
      mkdirSync(join(folder, 'foreign'), { recursive: true });
      writeFileSync(path, 'mine');
      expect(await messageOf(model.save(fileHandler(join(folder, 'foreign'))))).to.contain(`${path} to be free`);
      expect(readdirSync(join(folder, 'foreign'))).to.deep.equal([name]);
      expect(readFileSync(path, 'utf8')).to.equal('mine');
      rmSync(path);
    }
    writeFileSync(join(own, 'model.json'), readFileSync(join(own, 'model.json'), 'utf8').replace('maps', 'mine'));
    expect(await messageOf(model.save(fileHandler(own)))).to.contain('changed since');
    model.dispose();
  });

  it('leaves nothing behind where it cannot save', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const model = smallModel();
    expect(await messageOf(model.save(fileHandler(join(folder, 'taken'))))).to.equal(
      `Expected ${join(folder, 'taken')} to be a folder to write into but received a file of that name, or a path through a file: choose another`,
    );
    expect(readdirSync(folder)).to.deep.equal(['taken']);
    model.dispose();
  });
});
