/**
 * Workers and brokers that die in the middle of a bake: what is missing, twice or damaged afterwards.
 *
 *   npm run build && npm run bench:faults -- [--moments 10] [--brokers redis,postgres] [--faults worker,broker,both,data] [--json FILE]
 *
 * 512 lines, four of them bad, in 16 jobs of 32, by four workers. At each moment, random within the bake, the fault is done
 * with SIGKILL (the broker's data deleted: Redis' files, PostgreSQL's tables), and the bake goes on to its end.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { mixSeeds } from '../src/random.js';
import {
  awaitShards,
  feed,
  inspect,
  shardCount,
  startWorkers,
  tinyTask,
  writeImages,
} from '../test/src/commands/worker/queuedBake.js';
import { startRedis } from '../test/src/node/queue/redisServer.js';
import { startPostgres } from '../test/src/node/vectorStores/postgresServer.js';

const { values: options } = parseArgs({
  options: {
    moments: { type: 'string', default: '10' },
    brokers: { type: 'string', default: 'redis,postgres' },
    faults: { type: 'string', default: 'worker,broker,both,data' },
    json: { type: 'string' },
  },
});
const lines = 512;
const chunk = 32;
const processes = 4;

interface Broker {
  url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  lose(): Promise<void>;
  remove(): Promise<void>;
}

const brokers: Record<string, () => Promise<Broker>> = {
  async redis() {
    const server = await startRedis();
    const lose = async () => {
      await server.kill();
      server.forget();
      await server.start();
    };
    return { ...server, lose };
  },
  async postgres() {
    const server = await startPostgres();
    const lose = async () => {
      const client = new pg.Client(server.url);
      await client.connect();
      await client.query('DROP SCHEMA weldon_queue CASCADE');
      await client.end();
    };
    return { ...server, lose };
  },
};

const home = mkdtempSync(join(tmpdir(), 'weldon-faults-'));
const list = await writeImages(join(home, 'images'), lines);
const results: Record<string, unknown>[] = [];

for (const name of options.brokers.split(',')) {
  const broker = await brokers[name]();
  const workers = startWorkers(broker.url, processes);
  for (const fault of options.faults.split(',')) {
    for (let moment = 0; moment < Number(options.moments); moment++) {
      const random = mixSeeds(mixSeeds(name.length, fault.length * 31 + fault.charCodeAt(0)), moment);
      const out = join(home, `${name}-${fault}-${moment}`);
      const feeding = feed([list, '--out', out, ...tinyTask, '--chunk', String(chunk)], broker.url);
      const shards = random % (lines / chunk - 1);
      await awaitShards(out, shards);
      await workers.ready(processes);
      await delay((random >>> 8) % 300);
      const done = shardCount(out);
      const begun = performance.now();
      if (fault === 'worker' || fault === 'both') {
        workers.killOne();
      }
      if (fault === 'broker' || fault === 'both') {
        await broker.kill();
        await broker.start();
      }
      if (fault === 'data') {
        await broker.lose();
      }
      const { code, report, stderr } = await feeding;
      const seconds = (performance.now() - begun) / 1000;
      const found = await inspect(out);
      const again = await feed(['--out', out], broker.url);
      const result = {
        broker: name,
        fault,
        moment,
        shardsBefore: done,
        code,
        ...found,
        shards: report.shards,
        secondsToTheEnd: Math.round(seconds * 10) / 10,
        computedAgain: again.report.computed,
      };
      if (code !== 0) {
        console.log(stderr);
      }
      results.push(result);
      console.log(JSON.stringify(result));
      rmSync(out, { recursive: true });
    }
  }
  await workers.stop();
  await broker.remove();
}
rmSync(home, { recursive: true, force: true });

const sum = (key: string) => results.reduce((total, row) => total + Number(row[key]), 0);
const killed = results.filter(({ fault }) => fault === 'worker').map(({ secondsToTheEnd }) => Number(secondsToTheEnd));
const summary = {
  runs: results.length,
  missing: sum('missing'),
  twice: sum('twice'),
  corrupt: sum('corrupt'),
  computedAgain: sum('computedAgain'),
  longestAfterAWorkersDeath: killed.length === 0 ? null : Math.max(...killed),
};
console.log(summary);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ lines, chunk, processes, summary, results }, null, 1)}\n`);
}
