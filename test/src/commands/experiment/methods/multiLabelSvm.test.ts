import { expect } from 'chai';
import { objectBankOf } from '../../../../../src/commands/experiment/methods/ensemble.js';
import {
  chooseCOnSeveralLabels,
  svmOutcome,
  trainSvmOnSeveralLabels,
} from '../../../../../src/commands/experiment/methods/linearSvm.js';
import type { ImageDataSet } from '../../../../../src/node/datasets/imageDataSet.js';
import type { FeatureTable } from '../../../../../src/training/linear/featureTable.js';
import { expectError } from '../../../../expectError.js';

/** What an image shows, by its two features: class 0 where the first is 1, class 1 where the second is. */
const corners: [[number, number], number[]][] = [
  [
    [1, 1],
    [0, 1],
  ],
  [[1, -1], [0]],
  [[-1, 1], [1]],
  [[-1, -1], []],
];

/** Each corner several times; class 2 is shown by no image, class 3 by those that `all` says. */
function cornersTimes(times: number, all = false): { table: FeatureTable; set: ImageDataSet } {
  const images = Array.from({ length: times }, () => corners).flat();
  return {
    table: { values: Float32Array.from(images.flatMap(([features]) => features)), size: 2 },
    set: {
      name: 'corners',
      classes: ['a', 'b', 'none', 'all'],
      multiLabel: true,
      images: images.map(([, labels], i) => ({ path: `${i}.png`, labels: all ? [...labels, 3] : labels })),
    },
  };
}

/**
 * Corners n times each: Σ x̃x̃ᵀ = 4n·1 for x̃ = (x, 1), and Σ t·x̃ = (4n, 0, 0) for class 0. All losses count, for no score
 * reaches 1; so (1 + 2C·4n)·w = 2C·4n: w = 8nC / (1 + 8nC) on the class' own feature, without bias.
 */
const weight = (times: number, c: number) => (8 * times * c) / (1 + 8 * times * c);

describe('linear SVM on several labels per image', () => {
  it('feature: each class is trained on the images that show it against all others, those without labels too', () => {
    const { table, set } = cornersTimes(2);
    for (const c of [0.01, 1]) {
      const { weights, biases } = trainSvmOnSeveralLabels(table, set, { c, tolerance: 1e-9 });
      const wanted = [weight(2, c), 0, 0, weight(2, c), 0, 0, 0, 0];
      wanted.forEach((value, i) => expect(weights[i]).to.be.closeTo(value, 1e-6));
      [0, 0, -1, -1].forEach((value, i) => expect(biases[i]).to.be.closeTo(value, 1e-6));
    }
  });

  it('feature: a class that all images show has the same score everywhere, as one that none shows', () => {
    const { table, set } = cornersTimes(1, true);
    const { weights, biases } = trainSvmOnSeveralLabels(table, set, { c: 1 });
    expect(Array.from(biases.subarray(2))).to.deep.equal([-1, 1]);
    expect(Array.from(weights.subarray(4))).to.deep.equal([0, 0, 0, 0]);
  });

  it('feature: C goes by mean average precision of held-out images, the smallest of equal ones; it scores the test', () => {
    const { table, set } = cornersTimes(3);
    const { choice, scores } = svmOutcome(table, set, { values: Float32Array.of(0.5, 2, -3, 0), size: 2 }, 0);
    // Every third has every class in it, and ranks it rightly; a class that no image shows has no precision.
    expect(choice).to.deep.equal({ c: 0.01, tried: [0.01, 0.1, 1, 10, 100].map((c) => ({ c, heldOut: 1 })) });
    const w = weight(3, 0.01);
    [0.5 * w, 2 * w, -1, -1, -3 * w, 0, -1, -1].forEach((value, i) => expect(scores[i]).to.be.closeTo(value, 0.01));
  });

  it('feature: an Object Bank learns from the scores of its members, side by side', () => {
    const { table, set } = cornersTimes(3);
    // One member tells class 0 only, the other class 1 only.
    const member = (feature: number) => {
      const own = Array.from({ length: 12 }, (_, i) => [table.values[2 * i + feature], 0, 0, 0]).flat();
      return { choice: null, grid: null, seeds: [{ seed: 5, scores: own, maps: [], trainScores: own }] };
    };
    const { choice, seeds } = objectBankOf([member(0), member(1)], set, ['x', 'y']);
    expect(choice.c).to.equal(0.01);
    const w = weight(3, 0.01);
    corners.forEach(([[x, y]], i) =>
      [x * w, y * w, -1, -1].forEach((value, c) => expect(seeds[0].scores[4 * i + c]).to.be.closeTo(value, 0.01)),
    );
  });

  it('exception: too few images with labels for three parts', () => {
    const { table, set } = cornersTimes(1);
    const few = { ...set, images: set.images.map(({ path }, i) => ({ path, labels: i === 0 ? [0] : [] })) };
    expectError(
      () => chooseCOnSeveralLabels(table, few, [1], { seed: 0 }),
      'Expected the training images of a linear SVM to be enough that each third of them shows some class ' +
        'but received 4, of which 1 show any',
    );
  });
});
