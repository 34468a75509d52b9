import { expect } from 'chai';
import { Accuracy, MeanClassAccuracy } from '../../../src/metrics/accuracy.js';
import { ConfusionMatrix } from '../../../src/metrics/confusionMatrix.js';
import { bootstrapInterval } from '../../../src/metrics/bootstrap.js';
import { expectError } from '../../expectError.js';

// Three of class 0, one of class 1; the second is taken for class 1, the tie goes to class 0, the last has a NaN.
const scores = [0.9, 0.1, 0.2, 0.8, 0.5, 0.5, 0.3, NaN];
const labels = [0, 0, 0, 1];

describe('accuracy', () => {
  it('feature: exact values, over batches', () => {
    const metric = new Accuracy(2);
    metric.update(scores.slice(0, 4), labels.slice(0, 2));
    metric.update(scores.slice(4), labels.slice(2));
    expect(metric.summary()).to.deep.equal({ accuracy: 0.5, count: 4, nanCount: 1 });
    metric.reset();
    metric.update([0, 1], [1]);
    expect(metric.summary()).to.deep.equal({ accuracy: 1, count: 1, nanCount: 0 });
    metric.reset();
    expect(metric.summary().accuracy).to.satisfy(Number.isNaN);
  });

  it('feature: as a mean over the classes that are there', () => {
    const metric = new MeanClassAccuracy(3);
    metric.update([1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0], [0, 0, 0, 1]);
    // class 0: 2 of 3, class 1: 1 of 1, class 2: none
    expect(metric.summary().accuracy).to.be.closeTo((2 / 3 + 1) / 2, 1e-12);
  });

  it('exception', () => {
    const metric = new Accuracy(2);
    expectError(
      () => metric.update([1, 2, 3], [0]),
      'Expected the scores for Accuracy to be rows of 2 numbers but received 3 numbers',
    );
    expectError(
      () => metric.update([1, 2], [2]),
      'Expected label 0 for Accuracy to be a class number from 0 to 1 but received 2',
    );
    expectError(
      () => metric.update([1, 2], []),
      'Expected the labels for Accuracy to be 1, one per row of scores but received 0',
    );
    expect(metric.summary().count).to.equal(0);
    expectError(
      () => new MeanClassAccuracy(0),
      'Expected classes for MeanClassAccuracy to be a whole number >= 1 but received 0',
    );
  });
});

describe('confusion matrix', () => {
  it('feature: exact values', () => {
    const matrix = new ConfusionMatrix(2);
    matrix.update(scores, labels);
    expect(matrix.summary()).to.deep.equal({
      counts: [
        [2, 1],
        [0, 0],
      ],
      accuracy: 0.5,
      classAccuracies: [2 / 3, 0],
      meanClassAccuracy: 1 / 3,
      count: 4,
      nanCount: 1,
    });
    matrix.reset();
    expect(matrix.summary().count).to.equal(0);
  });
});

describe('bootstrap', () => {
  it('feature: about the normal interval of a share', () => {
    const metric = new Accuracy(2);
    const right = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    metric.update(
      right.flatMap((hit) => [1 - hit, hit]),
      right.map(() => 1),
    );
    const { low, high } = metric.interval({ seed: 3 });
    // 0.25 ± 1.96 · √(0.25 · 0.75 / 400); its ends vary by about a twentieth of that
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(low).to.be.closeTo(0.25 - half, half / 6);
    expect(high).to.be.closeTo(0.25 + half, half / 6);
    expect(metric.interval({ seed: 3 })).to.deep.equal({ low, high });
    expect(metric.interval({ seed: 4 })).to.not.deep.equal({ low, high });
  });

  it('feature: what cannot vary has no width; what is never a number has no ends', () => {
    expect(bootstrapInterval(5, () => 0.5)).to.deep.equal({ low: 0.5, high: 0.5 });
    expect(bootstrapInterval(5, () => NaN, { samples: 3 })).to.deep.equal({ low: NaN, high: NaN });
  });

  it('exception', () => {
    expectError(
      () => bootstrapInterval(0, () => 0),
      'Expected count for bootstrapInterval to be a whole number >= 1 but received 0',
    );
    expectError(
      () => bootstrapInterval(1, () => 0, { level: 1 }),
      'Expected level for bootstrapInterval to be a number with 0 < level < 1 but received 1',
    );
  });
});
