import { expect } from 'chai';
import { pgStore } from '../../../../src/node/vectorStores/pgStore.js';
import { pgPlace } from '../../../../src/node/vectorStores/pgDatabase.js';
import type { MetaFilter } from '../../../../src/search/metaFilter.js';
import { clusteredVectors, describedAs, recallAt10, storeSuite } from '../../search/storeSuite.js';
import { expectError } from '../../../expectError.js';
import { pgliteDatabase } from './pgliteDatabase.js';

describe('a catalogue in PostgreSQL (pgvector)', () => {
  let database: Awaited<ReturnType<typeof pgliteDatabase>>;
  let made = 0;
  before(async () => {
    database = await pgliteDatabase();
  });
  after(async () => {
    await database.end();
  });

  describe('in PGlite', () => {
    storeSuite(async (description) => {
      const name = `test_${++made}`;
      const store = await pgStore(database, name, description);
      return { store, reopen: () => pgStore(database, name) };
    });
  });

  it('feature: the index finds at least 95 % of the ten best, and all k behind a filter', async () => {
    const store = await pgStore(database, 'indexed', describedAs(65));
    const rows = clusteredVectors(2500, 65, 50, 1).map((vector, i) => ({
      id: `${i}`,
      vectors: [vector],
      meta: { part: i % 20, rare: i % 125 === 0 },
    }));
    await store.upsert(rows);
    await store.optimize();
    for (const score of ['window', 'class'] as const) {
      for (const filter of [{}, { part: 3 }, { rare: true }] as MetaFilter[]) {
        const { recall, counts } = await recallAt10(store, rows, { score, filter });
        expect(Math.min(...counts)).to.equal(10);
        expect(recall).to.be.at.least(0.95);
      }
    }
  });

  it('smoke: an address names server, database and catalogue; the password stays in it', () => {
    const place = pgPlace('postgres://me:se%2Fcret@db.example:5433/shop?catalogue=chairs&sslmode=require');
    expect(place.location).to.equal('postgres://db.example:5433/shop?catalogue=chairs');
    expect(place.catalogue).to.equal('chairs');
    expect(place.connection).to.equal('postgres://me:se%2Fcret@db.example:5433/shop?sslmode=require');
    expect(pgPlace('postgresql:///shop?host=/run/postgresql').location).to.equal(
      'postgres:///run/postgresql/shop?catalogue=weldon',
    );
  });

  it('exception: addresses that are none are refused without what they contain', () => {
    expectError(
      () => pgPlace('postgres://me:secret@db:port/shop'),
      'Expected the address of the store to be postgres://user:password@host:port/database but received another text',
    );
    expectError(
      () => pgPlace("postgres://me:secret@db/shop?catalogue='; drop"),
      'Expected catalogue in the address of the store to be a name of a–z, 0–9 and _, at most 40, that begins with a ' +
        'letter but received "\'; drop"',
    );
    expectError(
      () => pgPlace('postgres://me:secret@db/shop?catalog=chairs'),
      'Expected only known parameters in the address of the store but received "catalog". Nearest: "catalogue", ' +
        '"options", "sslmode"',
    );
  });
});
