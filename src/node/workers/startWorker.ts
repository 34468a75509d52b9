import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread that runs a module. Call its `unref` once there are listeners, for a first one has it keep the process
 * alive.
 *
 * @param module its built file: `new URL('./imageWorker.js', import.meta.url)`
 */
export function startWorker(module: URL, options: Pick<WorkerOptions, 'workerData' | 'env'> = {}): Worker {
  return import.meta.url.endsWith('.ts') ? startFromSource(module, options) : new Worker(module, options);
}

/**
 * As in the tests: a TypeScript loader does not reach into threads by itself, and a thread that begins with a text would
 * look for one from the current directory on.
 */
function startFromSource(module: URL, options: WorkerOptions): Worker {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('dist/esm/api/index.mjs', tsx).href;
  const source = module.href.replace(/\.js$/, '.ts');
  return new Worker(
    `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`,
    { ...options, eval: true },
  );
}
