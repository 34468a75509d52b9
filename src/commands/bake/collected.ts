import { expectedInWords } from '../../errors.js';
import type { BakeRun, RunChunk } from '../../node/bake/bakeRun.js';
import { scanRun } from '../../node/bake/bakeRun.js';
import { readLine } from '../../node/bake/manifest.js';
import { readCommit, readShard } from '../../node/bake/shardFile.js';
import type { ShardCommit, ShardContent } from '../../node/bake/shardFile.js';
import type { ShardSink } from '../../node/bake/shardSink.js';
import { inParallel } from '../../node/images/readImages.js';
import type { CollectBakeOptions } from './options.js';

/** What was made of a bake. */
export interface CollectReport {
  /** images with numbers or tags, and those that could not be read */
  rows: number;
  bad: number;
  /** images that are not done yet, with `partial` */
  missing: number;
  /** what was written */
  files: string[];
}

/** A shard with its data. */
export interface CollectedShard {
  commit: ShardCommit;
  content: ShardContent;
}

/** A bake to be collected; its shards can be gone through several times. */
export interface Collected {
  run: BakeRun;
  sink: ShardSink;
  /** @param last whether this is the pass that is shown */
  shards(last?: boolean): AsyncGenerator<CollectedShard>;
  report: CollectReport;
}

/** The shards of a bake, in the order of its images. @throws WeldonError where some are not there */
export async function openCollected(
  sink: ShardSink,
  run: BakeRun,
  { partial = false, signal, onImages }: CollectBakeOptions,
): Promise<Collected> {
  const report: CollectReport = { rows: 0, bad: 0, missing: 0, files: [] };
  const chunks = async function* (): AsyncGenerator<RunChunk['shards']> {
    for await (const { shards } of scanRun(sink, run, { signal })) {
      yield shards;
    }
  };
  for await (const shards of chunks()) {
    const commits = await inParallel(shards, ({ id }) => readCommit(sink, id));
    commits.forEach((commit) => {
      report.rows += commit?.rows.length ?? 0;
      report.bad += commit?.bad.length ?? 0;
    });
  }
  report.missing = run.lines - report.rows - report.bad;
  if (report.rows === 0 || (report.missing > 0 && !partial)) {
    throw expectedInWords(
      `the bake ${sink.location}`,
      'finished, or taken as it is with partial',
      `one with ${report.rows} of ${run.lines} images done, ${report.missing} still to do: run it again`,
    );
  }
  return {
    ...{ run, sink, report },
    async *shards(last = true) {
      let done = 0;
      for await (const shards of chunks()) {
        for (const { id } of shards) {
          const commit = await readCommit(sink, id);
          if (commit !== null) {
            yield { commit, content: await readShard(sink, commit) };
            done += commit.keys.length;
            if (last) {
              onImages?.(done, run.lines);
            }
          }
        }
      }
    },
  };
}

/** One image of a shard: what it is, and where its row lies in the shard, or why it has none. */
export interface CollectedImage {
  key: string;
  /** number of its row in the shard; `null` for an image that could not be read */
  row: number | null;
  sha256?: string;
  width?: number;
  height?: number;
  error?: string;
}

/** The images of a shard in the order of the manifest. */
export function imagesOf({ commit }: Pick<CollectedShard, 'commit'>): CollectedImage[] {
  const rows = new Map(commit.rows.map(({ line, ...more }, row) => [line, { row, ...more }]));
  const bad = new Map(commit.bad.map(({ line, reason }) => [line, reason]));
  return commit.keys.map((text, line) => {
    const { key } = readLine(text);
    const row = rows.get(line);
    return row === undefined ? { key, row: null, error: bad.get(line) } : { key, ...row };
  });
}
