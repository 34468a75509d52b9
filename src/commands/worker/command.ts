import type { Command } from 'commander';
import { WeldonError } from '../../errors.js';
import { toStderr } from '../../node/notice.js';
import { flag } from '../flags.js';
import type { RunWorkersOptions } from './options.js';
import { workerOptions } from './options.js';

async function runWorker({ queue = process.env.WELDON_QUEUE, ...options }: Partial<RunWorkersOptions>): Promise<void> {
  if (queue === undefined) {
    throw new WeldonError('Expected --queue or WELDON_QUEUE to name the queue but received neither');
  }
  const { runWorkers } = await import('./runWorkers.js');
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        if (name === 'SIGINT') {
          process.exit(130);
        }
        return;
      }
      toStderr('weldon: stopping after the jobs in hand');
      stop.abort();
    });
  }
  await runWorkers({ ...options, queue, signal: stop.signal });
}

/** Arguments, options and action of `weldon worker`. */
export function defineWorker(command: Command): void {
  command
    .description(
      'Does the jobs of a queue that weldon bake --queue fills, on any number of machines, until it is stopped: SIGTERM ' +
        'ends it after the jobs in hand. A process a core, each with a network of its own, started again where it dies.',
    )
    .option('--queue <url>', 'redis://… or postgres://… (also: WELDON_QUEUE, which other users do not see)')
    .addOption(flag(workerOptions.processes, '--processes <n>', 'processes (default: as many as cores)'))
    .addOption(
      flag(workerOptions.threads, '--threads <n>', 'threads of ONNX Runtime in each (default: cores by processes)'),
    )
    .addOption(
      flag(workerOptions.port, '--port <n>', 'port for /health and /metrics; 0 takes a free one (default: none)'),
    )
    .option('--host <address>', 'address to listen at; 0.0.0.0 for all (default: 127.0.0.1, this machine alone)')
    .option('--model <folder>', 'folder of the model here (default: the one that the bake says)')
    .addOption(flag(workerOptions.maxBytes, '--max-bytes <n>', 'largest image in bytes (default: 1 GiB)'))
    .addOption(
      flag(workerOptions.requestsPerHost, '--requests-per-host <n>', 'requests a second to one host, of images by URL'),
    )
    .addOption(
      flag(
        workerOptions.lockSeconds,
        '--lock-seconds <n>',
        'seconds of silence after which a process is taken for dead (default: 30)',
      ),
    )
    .option('--allow-private-addresses', 'let URLs lead to this machine and its neighbours')
    .addHelpText(
      'after',
      `
Examples:
  weldon worker --queue redis://broker:6379
  WELDON_QUEUE=postgres://user:password@broker/jobs weldon worker --processes 4 --port 9464

What is done is told as lines of JSON on stdout.`,
    )
    .action(runWorker);
}
