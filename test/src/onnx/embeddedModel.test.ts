import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import '../../backends.js';
import { attachWeldon, layerOutput } from '../../../src/models/attachWeldon.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { loadModel } from '../../../src/node/models/loadModel.js';
import { embeddedModelFolder } from '../../../src/node/packageRoot.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import { weldonRegions } from '../../../src/pooling/weldonRegions.js';
import { InferenceSession } from 'onnxruntime-node';
import { randomPixels, relativeError, runOnnx, runSession } from './runOnnx.js';

/** Of EfficientNet-Lite0, golden/backbones/README.md. */
const tolerance = 2e-4;

describe('exportOnnx, the embedded network', () => {
  let whole: tfl.LayersModel;
  let model: tfl.LayersModel;

  before(async () => {
    await tf.setBackend('wasm');
    const loaded = await loadModel(embeddedModelFolder('efficientnet-lite0'));
    whole = loaded.model as tfl.LayersModel;
    model = convolutionalize(whole);
  });

  after(() => {
    model.dispose();
    whole.dispose();
  });

  it('gives scores, probabilities, maps, features and regions of any size and batch', async () => {
    const bytes = await exportOnnx(model, {
      outputs: ['scores', 'probabilities', 'class_maps', 'features', 'top_indices', 'bottom_indices'],
    });
    const session = await InferenceSession.create(bytes);
    for (const shape of [
      [1, 224, 224, 3],
      [3, 96, 65, 3],
    ] as [number, number, number, number][]) {
      const { data } = randomPixels(shape);
      const found = await runSession(session, data, shape);
      const wanted = tf.tidy(() => {
        const x = tf.div(tf.sub(tf.tensor4d(data, shape), 127), 128) as tf.Tensor4D;
        const [scores, maps] = readOutModel(model).model.predict(x) as [tf.Tensor2D, tf.Tensor4D];
        const features = readFeatures(whole, x);
        const regions = weldonRegions(maps, { kMax: 0.2, kMin: 0.2 });
        return { scores, class_maps: maps, features, probabilities: tf.softmax(scores), regions: regions.topIndices };
      });
      for (const name of ['scores', 'class_maps', 'features', 'probabilities'] as const) {
        expect(relativeError(found[name], wanted[name]), `${name} of [${shape.join()}]`).to.be.below(tolerance);
      }
      expect(found.top_indices.shape).to.deep.equal(wanted.regions.shape);
      expect(found.bottom_indices.shape).to.deep.equal(wanted.regions.shape);
      tf.dispose(wanted);
    }
    await session.release();
  });

  it('is at most 19 MB, 9.6 MB in half precision with the same scores, and takes scaled pixels if told so', async () => {
    const bytes = await exportOnnx(whole, { outputs: ['scores'] });
    const half = await exportOnnx(whole, { outputs: ['scores'], weights: 'float16', scaling: false });
    expect(bytes.length).to.be.below(19e6);
    expect(half.length).to.be.below(9.6e6);
    const { data, shape } = randomPixels([1, 64, 64, 3] as const);
    const { scores } = await runOnnx(bytes, data, shape);
    const scaled = await runOnnx(
      half,
      data.map((value) => (value - 127) / 128),
      shape,
    );
    const wanted = tf.tensor(scores.data, [...scores.shape]);
    expect(relativeError(scaled.scores, wanted)).to.be.below(tolerance);
    wanted.dispose();
  });

  it('has a taught head too', async () => {
    const taught = attachWeldon(whole, { classes: ['bar', 'cellar'], maps: 3, kMax: 2, normalize: 'regions', seed: 1 });
    const { data, shape } = randomPixels([2, 80, 96, 3] as const);
    const found = await runOnnx(await exportOnnx(taught), data, shape);
    const wanted = tf.tidy(
      () => taught.predict(tf.div(tf.sub(tf.tensor4d(data, [...shape]), 127), 128)) as tf.Tensor2D,
    );
    expect(Object.keys(found)).to.have.members(['scores', 'probabilities', 'class_maps']);
    expect(relativeError(found.probabilities, wanted)).to.be.below(tolerance);
    wanted.dispose();
    taught.dispose();
  });
});

function readFeatures(model: tfl.LayersModel, x: tf.Tensor4D): tf.Tensor {
  return tfl.model({ inputs: model.inputs, outputs: layerOutput(model, 'head') }).predict(x) as tf.Tensor;
}
