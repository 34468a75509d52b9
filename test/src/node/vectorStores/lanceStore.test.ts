import { expect } from 'chai';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLanceStore } from '../../../../src/node/vectorStores/lanceStore.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import type { OpenStoreOptions } from '../../../../src/node/vectorStores/openStore.js';
import type { MetaFilter } from '../../../../src/search/metaFilter.js';
import { clusteredVectors, describedAs, recallAt10, storeSuite, suiteRows } from '../../search/storeSuite.js';
import { expectSurvival, killCount } from './killedBake.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

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

  it('feature: a bake killed at any moment leaves whole batches, and is ended by the next', async () => {
    await expectSurvival(next(), killCount, 4);
  });

  it('feature: what another connection writes is found at once, and two that write at once lose nothing', async () => {
    const path = next();
    const one = await openLanceStore(path, { create: describedAs(17) });
    const two = await openLanceStore(path);
    const rows = suiteRows();
    expect(await two.search(rows[0].vectors)).to.deep.equal([]);
    await Promise.all(
      rows.flatMap((row, i) => [(i % 2 === 0 ? one : two).upsert([row]), ...(i % 9 === 0 ? [one.optimize()] : [])]),
    );
    expect(await one.delete([rows[0].id])).to.equal(1);
    expect(await two.count()).to.equal(59);
    const [first] = await two.search([rows[20].vectors[0]], { k: 1 });
    expect(first.id).to.equal(rows[20].id);
    await Promise.all([one.close(), two.close()]);
  });

  it('exception: places without a catalogue, and stores made otherwise, are refused', async () => {
    const missing = folder.path('nowhere');
    expect(await rejection(openStore(missing))).to.equal(
      `Expected ${missing} to be a catalogue's folder, as weldon index makes it but received no folder of that name`,
    );
    const empty = folder.path('empty');
    await mkdir(empty);
    expect(await rejection(openStore(empty))).to.contain('but received a folder without a catalogue');
    const file = folder.write('file', 'text');
    expect(await rejection(openStore(file))).to.equal(
      `Expected ${file} to be a catalogue's folder but received a file of that name`,
    );
    const path = next();
    await (await openStore(path, { create: describedAs(17) })).close();
    expect(await rejection(openStore(path, { made: { size: 448 } }))).to.contain('with size 224, but received 448');
    expect(await rejection(openStore(path, { create: describedAs(33) }))).to.contain(
      'with dimension 17, but received 33',
    );
    expect(await rejection(openStore(path, { make: {} } as OpenStoreOptions))).to.contain('received "make"');
    await rm(join(path, 'settings.lance'), { recursive: true });
    expect(await rejection(openStore(path))).to.match(/^Expected .* to be/);
  });

  it('feature: another catalogue in the place of one that is open is told, not mixed with it', async () => {
    const path = next();
    const rows = suiteRows();
    const first = await openStore(path, { create: describedAs(17) });
    await first.upsert(rows.slice(0, 5));
    await first.search(rows[0].vectors);
    await rm(path, { recursive: true });
    const second = await openStore(path, { create: { ...describedAs(17), size: 448 } });
    await second.upsert(rows.slice(5, 10));
    const words = 'to be the catalogue that was opened but received another that was made in its place: open it again';
    expect(await rejection(first.info())).to.equal(`Expected ${path} ${words}`);
    expect((await second.info()).count).to.equal(5);
    await Promise.all([first.close(), second.close()]);
  });
});
