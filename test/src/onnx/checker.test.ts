import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import * as own from '../../../src/layers/index.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { loadModel } from '../../../src/node/models/loadModel.js';
import { embeddedModelFolder } from '../../../src/node/packageRoot.js';
import type { ExportOnnxOptions } from '../../../src/onnx/index.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { checkFiles, checkingPython } from './checkFiles.js';
import { layerModels, onMaps, poolings } from './layerModels.js';

describe('exported files and the checker of ONNX', () => {
  before(async function () {
    await tf.setBackend('cpu');
    if (checkingPython === null) {
      if (process.env.CI) {
        throw new Error('the Python package onnx must be installed under CI: npm run setup:onnx');
      }
      console.log('      skipped: no Python with the package onnx: run npm run setup:onnx');
      this.skip();
    }
  });

  it('every layer and pooling, in the oldest and the newest opset', async () => {
    const models = [
      ...Object.entries(layerModels).map(([name, make]) => [name, make()] as const),
      ...poolings.map((pooling, i) => [`pooling ${i}`, onMaps(own.poolingLayer(pooling))] as const),
    ];
    const files: [string, Uint8Array][] = [];
    for (const opset of [17, 23]) {
      for (const [name, model] of models) {
        files.push([`${name} ${opset}`, await exportOnnx(model, { opset, scaling: false })]);
      }
    }
    expect(files.length).to.be.above(120);
    const refused = await checkFiles([...files, ['no model', new TextEncoder().encode('no model')]]);
    // The checker looks at all.
    expect(refused).to.have.length(1);
    expect(refused[0]).to.contain('no_model');
    models.forEach(([, model]) => model.dispose());
  });

  it('the embedded network in every opset, precision and with every output', async () => {
    const { model } = (await loadModel(embeddedModelFolder('efficientnet-lite0'))) as { model: tfl.LayersModel };
    const maps = convolutionalize(model);
    const outputs = ['scores', 'probabilities', 'class_maps', 'top_indices', 'bottom_indices', 'features'] as const;
    const variants: [tfl.LayersModel, ExportOnnxOptions][] = [
      [model, {}],
      [model, { outputs: ['features'], scaling: false }],
      ...[17, 18, 19, 20, 21, 22, 23].map((opset): [tfl.LayersModel, ExportOnnxOptions] => [
        maps,
        { opset, outputs, weights: opset % 2 === 0 ? 'float16' : 'float32' },
      ]),
    ];
    const files = await Promise.all(
      variants.map(async ([each, options], i) => [`embedded ${i}`, await exportOnnx(each, options)] as const),
    );
    expect(await checkFiles(files)).to.deep.equal([]);
    maps.dispose();
    model.dispose();
  });
});
