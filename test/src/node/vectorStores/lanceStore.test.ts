import { expect } from 'chai';
import { openLanceStore } from '../../../../src/node/vectorStores/lanceStore.js';
import type { MetaFilter } from '../../../../src/search/metaFilter.js';
import { clusteredVectors, describedAs, recallAt10, storeSuite } from '../../search/storeSuite.js';
import { temporaryFolder } from '../temporaryFolder.js';

describe('a catalogue in a folder (LanceDB)', () => {
  const folder = temporaryFolder();
  let made = 0;
  const next = () => folder.path(`catalogue ${++made}`);

  for (const inMemory of [50_000, 0]) {
    describe(inMemory === 0 ? 'searched by LanceDB' : 'searched in memory', () => {
      storeSuite(async (description) => {
        const path = next();
        const store = await openLanceStore(path, { create: description, inMemory });
        return { store, reopen: () => openLanceStore(path, { inMemory }) };
      });
    });
  }

  it('feature: an index finds at least 95 % of the ten best, and all k behind a filter', async () => {
    const store = await openLanceStore(next(), { create: describedAs(257), inMemory: 0 });
    const rows = clusteredVectors(10_000, 257, 100, 1).map((vector, i) => ({
      id: `${i}`,
      vectors: [vector],
      meta: { part: i % 20, rare: i % 500 === 0 },
    }));
    await store.upsert(rows);
    await store.optimize();
    for (const score of ['window', 'class'] as const) {
      const { recall, counts } = await recallAt10(store, rows, { score });
      expect(recall).to.be.at.least(0.95);
      expect(Math.min(...counts)).to.equal(10);
      for (const filter of [{ part: 3 }, { rare: true }] as MetaFilter[]) {
        const filtered = await recallAt10(store, rows, { score, filter });
        expect(Math.min(...filtered.counts)).to.equal(10);
        expect(filtered.recall).to.be.at.least(0.95);
      }
    }
    await store.close();
  });
});
