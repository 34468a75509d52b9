import { expect } from 'chai';
import type { MetaFilter } from '../../../src/search/metaFilter.js';
import { normalDraws } from '../../../src/random.js';
import { fastProducts, innerProducts, openProducts } from '../../../src/search/fastProducts.js';
import { memoryStore, openMemoryStore } from '../../../src/search/memoryStore.js';

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

  it('feature: rows that are loaded, and rows that lie in the module, give the same items', async () => {
    const dimension = 10;
    const made = { model: 'm', size: 224, pooling: 'gap', pca: 'p', engine: 'e', version: 1, dimension };
    const [large, small] = [memoryStore(made), memoryStore(made)];
    const rows = Array.from({ length: 1200 }, (_, i) => ({
      id: `${i}`,
      vectors: Array.from({ length: 1 + (i % 3) }, (__, part) => normalDraws(dimension, 1, 7 * i + part)),
      meta: { third: i % 3 === 0 },
    }));
    await large.upsert(rows);
    const queries = Array.from({ length: 5 }, (_, i) => normalDraws(dimension, 1, 90_000 + i));
    // Items are replaced and deleted, so that rows no longer lie in the order of the catalogue.
    await large.upsert(rows.slice(100, 200));
    await large.delete(['3', '77', '1100']);
    const left = rows.filter(({ id }) => !['3', '77', '1100'].includes(id));
    for (let at = 0; at < left.length; at += 100) {
      // Less than what moves to the module: the best of each hundred.
      const part = memoryStore(made);
      await part.upsert(left.slice(at, at + 100));
      await small.upsert(
        (await part.get((await part.search(queries, { k: 20 })).map(({ id }) => id))).map((row) => row!),
      );
    }
    for (const score of ['window', 'class'] as const) {
      for (const filter of [{}, { third: true }] as MetaFilter[]) {
        const [found, wanted] = await Promise.all(
          [large, small].map((store) => store.search(queries, { k: 3, score: 'class', filter })),
        );
        expect(found.map(({ id }) => id)).to.deep.equal(wanted.map(({ id }) => id));
        found.forEach((hit, i) => expect(hit.score).to.be.closeTo(wanted[i].score, 1e-5));
        expect(await large.search(queries, { k: 3, score, filter, reduce: 'none' })).to.have.length(15);
      }
    }
    const again = await openMemoryStore(large.toBytes());
    expect(await again.search(queries, { k: 5 })).to.deep.equal(await large.search(queries, { k: 5 }));
  });

  it('feature: a table of one vector an item, as by hand', async () => {
    const dimension = 6;
    const store = memoryStore({ model: 'm', size: 224, pooling: 'gap', pca: 'p', engine: 'e', version: 1, dimension });
    const rows = Array.from({ length: 700 }, (_, i) => ({ id: `${i}`, vectors: [normalDraws(dimension, 1, i)] }));
    await store.upsert(rows);
    const queries = [1, 2, 3].map((seed) => normalDraws(dimension, 1, 5000 + seed));
    const scores = rows.map(({ vectors: [row] }) =>
      queries.map((query) => row.reduce((sum, value, i) => sum + value * query[i], 0)),
    );
    const best = (score: (item: number) => number) =>
      rows.map((_, item) => item).sort((a, b) => score(b) - score(a))[0];
    const [first] = await store.search(queries, { k: 1, score: 'window' });
    expect(first.id).to.equal(`${best((item) => Math.max(...scores[item]))}`);
    const each = await store.search(queries, { k: 1, score: 'window', reduce: 'none' });
    expect(each.map(({ id }) => id)).to.deep.equal(queries.map((_, q) => `${best((item) => scores[item][q])}`));
    await store.delete([first.id]);
    const [second] = await store.search(queries, { k: 1, score: 'window' });
    expect(second.id).to.equal(`${best((item) => (`${item}` === first.id ? -Infinity : Math.max(...scores[item])))}`);
  });

  it('feature: rows some at a time', () => {
    const [queries, rows] = [table(6, 257, 5), table(64, 257, 6)];
    const { rows: into, stride, multiply } = openProducts(queries, 6, 257, 64);
    for (let row = 0; row < 64; row++) {
      into.set(rows.subarray(row * 257, (row + 1) * 257), row * stride);
    }
    const wanted = new Float64Array(6 * 63);
    innerProducts(queries, 6, rows, 63, 257, wanted);
    const { values, width } = multiply(63);
    for (let query = 0; query < 6; query++) {
      for (let row = 0; row < 63; row++) {
        expect(values[query * width + row]).to.be.closeTo(wanted[query * 63 + row], 1e-3);
      }
    }
  });
});
