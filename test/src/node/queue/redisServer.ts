/** A real Redis server on a port and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../vectorStores/postgresServer.js';

export const redisPassword = 'ge/heim "42"';

export interface RedisServer {
  url: string;
  port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Removes all that it keeps; it must not run. */
  forget(): void;
  remove(): Promise<void>;
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** `describe` for tests on the server: a failure where it is missing under CI, a visible skip elsewhere. */
export function describeWithRedis(title: string, body: (server: () => RedisServer) => void): void {
  describe(title, () => {
    if (!hasRedis && !process.env.CI) {
      it.skip('skipped: no redis-server on the PATH (npm run setup:redis)');
      return;
    }
    let server: RedisServer;
    before(async () => {
      server = await startRedis();
    });
    after(async () => {
      await server?.remove();
    });
    body(() => server);
  });
}

/** @param settings beside those that docs/scale-out.md asks for */
export async function startRedis(settings: Record<string, string> = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'weldon-redis-'));
  const port = await freePort();
  const all = {
    port: `${port}`,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    requirepass: redisPassword,
    ...settings,
  };
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const child = spawn(
      'redis-server',
      Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    server = child;
    let said = '';
    await new Promise<void>((ready, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ready to accept connections')) {
          ready();
        }
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`the server ended: ${said}`)));
    });
  }

  async function kill(): Promise<void> {
    const child = server;
    server = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  await start();
  return {
    url: `redis://:${encodeURIComponent(redisPassword)}@127.0.0.1:${port}`,
    port,
    kill,
    start,
    forget: () => readdirSync(folder).forEach((name) => rmSync(join(folder, name), { recursive: true })),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
