import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { resnet18 } from '../../../src/backbones/networks/resnet.js';
import { wideResnet } from '../../../src/backbones/networks/wideResnet.js';
import { SeededDropout } from '../../../src/layers/index.js';
import { layerGraph } from '../../../src/models/layerGraph.js';
import { isKept, mixSeeds, normalDraws } from '../../../src/random.js';
import { runSteps } from '../../../src/training/runSteps.js';
import { forEachBackend } from '../../backends.js';
import { rejection } from '../node/temporaryFolder.js';

const drops = (model: { layers: unknown[] }) =>
  model.layers.filter((layer): layer is SeededDropout => layer instanceof SeededDropout && layer.wholeBatch);

forEachBackend('stochastic depth', () => {
  it('feature: falls evenly to the last block, in both families; without it the network is as it was', async () => {
    const wide = await wideResnet({ depth: 16, width: 1, survival: 0.4 });
    expect(drops(wide).map(({ rate }) => Number(rate.toFixed(6)))).to.deep.equal([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    const resnet = await resnet18({ survival: 0.6, inputShape: [32, 32, 3], stages: 'layer2' });
    expect(drops(resnet).map(({ rate }) => Number(rate.toFixed(6)))).to.deep.equal([0.05, 0.1, 0.15, 0.2]);
    const plain = await wideResnet({ depth: 16, width: 1, survival: 1 });
    expect(drops(plain)).to.deep.equal([]);
    tf.dispose([wide, resnet, plain].map((model) => model.getWeights()));
  });

  it('feature: a branch that is dropped is not computed, one that is kept is scaled', async () => {
    const model = await wideResnet({ depth: 10, width: 1, survival: 0.3, seed: 4, batchNorm: 'train' });
    const graph = layerGraph(model);
    const [last] = graph.outputs;
    const seed = 9;
    const image = tf.tensor4d(normalDraws(2 * 64 * 3, 1, 1), [2, 8, 8, 3]);
    const numbers = drops(model).map((layer) => graph.steps.findIndex((step) => step.layer === layer));
    const kept = (draw: number) =>
      drops(model).map(({ rate }, i) => isKept({ rate, seed: mixSeeds(seed, numbers[i]), step: draw }));
    const patterns = Array.from({ length: 40 }, (_, draw) => kept(draw).join());
    for (const pattern of ['true,true,true', 'true,false,true', 'true,true,false']) {
      const draw = patterns.indexOf(pattern);
      expect(draw, pattern).to.be.at.least(0);
      const averages = () => model.getLayer('block2_unit1_conv1_norm').getWeights()[2].dataSync().slice();
      const before = averages();
      const result = tf.tidy(() =>
        runSteps(graph.steps, graph.steps, new Map([[graph.inputs[0], image]]), last, {
          training: true,
          batchNorm: 'train',
          seed,
          draw,
        }),
      );
      const moved = averages().some((value, i) => value !== before[i]);
      expect(moved, pattern).to.equal(pattern !== 'true,false,true');
      // The same by every layer's own call.
      const whole = tf.tidy(() => {
        const values = new Map<unknown, tf.Tensor>([[graph.inputs[0], image]]);
        graph.steps.forEach((step, number) => {
          const inputs = step.inputs.map((value) => values.get(value) as tf.Tensor);
          const kwargs = { training: true, seed: mixSeeds(seed, number), step: draw };
          values.set(step.outputs[0], step.layer.apply(inputs.length === 1 ? inputs[0] : inputs, kwargs) as tf.Tensor);
        });
        return tf.clone(values.get(last) as tf.Tensor);
      });
      const [a, b] = [result.dataSync(), whole.dataSync()];
      a.forEach((value, i) => expect(value).to.be.closeTo(b[i], 1e-4));
      tf.dispose([result, whole]);
    }
    image.dispose();
    model.dispose();
  });
});

describe('builders of networks to train', () => {
  before(() => tf.setBackend('cpu'));

  it("feature: initial weights have He's deviation, and are the seed's", async () => {
    const weights = async (seed?: number) => {
      const model = await wideResnet({ depth: 10, width: 4, seed });
      const values = model.getLayer('block2_unit1_conv2').getWeights()[0].dataSync().slice();
      model.dispose();
      return values;
    };
    const deviation = (values: ArrayLike<number>) =>
      Math.sqrt(Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const [drawn, seeded] = [await weights(), await weights(3)];
    // 147 456 draws: within 0.2 %, ten times that
    [drawn, seeded].forEach((values) => expect(deviation(values) / Math.sqrt(2 / (9 * 128))).to.be.closeTo(1, 0.02));
    expect(await weights(3)).to.deep.equal(seeded);
    expect(await weights(4)).to.not.deep.equal(seeded);
  });

  it('exception: depth, survival and seed out of range', async () => {
    const cases: [Promise<unknown>, string][] = [
      [
        wideResnet({ depth: 12 }),
        'Expected depth for wideResnet to be 6n + 4 with an integer n >= 1: 10, 16, 22, 28, 34, 40 … but received 12',
      ],
      [
        wideResnet({ depth: 10, survival: 0 }),
        'Expected survival for wideResnet to be a number with 0 < survival <= 1 but received 0',
      ],
      [
        resnet18({ survival: 1.5 }),
        'Expected survival for resnet18 to be a number with 0 < survival <= 1 but received 1.5',
      ],
      [resnet18({ seed: 0.5 }), 'Expected seed for resnet18 to be a whole number but received 0.5'],
    ];
    for (const [build, sentence] of cases) {
      expect(await rejection(build)).to.equal(sentence);
    }
  });
});
