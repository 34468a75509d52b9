import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { OptimizerRule, TrainedWeight } from '../../../../src/training/optimisation/optimizer.js';
import {
  addGradients,
  clipByGlobalNorm,
  globalNorm,
  lossAndGradients,
} from '../../../../src/training/optimisation/gradients.js';
import { createOptimizer } from '../../../../src/training/optimisation/optimizer.js';
import { forEachBackend } from '../../../backends.js';
import { expectError } from '../../../expectError.js';
import { withoutKernelLeakCheck } from '../kernelLeakCheck.js';

function weight(name: string, values: number[], { rate = 1, decay = 0 } = {}): TrainedWeight {
  return { name, variable: tf.tidy(() => tf.variable(tf.tensor1d(values))), rate, decay };
}

/** Takes steps with the given gradients, one list per step, and gives the weight's values. */
function follow(rule: OptimizerRule, start: TrainedWeight, gradients: number[][], rate: number): number[] {
  const optimizer = createOptimizer(rule, [start]);
  for (const values of gradients) {
    tf.tidy(() => optimizer.apply([tf.tensor1d(values)], rate));
  }
  const moved = [...start.variable.dataSync()];
  optimizer.dispose();
  start.variable.dispose();
  return moved;
}

const near = (values: number[], expected: number[]) =>
  values.forEach((value, i) => expect(value).to.be.closeTo(expected[i], 1e-6));

forEachBackend('optimisers', (backend) => {
  withoutKernelLeakCheck(backend);

  it('feature: SGD by hand, plain, with momentum, and with look-ahead', () => {
    near(follow({ kind: 'sgd', momentum: 0 }, weight('w', [1]), [[2], [4]], 0.1), [0.4]);
    // v = 2, then 0.5 · 2 + 4 = 5: 1 − 0.1 (2 + 5)
    near(follow({ kind: 'sgd', momentum: 0.5, nesterov: false }, weight('w', [1]), [[2], [4]], 0.1), [0.3]);
    // g + μ v = 2 + 1, then 4 + 2.5
    near(follow({ kind: 'sgd', momentum: 0.5 }, weight('w', [1]), [[2], [4]], 0.1), [0.05]);
  });

  it('feature: Adam by hand', () => {
    // After the first step the corrected averages are g and g², so the step is η · sign(g).
    near(follow({ kind: 'adam' }, weight('w', [1, 1]), [[2, -0.5]], 0.1), [0.9, 1.1]);
    // second step with g = 4 after g = 2: m̂ = (0.9 · 0.2 + 0.4) / 0.19, v̂ = (0.999 · 0.004 + 0.016) / 0.001999
    const direction = 0.58 / 0.19 / Math.sqrt(0.019996 / 0.001999);
    near(follow({ kind: 'adam' }, weight('w', [1]), [[2], [4]], 0.1), [0.9 - 0.1 * direction]);
  });

  it('feature: weight decay goes into the gradient, or for AdamW off the weight', () => {
    near(follow({ kind: 'sgd', momentum: 0 }, weight('w', [2], { decay: 0.5 }), [[1]], 0.1), [1.8]);
    near(follow({ kind: 'adamW' }, weight('w', [2], { decay: 0.5 }), [[1]], 0.1), [2 * 0.95 - 0.1]);
  });

  it('feature: each weight has its own rate', () => {
    near(follow({ kind: 'sgd', momentum: 0 }, weight('w', [1], { rate: 0.1 }), [[1]], 1), [0.9]);
  });

  for (const rule of [{ kind: 'sgd' }, { kind: 'adam' }, { kind: 'adamW' }] as OptimizerRule[]) {
    it(`feature: ${rule.kind} goes on from its saved state bit for bit`, async () => {
      const gradients = [
        [0.3, -1.7],
        [1.1, 0.2],
        [-0.4, 0.9],
        [0.7, 0.1],
      ];
      const whole = follow(rule, weight('w', [1, -1], { decay: 0.01 }), gradients, 0.03);
      const first = weight('w', [1, -1], { decay: 0.01 });
      const before = createOptimizer(rule, [first]);
      gradients.slice(0, 2).forEach((values) => tf.tidy(() => before.apply([tf.tensor1d(values)], 0.03)));
      const state = await before.state();
      const values = [...first.variable.dataSync()];
      const second = weight('w', values, { decay: 0.01 });
      const after = createOptimizer(rule, [second]);
      after.restore(state);
      gradients.slice(2).forEach((step) => tf.tidy(() => after.apply([tf.tensor1d(step)], 0.03)));
      expect([...second.variable.dataSync()]).to.deep.equal(whole);
      before.dispose();
      after.dispose();
      tf.dispose([first.variable, second.variable]);
    });

    it(`leak: ${rule.kind}`, async () => {
      const before = tf.memory().numTensors;
      const start = weight('w', [1, 2]);
      const optimizer = createOptimizer(rule, [start]);
      const held = tf.memory().numTensors;
      const gradient = tf.tensor1d([1, 1]);
      optimizer.apply([gradient], 0.1);
      optimizer.restore(await optimizer.state());
      gradient.dispose();
      expect(tf.memory().numTensors).to.equal(held);
      optimizer.dispose();
      start.variable.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it("feature: a layer's weights are reached through read()", () => {
    const model = tfl.sequential({
      layers: [tfl.layers.dense({ units: 1, inputShape: [2], useBias: false, kernelInitializer: 'ones' })],
    });
    const [layerWeight] = model.trainableWeights;
    const trained = { name: 'w', variable: layerWeight.read() as tf.Variable, rate: 1, decay: 0 };
    const optimizer = createOptimizer({ kind: 'sgd', momentum: 0 }, [trained]);
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 3]]);
      const { gradients } = lossAndGradients(() => tf.sum(model.apply(x) as tf.Tensor), [trained]);
      optimizer.apply(gradients, 0.5);
    });
    near([...model.getWeights()[0].dataSync()], [0.5, -0.5]);
    optimizer.dispose();
    model.dispose();
  });

  it('leak: a loss that fails half way leaves nothing that was saved for the way back', () => {
    const variable = tf.variable(tf.ones([2]));
    const before = tf.memory().numTensors;
    const failing = () => {
      // The gradient of a square wants its input again.
      tf.sum(tf.square(tf.add(variable, 1)));
      throw new Error('half way');
    };
    expect(() => lossAndGradients(failing, [{ name: 'w', variable, rate: 1, decay: 0 }])).to.throw('half way');
    expect(tf.memory().numTensors).to.equal(before);
    variable.dispose();
  });

  it('feature: clipping by the norm of all gradients together', () =>
    tf.tidy(() => {
      const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[4]])];
      const norm = globalNorm(gradients);
      near([...norm.dataSync()], [5]);
      near(
        clipByGlobalNorm(gradients, norm, 1).flatMap((x) => [...x.dataSync()]),
        [0.6, 0, 0.8],
      );
      near(
        clipByGlobalNorm(gradients, norm, 10).flatMap((x) => [...x.dataSync()]),
        [3, 0, 4],
      );
      const none = [tf.tensor1d([0])];
      near([...clipByGlobalNorm(none, globalNorm(none), 1)[0].dataSync()], [0]);
    }));

  it('feature: accumulated gradients add up', () => {
    const before = tf.memory().numTensors;
    let sum = addGradients(null, [tf.tensor1d([1, 2])]);
    sum = addGradients(sum, [tf.tensor1d([3, 4])]);
    near([...sum[0].dataSync()], [4, 6]);
    tf.dispose(sum);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('exception', () => {
    const w = weight('w', [1]);
    expectError(
      () => createOptimizer({ kind: 'rmsprop' as 'sgd' }, [w]),
      "Expected kind of the optimiser to be 'sgd', 'adam' or 'adamW' but received \"rmsprop\"",
    );
    expectError(
      () => createOptimizer({ kind: 'sgd', momentum: 1 }, [w]),
      'Expected momentum of the optimiser to be a number with 0 <= momentum < 1 but received 1',
    );
    expectError(
      () => createOptimizer({ kind: 'sgd' }, [w, w]),
      'Expected the names of the trained weights to be all different but received two that are the same',
    );
    const optimizer = createOptimizer({ kind: 'sgd' }, [w]);
    expectError(
      () => optimizer.restore({ steps: 1, moments: {} }),
      "Expected the optimiser's state for w/velocity to be 1 numbers but received none",
    );
    optimizer.dispose();
    w.variable.dispose();
  });
});
