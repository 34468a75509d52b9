import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { meanOfKnown } from '../../../src/metrics/averagePrecision.js';
import { rankingQuality, scoredRanking } from '../../../src/metrics/retrieval.js';
import { expectError } from '../../expectError.js';
import { describeWithShared } from '../../shared.js';

interface GoldenCase {
  name: string;
  scores: number[][];
  relevant: number[][];
  averagePrecision: (number | null)[];
  meanAveragePrecision: number;
  hitAt: Record<string, (number | null)[]>;
  precisionAt: Record<string, number[]>;
  reciprocalRank: (number | null)[];
  ndcgAt10: (number | null)[];
}

describe('retrieval metrics', () => {
  it('smoke: by hand', () => {
    const { averagePrecision, reciprocalRank, ndcgAt10, hitAt, precisionAt, recallAt } = rankingQuality([
      false,
      true,
      false,
      true,
    ]);
    expect(averagePrecision).to.equal(0.5);
    expect(reciprocalRank).to.equal(0.5);
    expect(ndcgAt10).to.be.closeTo((1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3)), 1e-12);
    expect([hitAt(1), hitAt(2), precisionAt(2), precisionAt(10), recallAt(2)]).to.deep.equal([0, 1, 0.5, 0.2, 0.5]);
  });

  it('feature: equal scores keep the order of the catalogue', () => {
    expect(scoredRanking([1, 1, 1], [0, 0, 1]).reciprocalRank).to.equal(1 / 3);
    expect(scoredRanking([1, 1, 1], [1, 0, 0]).reciprocalRank).to.equal(1);
  });

  it('feature: relevant items beyond the end of the ranking count', () => {
    const quality = rankingQuality([true], 4);
    expect(quality.averagePrecision).to.equal(0.25);
    expect(quality.recallAt(1)).to.equal(0.25);
  });

  it('cardinality: nothing relevant, an empty ranking, means', () => {
    const none = rankingQuality([false, false]);
    expect([none.averagePrecision, none.reciprocalRank, none.ndcgAt10, none.hitAt(1)]).to.satisfy((values: number[]) =>
      values.every(Number.isNaN),
    );
    expect(rankingQuality([], 2).reciprocalRank).to.equal(0);
    expect(meanOfKnown([1, NaN, 0])).to.equal(0.5);
  });

  it('exception: k of 0, lengths that differ, NaN, fewer relevant than there are', () => {
    expectError(
      () => rankingQuality([true]).hitAt(0),
      'Expected k for a retrieval metric to be a whole number >= 1 but received 0',
    );
    expectError(
      () => scoredRanking([1, 2], [1]),
      'Expected the relevances for scoredRanking to be 2, one per score but received 1',
    );
    expectError(
      () => scoredRanking([NaN], [1]),
      'Expected the scores for scoredRanking to be numbers but received NaN',
    );
    expectError(
      () => rankingQuality([true, true], 1),
      'Expected relevant for rankingQuality to be a whole number >= 2, those in the ranking but received 1',
    );
  });

  describeWithShared('golden vectors', 'golden/search/retrieval_metrics.json', (path) => {
    it('feature: all cases to 1e-6', () => {
      const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: GoldenCase[] };
      const near = (found: number, wanted: number | null, what: string) =>
        wanted === null
          ? expect(found, what).to.satisfy(Number.isNaN)
          : expect(found, what).to.be.closeTo(wanted, 1e-6);
      for (const one of cases) {
        const found = one.scores.map((scores, i) => scoredRanking(scores, one.relevant[i]));
        found.forEach((quality, i) => {
          near(quality.averagePrecision, one.averagePrecision[i], one.name);
          near(quality.reciprocalRank, one.reciprocalRank[i], one.name);
          if (one.ndcgAt10[i] !== null || one.averagePrecision[i] === null) {
            near(quality.ndcgAt10, one.ndcgAt10[i], one.name);
          }
          Object.entries(one.hitAt).forEach(([k, hits]) => near(quality.hitAt(Number(k)), hits[i], one.name));
          Object.entries(one.precisionAt).forEach(([k, shares]) =>
            near(quality.precisionAt(Number(k)), shares[i], one.name),
          );
        });
        near(meanOfKnown(found.map((quality) => quality.averagePrecision)), one.meanAveragePrecision, one.name);
      }
    });
  });
});
