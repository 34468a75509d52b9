import { expect } from 'chai';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import type { MetaFilter } from '../../../../src/search/metaFilter.js';
import { clusteredVectors, describedAs, recallAt10, storeSuite, suiteRows } from '../../search/storeSuite.js';
import { expectSurvival, killCount } from './killedBake.js';
import { rejection } from '../temporaryFolder.js';
import { describeWithPostgres } from './postgresServer.js';

describeWithPostgres('a catalogue on a PostgreSQL server', (server) => {
  let made = 0;
  const next = () => `${server().url}?catalogue=test_${++made}`;

  describe('the suite of all stores', () => {
    storeSuite(async (description) => {
      const url = next();
      const store = await openStore(url, { create: description });
      return { store, reopen: () => openStore(url) };
    });
  });

  it('feature: the index finds at least 95 % of the ten best, and all k behind a filter', async () => {
    const store = await openStore(next(), { create: describedAs(257) });
    const rows = clusteredVectors(10_000, 257, 100, 1).map((vector, i) => ({
      id: `${i}`,
      vectors: [vector],
      meta: { part: i % 20, rare: i % 500 === 0 },
    }));
    for (let at = 0; at < rows.length; at += 1000) {
      await store.upsert(rows.slice(at, at + 1000));
    }
    await store.optimize();
    for (const score of ['window', 'class'] as const) {
      for (const filter of [{}, { part: 3 }, { rare: true }] as MetaFilter[]) {
        const { recall, counts } = await recallAt10(store, rows, { score, filter });
        expect(Math.min(...counts)).to.equal(10);
        expect(recall).to.be.at.least(0.95);
      }
    }
    await store.close();
  });

  it('feature: a server that crashes and comes back is searched and written as before', async () => {
    const url = next();
    const store = await openStore(url, { create: describedAs(17) });
    const rows = suiteRows();
    await store.upsert(rows);
    const before = await store.search(rows[3].vectors);
    await server().kill();
    // The search begins while there is no server, and ends when there is one.
    const [found] = await Promise.all([store.search(rows[3].vectors), server().start()]);
    expect(found).to.deep.equal(before);
    await server().kill();
    const message = await rejection(store.search(rows[3].vectors));
    expect(message).to.match(
      /^Expected postgres:\/\/127.0.0.1:\d+\/postgres\?catalogue=test_\d+ to be a database that can be reached but received connect ECONNREFUSED/,
    );
    await server().start();
    expect(await store.count()).to.equal(60);
    await store.close();
  });

  it('exception: what is wrong is said without the password', async () => {
    const missing = await rejection(openStore(next()));
    expect(missing).to.contain('to be a catalogue, as weldon index makes it but received a database without one');
    const wrong = await rejection(openStore(next().replace(encodeURIComponent(server().password), 'topsecret')));
    expect(wrong).to.contain('password authentication failed').and.not.contain('topsecret');
    const url = next();
    await (await openStore(url, { create: describedAs(17) })).close();
    const other = await rejection(openStore(url, { made: { model: 'other' } }));
    expect(other).to.contain('with model "net", but received "other"').and.not.contain(server().password);
  });

  it('feature: a bake killed at any moment leaves whole batches, and is ended by the next', async () => {
    await expectSurvival(next(), killCount, 5);
  });
});
