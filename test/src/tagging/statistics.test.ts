import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { cooccurrence } from '../../../src/tagging/cooccurrence.js';
import { sparseRows } from '../../../src/tagging/factorization/sparseRows.js';
import { hoyer, inverseFrequency, modularityOf, npmi, pairCounts } from '../../../src/tagging/statistics.js';
import { expectError } from '../../expectError.js';
import { describeWithShared } from '../../shared.js';

interface Golden {
  binary: number[][];
  counts: number[][];
  npmi: (number | null)[][];
  idf: (number | null)[];
  communities: number[];
  modularity: number;
  bestModularity: number;
  hoyer: { rows: number[][]; values: number[] };
}

const near = (found: number | null, wanted: number | null) =>
  wanted === null ? expect(found).to.equal(null) : expect(found).to.be.closeTo(wanted, 1e-6);

describeWithShared('statistics of tags', 'golden/tagging/tags.json', (path) => {
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  const matrix = sparseRows(golden.binary, 6);
  const counts = pairCounts(matrix);

  it('counts pairs, and measures npmi, idf and Hoyer sparseness', () => {
    expect(Array.from(counts)).to.deep.equal(golden.counts.flat());
    golden.npmi.forEach((row, i) =>
      row.forEach((wanted, j) => near(npmi(counts[i * 6 + j], counts[i * 7], counts[j * 7], 8), wanted)),
    );
    golden.idf.forEach((wanted, i) => near(inverseFrequency(counts[i * 7], 8), wanted));
    golden.hoyer.rows.forEach((row, i) => near(hoyer(row), golden.hoyer.values[i]));
  });

  it('modularity of a given division, and the best one found', () => {
    near(modularityOf(counts, golden.communities), golden.modularity);
    const found = cooccurrence(matrix, ['a', 'b', 'c', 'd', 'e', 'f']);
    near(found.modularity, golden.bestModularity);
    expect(found.communities).to.deep.equal([['a', 'b', 'e'], ['c', 'd'], ['f']]);
    expect(found.pairs[0]).to.deep.include({ a: 'a', b: 'b', images: 3 });
    for (const seed of [1, 2, 3]) {
      expect(cooccurrence(matrix, ['a', 'b', 'c', 'd', 'e', 'f'], { seed })).to.deep.equal(found);
    }
  });
});

describe('statistics of tags, at the edges', () => {
  it('no number where there is nothing to divide by', () => {
    expect(hoyer([0, 0])).to.equal(null);
    expect(hoyer([3])).to.equal(null);
    expect(npmi(0, 0, 3, 8)).to.equal(null);
    expect(npmi(8, 8, 8, 8)).to.equal(1);
    expect(modularityOf([0, 0, 0, 0], [0, 1])).to.equal(0);
    expect(cooccurrence(sparseRows([[]], 1), ['a'])).to.deep.include({
      pairs: [],
      communities: [['a']],
      modularity: 0,
    });
  });

  it('counts that cannot be', () => {
    expectError(
      () => npmi(5, 4, 4, 8),
      'Expected both, a, b and images for npmi to be counts with both <= a, b and a + b - both <= images but received [5,4,4,8]',
    );
    expectError(() => hoyer([1, NaN]), 'Expected number 1 for hoyer to be finite but received NaN');
  });
});
