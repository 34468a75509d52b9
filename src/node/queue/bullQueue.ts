/** A queue by BullMQ, on Redis or on PostgreSQL, by the same code. */
import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';
import type * as pgDriver from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { BakeJob } from '../bake/bakeJob.js';
import type { Notice } from '../notice.js';
import { optionalPackages } from '../vectorStores/optionalPackage.js';
import type { FailedJob, JobQueue, QueueCounts, QueueRole, WorkOptions } from './jobQueue.js';
import { jobId } from './jobQueue.js';
import type { QueuePlace } from './queuePlace.js';
import { queuePlace } from './queuePlace.js';

type Bull = typeof bullmq;

/** Tables of PostgreSQL lie apart from those of others who use BullMQ. */
const schema = 'weldon_queue';

/**
 * A worker that is gone is noticed after lock and interval; a job of two such workers is given up. The lock is renewed every
 * 15 s, for which the worker must come up for air.
 */
const workerSettings = { lockDuration: 30_000, stalledInterval: 10_000, maxStalledCount: 1, concurrency: 1 };

const jobSettings = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: true,
  removeOnFail: false,
  stackTraceLimit: 0,
};

/** BullMQ's words for a job whose processes died. */
const stalledReason = 'job stalled more than allowable limit';

export interface OpenQueueOptions {
  role: QueueRole;
  /** Takes a sentence when the broker goes away or comes back. */
  notice: Notice;
  signal?: AbortSignal;
  /** Seconds that a broker may be away at the start. Default 30 */
  patience?: number;
}

/** A failure of the broker, by what the caller can do about it. */
function kindOf(error: unknown): 'away' | 'empty' | 'refused' {
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
function sentenceOf(error: unknown, { location, plain, url }: QueuePlace): Error {
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
interface Broker {
  queue(): bullmq.Queue<BakeJob>;
  worker(handler: bullmq.Processor<BakeJob>): bullmq.Worker<BakeJob>;
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
    worker: (handler) => new bull.Worker<BakeJob>(place.name, handler, { connection, ...workerSettings }),
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
    worker: (handler) =>
      new bull.Worker(
        place.name,
        handler as bullmq.Processor,
        { connection, ...workerSettings, runRetryDelay: 1000 },
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

/**
 * Opens a queue.
 *
 * @param url `redis://…` or `postgres://…`
 * @throws WeldonError for an address that is none, packages that are not installed, a broker that is away for longer than
 *   `patience`, refuses the password, or may throw jobs away
 *
 * @example
 * const queue = await openQueue('redis://127.0.0.1:6379', { role: 'producer', notice: console.error });
 */
export async function openQueue(
  url: string,
  { role, notice, signal, patience = 30 }: OpenQueueOptions,
): Promise<JobQueue> {
  const place = queuePlace(url);
  const broker = await (place.kind === 'redis' ? redisBroker(place) : postgresBroker(place, role));
  /** When the broker went away. */
  let away: number | null = null;
  const tellAway = (error: unknown) => {
    if (away === null) {
      away = Date.now();
      notice(`${sentenceOf(error, place).message}: waiting for it`);
    }
  };
  const tellBack = () => {
    if (away !== null) {
      notice(`${place.location} is back after ${Math.round((Date.now() - away) / 1000)} s`);
      away = null;
    }
  };

  /** Waits until the broker is there, with all that it needs. */
  async function awaited(seconds: number, stop: AbortSignal | undefined): Promise<void> {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      try {
        await broker.ask();
        tellBack();
        return;
      } catch (error) {
        const kind = kindOf(error);
        // Tables are made by the first bake, which may come hours after its workers.
        if (kind === 'refused' || (kind === 'away' && Date.now() > until)) {
          throw sentenceOf(error, place);
        }
        tellAway(error);
        await delay(1000, undefined, { signal: stop });
      }
    }
  }

  await awaited(patience, signal);
  let opened: bullmq.Queue<BakeJob> | null = null;
  const queueOf = () => {
    if (opened === null) {
      opened = broker.queue();
      opened.on('error', (error) => kindOf(error) === 'away' && tellAway(error));
    }
    return opened;
  };

  /** Runs what may be run again, for as long as the broker is away. */
  async function persistent<T>(run: (queue: bullmq.Queue<BakeJob>) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await run(queueOf());
        tellBack();
        return result;
      } catch (error) {
        if (kindOf(error) === 'refused') {
          throw sentenceOf(error, place);
        }
        tellAway(error);
        await delay(1000, undefined, { signal });
        await awaited(Infinity, signal);
      }
    }
  }

  return {
    location: place.location,
    add: (jobs) =>
      persistent(async (queue) => {
        await queue.addBulk(
          jobs.map((job) => ({ name: 'shard', data: job, opts: { ...jobSettings, jobId: jobId(job) } })),
        );
      }),
    counts: () =>
      persistent(async (queue) => {
        const { waiting, active, delayed, failed, paused, prioritized } = await queue.getJobCounts();
        return { waiting: waiting + (paused ?? 0) + (prioritized ?? 0), active, delayed, failed } as QueueCounts;
      }),
    failed: (out) =>
      persistent(async (queue) =>
        (await queue.getFailed())
          .filter(isOf(out))
          .map(({ id, data, failedReason }): FailedJob => ({
            id: id!,
            job: data,
            reason: place.plain(failedReason),
            hasStalled: failedReason === stalledReason,
          })),
      ),
    forget: (ids) => persistent(async (queue) => void (await Promise.all(ids.map((id) => queue.remove(id))))),
    work: (handler, options) => work(broker, place, handler, options, () => awaited(Infinity, options.signal)),
    async close() {
      await opened?.close().catch(() => undefined);
    },
  };
}

/** Jobs that were removed meanwhile come as nothing. */
const isOf = (out: string) => (job: bullmq.Job<BakeJob> | undefined) => job?.data?.out === out;

async function work(
  broker: Broker,
  place: QueuePlace,
  handler: (job: BakeJob) => Promise<unknown>,
  { signal, onJob, notice }: WorkOptions,
  isThere: () => Promise<void>,
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    let inHand: Promise<unknown> = Promise.resolve();
    let rebuild = () => {};
    const broken = new Promise<void>((resolve) => (rebuild = resolve));
    const worker = broker.worker(({ data: job }) => {
      const begun = performance.now();
      const seconds = () => (performance.now() - begun) / 1000;
      isAway = false;
      onJob?.({ event: 'begun', job });
      const done = handler(job).then(
        (result) => {
          onJob?.({ event: 'done', job, seconds: seconds() });
          return result;
        },
        (error: Error) => {
          onJob?.({ event: 'failed', job, seconds: seconds(), reason: error.message });
          // A copy, whose trace tells nothing of this machine.
          throw Object.assign(new Error(error.message), { stack: error.message });
        },
      );
      inHand = done.catch(() => undefined);
      return done;
    });
    worker.on('error', (error) => {
      const kind = kindOf(error);
      if (kind === 'empty') {
        rebuild();
      } else if (kind === 'away' && !isAway) {
        isAway = true;
        notice(`${sentenceOf(error, place).message}: waiting for it`);
      } else if (kind === 'refused') {
        notice(place.plain(error.message));
      }
    });
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, broken]);
    // Waits for the job in hand.
    await Promise.race([worker.close(), inHand.then(() => delay(5000, undefined, { ref: false }))]);
    if (!signal.aborted) {
      await isThere().catch((error: unknown) => {
        if (!signal.aborted) {
          throw error;
        }
      });
    }
  }
}
