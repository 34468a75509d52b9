import { setImmediate as nextTurn } from 'node:timers/promises';
import { expectedInWords, WeldonError } from '../../errors.js';
import { inParallel } from '../images/readImages.js';
import type { Notice } from '../notice.js';
import { toStderr } from '../notice.js';
import { runtimeBackends } from '../runtime/backendNames.js';
import type { RuntimeBackend } from '../runtime/backendNames.js';
import { startRuntime } from '../runtime/startRuntime.js';
import type { SourceOptions } from './bakePlaces.js';
import type { BakeJob, BakeRecipe, ShardResult } from './bakeJob.js';
import type { BakeNetwork } from './bakeNetwork.js';
import { openBakeNetwork } from './bakeNetwork.js';
import type { BakeRun } from './bakeRun.js';
import { openRun, recipeId, shardId } from './bakeRun.js';
import type { RowMaker } from './imageRows.js';
import type { Sources } from './imageSource.js';
import { openSources, usualMaxBytes } from './imageSource.js';
import { readLine, readPart } from './manifest.js';
import type { ShardLine } from './shardFile.js';
import { readCommit, refusedNumbers, writeShard } from './shardFile.js';
import type { ShardSink } from './shardSink.js';
import { sha256Of } from '../storage/plainFile.js';
import { openSink } from './shardSink.js';

/** What a worker does the jobs of one bake with; made once a process by `openWorker`. */
export interface WorkerContext {
  run: BakeRun;
  sink: ShardSink;
  sources: Sources;
  maker: RowMaker;
  /** batches whose network is under way at once */
  lanes: number;
  /** bytes of an image at most */
  maxBytes: number;
  /** the lines of the part of the manifest that was read last */
  part?: { name: string; lines: Promise<string[]> };
  close(): Promise<void>;
}

export interface OpenWorkerOptions {
  /** folder of the model on this machine, where it is another one than the bake says */
  model?: string;
  /** threads of an engine that has its own. Default: as many as cores */
  threads?: number;
  /** bytes of an image at most. Default 1 GiB */
  maxBytes?: number;
  /** How images are fetched from other machines. */
  sources?: SourceOptions;
  /** Default: lines on stderr. */
  notice?: Notice;
}

/** Images that one call of the network takes. */
const batchSize = 8;

function refuseOther(known: BakeRecipe, own: BakeRecipe, what: string): void {
  if (known.engine !== own.engine) {
    throw expectedInWords(
      `the engine of ${what}`,
      `${known.engine}, as the bake was begun with`,
      `${own.engine}: bits differ between engines; install that one, or bake to another place`,
    );
  }
  if (known.modelHash !== own.modelHash) {
    throw expectedInWords(`the model of ${what}`, 'the one that the bake was begun with', 'one with other weights');
  }
}

/**
 * The backend that gives the engine of a recipe.
 *
 * @throws WeldonError for one that this version does not have
 */
export function backendOf({ engine }: BakeRecipe): RuntimeBackend {
  const backend = runtimeBackends.find((name) => name === engine.split(' ')[0]);
  if (backend === undefined) {
    throw expectedInWords('the engine of the bake', 'one that this version has', engine);
  }
  return backend;
}

async function openNetwork(run: BakeRun, { model, threads, notice }: OpenWorkerOptions): Promise<BakeNetwork> {
  const { recipe } = run;
  const { engine } = await startRuntime({ backend: backendOf(recipe) });
  const { task, layer, resize, dtype, pooling, crops, top, input } = recipe;
  const asked = { task, layer, size: resize.size, resize: resize.rule as 'warp' | 'crop', dtype, pooling, crops, top };
  const parts = { input, ...(run.classNames === null ? {} : { classNames: run.classNames }) };
  return openBakeNetwork({ ...asked, model: model ?? recipe.model, recipe: parts }, { engine, threads, notice });
}

/**
 * Opens a bake to work on: starts the engine that its recipe asks for, and loads its network.
 *
 * @param out as `BakeJob.out`
 * @throws WeldonError for a place without a bake, an engine that does not run here, and a network that is not the one of
 *   the bake
 */
export async function openWorker(out: string, options: OpenWorkerOptions = {}): Promise<WorkerContext> {
  const { maxBytes, sources, notice = toStderr } = options;
  const sink = await openSink(out);
  try {
    const run = await openRun(sink);
    const network = await openNetwork(run, { ...options, notice });
    try {
      refuseOther(run.recipe, network.recipe, 'the worker');
      if (recipeId(network.recipe, network.classNames) !== run.id) {
        throw expectedInWords('the network of the worker', 'as the bake was begun with', 'one with another recipe');
      }
    } catch (error) {
      await network.dispose();
      throw error;
    }
    return workerWith(run, sink, network, { maxBytes, sources });
  } catch (error) {
    await sink.close?.();
    throw error;
  }
}

/** A worker in this process, with a network that is open already; closing it leaves the sink open. */
export function workerWith(
  run: BakeRun,
  sink: ShardSink,
  { maker, lanes, dispose }: Pick<BakeNetwork, 'maker' | 'lanes' | 'dispose'>,
  { maxBytes = usualMaxBytes, sources: options }: Pick<OpenWorkerOptions, 'maxBytes' | 'sources'> = {},
): WorkerContext {
  const sources = openSources(options);
  const close = async () => {
    await Promise.all([dispose(), sources.close()]);
  };
  return { run, sink, sources, maker, lanes, maxBytes, close };
}

/** The bytes of an image, of the size that was listed, and what the network takes of it. */
async function readRow(
  line: string,
  { sources, maker, maxBytes }: WorkerContext,
  signal?: AbortSignal,
): Promise<{ reason: string } | { sha256: string; prepared: unknown }> {
  try {
    const { key, size } = readLine(line);
    const bytes = await (await sources.of(key)).read(key, { maxBytes, signal });
    if (size !== undefined && bytes.length !== size) {
      const rule = `of ${size} bytes, as it was listed`;
      throw expectedInWords(key, rule, `${bytes.length}: it was changed under the bake`);
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { sha256: sha256Of(bytes), prepared: await maker.prepare(buffer, key) };
  } catch (error) {
    if (error instanceof WeldonError) {
      return { reason: error.message };
    }
    throw error;
  }
}

async function bakeBatch(lines: readonly string[], context: WorkerContext, signal?: AbortSignal): Promise<ShardLine[]> {
  const { maker, run } = context;
  const read = await Promise.all(lines.map((line) => readRow(line, context, signal)));
  signal?.throwIfAborted();
  const good = read.flatMap((each) => ('prepared' in each ? [each] : []));
  const rows = good.length === 0 ? [] : await maker.compute(good.map(({ prepared }) => prepared));
  let next = 0;
  return read.map((each): ShardLine => {
    if (!('prepared' in each)) {
      return each;
    }
    const row = rows[next++];
    const refused = row instanceof WeldonError ? row : refusedNumbers(row, run.recipe);
    return refused === null && !(row instanceof WeldonError)
      ? { sha256: each.sha256, row }
      : { reason: (refused as WeldonError).message };
  });
}

/**
 * Does a job, on any machine, and however often it is called: a shard that is there is found, not made again. The shard's
 * data are written first, then its JSON, by which it is there.
 *
 * @throws WeldonError for a job of another recipe, a manifest that was changed, and a place that cannot be written
 */
export async function runJob(job: BakeJob, context: WorkerContext, signal?: AbortSignal): Promise<ShardResult> {
  const { run, sink } = context;
  const part = run.parts.find(({ name }) => name === job.manifest);
  if (job.recipe !== run.id || part === undefined) {
    throw expectedInWords(`the job for ${sink.location}`, 'one of the bake that is there', 'one of another');
  }
  if (context.part?.name !== part.name) {
    const lines = readPart(sink, part.name);
    context.part = { name: part.name, lines };
    lines.catch(() => delete context.part);
  }
  const keys = (await context.part!.lines).slice(job.from, job.to);
  if (!(job.from >= 0 && job.from < job.to) || keys.length !== job.to - job.from) {
    throw expectedInWords('the lines of a job', `within ${part.name}`, `${job.from} to ${job.to}`);
  }
  const first = part.first + job.from;
  const id = shardId(run.id, first, keys);
  const found = await readCommit(sink, id);
  if (found !== null) {
    return { id, rows: found.rows.length, bad: found.bad.length, computed: false };
  }
  const batches = Array.from({ length: Math.ceil(keys.length / batchSize) }, (_, i) =>
    keys.slice(i * batchSize, (i + 1) * batchSize),
  );
  const lines = await inParallel(
    batches,
    async (batch) => {
      signal?.throwIfAborted();
      const baked = await bakeBatch(batch, context, signal);
      // A backend in this thread lets nothing else run while it computes, such as what keeps a queue's job.
      await nextTurn();
      return baked;
    },
    context.lanes + 1,
  );
  const { rows, bad } = await writeShard(sink, { id, recipe: run.id, first, keys }, lines.flat(), run.recipe);
  return { id, rows: rows.length, bad: bad.length, computed: true };
}
