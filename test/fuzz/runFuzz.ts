import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './child.js';
import type { Kind } from './subjects.js';

export interface FuzzResult {
  kind: Kind;
  seed: number;
  cases: number;
  taken: number;
  refused: number;
  /** longest case, in milliseconds, and largest process, in megabytes */
  slowest: { index: number; milliseconds: number };
  megabytes: number;
  /** `kind seed index: what` */
  faults: string[];
}

/**
 * Damages inputs of a kind and uses them in processes of their own: one that ends, or is silent for too long, is a fault of
 * the case it was at, and the next goes on behind it.
 *
 * @param silence milliseconds that one case may take
 */
export async function runFuzz(
  kind: Kind,
  seed: number,
  range: readonly [from: number, to: number],
  silence: number,
): Promise<FuzzResult> {
  const [first, last] = range;
  const result: FuzzResult = {
    ...{ kind, seed, cases: last - first, taken: 0, refused: 0 },
    ...{ slowest: { index: 0, milliseconds: 0 }, megabytes: 0, faults: [] },
  };
  const root = mkdtempSync(join(tmpdir(), 'tfjs-weldon-fuzz-'));
  const blame = (index: number, text: string) => result.faults.push(`${kind} ${seed} ${index}: ${text}`);
  const take = ({ index, end, text, milliseconds, megabytes }: Outcome) => {
    if (end === 'fault') {
      blame(index, text);
    } else {
      result[end]++;
    }
    if (milliseconds > result.slowest.milliseconds) {
      result.slowest = { index, milliseconds: Math.round(milliseconds) };
    }
    result.megabytes = Math.max(result.megabytes, megabytes);
  };
  /** @returns the first case that was not used */
  const runFrom = (from: number) =>
    new Promise<number>((done) => {
      let next = from;
      let ready = false;
      let said = '';
      const child = fork(
        fileURLToPath(new URL('child.ts', import.meta.url)),
        [kind, root, String(seed), String(from), String(last)],
        { execArgv: ['--import', 'tsx', '--max-old-space-size=1024'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
      );
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          said = (said + chunk.toString()).slice(-100_000);
        });
      }
      let timer: ReturnType<typeof setTimeout>;
      let isHanging = false;
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(
          () => {
            isHanging = true;
            child.kill('SIGKILL');
          },
          ready ? silence : 300_000,
        );
      };
      watch();
      child.on('message', (message: Outcome | 'ready') => {
        ready = true;
        if (message !== 'ready') {
          take(message);
          next = message.index + 1;
        }
        watch();
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        if (next < last) {
          const ending = said.trim().split('\n').slice(-12).join('\n');
          blame(next, isHanging ? `hang over ${silence / 1000} s` : `crash (${code ?? signal}): ${ending}`);
          next = ready ? next + 1 : last;
        }
        if (/\n {4}at /.test(said) || /[\u0000-\u0009\u000b-\u001f\u007f]/.test(said)) {
          blame(next, `a stack trace or control characters on the terminal: ${JSON.stringify(said.slice(-600))}`);
        }
        done(next);
      });
    });
  try {
    for (let next = first; next < last;) {
      next = await runFrom(next);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return result;
}
