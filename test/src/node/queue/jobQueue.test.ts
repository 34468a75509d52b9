import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import type { BakeJob } from '../../../../src/node/bake/bakeJob.js';
import { openQueue } from '../../../../src/node/queue/bullQueue.js';
import type { JobQueue, QueueRole } from '../../../../src/node/queue/jobQueue.js';
import { jobId, singleJobs } from '../../../../src/node/queue/jobQueue.js';
import { queuePlace } from '../../../../src/node/queue/queuePlace.js';
import { rejection } from '../temporaryFolder.js';
import { describeWithPostgres } from '../vectorStores/postgresServer.js';
import { describeWithRedis, redisPassword, startRedis } from './redisServer.js';

const jobAt = (from: number, to = from + 32, out = '/somewhere'): BakeJob => ({
  out,
  recipe: '0123456789abcdef0123456789abcdef',
  manifest: 'manifest/000000000000-0123456789abcdef.txt',
  from,
  to,
});

interface Broker {
  url: string;
  password: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** What holds on every broker. */
function queueSuite(server: () => Broker): void {
  let made = 0;
  const said: string[] = [];
  const notice = (sentence: string) => void said.push(sentence);
  const open = (role: QueueRole, url: string) => openQueue(url, { role, notice });
  const next = () => `${server().url}?queue=test-${++made}`;

  async function doAll(url: string, count: number, handler: (job: BakeJob) => Promise<unknown>): Promise<void> {
    const worker = await open('worker', url);
    const stop = new AbortController();
    let done = 0;
    await worker.work(handler, {
      signal: stop.signal,
      notice,
      onJob: ({ event }) => void (event === 'done' && ++done === count && stop.abort()),
    });
    await worker.close();
  }

  it('feature: jobs come once, however often they are added, and leave nothing behind', async () => {
    const url = next();
    const producer = await open('producer', url);
    const jobs = Array.from({ length: 10 }, (_, i) => jobAt(i * 32));
    await producer.add(jobs);
    await producer.add(jobs);
    expect(await producer.counts()).to.deep.equal({ waiting: 10, active: 0, delayed: 0, failed: 0 });
    const seen: BakeJob[] = [];
    await doAll(url, 10, async (job) => seen.push(job));
    expect(seen.sort((a, b) => a.from - b.from)).to.deep.equal(jobs);
    expect(await producer.counts()).to.deep.equal({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    await producer.close();
  });

  it('feature: what throws is tried again later', async () => {
    const url = next();
    const producer = await open('producer', url);
    await producer.add([jobAt(0)]);
    let tries = 0;
    await doAll(url, 1, async () => {
      if (++tries === 1) {
        throw new Error('the bucket is away');
      }
    });
    expect(tries).to.equal(2);
    await producer.close();
  });

  it('feature: a stop waits for the job in hand, and takes no other', async () => {
    const url = next();
    const producer = await open('producer', url);
    await producer.add([jobAt(0), jobAt(32)]);
    const stop = new AbortController();
    const events: string[] = [];
    const worker = await open('worker', url);
    await worker.work(
      async () => {
        stop.abort();
        await delay(300);
        events.push('whole');
      },
      { signal: stop.signal, notice, onJob: ({ event }) => void events.push(event) },
    );
    expect(events).to.deep.equal(['begun', 'whole', 'done']);
    expect((await producer.counts()).waiting).to.equal(1);
    await Promise.all([worker.close(), producer.close()]);
  });

  it('feature: a broker that dies and comes back loses nothing', async () => {
    const url = next();
    const producer = await open('producer', url);
    await producer.add([jobAt(0), jobAt(32)]);
    await server().kill();
    // Begun while there is no broker, and done when there is one.
    const added = producer.add([jobAt(64)]);
    while (!said.some((sentence) => sentence.includes('waiting for it'))) {
      await delay(50);
    }
    await server().start();
    await added;
    expect((await producer.counts()).waiting).to.equal(3);
    expect(said.join('\n')).to.match(/to be a broker that can be reached but received .*: waiting for it/);
    expect(said.join('\n')).to.not.include(server().password);
    const seen: number[] = [];
    await doAll(url, 3, async ({ from }) => seen.push(from));
    expect(seen.sort((a, b) => a - b)).to.deep.equal([0, 32, 64]);
    await producer.close();
  });

  it('exception: a password that is wrong or missing, and nobody there', async () => {
    for (const [password, received] of [
      ['wr%2Fong', 'one that it refuses'],
      ['', 'none'],
    ]) {
      const url = new URL(server().url);
      url.password = password;
      const message = await rejection(openQueue(url.href, { role: 'producer', notice }));
      expect(message).to.match(
        /^Expected the password in the address of the queue at \w+:\/\/127\.0\.0\.1:\d+(\/postgres)? to be the one of the broker but received /,
      );
      expect(message).to.include(received);
      expect(message).to.not.include('wr/ong');
    }
    const nobody = new URL(server().url);
    nobody.port = '1';
    const message = await rejection(openQueue(nobody.href, { role: 'worker', notice, patience: 0 }));
    expect(message).to.match(/^Expected \w+:\/\/127\.0\.0\.1:1\S* to be a broker that can be reached but received /);
    expect(message).to.not.include(server().password);
  });
}

describeWithRedis('a queue on a Redis server', (server) => {
  queueSuite(() => ({ ...server(), password: redisPassword }));

  it('exception: a server that may throw jobs away', async () => {
    const other = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
    const message = await rejection(openQueue(other.url, { role: 'producer', notice: () => undefined }));
    await other.remove();
    expect(message).to.equal(
      `Expected maxmemory-policy of redis://127.0.0.1:${other.port} to be noeviction but received allkeys-lru, by which ` +
        'Redis throws jobs away when its memory is full: CONFIG SET maxmemory-policy noeviction',
    );
  });
});

describeWithPostgres('a queue on a PostgreSQL server', (server) => {
  it('feature: a worker that comes before the first bake waits for its tables', async () => {
    const url = `${server().url}?queue=early`;
    const said: string[] = [];
    let worker: JobQueue | null = null;
    const opening = openQueue(url, { role: 'worker', notice: (sentence) => void said.push(sentence) });
    void opening.then((opened) => (worker = opened));
    await delay(1500);
    expect(worker).to.equal(null);
    const producer = await openQueue(url, { role: 'producer', notice: () => undefined });
    await Promise.all([(await opening).close(), producer.close()]);
    expect(said[0]).to.match(
      /^Expected postgres:\/\/\S+ to be a queue that weldon bake has begun but received a database without its tables: waiting for it$/,
    );
  });

  queueSuite(server);
});

describe('the address of a queue', () => {
  it('exception: one that is none, in a sentence without its password', () => {
    for (const [url, end] of [
      ['redis', 'but received another text'],
      ['amqp://user:secret@host', 'but received one that begins with amqp://'],
      ['redis://user:secret@host?que=a', 'received "que". Nearest: "queue"'],
      ['redis://user:secret@host?queue=A%20b', 'but received "A b"'],
      ['redis://user:secret@host/jobs', 'but received "/jobs"'],
    ]) {
      expect(() => queuePlace(url)).to.throw(end);
      expect(() => queuePlace(url)).to.not.throw('secret');
    }
  });

  it('feature: its password is told by nobody', () => {
    const { location, plain } = queuePlace('redis://me:a%2Fb@host:1/3?queue=other');
    expect(location).to.equal('redis://host:1/3');
    expect(plain('AUTH me a/b, or a%2Fb, failed\nat line 1')).to.equal('AUTH me …, or …, failed');
  });
});

describe('jobs', () => {
  it('feature: of one bake have ids of their own, and stand for their images', () => {
    const jobs = [jobAt(0), jobAt(32), jobAt(0, 32, '/elsewhere'), jobAt(0, 1)];
    expect(new Set(jobs.map(jobId)).size).to.equal(4);
    expect(singleJobs(jobAt(32, 34))).to.deep.equal([jobAt(32, 33), jobAt(33, 34)]);
    expect(Buffer.byteLength(JSON.stringify(jobAt(99_936, 100_000)))).to.be.at.most(250);
  });
});
