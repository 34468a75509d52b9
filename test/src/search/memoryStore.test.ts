import { expect } from 'chai';
import { normalDraws } from '../../../src/random.js';
import { memoryStore, openMemoryStore } from '../../../src/search/memoryStore.js';
import type { StoreDescription } from '../../../src/search/vectorStore.js';
import { innerProducts } from '../../../src/search/fastProducts.js';
import { expectError } from '../../expectError.js';
import { expectRejection } from '../formats/expectRejection.js';
import { bySearchingAll, clusteredVectors, describedAs, expectHits, storeSuite, suiteRows } from './storeSuite.js';

describe('memoryStore', () => {
  for (const storage of ['float32', 'float16'] as const) {
    describe(storage, () => {
      storeSuite(async (description) => {
        const store = memoryStore(description, { storage });
        return { store, reopen: () => openMemoryStore(store.toBytes()) };
      });
    });
  }

  it('feature: eight bits find what float32 finds, but for near ties', async () => {
    const vectors = clusteredVectors(500, 257, 20, 5);
    const rows = vectors.map((vector, i) => ({ id: `${i}`, vectors: [vector] }));
    const store = memoryStore(describedAs(257), { storage: 'int8' });
    await store.upsert(rows);
    const again = await openMemoryStore(store.toBytes());
    for (const score of ['window', 'class'] as const) {
      const wanted = bySearchingAll(rows, vectors.slice(0, 20), { score, reduce: 'none' });
      const found = await again.search(vectors.slice(0, 20), { score, reduce: 'none' });
      const same = found.filter(({ id, query }) => wanted.some((hit) => hit.id === id && hit.query === query));
      expect(same.length).to.be.at.least(0.95 * wanted.length);
      expect(found.every(({ score: value }, i) => Math.abs(value - wanted[i].score) < 0.01)).to.equal(true);
    }
  });

  it('smoke: inner products of any number of queries and rows are those of the definition', () => {
    for (const [queryCount, rowCount] of [
      [1, 1],
      [4, 2],
      [5, 3],
      [9, 7],
    ]) {
      const [queries, rows] = [queryCount, rowCount].map((n) => Float64Array.from(normalDraws(n * 5, 1, n)));
      const out = new Float64Array(queryCount * rowCount);
      innerProducts(queries, queryCount, rows, rowCount, 5, out);
      out.forEach((value, at) => {
        const [query, row] = [Math.floor(at / rowCount), at % rowCount];
        const terms = [0, 1, 2, 3, 4].map((i) => queries[5 * query + i] * rows[5 * row + i]);
        expect(value).to.be.closeTo(
          terms.reduce((a, b) => a + b),
          1e-12,
        );
      });
    }
  });

  it('feature: many changes leave no rows behind', async () => {
    const rows = suiteRows();
    const store = memoryStore(describedAs(17));
    for (let i = 0; i < 40; i++) {
      await store.upsert(rows);
      await store.delete([rows[i].id]);
    }
    const left = [...rows.slice(40), ...rows.slice(0, 39)];
    expect((await store.info()).count).to.equal(59);
    // The deleted ones came back behind the others, each time one later.
    const query = [rows[50].vectors[0]];
    const found = await store.search(query, { k: 5 });
    expectHits(found, bySearchingAll(left, query, { k: 5 }));
    expect(store.toBytes().length).to.be.below(200 * 17 * 4 + 40_000);
  });

  it('exception: descriptions, storage and bytes that are none are refused', async () => {
    expectError(
      () => memoryStore({ ...describedAs(17), dimension: 1 }),
      'Expected dimension in the description of memoryStore to be a whole number >= 2 but received 1',
    );
    expectError(
      () => memoryStore({ ...describedAs(17), models: 'x' } as StoreDescription),
      'Expected only known options for the description of memoryStore but received "models". Nearest: "model", "size", "pooling"',
    );
    expectError(
      () => memoryStore(describedAs(17), { storage: 'int4' as 'int8' }),
      'Expected storage for memoryStore to be "float32", "float16" or "int8" but received "int4"',
    );
    const store = memoryStore(describedAs(17));
    await store.upsert(suiteRows());
    const bytes = store.toBytes();
    await expectRejection(openMemoryStore(bytes.subarray(0, bytes.length - 10)), 'Expected');
    await expectRejection(openMemoryStore(new Uint8Array(3)), 'a safetensors file');
    await expectRejection(
      openMemoryStore(bytes, { model: 'another', engine: 'wasm' }),
      'Expected vectors for the store to be made as those in it, with model "net", but received "another": search it ' +
        'with what made it, or bake it anew',
    );
    expect((await (await openMemoryStore(bytes, { model: 'net', size: 224 })).info()).count).to.equal(60);
  });
});
