/** A thread of `runInThreads`: opens the bake once, on a backend of its own, and does its jobs. */
import { workerData } from 'node:worker_threads';
// The layers that a model may have, and the kernels of their ops.
import '../../layers/index.js';
import '../../backbones/networks/adaptiveAveragePooling.js';
import '../../backbones/networks/frozenBatchNorm.js';
import { serveThread } from '../workers/threadPool.js';
import type { BakeJob } from './bakeJob.js';
import type { OpenWorkerOptions } from './worker.js';
import { openWorker, runJob } from './worker.js';

/** What a thread opens. */
export interface BakeThreadData extends Pick<OpenWorkerOptions, 'model' | 'maxBytes' | 'sources'> {
  /** as `BakeJob.out` */
  out: string;
}

const { out, ...options } = workerData as BakeThreadData;
const opening = openWorker(out, options);
opening.catch(() => undefined); // told to whoever asks for a job

export default serveThread(async (job: BakeJob) => runJob(job, await opening));
