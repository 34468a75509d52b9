import { expect } from 'chai';
import { poolingPlan, regionCount, resolvePooling } from '../../../src/pooling/regionCounts.js';

describe('regionCount', () => {
  // Python's round, by hand: half goes to the even neighbour.
  const table: [k: number, regions: number, count: number][] = [
    [0, 49, 0],
    [3, 49, 3],
    [49, 49, 49],
    [50, 49, 49],
    [Number.MAX_SAFE_INTEGER, 49, 49],
    [3, 0, 0],
    [0.5, 0, 0],
    [0.5, 49, 24],
    [0.5, 51, 26],
    [0.1, 25, 2],
    [0.3, 25, 8],
    [0.2, 49, 10],
    [0.1, 35, 4],
    [0.01, 49, 1],
    [0.5, 1, 1],
    [0.999, 10, 10],
    [1, 10, 1],
  ];
  for (const [k, regions, count] of table) {
    it(`k = ${k} of ${regions} regions is ${count}`, () => {
      expect(regionCount(k, regions)).to.equal(count);
    });
  }
});

describe('poolingPlan', () => {
  const plan = (options: Parameters<typeof resolvePooling>[0], regions = 10) =>
    poolingPlan(resolvePooling(options, 'test'), regions);

  it('mean: each end by its own count', () => {
    expect(plan({ kMax: 4, kMin: 0.5, alpha: 2 })).to.deep.equal({
      topCount: 4,
      bottomCount: 5,
      topWeight: 0.25,
      bottomWeight: 0.4,
    });
  });
  it('sum: no division', () => {
    expect(plan({ kMax: 4, kMin: 2, alpha: 0.5, reduction: 'sum' })).to.deep.equal({
      topCount: 4,
      bottomCount: 2,
      topWeight: 1,
      bottomWeight: 0.5,
    });
  });
  it('halfMean halves both ends, also with alpha 0, but not without negative evidence', () => {
    expect(plan({ kMax: 4, kMin: 2, alpha: 0, reduction: 'halfMean' })).to.deep.equal({
      topCount: 4,
      bottomCount: 2,
      topWeight: 0.125,
      bottomWeight: 0,
    });
    expect(plan({ kMax: 4, kMin: 0, reduction: 'halfMean' })).to.deep.equal({
      topCount: 4,
      bottomCount: 0,
      topWeight: 0.25,
      bottomWeight: 0,
    });
  });
  it('kMin null follows kMax, defaults are 3 and 3', () => {
    expect(plan({ kMax: 0.2, kMin: null })).to.include({ topCount: 2, bottomCount: 2 });
    expect(plan({})).to.include({ topCount: 3, bottomCount: 3, bottomWeight: 1 / 3 });
  });
});
