import { expect } from 'chai';
import { normalDraws } from '../../../src/random.js';
import { fastProducts } from '../../../src/search/fastProducts.js';
import { innerProducts } from '../../../src/search/vectorTable.js';

function table(rows: number, width: number, seed: number): Float64Array {
  return Float64Array.from(normalDraws(rows * width, 1, seed));
}

describe('inner products by the module', () => {
  it('feature: the same as in JavaScript, for any number of rows and any length', () => {
    for (const [queries, rows, width] of [
      [4, 2, 4],
      [5, 3, 257],
      [71, 64, 257],
      [9, 1, 1],
      [3, 7, 10],
      [1000, 70, 1280],
    ]) {
      const [a, b] = [table(queries, width, 1), table(rows, width, 2)];
      const [found, wanted] = [new Float64Array(queries * rows), new Float64Array(queries * rows)];
      fastProducts(a, queries, b, rows, width, found);
      innerProducts(a, queries, b, rows, width, wanted);
      const off = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
      expect(off, `${queries} × ${rows} × ${width}`).to.be.lessThan(1e-5 * Math.sqrt(width));
    }
  });

  it('feature: equal rows have equal products wherever they stand', () => {
    const width = 257;
    const row = table(1, width, 3);
    const rows = new Float64Array(301 * width);
    for (let i = 0; i < 301; i++) {
      rows.set(row, i * width);
    }
    const out = new Float64Array(5 * 301);
    fastProducts(table(5, width, 4), 5, rows, 301, width, out);
    for (let query = 0; query < 5; query++) {
      expect(new Set(out.subarray(query * 301, (query + 1) * 301)).size).to.equal(1);
    }
  });
});
