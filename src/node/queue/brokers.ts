/** What differs between Redis and PostgreSQL below a queue of BullMQ. */
import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';
import type * as pgDriver from 'pg';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { BakeJob } from '../bake/bakeJob.js';
import { optionalPackages } from '../vectorStores/optionalPackage.js';
import type { QueueRole } from './jobQueue.js';
import type { QueuePlace } from './queuePlace.js';

type Bull = typeof bullmq;

/** Tables of PostgreSQL lie apart from those of others who use BullMQ. */
const schema = 'weldon_queue';

/**
 * A worker that is gone is noticed after lock and interval; a job of two such workers is given up. The lock is renewed at half
 * of its time, for which the worker must come up for air.
 */
const workerSettings = (lockSeconds: number) => ({
  lockDuration: 1000 * lockSeconds,
  stalledInterval: Math.ceil((1000 * lockSeconds) / 3),
  maxStalledCount: 1,
  concurrency: 1,
});

/** A failure of the broker, by what the caller can do about it. */
export function kindOf(error: unknown): 'away' | 'empty' | 'refused' {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const text = `${code} ${message}`;
  if (/\b(42P01|42883|3F000)\b|SchemaMigrationRequired|is not initialized/.test(text)) {
    return 'empty';
  }
  const isAway =
    /\b(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)\b/.test(text) ||
    /\b(57P0[123]|08\d{3}|53[123]00|25006)\b/.test(text) ||
    /^\s*(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|MISCONF)\b/.test(text) ||
    /connection (is closed|terminated|ended|timeout)|not queryable|timeout exceeded|starting up|shutting down/i.test(
      text,
    );
  return isAway ? 'away' : 'refused';
}

/** What is said of a broker that is not there, or does not let one in. */
export function sentenceOf(error: unknown, { location, plain, url }: QueuePlace): Error {
  if (error instanceof WeldonError) {
    return error;
  }
  const { code, message, errors } = error as { code?: string; message?: string; errors?: Error[] };
  const said = plain(message || errors?.[0]?.message || code || 'an unknown failure');
  if (/WRONGPASS|NOAUTH|without any password|28P01|28000|SASL|password authentication/i.test(`${code} ${said}`)) {
    const received = url.password === '' ? 'none' : 'one that it refuses';
    return expectedInWords(
      `the password in the address of the queue at ${location}`,
      'the one of the broker',
      received,
    );
  }
  switch (kindOf(error)) {
    case 'away':
      return expectedInWords(location, 'a broker that can be reached', said);
    case 'empty':
      return expectedInWords(location, 'a queue that weldon bake has begun', 'a database without its tables');
    default:
      return expectedInWords(location, 'a broker for jobs', said);
  }
}

function redisConnection({ url }: QueuePlace) {
  const password = decodeURIComponent(url.password);
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1) || 0),
    ...(user === '' ? {} : { username: user }),
    ...(password === '' ? {} : { password }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    connectTimeout: 5000,
    maxRetriesPerRequest: null,
    retryStrategy: () => 1000,
  };
}

/** Asks Redis once whether it is there, lets one in, and throws nothing away. */
async function askRedis({ Redis }: typeof ioredis, place: QueuePlace): Promise<void> {
  const client = new Redis({ ...redisConnection(place), lazyConnect: true, retryStrategy: () => null });
  // ioredis connects first, and tells of a wrong password beside that.
  let refusal: Error | null = null;
  client.on('error', (error: Error) => (refusal = error));
  try {
    await client.connect();
    const said = await client.info('memory');
    if (refusal !== null) {
      throw refusal as Error;
    }
    const policy = /^maxmemory_policy:(\S+)/m.exec(said)?.[1];
    if (policy !== undefined && policy !== 'noeviction') {
      throw expectedInWords(
        `maxmemory-policy of ${place.location}`,
        'noeviction',
        `${policy}, by which Redis throws jobs away when its memory is full: CONFIG SET maxmemory-policy noeviction`,
      );
    }
  } catch (error) {
    throw refusal !== null && /closed/.test((error as Error).message) ? (refusal as Error) : error;
  } finally {
    client.disconnect();
  }
}

/** The packages, and what both kinds of broker do in their own way. */
export interface Broker {
  queue(): bullmq.Queue<BakeJob>;
  /** @param lockSeconds after which it is taken for dead */
  worker(handler: bullmq.Processor<BakeJob>, lockSeconds: number): bullmq.Worker<BakeJob>;
  /** Whether it is there, with tables or a policy as they must be. */
  ask(): Promise<void>;
}

async function redisBroker(place: QueuePlace): Promise<Broker> {
  const [bull, redis] = (await optionalPackages({ bullmq: '6', ioredis: '6' }, 'a queue on Redis')) as [
    Bull,
    typeof ioredis,
  ];
  const connection = redisConnection(place);
  return {
    queue: () =>
      new bull.Queue(place.name, {
        connection,
        streams: { events: { maxLen: 1000 } },
      }) as unknown as bullmq.Queue<BakeJob>,
    worker: (handler, lockSeconds) =>
      new bull.Worker<BakeJob>(place.name, handler, { connection, ...workerSettings(lockSeconds) }),
    ask: () => askRedis(redis, place),
  };
}

async function postgresBroker(place: QueuePlace, role: QueueRole): Promise<Broker> {
  const [bull, pg] = (await optionalPackages({ bullmq: '6', pg: '8' }, 'a queue on PostgreSQL')) as [
    Bull,
    typeof pgDriver & { default?: typeof pgDriver },
  ];
  const { createPostgresBackend, runMigrations, assertSchemaCompatibility } = bull;
  const access = { connectionString: place.url.href, connectionTimeoutMillis: 5000, keepAlive: true };
  const connection = { ...access, schema, max: 2 };
  const { Client } = pg.default ?? pg;
  return {
    queue: () =>
      new bull.Queue(
        place.name,
        { connection, streams: { events: { maxLen: 1000 } } },
        createPostgresBackend,
      ) as unknown as bullmq.Queue<BakeJob>,
    worker: (handler, lockSeconds) =>
      new bull.Worker(
        place.name,
        handler as bullmq.Processor,
        { connection, ...workerSettings(lockSeconds), runRetryDelay: 1000 },
        createPostgresBackend,
      ) as unknown as bullmq.Worker<BakeJob>,
    async ask() {
      const client = new Client(access);
      client.on('error', () => undefined);
      try {
        await client.connect();
        await (role === 'producer' ? runMigrations : assertSchemaCompatibility)(
          client as unknown as Parameters<typeof runMigrations>[0],
          schema,
        );
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

/** @throws WeldonError where the packages are not installed */
export function brokerOf(place: QueuePlace, role: QueueRole): Promise<Broker> {
  return place.kind === 'redis' ? redisBroker(place) : postgresBroker(place, role);
}
