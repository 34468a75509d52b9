/** A thread that trains heads, with a backend of its own. */
import { workerData } from 'node:worker_threads';
import { startRuntime } from '../../../node/runtime/startRuntime.js';
import { serveThread } from '../../../node/workers/threadPool.js';
import type { HeadJob } from './headJobs.js';
import { doHeadJob } from './headJobs.js';

const { backend } = workerData as { backend: 'wasm' | 'cpu' };
const starting = startRuntime({ backend });
starting.catch(() => undefined); // told to whoever asks

export default serveThread(async ({ job, done }: { job: HeadJob; done: Int32Array }) => {
  await starting;
  return doHeadJob(job, (batches) => Atomics.store(done, 0, batches));
});
