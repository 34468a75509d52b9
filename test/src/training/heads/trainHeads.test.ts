import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { FeatureSet } from '../../../../src/training/heads/featureSet.js';
import { scoreHeads } from '../../../../src/training/heads/scoreHeads.js';
import { trainHeads } from '../../../../src/training/heads/trainHeads.js';
import type { HeadSpec, TrainedHead } from '../../../../src/training/heads/headSpec.js';
import { float16Bits } from '../../../../src/formats/float16.js';
import { randomBits } from '../../../../src/random.js';
import { memoryCheckpoints } from '../../../../src/training/checkpoint.js';
import { softmaxCrossEntropy } from '../../../../src/training/losses/softmaxCrossEntropy.js';
import { forEachBackend } from '../../../backends.js';
import { withoutKernelLeakCheck } from '../kernelLeakCheck.js';

/** Images of 3 × 3 regions, of which one region has the class' channel raised. */
function toyFeatures(count: number, seed: number): { features: FeatureSet; labels: number[] } {
  const draw = randomBits(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const examples = labels.map((label) => {
    const values = Array.from({ length: 9 * 4 }, () => draw() / 2 ** 32);
    values[4 * (draw() % 9) + label] += 4;
    return Uint16Array.from(values, float16Bits);
  });
  return { features: { rows: 3, columns: 3, depth: 4, examples }, labels };
}

const multiHotOf = (labels: number[]) =>
  labels.map((label) => Float32Array.from([0, 1, 2], (c) => (c === label ? 1 : 0)));

forEachBackend('heads side by side', (backend) => {
  withoutKernelLeakCheck(backend);
  const { features, labels } = toyFeatures(24, 5);
  const options = {
    features,
    members: labels.map((_, i) => i),
    multiHot: multiHotOf(labels),
    classes: 3,
    normalise: 'none' as const,
    loss: softmaxCrossEntropy(),
    epochs: 20,
    batchSize: 8,
    weightDecay: 1e-3,
    initial: 0.01,
    seed: 1,
  };
  const specs: HeadSpec[] = [
    { pooling: { kMax: 1, kMin: 0 }, maps: 1, rate: 0.1, seed: 3 },
    { pooling: { kMax: 1, kMin: 0 }, maps: 1, rate: 0.01, seed: 3 },
    { pooling: { kMax: 2, reduction: 'halfMean' }, maps: 2, rate: 0.1, seed: 4 },
    { pooling: 'gap', maps: 1, rate: 0.1, seed: 5 },
    { pooling: 'logSumExp', maps: 1, rate: 0.1, seed: 6 },
  ];

  it('gives each head what it would get alone', async () => {
    const together = await trainHeads(specs, options);
    for (const [i, spec] of specs.entries()) {
      const [alone] = await trainHeads([spec], options);
      alone.kernel.forEach((value, k) => expect(together[i].kernel[k]).to.be.closeTo(value, 1e-4));
      alone.bias.forEach((value, k) => expect(together[i].bias[k]).to.be.closeTo(value, 1e-4));
    }
  });

  it('learns where one region tells the class, and its maps point there', async () => {
    const heads = await trainHeads(specs.slice(0, 1), options);
    const test = toyFeatures(12, 6);
    const [{ scores, maps }] = await scoreHeads(heads, test.features, {
      members: test.labels.map((_, i) => i),
      normalise: 'none',
      batchSize: 5,
      mapsOf: (place) => [test.labels[place]],
    });
    test.labels.forEach((label, i) => {
      const row = Array.from(scores.slice(3 * i, 3 * i + 3));
      expect(row.indexOf(Math.max(...row))).to.equal(label);
      // max pooling: the score is the map's highest value
      expect(Math.max(...maps[i][0])).to.be.closeTo(row[label], 1e-4);
    });
  });

  it('goes on from a checkpoint, bit for bit, and not from one of another training', async () => {
    const validation = {
      every: 3,
      scores: async (heads: readonly TrainedHead[]) => heads.map(({ kernel }) => kernel[0]),
    };
    const checkpoints = memoryCheckpoints();
    const validated = { ...options, validation };
    const whole = await trainHeads(specs, validated);
    const stopped = trainHeads(specs, {
      ...validated,
      checkpoints,
      checkpointEvery: 1,
      onBatch: (done) => {
        if (done === 32) {
          throw new Error('killed');
        }
      },
    });
    expect(await stopped.catch((error: Error) => error.message)).to.equal('killed');
    const resumed: number[] = [];
    const onResume = (done: number, total: number) => resumed.push(done, total);
    const again = await trainHeads(specs, { ...validated, checkpoints, checkpointEvery: Infinity, onResume });
    expect(resumed).to.deep.equal([31, 60]);
    again.forEach(({ kernel, bias, losses, validation: points }, i) => {
      expect(Array.from(kernel)).to.deep.equal(Array.from(whole[i].kernel));
      expect(Array.from(bias)).to.deep.equal(Array.from(whole[i].bias));
      expect(losses).to.deep.equal(whole[i].losses);
      expect(points).to.deep.equal(whole[i].validation);
      expect(points.map(({ epoch }) => epoch)).to.deep.equal([3, 6, 9, 12, 15, 18, 20]);
      expect(points[6].score).to.equal(kernel[0]);
      expect(points[0].score).not.to.equal(kernel[0]);
    });
    // another seed is another training
    const other = await trainHeads(specs, { ...validated, seed: 2, checkpoints, checkpointEvery: Infinity, onResume });
    expect(resumed).to.have.length(2);
    expect(other[0].kernel[0]).not.to.equal(again[0].kernel[0]);
  });

  it('saves the first step at once, then every two seconds, or more seldom where saving takes long', async () => {
    const saved: number[] = [];
    const { now } = Date;
    let clock = now();
    Date.now = () => clock;
    try {
      await trainHeads(specs.slice(0, 1), {
        ...options,
        checkpoints: {
          load: async () => null,
          save: async (_, { position: { step } }) => {
            // From step 15 on it takes 0.2 s, of which a twentieth are 4 s.
            clock += step < 15 ? 10 : 200;
            saved.push(step);
          },
        },
        onBatch: () => {
          clock += 500;
        },
      });
    } finally {
      Date.now = now;
    }
    expect(saved).to.deep.equal([1, 5, 9, 13, 17, 25, 33, 41, 49, 57]);
  });

  it('tells the loss of each epoch', async () => {
    const [{ losses }] = await trainHeads(specs.slice(0, 1), options);
    expect(losses).to.have.length(20);
    expect(losses[0]).to.be.closeTo(Math.log(3), 0.2); // initial weights are near 0: all classes alike
    expect(losses[19]).to.be.below(losses[0] / 2);
  });

  it('loses a head whose loss becomes NaN alone, also where training goes on from a checkpoint', async () => {
    const wild: HeadSpec[] = [
      { ...specs[0], rate: 1e38 },
      { ...specs[3], rate: 1e38 },
    ];
    const all = [wild[0], ...specs, wild[1]];
    const validation = {
      every: 5,
      scores: async (heads: readonly TrainedHead[]) => heads.map(({ lost }) => lost ?? 0),
    };
    const checkpoints = memoryCheckpoints();
    const together = await trainHeads(all, { ...options, validation });
    const alone = await trainHeads(specs, { ...options, validation });
    for (const i of [0, all.length - 1]) {
      const { lost, losses, validation: points } = together[i];
      expect(lost).to.equal(1);
      expect(losses.every(Number.isNaN)).to.equal(true);
      expect(points[0].score).to.equal(1);
    }
    alone.forEach(({ kernel, losses, lost }, i) => {
      expect(lost).to.equal(undefined);
      expect(together[i + 1].lost).to.equal(undefined);
      kernel.forEach((value, k) => expect(together[i + 1].kernel[k]).to.be.closeTo(value, 1e-4));
      losses.forEach((value, epoch) => expect(together[i + 1].losses[epoch]).to.be.closeTo(value, 1e-4));
    });
    await trainHeads(all, {
      ...options,
      validation,
      checkpoints,
      checkpointEvery: 1,
      onBatch: (done) => {
        if (done === 21) {
          throw new Error('killed');
        }
      },
    }).catch(() => undefined);
    expect((await checkpoints.load('last'))?.position).to.deep.equal({ phase: 0, epoch: 6, batch: 2, step: 20 });
    const again = await trainHeads(all, { ...options, validation, checkpoints });
    again.forEach(({ kernel, losses, lost, validation: points }, i) => {
      expect(lost).to.equal(together[i].lost);
      expect(Array.from(kernel)).to.deep.equal(Array.from(together[i].kernel));
      expect(losses).to.deep.equal(together[i].losses);
      expect(points).to.deep.equal(together[i].validation);
    });
    // Where none is left, nothing is trained for.
    let steps = 0;
    const none = await trainHeads(wild, {
      ...options,
      onBatch: () => {
        steps++;
      },
    });
    expect(none.map(({ lost }) => lost)).to.deep.equal([1, 1]);
    expect(steps).to.be.below(4);
  });

  it('leaks nothing, nor where a step fails', async () => {
    const before = tf.memory().numTensors;
    const heads = await trainHeads(specs, { ...options, epochs: 1 });
    await scoreHeads(heads, features, { members: [0, 1], normalise: 'regions', batchSize: 2 });
    expect(tf.memory().numTensors).to.equal(before);
    let calls = 0;
    // Two heads of the second step have their loss already.
    const failing: typeof options.loss = (scores, labels) => {
      if (++calls === specs.length + 3) {
        throw new Error('injected');
      }
      return options.loss(scores, labels);
    };
    const refused = (promise: Promise<unknown>) =>
      promise.then(
        () => '',
        (error: Error) => error.message,
      );
    expect(await refused(trainHeads(specs, { ...options, loss: failing }))).to.equal('injected');
    expect(await refused(trainHeads([...specs, { ...specs[0], rate: NaN }], options))).to.match(
      /^Expected rate and decay/,
    );
    // Labels that are not there, features that are not there.
    expect(await refused(trainHeads(specs, { ...options, multiHot: options.multiHot.slice(0, 3) }))).not.to.equal('');
    expect(
      await refused(scoreHeads(heads, features, { members: [0, 99], normalise: 'none', batchSize: 1 })),
    ).not.to.equal('');
    expect(tf.memory().numTensors).to.equal(before);
  });
});
