/** One suite for every store of vectors: what it must find is computed here, number by number. */
import { expect } from 'chai';
import { normalDraws, randomBits } from '../../../src/random.js';
import { float16Bits, float16Value } from '../../../src/formats/float16.js';
import { memoryStore } from '../../../src/search/memoryStore.js';
import type { Meta, MetaFilter } from '../../../src/search/metaFilter.js';
import type {
  ListedItem,
  StoreDescription,
  StoreHit,
  StoreRow,
  StoreSearchOptions,
  VectorStore,
} from '../../../src/search/vectorStore.js';
import { expectRejection } from '../formats/expectRejection.js';

/** What made the vectors of the tests. */
export function describedAs(dimension: number): StoreDescription {
  return { model: 'net', size: 224, pooling: 'gap', pca: 'basis', engine: 'wasm', version: 1, dimension };
}

/** Half precision, which every store keeps as it is. */
function halves(values: Float32Array): Float32Array {
  return values.map((value) => float16Value(float16Bits(value)));
}

/** Vectors around seeded centres; the last number of each is about 0.6, as that of an embedding is. */
export function clusteredVectors(count: number, dimension: number, clusters: number, seed: number): Float32Array[] {
  const centres = normalDraws(clusters * dimension, 1, seed);
  const draw = randomBits(seed);
  return Array.from({ length: count }, (_, i) => {
    const centre = draw() % clusters;
    const vector = normalDraws(dimension, 0.5, seed + 1 + i);
    for (let j = 0; j < dimension; j++) {
      vector[j] = (vector[j] + centres[centre * dimension + j]) / 20;
    }
    vector[dimension - 1] = 0.6 + vector[dimension - 1] / 4;
    return halves(vector);
  });
}

const dimension = 17;
const colors = ['red', 'green', 'blue'];

/** 60 items with one to five vectors; 7 and 11 are twins, as are 40 and 41. */
export function suiteRows(): StoreRow[] {
  const vectors = clusteredVectors(300, dimension, 8, 3);
  const rows = Array.from({ length: 60 }, (_, i): StoreRow => {
    const meta: Meta = {
      color: colors[i % 3],
      price: i / 2,
      sold: i % 4 === 0,
      labels: i % 5 === 0 ? ['old', "it's"] : ['new'],
      ...(i < 30 && { 'größe in cm': i }),
    };
    return { id: `Ordner/Bild ${i} – é'".jpg`, vectors: vectors.slice(5 * i, 5 * i + 1 + (i % 5)), meta };
  });
  rows[11] = { ...rows[11], vectors: rows[7].vectors };
  rows[41] = { ...rows[41], vectors: rows[40].vectors };
  return rows;
}

/** The definition: every vector with every query vector, in doubles. */
export function bySearchingAll(
  rows: readonly StoreRow[],
  vectors: readonly Float32Array[],
  { k = 10, offset = 0, threshold = -Infinity, reduce = 'max', score = 'class' }: StoreSearchOptions,
  fits: (meta: Meta) => boolean = () => true,
): StoreHit[] {
  const product = (a: Float32Array, b: Float32Array, end: number) => {
    let sum = 0;
    for (let i = 0; i < end; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  };
  const scoreOf = (a: Float32Array, b: Float32Array) => {
    const end = a.length - 1;
    return score === 'window'
      ? product(a, b, end + 1)
      : product(a, b, end) / Math.sqrt(product(a, a, end) * product(b, b, end));
  };
  const listOf = (queries: readonly number[]) =>
    rows
      .filter(({ meta }) => fits(meta ?? {}))
      .map(({ id, vectors: own, meta }) => {
        const all = queries.flatMap((query) =>
          own.map((each, vector) => ({ id, score: scoreOf(vectors[query], each), query, vector, meta: meta ?? {} })),
        );
        return all.reduce((best, each) => (each.score > best.score ? each : best));
      })
      .filter((hit) => hit.score >= threshold)
      .sort((a, b) => b.score - a.score)
      .slice(offset, offset + k);
  const queries = [...vectors.keys()];
  return reduce === 'max' ? listOf(queries) : queries.flatMap((query) => listOf([query]));
}

export function expectHits(found: readonly StoreHit[], wanted: readonly StoreHit[]): void {
  const plain = ({ id, query, vector, meta }: StoreHit) => ({ id, query, vector, meta });
  expect(found.map(plain)).to.deep.equal(wanted.map(plain));
  found.forEach(({ score }, i) => expect(score).to.be.closeTo(wanted[i].score, 2e-6));
}

/**
 * @param make a new and empty store, and how to open it again
 */
export function storeSuite(
  make: (description: StoreDescription) => Promise<{ store: VectorStore; reopen: () => Promise<VectorStore> }>,
): void {
  const rows = suiteRows();
  const queries = clusteredVectors(6, dimension, 8, 900);
  let store: VectorStore;
  let reopen: () => Promise<VectorStore>;

  beforeEach(async () => {
    ({ store, reopen } = await make(describedAs(dimension)));
    await store.upsert(rows.slice(0, 35));
    await store.upsert(rows.slice(35));
  });
  afterEach(async () => {
    await store?.close();
  });

  for (const score of ['window', 'class'] as const) {
    for (const reduce of ['max', 'none'] as const) {
      it(`smoke: ${score} scores, reduced by ${reduce}, as the definition gives them`, async () => {
        for (const options of [{ k: 5 }, { k: 7, offset: 3 }, { k: 200 }, { k: 3, offset: 59 }, { k: 3, offset: 60 }]) {
          const search = { ...options, score, reduce, exact: true };
          expectHits(await store.search(queries, search), bySearchingAll(rows, queries, search));
          expectHits(await store.search([queries[2]], search), bySearchingAll(rows, [queries[2]], search));
        }
      });
    }
  }

  it('feature: items that are equal in score come in catalogue order, also after one was stored anew', async () => {
    await store.upsert([rows[7]]);
    const twins = await store.search([rows[7].vectors[0]], { k: 2, exact: true });
    expect(twins.map(({ id }) => id)).to.deep.equal([rows[7].id, rows[11].id]);
    const second = await store.search([rows[7].vectors[0]], { k: 1, offset: 1, exact: true });
    expect(second.map(({ id }) => id)).to.deep.equal([rows[11].id]);
  });

  it('feature: a threshold is the lowest score that counts', async () => {
    const all = bySearchingAll(rows, queries, { k: 60 });
    const threshold = (all[9].score + all[10].score) / 2;
    expectHits(await store.search(queries, { k: 60, threshold, exact: true }), all.slice(0, 10));
    expect(await store.search(queries, { threshold: 2 })).to.deep.equal([]);
  });

  const filters: [words: string, filter: MetaFilter, fits: (meta: Meta) => boolean][] = [
    ['equality', { color: 'red' }, ({ color }) => color === 'red'],
    ['a truth', { sold: true }, ({ sold }) => sold === true],
    ['a number', { price: 4.5 }, ({ price }) => price === 4.5],
    ['a list', { color: ['red', 'blue'] }, ({ color }) => color !== 'green'],
    ['one of several texts', { labels: "it's" }, ({ labels }) => (labels as string[]).includes("it's")],
    ['a range', { price: { min: 3, max: 9.5 } }, ({ price }) => (price as number) >= 3 && (price as number) <= 9.5],
    ['one end', { 'größe in cm': { min: 20 } }, (meta) => ((meta['größe in cm'] as number) ?? -1) >= 20],
    ['two fields', { color: 'red', price: { max: 12 } }, (m) => m.color === 'red' && (m.price as number) <= 12],
    ['another type', { price: '4.5' }, () => false],
    ['a quote', { color: "'; drop table items --" }, () => false],
  ];
  it('feature: filters by equality, lists and ranges give all k, and are counted', async () => {
    for (const [words, filter, fits] of filters) {
      const wanted = bySearchingAll(rows, queries, { k: 8 }, fits);
      expectHits(await store.search(queries, { k: 8, filter, exact: true }), wanted);
      const matching = rows.filter(({ meta }) => fits(meta!)).length;
      expect(await store.count(filter), words).to.equal(matching);
      expect(wanted.length, words).to.equal(Math.min(8, matching));
    }
  });

  it('feature: a search among some items compares with these alone', async () => {
    const among = [rows[30].id, 'gone', rows[4].id, rows[5].id];
    const some = rows.filter(({ id }) => among.includes(id));
    for (const reduce of ['max', 'none'] as const) {
      const options = { k: 2, reduce, score: 'window' } as const;
      expectHits(await store.search(queries, { ...options, among }), bySearchingAll(some, queries, options));
    }
    expect(await store.search(queries, { among: ['gone'] })).to.deep.equal([]);
    expectHits(
      await store.search(queries, { among, filter: { color: 'blue' } }),
      bySearchingAll([rows[5]], queries, {}),
    );
  });

  it('smoke: items are given back as they were stored, and in catalogue order', async () => {
    const [found, none] = await store.get([rows[9].id, 'gone']);
    expect(found).to.deep.equal(rows[9]);
    expect(none).to.equal(null);
    const all: StoreRow[] = [];
    for await (const some of store.scan()) {
      all.push(...some);
    }
    expect(all).to.deep.equal(rows);
    const listed: ListedItem[] = [];
    for await (const some of store.list()) {
      listed.push(...some);
    }
    expect(listed).to.deep.equal(rows.map(({ id, meta }) => ({ id, meta })));
    expect(await store.get([])).to.deep.equal([]);
  });

  it('feature: items are replaced and deleted, with all of their vectors', async () => {
    expect(await store.delete([rows[4].id, 'gone', rows[4].id, rows[59].id])).to.equal(2);
    expect(await store.delete([])).to.equal(0);
    const changed = { id: rows[9].id, vectors: [rows[0].vectors[0]], meta: { color: 'white' } };
    await store.upsert([changed, { id: 'new', vectors: [queries[0]] }]);
    await store.upsert([]);
    const now: StoreRow[] = rows.map((row, i) => (i === 9 ? changed : row)).filter((_, i) => i !== 4 && i !== 59);
    now.push({ id: 'new', vectors: [queries[0]], meta: {} });
    await store.optimize();
    const options = { k: 60, exact: true };
    expectHits(await store.search(queries, options), bySearchingAll(now, queries, options));
    expect(await store.count()).to.equal(59);
    expect(await store.count({ color: 'white' })).to.equal(1);
    const { count, vectors } = await store.info();
    expect({ count, vectors }).to.deep.equal({
      count: 59,
      vectors: now.reduce((sum, row) => sum + row.vectors.length, 0),
    });
  });

  it('feature: opened again, it is the same, with what was kept; its revision tells of changes', async () => {
    const before = await store.info();
    await store.keep('pca', Uint8Array.of(1, 2, 255));
    await store.keep('centroids', Uint8Array.of(7));
    await store.keep('centroids', null);
    const again = await reopen();
    const info = await again.info();
    expect(info.description).to.deep.equal(describedAs(dimension));
    expect(info.fields).to.deep.equal(['color', 'größe in cm', 'labels', 'price', 'sold']);
    expect(info.revision).to.be.above(before.revision);
    expect(await again.kept('pca')).to.deep.equal(Uint8Array.of(1, 2, 255));
    expect(await again.kept('centroids')).to.equal(null);
    expectHits(await again.search(queries, { exact: true }), bySearchingAll(rows, queries, {}));
    if (again !== store) {
      await again.close();
    }
  });

  it('feature: a store without items finds nothing', async () => {
    await store.delete(rows.map(({ id }) => id));
    expect(await store.search(queries)).to.deep.equal([]);
    expect(await store.count()).to.equal(0);
    await store.optimize();
    await store.upsert([rows[3]]);
    expectHits(await store.search(queries), bySearchingAll([rows[3]], queries, {}));
  });

  it('exception: rows that cannot be stored are refused, and nothing of the call is stored', async () => {
    const good = { id: 'good', vectors: [queries[0]] };
    const cases: [StoreRow, string][] = [
      [{ id: '', vectors: [queries[0]] }, 'to be texts that are not empty, without a NUL but received ""'],
      [good, 'Expected ids of rows for'],
      [{ id: 'x', vectors: [] }, 'to be one Float32Array or more but received []'],
      [
        { id: 'x', vectors: [new Float32Array(3)] },
        'to be of 17 numbers, as those in the store are but received 3 numbers',
      ],
      [
        { id: 'x', vectors: [queries[0].map((v, i) => (i === 4 ? NaN : v))] },
        'to be of finite numbers but received NaN at 4',
      ],
      [
        { id: 'x', vectors: [new Float32Array(17)] },
        'a vector with a direction but received one whose projection is zero',
      ],
      [{ id: 'x', vectors: [queries[0]], meta: { n: NaN } }, 'to be a text, a finite number, true or false, or texts'],
      [{ id: 'x', vectors: [queries[0]], data: 1 } as StoreRow, 'received "data"'],
    ];
    for (const [bad, words] of cases) {
      await expectRejection(store.upsert([good, bad]), words);
    }
    expect(await store.count()).to.equal(60);
    expect(await store.get(['good'])).to.deep.equal([null]);
  });

  it('exception: queries that mean nothing are refused in a sentence', async () => {
    const query = queries[0];
    const cases: [Float32Array[], StoreSearchOptions, string][] = [
      [[], {}, 'to be a list of one or more but received []'],
      [[new Float32Array(256).fill(1)], {}, 'to be of 17 numbers, as those in the store are but received 256 numbers'],
      [[query.map(() => NaN)], {}, 'to be of finite numbers but received NaN at 0'],
      [[new Float32Array(17)], {}, 'to be a vector with a direction'],
      [[query], { k: 0 }, 'to be a whole number >= 1 but received 0'],
      [[query], { k: 2.5 }, 'to be a whole number >= 1 but received 2.5'],
      [[query], { offset: -1 }, 'to be a whole number >= 0 but received -1'],
      [[query], { threshold: NaN }, 'to be a number but received NaN'],
      [[query], { filter: { colour: 'red' } }, 'received "colour". Nearest: "color"'],
      [[query], { filter: { price: { max: 1, min: 2 } } }, 'to be a range with min <= max, or one of the two'],
      [[query], { filter: { price: {} } }, 'to be a range with min <= max, or one of the two'],
      [[query], { filter: { color: [] } }, 'to be a value, a list of values, or a range such as {"min": 1}'],
      [[query], { filter: { price: { from: 1 } as never } }, 'received "from". Nearest: '],
      [[query], { top: 3 } as StoreSearchOptions, 'received "top"'],
    ];
    for (const [vectors, options, words] of cases) {
      await expectRejection(store.search(vectors, options), words);
    }
    await expectRejection(store.count({ colour: 1 }), 'Nearest: "color"');
  });

  it('exception: a closed store says so', async () => {
    await store.close();
    await store.close();
    await expectRejection(store.count(), 'to be open but it was closed');
  });
}

/** The share of the ten best, by comparison with all, that a search finds. */
export async function recallAt10(
  store: VectorStore,
  rows: readonly StoreRow[],
  options: StoreSearchOptions,
): Promise<{ recall: number; counts: number[] }> {
  const [
    {
      vectors: [first],
    },
  ] = rows;
  const exact = memoryStore(describedAs(first.length));
  await exact.upsert(rows);
  // Queries lie among the items: these, moved.
  const queries = Array.from({ length: 20 }, (_, i) => {
    const noise = normalDraws(first.length, 0.02, 7000 + i);
    return rows[(i * 401) % rows.length].vectors[0].map((value, j) => (j === first.length - 1 ? 1 : value + noise[j]));
  });
  let hits = 0;
  const counts: number[] = [];
  for (const query of queries) {
    const wanted = new Set((await exact.search([query], options)).map(({ id }) => id));
    const found = await store.search([query], options);
    hits += found.filter(({ id }) => wanted.has(id)).length / wanted.size;
    counts.push(found.length);
  }
  return { recall: hits / queries.length, counts };
}
