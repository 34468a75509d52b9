import { checkKeys, WeldonError } from '../../errors.js';
import type { BakeTask } from '../../node/bake/bakeJob.js';
import type { BakeRun, RunChunk } from '../../node/bake/bakeRun.js';
import { commitName, openRun, scanRun } from '../../node/bake/bakeRun.js';
import { readLine } from '../../node/bake/manifest.js';
import type { ShardCommit } from '../../node/bake/shardFile.js';
import { readCommit, readShard } from '../../node/bake/shardFile.js';
import type { ShardSink } from '../../node/bake/shardSink.js';
import { openSink } from '../../node/bake/shardSink.js';
import { inParallel } from '../../node/images/readImages.js';

/** How far a bake is. */
export interface BakeStatus {
  out: string;
  task: BakeTask;
  /** folder of the model, `null` for the embedded one */
  model: string | null;
  engine: string;
  /** in the manifest */
  images: number;
  /** that were read, and those that could not be */
  rows: number;
  bad: number;
  /** neither: still to be done */
  missing: number;
  shards: number;
  /** some of the bad and missing images, the first of each */
  badImages: { image: string; reason: string }[];
  missingImages: string[];
  /** shards in the place that are of another bake, and stay as they are */
  foreign: number;
  /** shards whose data are not those that were written; with `check`, they were removed and are missing */
  damaged: number;
}

const most = 20;

async function isWhole(sink: ShardSink, commit: ShardCommit): Promise<boolean> {
  try {
    await readShard(sink, commit);
    return true;
  } catch (error) {
    if (error instanceof WeldonError) {
      return false;
    }
    throw error;
  }
}

/** The shards of some chunks with what is said of them; one that cannot be read is missing. */
async function commitsOf(sink: ShardSink, chunks: readonly RunChunk[], check: boolean) {
  const shards = chunks.flatMap(({ first: start, lines, shards: own }) =>
    own.map(({ id, first, lines: count }) => ({ id, lines: lines.slice(first - start, first - start + count) })),
  );
  return inParallel(
    shards,
    async (shard): Promise<{ lines: string[]; commit: ShardCommit | null; damaged: boolean }> => {
      const { lines, id } = shard;
      const commit = await readCommit(sink, id);
      if (commit !== null && (!check || (await isWhole(sink, commit)))) {
        return { lines, commit, damaged: false };
      }
      if (check) {
        await sink.remove(commitName(id));
      }
      return { lines, commit: null, damaged: true };
    },
  );
}

/** Compares what should be there with what is. */
export async function surveyBake(
  sink: ShardSink,
  run: BakeRun,
  { check = false, onImages }: { check?: boolean; onImages?: (done: number, total: number) => void } = {},
): Promise<BakeStatus> {
  const { task, model, engine } = run.recipe;
  const status: BakeStatus = {
    ...{ out: sink.location, task, model, engine, images: run.lines },
    ...{ rows: 0, bad: 0, missing: 0, shards: 0, badImages: [], missingImages: [], foreign: 0, damaged: 0 },
  };
  let seen = 0;
  const addMissing = (lines: readonly string[]) => {
    status.missing += lines.length;
    const named = lines.slice(0, most - status.missingImages.length);
    status.missingImages.push(...named.map((line) => readLine(line).key));
  };
  const add = async (chunks: readonly RunChunk[]) => {
    for (const { commit, lines, damaged } of await commitsOf(sink, chunks, check)) {
      status.damaged += damaged ? 1 : 0;
      if (commit === null) {
        addMissing(lines);
        continue;
      }
      status.shards++;
      status.rows += commit.rows.length;
      status.bad += commit.bad.length;
      for (const { line, reason } of commit.bad.slice(0, most - status.badImages.length)) {
        status.badImages.push({ image: readLine(commit.keys[line]).key, reason });
      }
    }
    chunks.forEach(({ job, lines, missing }) => {
      seen += lines.length;
      missing.forEach(({ from, to }) => addMissing(lines.slice(from - job.from, to - job.from)));
    });
    onImages?.(seen, run.lines);
  };
  let waiting: RunChunk[] = [];
  for await (const chunk of scanRun(sink, run, { onForeign: () => status.foreign++ })) {
    waiting.push(chunk);
    if (waiting.length === 64) {
      await add(waiting);
      waiting = [];
    }
  }
  await add(waiting);
  return status;
}

/**
 * How far a bake is, on this machine or others: nothing is computed.
 *
 * @param out the place of the bake
 * @param options.check reads all data, and removes the shards whose data were damaged, so that the next bake makes them anew
 * @throws WeldonError for a place without a bake, one of another version, and a manifest that was changed
 *
 * @example
 * const { images, rows, bad, missing } = await bakeStatus('bake');
 */
export async function bakeStatus(
  out: string,
  options: { check?: boolean; onImages?: (done: number, total: number) => void } = {},
): Promise<BakeStatus> {
  checkKeys(options, 'check onImages', 'bakeStatus');
  const sink = await openSink(out);
  try {
    return await surveyBake(sink, await openRun(sink), options);
  } finally {
    await sink.close?.();
  }
}
