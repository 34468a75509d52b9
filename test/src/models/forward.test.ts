import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { forwardPass } from '../../../src/models/forward.js';
import type { PixelBatch } from '../../../src/models/frozenPass.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { forEachBackend } from '../../backends.js';
import { refusal } from '../../refusal.js';
import { residualFeatures } from './smallModels.js';

const input: { colorOrder: 'bgr'; scale: [number, number, number]; offset: [number, number, number] } = {
  colorOrder: 'bgr',
  scale: [1 / 128, 1 / 100, 1 / 90],
  offset: [-1, -0.5, 0],
};

const pixels: PixelBatch = {
  data: Uint8Array.from({ length: 2 * 24 * 20 * 3 }, (_, i) => (i * 37) % 256),
  shape: [2, 24, 20, 3],
};

/** The pixels as the network takes them, by hand. */
function scaledByHand(): tf.Tensor4D {
  const values = Float32Array.from(pixels.data, (_, i) => {
    const channel = i % 3;
    return pixels.data[i - channel + 2 - channel] * input.scale[channel] + input.offset[channel];
  });
  return tf.tensor4d(values, pixels.shape);
}

forEachBackend('forwardPass', () => {
  const build = () =>
    attachWeldon(residualFeatures(), {
      classes: ['ape', 'bear', 'cat', 'dog'],
      kMax: 2,
      seed: 1,
      recipe: { input, resize: { rule: 'warp', size: 24 } },
    });
  let model: tfl.LayersModel;
  before(() => {
    model = build();
  });
  after(() => model.dispose());

  it('feature: features, maps and scores are those of the model on pixels scaled by hand', async () => {
    const pass = forwardPass(model);
    expect(pass.outputs).to.deep.equal(['features', 'maps', 'scores']);
    expect(pass.name).to.equal(tf.getBackend());
    const found = await pass.run(pixels);
    const x = scaledByHand();
    const [scores, maps] = readOutModel(model).model.predict(x) as tf.Tensor[];
    for (const [name, tensor] of Object.entries({ scores, maps })) {
      const output = found[name as 'scores' | 'maps']!;
      expect(output.shape).to.deep.equal(tensor.shape);
      const wanted = await tensor.data();
      output.data.forEach((value, i) => expect(value).to.be.closeTo(wanted[i], 1e-4, `${name} ${i}`));
    }
    expect(found.features!.shape.slice(0, 3)).to.deep.equal(maps.shape.slice(0, 3));
    tf.dispose([x, scores, maps]);
  });

  it('feature: a named layer, some outputs, and bytes or floats alike', async () => {
    const [, second] = model.layers;
    const pass = forwardPass(model, { outputs: ['features'], layer: second.name });
    const found = await pass.run(pixels);
    expect(Object.keys(found)).to.deep.equal(['features']);
    const again = await pass.run({ ...pixels, data: Float32Array.from(pixels.data) });
    expect(again).to.deep.equal(found);
  });

  it('leak: nothing stays, and a disposed pass leaves the model as it is', async () => {
    const pass = forwardPass(model);
    await pass.run(pixels);
    const before = tf.memory().numTensors;
    await pass.run(pixels);
    await refusal(pass.run({ ...pixels, shape: [1, 24, 20, 3] }));
    await pass.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    await forwardPass(model, { outputs: ['scores'] }).run(pixels);
  });

  it('exception: what is no image, no layer, no output and no recipe', async () => {
    expect(await refusal(forwardPass(model).run({ ...pixels, shape: [2, 24, 24, 3] }))).to.match(
      /numbers of shape \[batch, height, width, 3\] but received 2880 for shape \[2, 24, 24, 3\]/,
    );
    expect(await refusal((async () => forwardPass(model, { layer: 'claas_maps' }))())).to.match(/class_maps/);
    const plain = residualFeatures();
    expect(await refusal((async () => forwardPass(plain, { input, outputs: ['maps'] }))())).to.match(
      /one that gives maps/,
    );
    expect(await refusal((async () => forwardPass(plain))())).to.match(/input/);
    plain.dispose();
  });
});
