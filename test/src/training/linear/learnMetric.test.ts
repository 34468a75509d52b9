import { expect } from 'chai';
import { mixSeeds, normalDraws } from '../../../../src/random.js';
import { learnMetric } from '../../../../src/training/linear/learnMetric.js';
import type { Judgement } from '../../../../src/training/linear/learnMetric.js';
import { refusal } from '../../../refusal.js';

const dimensions = 8;

/**
 * Searches in which what is liked agrees with the query in some of the directions, and in nothing else; the last number of
 * a row is the same for all.
 *
 * @param meant the directions that matter, of eight
 */
function judgements(count: number, meant: number, seed: number): Judgement[] {
  const row = (part: number, like?: Float32Array) =>
    Float32Array.from([...normalDraws(dimensions, 1, mixSeeds(seed, part)), 0.5], (value, i) =>
      like !== undefined && i < meant ? like[i] : value,
    );
  return Array.from({ length: count }, (_, i) => {
    const query = row(100 * i);
    const items = (from: number, like?: Float32Array) => [1, 2, 3].map((n) => [row(100 * i + from + n, like)]);
    return { query: [query], like: items(10, query), unlike: items(20) };
  });
}

describe('a metric learnt from likes and unlikes', () => {
  it('feature: finds the directions that matter, and wins; the same for the same seed', () => {
    const learnt = learnMetric(judgements(60, 2, 1));
    expect(learnt).to.include({ searches: 60, pairs: 540, wins: true });
    expect(learnt.learnt.value).to.be.above(learnt.euclid.value + 0.05);
    expect(learnt.difference.low).to.be.above(0);
    const [first, second, ...others] = learnt.weights;
    expect(Math.min(first, second)).to.be.above(1.5 * Math.max(...others));
    expect(Math.min(...learnt.weights)).to.be.at.least(0);
    expect(learnMetric(judgements(60, 2, 1))).to.deep.equal(learnt);
  });

  it('feature: loses where all directions matter alike', () => {
    const { wins, difference } = learnMetric(judgements(40, dimensions, 2));
    expect(wins).to.equal(false);
    expect(difference.value).to.be.at.most(0.02);
  });

  it('exception: too few searches with both; those with one kind do not count', async () => {
    const half = judgements(12, 2, 3).map((each, i) => (i < 3 ? { ...each, unlike: [] } : each));
    expect(await refusal((async () => learnMetric(half))())).to.equal(
      'Expected judgements for a metric to be of 10 searches or more with something liked and something not but received 9',
    );
  });
});
