import { availableParallelism } from 'node:os';
import { toStdout } from '../../node/notice.js';
import { openQueue } from '../../node/queue/bullQueue.js';
import type { SupervisorEvent } from '../../node/queue/supervisor.js';
import { superviseProcesses } from '../../node/queue/supervisor.js';
import { serveMetrics, WorkerMetrics } from '../../node/queue/workerMetrics.js';
import type { RunWorkersOptions } from './options.js';
import { checkWorkerOptions } from './options.js';

const toLine = (event: Record<string, unknown>) => toStdout(`${JSON.stringify(event)}\n`);

/** An event as a line of a log. */
function logOf(event: SupervisorEvent): Record<string, unknown> | null {
  const { pid } = event;
  switch (event.kind) {
    case 'begun':
      return null;
    case 'done':
    case 'failed': {
      const { kind, seconds, job } = event;
      const { out, manifest, from, to } = job;
      const end = kind === 'done' ? event.result : { reason: event.reason };
      const level = kind === 'done' ? 'info' : 'error';
      return { level, event: `job ${kind}`, pid, out, manifest, from, to, seconds: Number(seconds.toFixed(3)), ...end };
    }
    case 'notice':
    case 'refused':
      return { level: 'warn', event: 'notice', pid, sentence: event.sentence };
    case 'ended':
      return { level: event.isExpected ? 'info' : 'error', event: 'process ended', pid, how: event.how };
    default:
      return { level: 'info', event: `process ${event.kind}`, pid };
  }
}

/**
 * Does the jobs of a queue, that `weldon bake --queue` fills, until the signal: any number of machines may. Each process has
 * a network of its own and is started again where it dies.
 *
 * @throws WeldonError for options out of range, packages that are not installed, and a broker that stays away or refuses
 *
 * @example
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * await runWorkers({ queue: 'redis://127.0.0.1:6379', port: 9464, signal: stop.signal });
 */
export async function runWorkers(options: RunWorkersOptions): Promise<void> {
  const checked = checkWorkerOptions(options);
  const { queue: url, port, host, model, maxBytes, requestsPerHost, allowPrivateAddresses, onEvent = toLine } = checked;
  const cores = availableParallelism();
  const { processes = cores, threads = Math.max(1, Math.floor(cores / processes)) } = checked;
  const { signal = new AbortController().signal } = checked;
  const log = (event: Record<string, unknown>) => onEvent({ time: new Date().toISOString(), ...event });
  const notice = (sentence: string) => log({ level: 'warn', event: 'notice', sentence });
  // Opened here first: what is wrong with the address is told once.
  const queue = await openQueue(url, { role: 'worker', notice, signal }).catch((error: unknown) => {
    if (signal.aborted) {
      return null;
    }
    throw error;
  });
  if (queue === null) {
    return;
  }
  const metrics = new WorkerMetrics(processes);
  try {
    const served = port === undefined ? null : await serveMetrics(metrics, queue, { port, host });
    try {
      log({ level: 'info', event: 'started', queue: queue.location, processes, ...(served && { port: served.port }) });
      const sources = {
        allowPrivateAddresses,
        ...(requestsPerHost === undefined ? {} : { requestsPerHost: requestsPerHost / processes }),
      };
      await superviseProcesses(
        processes,
        { queue: url, lockSeconds: checked.lockSeconds, worker: { model, threads, maxBytes, sources } },
        {
          signal,
          onEvent(event) {
            metrics.take(event);
            const line = logOf(event);
            if (line !== null) {
              log(line);
            }
          },
        },
      );
      log({ level: 'info', event: 'stopped' });
    } finally {
      served?.close();
    }
  } finally {
    await queue.close();
  }
}
