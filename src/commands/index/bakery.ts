/** Images on their way into a catalogue: through the loop of all bakes, their shards kept until they are stored. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import type { BakeJob } from '../../node/bake/bakeJob.js';
import type { BakeNetwork } from '../../node/bake/bakeNetwork.js';
import { beginRun, commitName, findRun, recipeId, scanRun, shardFolder } from '../../node/bake/bakeRun.js';
import type { BakeRun } from '../../node/bake/bakeRun.js';
import type { EmbeddedImage } from '../../node/bake/imageRows.js';
import { runInProcess, runJobs } from '../../node/bake/localWorkers.js';
import { readLine } from '../../node/bake/manifest.js';
import { embeddingsOf, readCommit, readShard } from '../../node/bake/shardFile.js';
import { folderSink, memorySink } from '../../node/bake/shardSink.js';
import type { ShardSink } from '../../node/bake/shardSink.js';
import { workerWith } from '../../node/bake/worker.js';
import type { Notice } from '../../node/notice.js';
import type { EmbeddedItem } from './catalogueRows.js';
import { groupSize } from './catalogueRows.js';
import type { WantedItem } from './changes.js';

/** What a bake did. */
export interface IndexReport extends Record<'added' | 'changed' | 'gone' | 'renamed' | 'unchanged', number> {
  /** where the vectors are, without a password */
  catalogue: string;
  /** items in it now */
  items: number;
  /** images that went through the network */
  embedded: number;
  refused: { path: string; reason: string }[];
  /** seconds of embedding and storing, without reading and comparing what was there */
  seconds: number;
  stopped: 'finished' | 'aborted';
}

/** What a bake works with. */
export interface Bakery {
  network: BakeNetwork;
  /** folder that shards are kept in; `null` for the memory */
  staged: string | null;
  signal: AbortSignal | undefined;
  notice: Notice;
  report: IndexReport;
}

/** Some images embedded, in the order in which they were asked for. */
export interface EmbeddedGroup {
  items: EmbeddedItem[];
  /** contents that are done, those that could not be read among them */
  contents: string[];
  /** Called when they are stored: their shard is wanted no more. */
  drop(): Promise<void>;
}

/** The images of a shard with the hashes of their contents, and those that could not be read. */
async function shardImages(sink: ShardSink, id: string) {
  const commit = await readCommit(sink, id);
  if (commit === null) {
    return null;
  }
  const { keys, rows, bad } = commit;
  const keyOf = (line: number) => readLine(keys[line]).key;
  const images = embeddingsOf(commit, await readShard(sink, commit));
  return {
    images: rows.map(({ line, sha256 }, i) => ({ key: keyOf(line), sha256, image: images[i] })),
    bad: bad.map(({ line, reason }) => ({ key: keyOf(line), reason })),
  };
}

/** What bakes that were stopped or killed have left, by content. */
async function earlierImages(staged: string, id: string): Promise<Map<string, EmbeddedImage>> {
  const found = new Map<string, EmbeddedImage>();
  for (const name of await readdir(staged).catch(() => [])) {
    try {
      const sink = folderSink(join(staged, name));
      if ((await findRun(sink))?.id !== id) {
        continue;
      }
      for await (const file of sink.list(shardFolder)) {
        if (file.endsWith('.json')) {
          const shard = await shardImages(sink, file.slice(shardFolder.length, -'.json'.length));
          shard?.images.forEach(({ sha256, image }) => found.set(sha256, image));
        }
      }
    } catch (error) {
      // What cannot be used is made anew.
      if (!(error instanceof WeldonError)) {
        throw error;
      }
    }
  }
  return found;
}

async function* jobsOf(sink: ShardSink, run: BakeRun): AsyncGenerator<BakeJob> {
  for await (const { missing } of scanRun(sink, run)) {
    yield* missing;
  }
}

/** Groups of results that may come in any order, in that of their first lines. */
async function* inOrder<T extends { first: number; lines: number }>(results: AsyncIterable<T>): AsyncGenerator<T> {
  const early = new Map<number, T>();
  let next = 0;
  for await (const result of results) {
    early.set(result.first, result);
    for (let found = early.get(next); found !== undefined; found = early.get(next)) {
      early.delete(next);
      next += found.lines;
      yield found;
    }
  }
  // Of a bake that was stopped, what came behind a gap.
  yield* [...early.values()].sort((a, b) => a.first - b.first);
}

async function* shardsOf(run: BakeRun, sink: ShardSink, { network, signal }: Bakery) {
  const runner = runInProcess(workerWith(run, sink, { ...network, dispose: async () => undefined }));
  try {
    for await (const result of runJobs(jobsOf(sink, run), runner, { signal, attempts: 1 })) {
      if ('reason' in result) {
        throw new Error(result.reason);
      }
      const { id, rows, bad } = result;
      yield { id, first: Number(id.split('-')[0]), lines: rows + bad };
    }
  } finally {
    await runner.close();
  }
}

/**
 * Embeds images, those of equal contents once, and gives them in their order. What earlier bakes have left is not embedded
 * again.
 */
export async function* embedItems(bakery: Bakery, items: readonly WantedItem[]): AsyncGenerator<EmbeddedGroup> {
  const { network, staged, notice, report } = bakery;
  const byContent = new Map<string, WantedItem[]>();
  items.forEach((item) => byContent.set(item.sha256, [...(byContent.get(item.sha256) ?? []), item]));
  const embedded = (sha256: string, image: EmbeddedImage): EmbeddedItem[] =>
    byContent.get(sha256)!.map((item) => ({ item, image }));
  const id = recipeId(network.recipe, null);
  const earlier = staged === null ? new Map<string, EmbeddedImage>() : await earlierImages(staged, id);
  const contents = [...byContent.keys()];
  const known = contents.filter((sha256) => earlier.has(sha256));
  for (let at = 0; at < known.length; at += groupSize) {
    const group = known.slice(at, at + groupSize);
    const images = group.flatMap((sha256) => embedded(sha256, earlier.get(sha256)!));
    yield { items: images, contents: group, drop: async () => undefined };
  }
  const missing = contents.filter((sha256) => !earlier.has(sha256));
  if (missing.length === 0) {
    return;
  }
  earlier.clear();
  const byPath = new Map(missing.map((sha256) => [resolve(byContent.get(sha256)![0].path), sha256]));
  const sink = staged === null ? memorySink() : folderSink(join(staged, await freshName(staged)));
  const images = [...byPath.keys()].map((key) => ({ key }));
  const run = await beginRun(sink, { ...network, chunk: groupSize }, images, { notice });
  for await (const shard of inOrder(shardsOf(run, sink, bakery))) {
    const made = (await shardImages(sink, shard.id))!;
    report.embedded += made.images.length;
    report.refused.push(...made.bad.map(({ key, reason }) => ({ path: key, reason })));
    yield {
      // The hash is that of the bytes that were compared, should they have changed since.
      items: made.images.flatMap(({ key, image }) => embedded(byPath.get(key)!, image)),
      contents: [...made.images, ...made.bad].map(({ key }) => byPath.get(key)!),
      async drop() {
        await sink.remove(commitName(shard.id));
        await sink.remove(`${shardFolder}${shard.id}.safetensors`);
      },
    };
  }
}

async function freshName(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  return String(Math.max(0, ...names.map(Number).filter(Number.isInteger)) + 1);
}
