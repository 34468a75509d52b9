import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { SqlDatabase, SqlRow } from '../../../../src/node/vectorStores/pgDatabase.js';

/** PostgreSQL with pgvector in this process, for tests without a server. */
export async function pgliteDatabase(): Promise<SqlDatabase & { end(): Promise<void> }> {
  const database = await PGlite.create({ extensions: { vector } });
  return {
    location: 'pglite',
    transaction: (run) =>
      database.transaction((session) =>
        run(async (text, values) => (await session.query<SqlRow>(text, values as unknown[])).rows),
      ),
    // Several stores lie in one database.
    close: async () => undefined,
    end: () => database.close(),
  };
}
