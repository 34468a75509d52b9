/** A bake by workers of a queue, as processes of their own that can be killed. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { commandFile } from '../builtCommand.js';

/** Images that differ, and four of them bad: a text, an empty file, a cut one, one that is missing. Returns their list. */
export async function writeImages(folder: string, count: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = `${String(i).padStart(4, '0')}.png`;
    lines.push(name);
    const side = 40;
    const pixels = Buffer.from(Array.from({ length: side * side * 3 }, (_, at) => (at * (2 * i + 1) + i * 7) % 256));
    const bytes = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer();
    const bad = [Buffer.from('no image'), Buffer.alloc(0), bytes.subarray(0, bytes.length / 2), null];
    const kept = i % Math.floor(count / 4) === 5 ? bad[Math.floor((4 * i) / count)] : bytes;
    if (kept !== null) {
      writeFileSync(join(folder, name), kept);
    }
  }
  const list = join(folder, 'all.txt');
  writeFileSync(list, `${lines.join('\n')}\n`);
  return list;
}

export interface Workers {
  /** what they logged */
  log: Record<string, unknown>[];
  /** ends one of their processes as a crash would, one that is said to be ready; gives its number */
  killOne(): number;
  /** waits until so many processes are ready */
  ready(count: number): Promise<void>;
  stop(): Promise<number | null>;
}

/** `weldon worker`; the address of the queue goes by the environment. */
export function startWorkers(
  queue: string,
  processes: number,
  flags: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Workers {
  const child = spawn(process.execPath, [commandFile, 'worker', '--processes', String(processes), ...flags], {
    env: { ...process.env, WELDON_QUEUE: queue, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: Record<string, unknown>[] = [];
  const alive = new Set<number>();
  createInterface(child.stdout).on('line', (line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    log.push(event);
    if (event.event === 'process ready') {
      alive.add(event.pid as number);
    } else if (event.event === 'process ended') {
      alive.delete(event.pid as number);
    }
  });
  return {
    log,
    killOne() {
      const [pid] = alive;
      alive.delete(pid);
      process.kill(pid, 'SIGKILL');
      return pid;
    },
    async ready(count) {
      while (alive.size < count) {
        await delay(20);
      }
    },
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  return child.exitCode;
}

export interface Feeding {
  code: number | null;
  report: Record<string, unknown>;
  stderr: string;
}

/** `weldon bake --queue`, to its end. */
export function feed(args: readonly string[], queue: string): Promise<Feeding> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [commandFile, 'bake', ...args, '--json', '--backend', 'wasm'],
      { env: { ...process.env, WELDON_QUEUE: queue, NODE_NO_WARNINGS: '1' } },
      (_, stdout, stderr) => {
        const report = stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
        resolve({ code: child.exitCode, report, stderr });
      },
    );
  });
}

export const tinyTask = ['--task', 'embeddings', '--size', '32'];

/** Shards that are there. */
export function shardCount(out: string): number {
  try {
    return readdirSync(join(out, 'shards')).filter((name) => /^\d.*\.json$/.test(name)).length;
  } catch {
    return 0;
  }
}

/** Waits until so many shards are there. */
export async function awaitShards(out: string, count: number): Promise<void> {
  while (shardCount(out) < count) {
    await delay(10);
  }
}

/** What lies in the place of a bake, by its own commands: nothing missing, twice or damaged. */
export async function inspect(
  out: string,
): Promise<{ missing: number; twice: number; corrupt: number; vectors: number; bad: number }> {
  const run = (args: string[]) =>
    new Promise<string>((resolve) => {
      execFile(process.execPath, [commandFile, 'bake', ...args], { maxBuffer: 2 ** 28 }, (_, stdout) =>
        resolve(stdout),
      );
    });
  const status = JSON.parse(await run(['status', out, '--check', '--json'])) as Record<string, number>;
  const file = join(out, `../collected-${Date.now()}.jsonl`);
  await run(['collect', out, '--to', file, '--partial']);
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const keys = rows.map((row) => String(row.image ?? row.key ?? row.id));
  return {
    missing: status.missing,
    twice: keys.length - new Set(keys).size,
    corrupt: status.damaged,
    vectors: status.rows,
    bad: status.bad,
  };
}
