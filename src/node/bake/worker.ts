import type { BakeJob, ShardResult } from './bakeJob.js';
import type { BakeRun } from './bakeRun.js';
import type { Sources } from './imageSource.js';
import type { ShardSink } from './shardSink.js';

/** What a worker does the jobs of one bake with; made once a process by `openWorker`. */
export interface WorkerContext {
  run: BakeRun;
  sink: ShardSink;
  sources: Sources;
  /** images whose network is under way at once */
  lanes: number;
  close(): Promise<void>;
}

export interface OpenWorkerOptions {
  /** folder of the model on this machine, where it is another one than the bake says */
  model?: string;
  /** threads of an engine that has its own. Default: as many as cores */
  threads?: number;
  /** bytes of an image at most. Default 1 GiB */
  maxBytes?: number;
}

/**
 * Opens a bake to work on: starts the engine that its recipe asks for, and loads its network.
 *
 * @param out as `BakeJob.out`
 * @throws WeldonError for a place without a bake, an engine that does not run here, and a network that is not the one of
 *   the bake
 */
export declare function openWorker(out: string, options?: OpenWorkerOptions): Promise<WorkerContext>;

/**
 * Does a job, on any machine, and however often it is called: a shard that is there is found, not made again. The shard's
 * data are written first, then its JSON, by which it is there.
 *
 * @throws WeldonError for a job of another recipe, a manifest that was changed, and a place that cannot be written
 */
export declare function runJob(job: BakeJob, context: WorkerContext, signal?: AbortSignal): Promise<ShardResult>;
