import { expect } from 'chai';
import { averagePrecision, MeanAveragePrecision } from '../../../src/metrics/averagePrecision.js';
import { expectError } from '../../expectError.js';

// ranks of the positives: 1, 3, 5; precisions 1, 2/3, 3/5
const scores = [0.9, 0.8, 0.7, 0.6, 0.5];
const labels = [1, 0, 1, 0, 1];

describe('average precision', () => {
  it('feature: all points by hand', () => {
    expect(averagePrecision(scores, labels)).to.be.closeTo((1 + 2 / 3 + 3 / 5) / 3, 1e-12);
    expect(averagePrecision([1, 2, 3], [1, 1, 0])).to.be.closeTo((1 / 2 + 2 / 3) / 2, 1e-12);
  });

  it('feature: the envelope by hand', () => {
    // precisions 1/2 and 2/3: the highest at a recall or more is 2/3 for both
    expect(averagePrecision([1, 2, 3], [1, 1, 0], 'envelope')).to.be.closeTo(2 / 3, 1e-12);
  });

  it('feature: VOC 2007 by hand', () => {
    // recall 0, .1, .2, .3: precision 1; .4, .5, .6: 2/3; .7 to 1: 3/5
    expect(averagePrecision(scores, labels, 'voc07')).to.be.closeTo((4 + 3 * (2 / 3) + 4 * (3 / 5)) / 11, 1e-12);
    // ten positives in a row, then nothing: recall .1 is reached by exactly the first
    expect(
      averagePrecision(
        Array.from({ length: 10 }, (_, i) => -i),
        new Array(10).fill(1),
        'voc07',
      ),
    ).to.equal(1);
    // one positive at rank 4: precision 1/4 at every recall
    expect(averagePrecision([4, 3, 2, 1], [0, 0, 0, 1], 'voc07')).to.be.closeTo(1 / 4, 1e-12);
  });

  it('feature: left-out examples take no rank, NaN comes last', () => {
    expect(averagePrecision([0.9, 0.8, 0.7], [-1, 0, 1])).to.equal(1 / 2);
    expect(averagePrecision([NaN, -Infinity], [1, 0])).to.equal(1 / 2);
    expect(averagePrecision([Infinity, Infinity], [0, 1])).to.equal(1 / 2);
    expect(averagePrecision([1, 2], [0, 0])).to.satisfy(Number.isNaN);
  });

  it('feature: equal scores enter together, whatever their order', () => {
    // scikit-learn 1.9.1: average_precision_score
    const [tied, shown] = [
      [0.9, 0.7, 0.7, 0.7, 0.4, 0.4, 0.1, 0.1],
      [0, 1, 0, 1, 1, 0, 0, 1],
    ];
    expect(averagePrecision(tied, shown)).to.be.closeTo(0.5, 1e-12);
    expect(averagePrecision([...tied].reverse(), [...shown].reverse())).to.be.closeTo(0.5, 1e-12);
    // a model that is dead: the share of positives, by every rule and in every order
    for (const rule of ['allPoints', 'envelope', 'voc07'] as const) {
      expect(averagePrecision([2, 2, 2, 2, 2], [1, 0, 0, 0, 1], rule)).to.be.closeTo(2 / 5, 1e-12);
      expect(averagePrecision([NaN, NaN], [0, 1], rule)).to.equal(1 / 2);
    }
    expect(averagePrecision([0, -0], [0, 1])).to.equal(1 / 2);
    const dead = new MeanAveragePrecision(1);
    dead.update(
      new Array(40).fill(0.5),
      Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0)),
    );
    const { low, high } = dead.interval({ samples: 200 });
    expect(dead.summary().map).to.be.within(low, high).and.closeTo(0.25, 1e-12);
  });

  it('feature: the mean is over classes that have a positive', () => {
    const metric = new MeanAveragePrecision(3);
    metric.update([0.9, 0.1, 0.3, 0.8, 0.2, 0.4], [0, 1, 0, 1, 0, 0]);
    metric.update([0.7, 0.3, 0.5], [0, 0, 0]);
    const { map, classes, count, nanCount } = metric.summary();
    expect(classes.slice(0, 2)).to.deep.equal([1 / 2, 1 / 3]);
    expect(classes[2]).to.satisfy(Number.isNaN);
    expect(map).to.be.closeTo(5 / 12, 1e-12);
    expect([count, nanCount]).to.deep.equal([3, 0]);
    const { low, high } = metric.interval({ samples: 200 });
    expect(low).to.be.at.most(5 / 12);
    expect(high).to.be.at.least(5 / 12);
    metric.reset();
    expect(metric.summary().count).to.equal(0);
  });

  it('exception', () => {
    expectError(
      () => averagePrecision([1], []),
      'Expected the labels for average precision to be 1, one per score but received 0',
    );
    expectError(
      () => new MeanAveragePrecision(2, 'coco' as 'voc07'),
      "Expected rule for average precision to be 'allPoints', 'voc07' or 'envelope' but received \"coco\"",
    );
  });
});
