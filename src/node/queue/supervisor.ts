import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WeldonError } from '../../errors.js';
import type { ProcessReport, ProcessSettings } from './workerProcess.js';

/** What happened to a process, or what it told. */
export type SupervisorEvent =
  | (ProcessReport & { pid: number })
  | { kind: 'started'; pid: number }
  | { kind: 'ended'; pid: number; how: string; isExpected: boolean };

/** Milliseconds before a process that ended is started again: it may end at once every time. */
const pauses = [0, 500, 2000, 5000, 10_000, 30_000];
/** Seconds after which a process has run long enough for the pauses to begin anew. */
const longEnough = 60;

function startProcess(): ChildProcess {
  const module = fileURLToPath(new URL('./workerProcess.js', import.meta.url));
  const isSource = import.meta.url.endsWith('.ts');
  const tsx = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(isSource ? module.replace(/\.js$/, '.ts') : module, {
    execArgv: isSource ? ['--import', tsx()] : process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/**
 * Keeps processes at work until the signal: each is started again where it dies. With the signal each ends its job first.
 *
 * @throws WeldonError where a process refuses to work: a broker that does not let it in, among others; the others are ended
 */
export async function superviseProcesses(
  count: number,
  settings: ProcessSettings,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: SupervisorEvent) => void },
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  let refusal: string | null = null;

  async function one(): Promise<void> {
    let deaths = 0;
    while (!stop.aborted) {
      const child = startProcess();
      const begun = Date.now();
      const pid = child.pid ?? 0;
      const end = () => void child.kill('SIGTERM');
      stop.addEventListener('abort', end);
      const how = await new Promise<string>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('exit', (code, killedBy) => resolve(killedBy ?? `code ${code}`));
        child.on('message', (report: ProcessReport) => {
          if (report.kind === 'refused') {
            refusal ??= report.sentence;
            failure.abort();
          } else {
            onEvent({ ...report, pid });
          }
        });
        child.send(settings, (error) => error && resolve(error.message));
        onEvent({ kind: 'started', pid });
      });
      stop.removeEventListener('abort', end);
      onEvent({ kind: 'ended', pid, how, isExpected: stop.aborted });
      deaths = Date.now() - begun > longEnough * 1000 ? 0 : deaths + 1;
      await delay(pauses[Math.min(deaths, pauses.length - 1)], undefined, { signal: stop }).catch(() => undefined);
    }
  }

  await Promise.all(Array.from({ length: count }, one));
  if (refusal !== null) {
    throw new WeldonError(refusal);
  }
}
