import { expect } from 'chai';
import { Accuracy } from '../../../src/metrics/accuracy.js';
import { TopKAccuracy } from '../../../src/metrics/topKAccuracy.js';
import { expectError } from '../../expectError.js';

describe('top-k accuracy', () => {
  // Class 2 is second, class 0 last, of the equals of the third row class 1 is second; the last has a NaN.
  const scores = [0.5, 0.1, 0.4, 0.1, 0.2, 0.7, 0.5, 0.5, 0.5, 0.9, NaN, 0.1];
  const labels = [2, 0, 1, 0];

  it('smoke: the class may be second', () => {
    const metric = new TopKAccuracy(3, 2);
    metric.update(scores, labels);
    expect(metric.summary()).to.deep.equal({ accuracy: 0.5, count: 4, nanCount: 1 });
  });

  it('feature: k 1 is accuracy, k of all classes is all but those with a NaN', () => {
    const [one, all, plain] = [new TopKAccuracy(3, 1), new TopKAccuracy(3, 3), new Accuracy(3)];
    [one, all, plain].forEach((metric) => metric.update(scores, labels));
    expect(one.summary()).to.deep.equal(plain.summary());
    expect(all.summary().accuracy).to.equal(0.75);
    const beyond = new TopKAccuracy(3, 9);
    beyond.update(scores, labels);
    expect(beyond.summary().accuracy).to.equal(0.75);
  });

  it('feature: equal scores are taken in the order of the classes', () => {
    const right = [0, 1, 2].map((label) => {
      const metric = new TopKAccuracy(3, 2);
      metric.update([0.3, 0.3, 0.3], [label]);
      return metric.summary().accuracy;
    });
    expect(right).to.deep.equal([1, 1, 0]);
  });

  it('cardinality: no examples, one class, batches', () => {
    const metric = new TopKAccuracy(3, 2);
    expect(metric.summary().accuracy).to.satisfy(Number.isNaN);
    metric.update(scores.slice(0, 3), labels.slice(0, 1));
    metric.update(scores.slice(3), labels.slice(1));
    expect(metric.summary().accuracy).to.equal(0.5);
    const single = new TopKAccuracy(1, 1);
    single.update([0.2], [0]);
    expect(single.summary().accuracy).to.equal(1);
  });

  it('feature: an interval that holds the value', () => {
    const metric = new TopKAccuracy(3, 2);
    metric.update(scores, labels);
    const { low, high } = metric.interval({ seed: 1 });
    expect(low).to.be.at.most(0.5);
    expect(high).to.be.at.least(0.5);
  });

  it('exception', () => {
    expectError(() => new TopKAccuracy(3, 0), 'Expected k for TopKAccuracy to be a whole number >= 1 but received 0');
    expectError(
      () => new TopKAccuracy(0, 1),
      'Expected classes for TopKAccuracy to be a whole number >= 1 but received 0',
    );
  });
});
