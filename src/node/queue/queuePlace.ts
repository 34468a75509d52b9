import { expectedInWords, nearestNames, WeldonError } from '../../errors.js';

/** Where a queue lies. */
export interface QueuePlace {
  kind: 'redis' | 'postgres';
  url: URL;
  /** of this queue, among others on the broker */
  name: string;
  /** without user and password */
  location: string;
  /** A text of the broker or of the way to it, without the password. */
  plain(text: string): string;
}

const form = 'redis://user:password@host:port or postgres://user:password@host:port/database';

const parameters = {
  redis: ['queue'],
  // Files of certificates are for `pg`.
  postgres: ['queue', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert'],
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw expectedInWords(
      'user and password in the address of the queue',
      'written with %XX for signs',
      'another text',
    );
  }
}

/**
 * Reads the address of a queue; `?queue=name` names it where a broker serves several.
 *
 * @throws WeldonError, without user and password
 */
export function queuePlace(text: string): QueuePlace {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw expectedInWords('the address of the queue', form, 'another text');
  }
  const kind = { 'redis:': 'redis', 'rediss:': 'redis', 'postgres:': 'postgres', 'postgresql:': 'postgres' }[
    url.protocol
  ] as QueuePlace['kind'] | undefined;
  if (kind === undefined) {
    throw expectedInWords('the address of the queue', form, `one that begins with ${url.protocol}//`);
  }
  for (const name of url.searchParams.keys()) {
    if (!parameters[kind].includes(name)) {
      throw new WeldonError(
        `Expected only known parameters in the address of the queue but received ${JSON.stringify(name)}` +
          nearestNames(name, parameters[kind]),
      );
    }
  }
  const name = url.searchParams.get('queue') ?? 'weldon';
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name)) {
    throw expectedInWords(
      'queue in its address',
      'a name of a–z, 0–9, _ and -, at most 40, that begins with a letter',
      JSON.stringify(name),
    );
  }
  if (kind === 'redis' && !/^\/?\d{0,5}$/.test(url.pathname)) {
    throw expectedInWords('the address of the queue', 'redis://host:port/number', JSON.stringify(url.pathname));
  }
  url.searchParams.delete('queue');
  const secrets = [...new Set([url.password, decoded(url.password)])].filter((secret) => secret !== '');
  decoded(url.username);
  return {
    kind,
    url,
    name,
    location: `${url.protocol}//${url.host || 'localhost'}${url.pathname === '/' ? '' : url.pathname}`,
    plain: (said) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), said.split('\n')[0]),
  };
}
