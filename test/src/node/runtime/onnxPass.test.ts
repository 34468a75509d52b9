import '../../../backends.js';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { forwardPass } from '../../../../src/models/forward.js';
import type { FrozenOutput, FrozenPass, PixelBatch } from '../../../../src/models/frozenPass.js';
import { attachWeldon } from '../../../../src/models/attachWeldon.js';
import type { FrozenEngine } from '../../../../src/node/runtime/frozenEngine.js';
import { onnxEngine, openPass } from '../../../../src/node/runtime/frozenEngine.js';
import { tryOnnx } from '../../../../src/node/runtime/onnxRuntime.js';
import { refusal } from '../../../refusal.js';
import { residualFeatures } from '../../models/smallModels.js';

function pixels(batch: number, height: number, width: number): PixelBatch {
  const data = Uint8Array.from({ length: batch * height * width * 3 }, (_, i) => (i * i * 31 + i * 7) % 256);
  return { data, shape: [batch, height, width, 3] };
}

/** max|a − b| / rms(b), the measure of golden/backbones. */
function distance(found: Float32Array, wanted: Float32Array): number {
  const rms = Math.sqrt(wanted.reduce((sum, value) => sum + value * value, 0) / wanted.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0) / rms;
}

/** A layer that nobody else knows. */
class Halving extends tfl.layers.Layer {
  static className = 'HalvingForTests';
  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0], 0.5);
  }
}
tf.serialization.registerClass(Halving);

const recipe = {
  input: { colorOrder: 'bgr' as const, scale: [1 / 128, 1 / 100, 1 / 90] as [number, number, number], offset: -1 },
  resize: { rule: 'warp' as const, size: 32 },
};

describe('onnxPass', () => {
  let engine: FrozenEngine;
  let model: tfl.LayersModel;
  const open: FrozenPass[] = [];
  const opened = async (pass: Promise<FrozenPass>): Promise<FrozenPass> => {
    open.push(await pass);
    return open[open.length - 1];
  };

  before(async () => {
    await tf.setBackend('wasm');
    const trial = await tryOnnx();
    if (!trial.usable) {
      throw new Error(trial.reason);
    }
    engine = onnxEngine(trial);
    model = attachWeldon(residualFeatures(), { classes: 5, kMax: 0.25, maps: 2, seed: 3, recipe });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((pass) => pass.dispose()));
  });
  after(() => model.dispose());

  it('feature: features, maps and scores of tfjs, of bytes and floats, for several sizes and batches', async () => {
    const outputs: FrozenOutput[] = ['features', 'maps', 'scores'];
    const onnx = await opened(engine.open({ model, outputs, threads: 1 }));
    expect(onnx.name).to.match(/^onnx 1\.\d+\.\d+$/);
    expect(onnx.outputs).to.deep.equal(outputs);
    const tensors = forwardPass(model, { outputs });
    for (const batch of [pixels(1, 32, 32), pixels(3, 40, 24)]) {
      const [found, wanted] = await Promise.all([onnx.run(batch), tensors.run(batch)]);
      for (const output of outputs) {
        expect(found[output]!.shape).to.deep.equal(wanted[output]!.shape);
        expect(distance(found[output]!.data, wanted[output]!.data)).to.be.below(1e-5);
      }
      const floats = await onnx.run({ ...batch, data: Float32Array.from(batch.data) });
      expect(floats).to.deep.equal(found);
    }
  });

  it('feature: a named layer; calls overlap in several threads, and each has its own result', async () => {
    const layer = model.layers[3].name;
    const onnx = await opened(engine.open({ model, outputs: ['features'], layer, threads: 2 }));
    expect(onnx.lanes).to.equal(4);
    const sizes = [32, 40, 48, 56, 64, 72];
    const found = await Promise.all(sizes.map((size) => onnx.run(pixels(1, size, 32))));
    const tensors = forwardPass(model, { outputs: ['features'], layer });
    for (const [i, size] of sizes.entries()) {
      const wanted = await tensors.run(pixels(1, size, 32));
      expect(distance(found[i].features!.data, wanted.features!.data)).to.be.below(1e-5);
    }
  });

  it('feature: the pixels that are given stay as they are, also a part of a larger array', async () => {
    const onnx = await opened(engine.open({ model, outputs: ['scores'], threads: 1 }));
    const whole = pixels(1, 32, 32);
    const larger = new Uint8Array(whole.data.length + 100);
    larger.set(whole.data, 64);
    const part = { data: larger.subarray(64, 64 + whole.data.length), shape: whole.shape };
    expect(await onnx.run(part)).to.deep.equal(await onnx.run(whole));
    expect(part.data).to.deep.equal(whole.data);
  });

  it('leak: ends while calls are under way, without a word; later ones are refused', async () => {
    const onnx = await engine.open({ model, outputs: ['scores'], threads: 2, soon: true });
    const under = Array.from({ length: 12 }, () => onnx.run(pixels(2, 96, 96)));
    const settled = Promise.allSettled(under);
    await under[0];
    await onnx.dispose();
    expect((await settled)[0].status).to.equal('fulfilled');
    expect(await refusal(onnx.run(pixels(1, 32, 32)))).to.match(/they have ended/);
    await onnx.dispose();
  });

  it('leak: no tensor stays behind an export and its runs', async () => {
    const before = tf.memory().numTensors;
    const onnx = await opened(engine.open({ model, outputs: ['scores', 'maps'], threads: 1 }));
    await onnx.run(pixels(1, 32, 32));
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('feature: of the same content one export is made', async () => {
    const spec = { model, outputs: ['scores'] as const, hash: 'of this test', threads: 1 };
    const first = await opened(engine.open(spec));
    const other = residualFeatures();
    // The content is told by the hash: this model is not even looked at.
    const second = await opened(engine.open({ ...spec, model: other }));
    expect(await second.run(pixels(1, 32, 32))).to.deep.equal(await first.run(pixels(1, 32, 32)));
    other.dispose();
  });

  it('exception: what is no image', async () => {
    const onnx = await opened(engine.open({ model, outputs: ['scores'], threads: 1 }));
    expect(await refusal(onnx.run({ data: new Uint8Array(10), shape: [1, 2, 2, 3] }))).to.match(
      /numbers of shape \[batch, height, width, 3\]/,
    );
  });

  it('feature: a model that cannot be exported runs on tfjs, and the reason is said', async () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const maps = new Halving({ name: 'half' }).apply(input) as tfl.SymbolicTensor;
    const custom = tfl.model({ inputs: input, outputs: maps, name: 'custom' });
    const said: string[] = [];
    const spec = { model: custom, outputs: ['features'] as const, input: recipe.input };
    expect(await openPass(engine, spec, (sentence) => said.push(sentence))).to.equal(null);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^Model custom runs on wasm, not on onnx 1\S+: .*HalvingForTests/);
    custom.dispose();
  });
});
