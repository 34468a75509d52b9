import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { weldonPooling2d } from '../../../../src/layers/index.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { temporaryFolder } from '../temporaryFolder.js';

describe('loadModel', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it('feature: a process that loads nothing else knows the layers of this package', async () => {
    await tf.setBackend('cpu');
    const input = tfl.input({ shape: [4, 4, 2] });
    const model = tfl.model({
      inputs: input,
      outputs: weldonPooling2d({ kMax: 2 }).apply(input) as tfl.SymbolicTensor,
    });
    const path = folder.path('model');
    await model.save(fileHandler(path));
    model.dispose();
    const module = new URL('../../../../src/node/models/loadModel.ts', import.meta.url).href;
    const script = `
      import(${JSON.stringify(module)})
        .then(({ loadModel }) => loadModel(${JSON.stringify(path)}))
        .then(({ model }) => console.log(model.layers.at(-1).getClassName()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--eval', script]);
    expect(stdout).to.contain('WeldonPooling2D');
  });

  it('feature: an optimizer that TensorFlow.js does not know is no reason to refuse a model, and leaks nothing', async () => {
    await tf.setBackend('cpu');
    const path = folder.path('lion');
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3], name: 'head' })] });
    await model.save(fileHandler(path));
    model.dispose();
    const file = join(path, 'model.json');
    const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const optimizer_config = { class_name: 'Lion', config: { learning_rate: 0.1 } };
    const trainingConfig = { optimizer_config, loss: 'mse', metrics: [], weighted_metrics: null, loss_weights: null };
    writeFileSync(file, JSON.stringify({ ...json, trainingConfig }));
    const before = tf.memory().numTensors;
    const loaded = await loadModel(path);
    expect((loaded.model as tfl.LayersModel).layers.map(({ name }) => name)).to.include('head');
    (loaded.model as tfl.LayersModel).dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });
});
