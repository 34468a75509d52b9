import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { runWorkers } from '../../../../src/commands/worker/runWorkers.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { describeWithRedis, redisPassword } from '../../node/queue/redisServer.js';
import { describeWithPostgres } from '../../node/vectorStores/postgresServer.js';
import { buildCommand, weldon } from '../builtCommand.js';
import { awaitShards, feed, inspect, startWorkers, tinyTask, writeImages } from './queuedBake.js';

interface Broker {
  url: string;
  password: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Deletes all that it keeps. */
  lose(): Promise<void>;
}

const images = 128;
const chunk = ['--chunk', '8'];

function faults(broker: () => Broker): void {
  const folder = temporaryFolder();
  before(buildCommand);

  it('feature: nothing is lost or done twice when workers and the broker die, and what the broker kept is gone', async () => {
    const list = await writeImages(folder.path('photos'), images);
    const out = folder.path('bake');
    const { url, kill, start, lose, password } = broker();
    const workers = startWorkers(url, 2, ['--lock-seconds', '3', '--port', '0']);
    const feeding = feed([list, '--out', out, ...tinyTask, ...chunk], url);
    await awaitShards(out, 2);
    workers.killOne();
    const second = feed(['--out', out], url);
    await awaitShards(out, 4);
    await kill();
    await start();
    await awaitShards(out, 7);
    workers.killOne();
    await kill();
    await start();
    await awaitShards(out, 10);
    await lose();
    const { code, report, stderr } = await feeding;
    expect([code, report.computed, report.missing], stderr).to.deep.equal([0, images, 0]);
    expect(await inspect(out)).to.deep.equal({ missing: 0, twice: 0, corrupt: 0, vectors: images - 4, bad: 4 });
    const other = await second;
    expect(other.code, other.stderr).to.equal(1);
    expect(other.stderr).to.include('to be fed by one process at a time');
    const again = await feed(['--out', out], url);
    expect([again.code, again.report.computed, again.report.found]).to.deep.equal([0, 0, images]);
    const { port } = workers.log.find(({ event }) => event === 'started')!;
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as unknown;
    expect(health).to.deep.equal({ status: 'ok', processes: 2, alive: 2, busy: 0 });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).to.match(/^weldon_jobs_total\{end="computed"\} [1-9]/m);
    expect(metrics).to.match(/^weldon_restarts_total 2$/m);
    expect(metrics).to.match(/^weldon_queue_jobs\{state="waiting"\} 0$/m);
    expect(await workers.stop()).to.equal(0);
    expect(workers.log.at(-1)!.event).to.equal('stopped');
    const manifest = readdirSync(join(out, 'manifest')).map((name) =>
      readFileSync(join(out, 'manifest', name), 'utf8'),
    );
    const all = [JSON.stringify(workers.log), stderr, readFileSync(join(out, 'bake.json'), 'utf8'), ...manifest].join(
      '\n',
    );
    expect(all).to.not.include(password);
    expect(all).to.not.include(encodeURIComponent(password));
  });
}

describeWithRedis('weldon worker on Redis', (server) => {
  faults(() => ({
    ...server(),
    password: redisPassword,
    async lose() {
      await server().kill();
      server().forget();
      await server().start();
    },
  }));

  it('exception: refusals are one sentence, without the password', async () => {
    const url = new URL(server().url);
    url.password = 'guessed';
    const refused = await rejection(runWorkers({ queue: url.href }));
    expect(refused).to.equal(
      `Expected the password in the address of the queue at redis://127.0.0.1:${server().port} to be the one of the ` +
        'broker but received one that it refuses',
    );
    expect(await rejection(runWorkers({ queue: server().url, port: server().port }))).to.match(
      /^Expected port \d+ at 127.0.0.1 to be free but received listen EADDRINUSE/,
    );
    const { code, stderr } = weldon(['worker']);
    expect([code, stderr]).to.deep.equal([
      1,
      'weldon: Expected --queue or WELDON_QUEUE to name the queue but received neither\n',
    ]);
  });
});

describeWithPostgres('weldon worker on PostgreSQL', (server) => {
  faults(() => ({
    ...server(),
    async lose() {
      const client = new pg.Client(server().url);
      await client.connect();
      await client.query('DROP SCHEMA weldon_queue CASCADE');
      await client.end();
    },
  }));
});
