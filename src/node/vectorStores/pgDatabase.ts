/** PostgreSQL as the store needs it: queries and transactions, over connections that may break and come back. */
import type * as pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { optionalPackages } from './optionalPackage.js';

export type SqlRow = Record<string, unknown>;

/** Runs one statement. */
export type SqlQuery = (text: string, values?: readonly unknown[]) => Promise<SqlRow[]>;

/** A database that runs SQL: a server's pool of connections, or PGlite in tests. */
export interface SqlDatabase {
  /** for error sentences and `info`, without user and password */
  readonly location: string;
  /** Runs statements on one connection, between BEGIN and COMMIT; ROLLBACK where `run` throws. */
  transaction<T>(run: (query: SqlQuery) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Where a catalogue lies on a server. */
export interface PgPlace {
  /** for `pg`, without the name of the catalogue */
  connection: string;
  catalogue: string;
  location: string;
  password: string;
}

/** Milliseconds before a statement is tried again after its connection broke; then it fails. */
const patience = [100, 300, 800, 1500, 2500];

/**
 * Reads `postgres://user:password@host:port/database?catalogue=name`.
 *
 * @throws WeldonError without the password
 */
export function pgPlace(text: string): PgPlace {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw expectedInWords('the address of the store', 'postgres://user:password@host:port/database', 'another text');
  }
  const catalogue = url.searchParams.get('catalogue') ?? 'weldon';
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(catalogue)) {
    throw expectedInWords(
      'catalogue in the address of the store',
      'a name of a–z, 0–9 and _, at most 40, that begins with a letter',
      JSON.stringify(catalogue),
    );
  }
  url.searchParams.delete('catalogue');
  // Files of certificates and such are for `pg`; what nobody knows would be passed over there.
  const known = ['sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'host', 'port', 'application_name', 'options'];
  for (const name of url.searchParams.keys()) {
    if (!known.includes(name)) {
      throw new WeldonError(
        `Expected only known parameters in the address of the store but received ${JSON.stringify(name)}` +
          nearestNames(name, ['catalogue', ...known]),
      );
    }
  }
  return {
    connection: url.href,
    catalogue,
    location: `postgres://${url.host || (url.searchParams.get('host') ?? 'localhost')}${url.pathname}?catalogue=${catalogue}`,
    password: decodeURIComponent(url.password),
  };
}

/** Whether the connection is what failed, so that the same statement may go through on another. */
function isLost(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT)/.test(code) ||
    /^(57P0[123]|08|53300)/.test(code) ||
    /connection terminated|connection ended|timeout exceeded when trying to connect|not queryable/i.test(message)
  );
}

/** Deadlocks and serialisation failures: the whole transaction may be run again. */
const isConflict = (error: unknown) => /^40/.test((error as { code?: string }).code ?? '');

/**
 * Opens a pool of connections to a server; none is made yet. A transaction whose connection breaks is run again on
 * another for some five seconds: what it writes, it may write twice.
 *
 * @throws WeldonError where `pg` is not installed
 */
export async function openPool(place: PgPlace): Promise<SqlDatabase> {
  const [module] = (await optionalPackages({ pg: '8' }, 'a catalogue in PostgreSQL')) as [
    typeof pg & { default?: typeof pg },
  ];
  const { Pool } = module.default ?? module;
  const pool = new Pool({ connectionString: place.connection, max: 8, connectionTimeoutMillis: 5000, keepAlive: true });
  // A connection that breaks while nobody uses it: the next one is new.
  pool.on('error', () => undefined);

  async function once<T>(run: (query: SqlQuery) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    client.on('error', () => undefined);
    let failed: unknown;
    try {
      await client.query('BEGIN');
      const result = await run(
        async (text, values) => (await client.query(text, values as unknown[])).rows as SqlRow[],
      );
      await client.query('COMMIT');
      return result;
    } catch (error) {
      failed = error;
      if (!isLost(error)) {
        await client.query('ROLLBACK').catch(() => undefined);
      }
      throw error;
    } finally {
      client.removeAllListeners('error');
      client.release(failed !== undefined && isLost(failed) ? true : undefined);
    }
  }

  return {
    location: place.location,
    async transaction(run) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await once(run);
        } catch (error) {
          if (error instanceof WeldonError) {
            throw error;
          }
          if (attempt >= patience.length || !(isLost(error) || isConflict(error))) {
            throw sentenceOf(error, place);
          }
          await delay(patience[attempt]);
        }
      }
    },
    close: () => pool.end(),
  };
}

/** What the server or the way to it says, without the password; `code` tells that it may come back. */
function sentenceOf(error: unknown, { location, password }: PgPlace): WeldonError {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: Error[] };
  const said = (message || errors?.[0]?.message || code || 'an unknown failure').split('\n')[0];
  const plain = password === '' ? said : said.replaceAll(password, '…');
  return isLost(error)
    ? Object.assign(expectedInWords(location, 'a database that can be reached', plain), { code: 'STORE_LOST' })
    : expectedInWords(location, 'a database that keeps a catalogue', plain);
}
