import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { FeatureSet } from '../../../../../src/training/heads/featureSet.js';
import { gradCamMaps, putHead, runOnFeatures } from '../../../../../src/commands/experiment/methods/gradCam.js';
import type { OpenHead } from '../../../../../src/commands/experiment/cache/savedModels.js';
import { headOnFeatures, openHead, saveHead } from '../../../../../src/commands/experiment/cache/savedModels.js';
import { float16Bits } from '../../../../../src/formats/float16.js';
import { randomBits } from '../../../../../src/random.js';
import { forEachBackend } from '../../../../backends.js';
import { tolerances } from '../../../../tolerances.js';

const [rows, columns, depth, classes] = [3, 2, 4, 2];
const regions = rows * columns;

function numbers(count: number, seed: number): Float32Array {
  const draw = randomBits(seed);
  // quarters, which half precision holds
  return Float32Array.from({ length: count }, () => (draw() % 17) / 4 - 2);
}

const values = [numbers(regions * depth, 1), numbers(regions * depth, 2)];
const features: FeatureSet = {
  rows,
  columns,
  depth,
  examples: values.map((each) => Uint16Array.from(each, float16Bits)),
};

const poolings: { name: string; pooling: OpenHead['pooling']; sum: number }[] = [
  { name: 'GAP', pooling: 'gap', sum: 1 },
  { name: 'WELDON', pooling: { kMax: 2, reduction: 'halfMean' }, sum: 1 },
  { name: 'WILDCAT, α = 0.7', pooling: { kMax: 2, alpha: 0.7, reduction: 'halfMean' }, sum: 0.85 },
  { name: 'max', pooling: { kMax: 1, kMin: 0 }, sum: 1 },
  { name: 'WELDON as a sum', pooling: { kMax: 2, reduction: 'sum' }, sum: 4 },
];

forEachBackend('Grad-CAM of heads on features', (backend) => {
  const tolerance: number = tolerances[backend] * 10;
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).to.equal(before));

  for (const { name, pooling, sum } of poolings) {
    it(`feature: of ${name} it is the class map without its constant, cut off at zero, times ${sum} over the regions`, async () => {
      const head: OpenHead = {
        pooling,
        maps: 1,
        classes,
        depth,
        kernel: numbers(depth * classes, 3),
        bias: Float32Array.of(5, -7),
        dividesRegions: false,
      };
      const found = await gradCamMaps(head, features, [[0, 1], [1]], 2);
      expect(found.map((list) => list.length)).to.deep.equal([2, 1]);
      [[0, 1], [1]].forEach((list, image) =>
        list.forEach((label, at) => {
          for (let r = 0; r < regions; r++) {
            let evidence = 0;
            for (let d = 0; d < depth; d++) {
              evidence += values[image][r * depth + d] * head.kernel[d * classes + label];
            }
            expect(found[image][at][r]).to.be.closeTo((Math.max(0, evidence) * sum) / regions, tolerance);
          }
        }),
      );
    });
  }

  it('feature: with several maps per class it takes their mean', async () => {
    const kernel = numbers(depth * classes * 2, 4);
    const head: OpenHead = {
      pooling: 'gap',
      maps: 2,
      classes,
      depth,
      kernel,
      bias: new Float32Array(4),
      dividesRegions: false,
    };
    const mean = Float32Array.from({ length: depth * classes }, (_, i) => (kernel[2 * i] + kernel[2 * i + 1]) / 2);
    const [[several]] = await gradCamMaps(head, features, [[1], []]);
    const [[single]] = await gradCamMaps({ ...head, maps: 1, kernel: mean, bias: new Float32Array(2) }, features, [
      [1],
      [],
    ]);
    several.forEach((value, r) => expect(value).to.be.closeTo(single[r], tolerance));
    expect(Math.max(...single)).to.be.above(0);
  });

  it('feature: a kept head gives the scores that it was trained to give, on features as they are', async () => {
    const spec = { pooling: 'gap' as const, maps: 1, rate: 1, seed: 1 };
    const head = {
      spec,
      classes,
      depth,
      kernel: numbers(depth * classes, 5),
      bias: Float32Array.of(1, 2),
      losses: [],
      validation: [],
    };
    const normalise = { mean: Float32Array.of(1, -2, 0, 3), deviation: Float32Array.of(2, 0.5, 1, 4) };
    const kept = saveHead(head, normalise);
    expect(JSON.parse(JSON.stringify(kept))).to.deep.equal(kept);
    const device = putHead(openHead(kept));
    const scores = tf.tidy(() =>
      runOnFeatures(device, tf.tensor2d(values[0], [regions, depth]), regions).scores.dataSync(),
    );
    for (let label = 0; label < classes; label++) {
      let sum = 0;
      for (let r = 0; r < regions; r++) {
        for (let d = 0; d < depth; d++) {
          sum +=
            (head.kernel[d * classes + label] * (values[0][r * depth + d] - normalise.mean[d])) /
            normalise.deviation[d];
        }
      }
      expect(scores[label]).to.be.closeTo(sum / regions + head.bias[label], tolerance);
    }
    tf.dispose([device.kernel, device.bias]);
    expect(openHead(kept)).to.deep.equal(headOnFeatures(head, normalise));
    expect(headOnFeatures(head, 'regions').dividesRegions).to.equal(true);
  });

  it('feature: a head on regions divided by their root mean square', () => {
    const head: OpenHead = {
      pooling: { kMax: 1, kMin: 0 },
      maps: 1,
      classes: 1,
      depth: 2,
      kernel: Float32Array.of(1, 0),
      bias: Float32Array.of(0),
      dividesRegions: true,
    };
    const device = putHead(head);
    // (3, 4) has the root mean square √12.5; nothing stays nothing
    const maps = tf.tidy(() => runOnFeatures(device, tf.tensor2d([3, 4, 0, 0], [2, 2]), 2).maps.dataSync());
    expect(maps[0]).to.be.closeTo(3 / Math.sqrt(12.5), tolerance);
    expect(maps[1]).to.equal(0);
    tf.dispose([device.kernel, device.bias]);
  });
});
