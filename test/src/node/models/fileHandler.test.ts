import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { weldonPooling2d } from '../../../../src/layers/index.js';
import { withRecipe } from '../../../../src/models/index.js';
import { fileHandler, registerFileUrls } from '../../../../src/node/models/fileHandler.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { forEachBackend } from '../../../backends.js';

function smallModel(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 2, inputShape: [null, null, 3], name: 'maps' }),
      weldonPooling2d({ kMax: 0.25, name: 'pooling' }),
    ],
  });
}

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
    expect(readdirSync(join(folder, 'new', 'model')).sort()).to.deep.equal(['model.json', 'weights.bin']);
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
    expect(readdirSync(join(folder, 'again')).sort()).to.deep.equal(['model.json', 'weights.bin']);
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

  it('leaves nothing behind where it cannot save', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const model = smallModel();
    expect(await messageOf(model.save(fileHandler(join(folder, 'taken'))))).to.equal(
      `Cannot save the model to ${join(folder, 'taken')}: a file of that name is in the way`,
    );
    expect(readdirSync(folder)).to.deep.equal(['taken']);
    model.dispose();
  });
});
