import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { weldonPooling2d } from '../../../../src/layers/index.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
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
});
