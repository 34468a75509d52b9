import { expect } from 'chai';
import type { Located } from '../../../../../src/commands/experiment/scores/localisation.js';
import {
  boxMetrics,
  pointing,
  pointwise,
  regionIou,
} from '../../../../../src/commands/experiment/scores/localisation.js';
import { metricsFor, statisticsOf } from '../../../../../src/commands/experiment/scores/metricTable.js';
import { MeanIou } from '../../../../../src/metrics/localization/meanIou.js';

const corner = (at: number) => [0, 1, 2, 3].map((r) => (r === at ? 1 : 0));
const box = (label: number, x: number, y: number) => ({ label, x, y, width: 50, height: 50 });
const image = (path: string, ...labels: number[]) => ({ path, labels });
const places = (...boxes: ReturnType<typeof box>[]) => ({ boxes, width: 100, height: 100 });

/** Three images of 100 × 100 pixels and maps of 2 × 2 regions; class 0 is on the left, class 1 on the right. */
const located: Located = {
  test: {
    name: 'corners',
    classes: ['left', 'right'],
    multiLabel: false,
    images: [image('a', 0), image('b', 0), image('c', 1)],
  },
  grid: [2, 2],
  // a: found; b: on the wrong side; c: found
  outcome: { seed: 1, maps: [[corner(0)], [corner(1)], [corner(3)]], scores: [2, 0, 1, 0, 4, 4.5] },
  groundTruth: [places(box(0, 0, 0)), places(box(0, 0, 0)), places(box(1, 50, 50))],
};

describe('localisation of the evaluation', () => {
  const all = [0, 1, 2];

  it('feature: pointing by hand', () => {
    expect(pointing(located, 0)(all)).to.equal(2 / 3);
    expect(pointing(located, 0)([1])).to.equal(0);
    // (75, 25) is 25 pixels beside the box that ends at 50
    expect(pointing(located, 25)(all)).to.equal(2 / 3);
    expect(pointing(located, 25.1)(all)).to.equal(1);
  });

  it('feature: pointwise mAP by hand ranks by probability, not by score', () => {
    // left, by probability: a 0.88 right, b 0.73 beside, c 0.38 without: precision 1 at one half of the recall
    // right: c 0.62 right, b, a without: 1
    expect(pointwise(located)(all)).to.be.closeTo((0.5 + 1) / 2, 1e-12);
    // c's score for the left, 4, is the highest, and would come first by scores alone
    expect(pointwise(located)([0, 2])).to.equal(1);
  });

  it('feature: a class that is left out for an image is not taken as one that it does not show', () => {
    // left: b beside, 0. Right: b, without it, has 0.95 and comes before c, which has 0.62 and is right: precision 1/2 at c.
    const first = { ...located, outcome: { ...located.outcome, scores: [2, 0, 0, 3, 4, 4.5] } };
    expect(pointwise(first)([1, 2])).to.be.closeTo((0 + 1 / 2) / 2, 1e-12);
    expect(pointwise({ ...first, leftOut: new Map([['b', [1]]]) })([1, 2])).to.be.closeTo((0 + 1) / 2, 1e-12);
  });

  it('feature: an image whose object nobody has marked is no test', () => {
    const unmarked = { ...located, groundTruth: [located.groundTruth[0], places(), located.groundTruth[2]] };
    expect(pointing(unmarked, 0)(all)).to.equal(1);
    expect(pointwise(unmarked)(all)).to.equal(1);
    expect(boxMetrics(unmarked).maxBoxAcc(all)).to.equal(1);
  });

  it('feature: MaxBoxAcc counts images alike, CorLoc is the mean over classes, its threshold from the other half', () => {
    const { maxBoxAcc, maxBoxAccV2 } = boxMetrics(located);
    // above one half an interpolated corner is about its quarter: a and c
    expect(maxBoxAcc(all)).to.equal(2 / 3);
    expect(maxBoxAccV2(all)).to.equal(2 / 3);
    expect(maxBoxAcc([1, 1])).to.equal(0);
    // left: found, found, missed; right: found. Either half has one found that tells a threshold.
    const four: Located = {
      ...located,
      test: { ...located.test, images: [image('a', 0), image('b', 0), image('c', 1), image('d', 0)] },
      outcome: {
        seed: 1,
        maps: [[corner(0)], [corner(0)], [corner(3)], [corner(3)]],
        scores: Array.from({ length: 8 }, () => 0),
      },
      groundTruth: [places(box(0, 0, 0)), places(box(0, 0, 0)), places(box(1, 50, 50)), places(box(0, 0, 0))],
    };
    expect(boxMetrics(four).corLoc([0, 1, 2, 3])).to.be.closeTo((2 / 3 + 1) / 2, 1e-12);
    expect(boxMetrics(four).maxBoxAcc([0, 1, 2, 3])).to.equal(3 / 4);
    // What fits the whole image at a low threshold alone, beside what fits its corner at a high one alone.
    const flat = [0, 0.4, 0.4, 1];
    const steep = [1, 0.8, 0.8, 0];
    const tilted: Located = {
      ...four,
      outcome: { ...four.outcome, maps: [[flat], [steep], [flat], [steep]] },
      test: { ...four.test, images: four.test.images.map(({ path }) => image(path, 0)) },
      groundTruth: [1, 0, 1, 0].map((whole) => ({
        boxes: [{ label: 0, x: 0, y: 0, width: 50 + 50 * whole, height: 50 + 50 * whole }],
        width: 100,
        height: 100,
      })),
    };
    const { corLoc, maxBoxAcc: own } = boxMetrics(tilted);
    expect(own([0, 2])).to.equal(1);
    expect(own([1, 3])).to.equal(1);
    expect(corLoc([0, 1, 2, 3])).to.equal(0);
  });

  it('feature: mean IoU is that of MeanIou, over images drawn again', () => {
    const pixels = { data: Int16Array.from([0, 1, 1, -1]), width: 2, height: 2 };
    const masked: Located = {
      ...located,
      test: { ...located.test, multiLabel: true, images: [image('a', 0, 1), image('b', 1)] },
      outcome: {
        seed: 1,
        scores: [0, 0, 0, 0],
        maps: [
          [
            [3, 3, 0, 0],
            [0, 0, 3, 3],
          ],
          [[1, 1, 1, 1]],
        ],
      },
      groundTruth: [
        { pixels, width: 2, height: 2 },
        { pixels, width: 2, height: 2 },
      ],
    };
    const metric = new MeanIou(2);
    metric.update([0, 0, 1, 1], [0, 1, 1, -1]);
    metric.update([1, 1, 1, 1], [0, 1, 1, -1]);
    metric.update([1, 1, 1, 1], [0, 1, 1, -1]);
    // class 0: 1 of 1 + 1 + 1 + 1; class 1: 1 + 2 + 2 of 2 + 3 + 3
    expect(metric.summary().meanIou).to.equal((1 / 4 + 5 / 8) / 2);
    expect(regionIou(masked)([0, 1, 1])).to.equal((1 / 4 + 5 / 8) / 2);
  });

  it('cardinality: a row has the measures that its maps and the data set allow, every one is explained', () => {
    const { test, outcome, grid } = located;
    const ids = (...args: Parameters<typeof statisticsOf>) => Object.keys(statisticsOf(...args));
    const whole = { choice: null, grid, seeds: [outcome] };
    const faithfulness = {
      images: [2, 0],
      deletion: [0.2, 0.4],
      insertion: [0.5, 0.7],
      drop: [0, 1],
      increase: [1, 0],
    };
    expect(ids(test, whole, located.groundTruth)).to.deep.equal([
      'accuracy',
      'meanClass',
      'pointing',
      'pointing15',
      'pointwise',
      'corLoc',
      'maxBoxAcc',
      'maxBoxAccV2',
    ]);
    expect(ids(test, whole, null)).to.deep.equal(['accuracy', 'meanClass']);
    expect(ids(test, { ...whole, seeds: [{ ...outcome, maps: [] }] }, located.groundTruth)).to.deep.equal([
      'accuracy',
      'meanClass',
    ]);
    const explained = statisticsOf(test, { ...whole, faithfulness }, located.groundTruth, false);
    expect(Object.keys(explained)).to.deep.equal([
      'pointing',
      'pointing15',
      'pointwise',
      'corLoc',
      'maxBoxAcc',
      'maxBoxAccV2',
      'deletion',
      'insertion',
      'averageDrop',
      'increase',
    ]);
    expect(explained.deletion.images).to.deep.equal(['c', 'a']);
    expect(explained.deletion.each[0]([0, 1])).to.be.closeTo(0.3, 1e-12);
    const measures = metricsFor(test, located.groundTruth, { images: 2, steps: 4, methods: ['w'] });
    expect(measures.map(({ id }) => id)).to.have.members([
      ...ids(test, whole, located.groundTruth),
      'deletion',
      'insertion',
      'averageDrop',
      'increase',
    ]);
    expect(measures.filter(({ better }) => better === 'lower').map(({ id }) => id)).to.deep.equal([
      'deletion',
      'averageDrop',
    ]);
    measures
      .filter(({ group }) => group !== 'recognition')
      .forEach(({ explained: words }) => expect(words).to.match(/\b(19|20)\d\d\b|et al\.|same|Pascal/));
  });
});
