import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { expected, expectedInWords } from '../../errors.js';
import type { BakeJob, BakeRecipe } from '../../node/bake/bakeJob.js';
import type { BakeAsked, BakeNetwork } from '../../node/bake/bakeNetwork.js';
import { openBakeNetwork } from '../../node/bake/bakeNetwork.js';
import type { BakeRun } from '../../node/bake/bakeRun.js';
import { beginRun, findRun, recipeId, scanRun } from '../../node/bake/bakeRun.js';
import { openSources } from '../../node/bake/imageSource.js';
import type { FailedJob, JobRunner } from '../../node/bake/localWorkers.js';
import { runInProcess, runInThreads, runJobs } from '../../node/bake/localWorkers.js';
import type { ListedImage } from '../../node/bake/manifest.js';
import { writeManifest } from '../../node/bake/manifest.js';
import type { ShardSink } from '../../node/bake/shardSink.js';
import { isFolderSink, memorySink, openSink } from '../../node/bake/shardSink.js';
import { backendOf, workerWith } from '../../node/bake/worker.js';
import type { Notice } from '../../node/notice.js';
import { computesInCaller } from '../../node/runtime/backendNames.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { toStderr } from '../../node/notice.js';
import { feedQueue } from '../../node/queue/feedQueue.js';
import type { JobQueue } from '../../node/queue/jobQueue.js';
import type { LockUse } from '../../node/storage/lock.js';
import { lockRun } from '../../node/storage/lock.js';
import { modelOfRun } from '../train/runFolder.js';
import type { BakeStatus } from './bakeStatus.js';
import { surveyBake } from './bakeStatus.js';
import type { BakeImagesOptions } from './options.js';
import { checkBakeOptions } from './options.js';

/** What a bake did. */
export interface BakeReport extends BakeStatus {
  /** images that went through the network now, and those that could not be read */
  computed: number;
  /** images whose shards were there before */
  found: number;
  /** jobs that did not come to their end, with the reason; the same call tries them again */
  failed: { first: number; images: number; reason: string }[];
  /** seconds of this call's jobs */
  seconds: number;
  stopped: 'finished' | 'aborted' | 'listed';
}

const bakeLock: LockUse = {
  file: '.weldon-lock',
  owner: (folder) => `the bake ${folder}`,
  rule: 'fed by one process at a time',
  doing: 'feeding',
  does: 'feeds',
};

async function* listAll(
  places: readonly string[],
  { allowPrivateAddresses }: BakeImagesOptions,
  notice: Notice,
  signal?: AbortSignal,
): AsyncGenerator<ListedImage> {
  const sources = openSources({ allowPrivateAddresses });
  try {
    for (const place of places) {
      yield* (await sources.of(place)).list(place, { signal, notice });
    }
  } finally {
    await sources.close();
  }
}

/** Fields of a recipe that options give, in words. */
const optionFields: readonly [keyof BakeImagesOptions, (recipe: BakeRecipe) => unknown][] = [
  ['task', ({ task }) => task],
  ['layer', ({ layer }) => layer],
  ['size', ({ resize }) => resize.size],
  ['resize', ({ resize }) => resize.rule],
  ['dtype', ({ dtype }) => dtype],
  ['pooling', ({ pooling }) => pooling],
  ['crops', ({ crops }) => crops],
  ['top', ({ top }) => top],
];

/** @throws WeldonError where a bake that was begun is called with something else */
function refuseChanged(run: BakeRun, options: BakeImagesOptions, out: string): void {
  const refuse = (name: string, known: unknown, given: unknown) => {
    throw expected(`${name} for bakeImages`, `${JSON.stringify(known)}, as ${out} was begun with,`, given);
  };
  for (const [name, field] of optionFields) {
    const [known, given] = [field(run.recipe), options[name]];
    if (given !== undefined && JSON.stringify(given) !== JSON.stringify(known)) {
      refuse(name, known, given);
    }
  }
  if (options.chunk !== undefined && options.chunk !== run.chunk) {
    refuse('chunk', run.chunk, options.chunk);
  }
}

/** What a call asks for; what it leaves out is as it was. */
async function askedOf(run: BakeRun | null, options: BakeImagesOptions): Promise<BakeAsked> {
  const { task, layer, size, resize, dtype, pooling, crops, top, recipe } = options;
  const model = options.model === undefined ? undefined : resolve(await modelOfRun(options.model));
  if (run === null) {
    if (task === undefined) {
      throw expectedInWords('task for bakeImages', 'given for a new bake', 'none');
    }
    return { task, layer, size, resize, dtype, pooling, crops, top, recipe, model };
  }
  const { recipe: known, classNames } = run;
  return {
    ...known,
    model: model ?? known.model,
    size: known.resize.size,
    resize: known.resize.rule as 'warp' | 'crop',
    recipe: recipe ?? { input: known.input, ...(classNames === null ? {} : { classNames }) },
  };
}

/** @throws WeldonError where the network is another one than a bake was begun with */
function refuseOther(run: BakeRun, { recipe, classNames }: BakeNetwork, out: string): void {
  if (recipe.engine !== run.recipe.engine) {
    throw expectedInWords(
      `the engine for ${out}`,
      `${run.recipe.engine}, as it was begun with,`,
      `${recipe.engine}: bits differ between engines; take the other, or bake to another place`,
    );
  }
  if (recipeId(recipe, classNames) !== run.id) {
    throw expectedInWords(
      `the model for ${out}`,
      'the one that it was begun with',
      'another one: bake to a place of its own',
    );
  }
}

/** @throws WeldonError where the places hold other images than a bake was begun with */
async function refuseOtherImages(run: BakeRun, images: AsyncIterable<ListedImage>, out: string): Promise<void> {
  const dry = { ...memorySink(), put: async () => undefined };
  const parts = await writeManifest(dry, images, { notice: () => undefined });
  if (JSON.stringify(parts) !== JSON.stringify(run.parts)) {
    const lines = parts.reduce((sum, part) => sum + part.lines, 0);
    throw expectedInWords(
      `the images for ${out}`,
      `the ${run.lines} that it was begun with`,
      `others, ${lines}: leave them out to go on with those, or bake these to another place`,
    );
  }
}

/** What does the jobs on this machine: threads with a network each, where the backend computes in the thread that calls it. */
async function localRunner(
  run: BakeRun,
  sink: ShardSink,
  network: BakeNetwork,
  {
    workers = Math.min(16, availableParallelism()),
    maxBytes,
    requestsPerHost,
    allowPrivateAddresses,
  }: BakeImagesOptions,
): Promise<JobRunner> {
  const threads = Math.min(workers, Math.ceil(run.lines / run.chunk));
  if (computesInCaller(run.recipe.engine) && threads > 1) {
    const { model } = network.recipe;
    await network.dispose();
    const sources = { allowPrivateAddresses, requestsPerHost: requestsPerHost && requestsPerHost / threads };
    return runInThreads(threads, { out: sink.location, model: model ?? undefined, maxBytes, sources });
  }
  return runInProcess(
    workerWith(run, sink, network, { maxBytes, sources: { allowPrivateAddresses, requestsPerHost } }),
  );
}

/** The bake at a place, begun or gone on with, and its network. */
async function openBake(sources: readonly string[], sink: ShardSink, options: BakeImagesOptions) {
  const { engine, notice = toStderr, signal, chunk = 64, workers } = options;
  const out = sink.location;
  let run = await findRun(sink);
  if (run !== null) {
    refuseChanged(run, options, out);
  }
  const network = await openBakeNetwork(await askedOf(run, options), { engine, threads: workers, notice });
  try {
    if (run === null) {
      const made = { recipe: network.recipe, classNames: network.classNames, chunk };
      run = await beginRun(sink, made, listAll(sources, options, notice, signal), { notice });
    } else {
      refuseOther(run, network, out);
      if (sources.length > 0) {
        await refuseOtherImages(
          run,
          listAll(sources, options, () => undefined, signal),
          out,
        );
      }
    }
    return { run, network };
  } catch (error) {
    await network.dispose();
    throw error;
  }
}

type Did = Pick<BakeReport, 'computed' | 'found' | 'failed'>;

/** Does all that is missing of a bake on this machine. */
async function bakeMissing(
  run: BakeRun,
  sink: ShardSink,
  runner: JobRunner,
  { signal, onImages }: BakeImagesOptions,
): Promise<Did> {
  const did: Did = { computed: 0, found: 0, failed: [] };
  const tell = () => onImages?.(did.computed + did.found, run.lines);
  const missing = async function* (): AsyncGenerator<BakeJob> {
    for await (const { shards, missing: jobs } of scanRun(sink, run)) {
      if (shards.length > 0) {
        did.found += shards.reduce((sum, { lines }) => sum + lines, 0);
        tell();
      }
      yield* jobs;
    }
  };
  for await (const result of runJobs(missing(), runner, { signal })) {
    if ('reason' in result) {
      did.failed.push(failureOf(run, result));
    } else {
      did[result.computed ? 'computed' : 'found'] += result.rows + result.bad;
      tell();
    }
  }
  return did;
}

async function openProducer(url: string, notice: Notice, signal?: AbortSignal): Promise<JobQueue> {
  const { openQueue } = await import('../../node/queue/bullQueue.js');
  return openQueue(url, { role: 'producer', notice, signal });
}

/** Has it done by the workers of a queue. */
async function feedMissing(
  run: BakeRun,
  sink: ShardSink,
  queue: JobQueue,
  { signal, onImages, notice = toStderr }: BakeImagesOptions,
): Promise<Did> {
  const onProgress = (done: number) => onImages?.(done, run.lines);
  const { done, found, lost } = await feedQueue(sink, run, queue, { signal, notice, onProgress });
  return { computed: done - found, found, failed: lost.map((job) => failureOf(run, job)) };
}

function failureOf({ parts }: BakeRun, { job, reason }: FailedJob): BakeReport['failed'][number] {
  const part = parts.find(({ name }) => name === job.manifest);
  return { first: (part?.first ?? 0) + job.from, images: job.to - job.from, reason };
}

/** The backend that a bake was begun on; `null` where there is none yet. */
export async function begunBackend(out: string): Promise<RuntimeBackend | null> {
  const sink = await openSink(out);
  try {
    const run = await findRun(sink);
    return run === null ? null : backendOf(run.recipe);
  } finally {
    await sink.close?.();
  }
}

/**
 * Goes through any number of images and keeps what is made of each in shards: features, embeddings, scores, tags or class
 * maps. What is there counts by its file alone, so that a bake that was stopped or killed goes on where it was, and a
 * whole one computes nothing. Images that cannot be read are rows with their reason.
 *
 * @param sources images, folders, lists of images (`.txt`); none, to go on with a bake that was begun
 * @throws WeldonError for options out of range, no image at all, a place in the hands of another process or that holds
 *   something else, a bake that was begun with other images or options, and a place that cannot be written
 *
 * @example
 * const { rows, bad, missing } = await bakeImages(['photos'], { task: 'embeddings', out: 'bake' });
 */
export async function bakeImages(sources: readonly string[], options: BakeImagesOptions = {}): Promise<BakeReport> {
  checkBakeOptions(options);
  const { signal, list = false, notice = toStderr } = options;
  const sink = await openSink(options.out ?? 'bake');
  const unlock = isFolderSink(sink) ? await lockRun(sink.location, bakeLock) : null;
  let queue: JobQueue | null = null;
  try {
    // First of all: a broker that refuses is told before a long list is written.
    queue = options.queue === undefined ? null : await openProducer(options.queue, notice, signal);
    const { run, network } = await openBake(sources, sink, options);
    if (list) {
      await network.dispose();
      const status = await surveyBake(sink, run);
      return { ...status, computed: 0, found: status.rows + status.bad, failed: [], seconds: 0, stopped: 'listed' };
    }
    let did: Did;
    const begun = performance.now();
    if (queue !== null) {
      await network.dispose();
      did = await feedMissing(run, sink, queue, options);
    } else {
      const runner = await localRunner(run, sink, network, options);
      did = await bakeMissing(run, sink, runner, options).finally(() => runner.close());
    }
    const seconds = (performance.now() - begun) / 1000;
    const stopped = signal?.aborted === true ? 'aborted' : 'finished';
    return { ...(await surveyBake(sink, run)), ...did, seconds, stopped };
  } finally {
    await queue?.close();
    await unlock?.();
    await sink.close?.();
  }
}
