/** A bake as it lies in its place: `bake.json`, the manifest, the shards; what of it is there, and what is missing. */
import { z } from 'zod';
import { expected, expectedInWords } from '../../errors.js';
import { preprocessingWords } from '../loading/imageTask.js';
import type { Notice } from '../notice.js';
import { plainVariant } from '../../training/augmentation/augmentation.js';
import type { BakeJob, BakeRecipe } from './bakeJob.js';
import { bakeTasks } from './bakeJob.js';
import type { ListedImage, ManifestPart } from './manifest.js';
import { readPart, writeManifest } from './manifest.js';
import type { ShardSink } from './shardSink.js';
import { sha256Of } from '../storage/plainFile.js';

/** Version of shards and of what lies beside them. */
export const bakeVersion = 1;

const runName = 'bake.json';
export const shardFolder = 'shards/';

/** A bake: what is done, to which images. */
export interface BakeRun {
  recipe: BakeRecipe;
  /** of the recipe, and so of its jobs */
  id: string;
  /** lines of a job */
  chunk: number;
  /** images in all */
  lines: number;
  parts: ManifestPart[];
  /** of tags, scores and heat maps */
  classNames: string[] | null;
}

const runSchema = z.object({
  weldonBake: z.literal(bakeVersion),
  recipe: z.looseObject({ task: z.enum(bakeTasks), modelHash: z.string(), engine: z.string() }),
  id: z.string(),
  chunk: z.number().int().min(1),
  lines: z.number().int().min(1),
  parts: z.array(z.object({ name: z.string(), first: z.number(), lines: z.number() })).min(1),
  classNames: z.array(z.string()).nullable(),
});

/** Stands for all that decides what comes of an image. */
export function recipeId({ model: _, resize, input, ...recipe }: BakeRecipe, classNames: readonly string[] | null) {
  const words = preprocessingWords({ rule: resize, input, variant: plainVariant });
  const fields = Object.entries(recipe).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Of(JSON.stringify([bakeVersion, words, fields, classNames])).slice(0, 32);
}

const padded = (line: number) => String(line).padStart(12, '0');

/** Name of a shard: its first line in the whole manifest, and what it is made of. */
export function shardId(recipe: string, first: number, lines: readonly string[]): string {
  return `${padded(first)}-${sha256Of([recipe, ...lines].join('\n')).slice(0, 32)}`;
}

/** The file by which a shard is there. */
export const commitName = (id: string) => `${shardFolder}${id}.json`;

/** @throws WeldonError for one of another version */
function parseRun(bytes: Uint8Array, location: string): BakeRun {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    found = null;
  }
  const version = (found as { weldonBake?: unknown } | null)?.weldonBake;
  if (typeof version === 'number' && version !== bakeVersion) {
    throw expectedInWords(
      location,
      `a bake of version ${bakeVersion}`,
      `one of version ${version}: choose another place, or go on with the weldon that began it`,
    );
  }
  const { success, data } = runSchema.safeParse(found);
  if (!success) {
    throw expectedInWords(location, 'a bake', `a ${runName} that this program did not write`);
  }
  const { recipe, id, chunk, lines, parts, classNames } = data;
  return { recipe: recipe as unknown as BakeRecipe, id, chunk, lines, parts, classNames };
}

/** The bake at a place, `null` for none. @throws WeldonError for one of another version */
export async function findRun(sink: ShardSink): Promise<BakeRun | null> {
  const bytes = await sink.get(runName);
  return bytes === null ? null : parseRun(bytes, sink.location);
}

/** @throws WeldonError where there is none */
export async function openRun(sink: ShardSink): Promise<BakeRun> {
  const run = await findRun(sink);
  if (run === null) {
    throw expectedInWords(sink.location, 'the place of a bake', `one without ${runName}: weldon bake begins one`);
  }
  return run;
}

async function firstForeign(sink: ShardSink): Promise<string | null> {
  for await (const name of sink.list('')) {
    if (!/^(manifest|shards)(\/|$)/.test(name)) {
      return name;
    }
  }
  return null;
}

/**
 * Begins a bake: writes its manifest, and last what says that it is whole.
 *
 * @throws WeldonError for no image at all, and for a place that holds something else
 */
export async function beginRun(
  sink: ShardSink,
  { recipe, chunk, classNames }: Pick<BakeRun, 'recipe' | 'chunk' | 'classNames'>,
  images: AsyncIterable<ListedImage> | Iterable<ListedImage>,
  options: { notice: Notice; partLines?: number },
): Promise<BakeRun> {
  const foreign = await firstForeign(sink);
  if (foreign !== null) {
    throw expectedInWords(
      sink.location,
      'a new place, or that of a bake',
      `one that holds ${foreign}: it stays as it is; choose another`,
    );
  }
  const parts = await writeManifest(sink, images, options);
  const lines = parts.reduce((sum, part) => sum + part.lines, 0);
  const run: BakeRun = { recipe, id: recipeId(recipe, classNames), chunk, lines, parts, classNames };
  await sink.put(runName, Buffer.from(`${JSON.stringify({ weldonBake: bakeVersion, ...run }, null, 1)}\n`));
  return run;
}

/** Some lines of a manifest: a job, or what is left of one whose images went in alone. */
export interface RunChunk {
  job: BakeJob;
  /** first line in the whole manifest */
  first: number;
  /** its lines */
  lines: string[];
  /** the shards that hold them, each with the number of its first line; one where the job was done as a whole */
  shards: { id: string; first: number; lines: number }[];
  /** what is still to be done: the job itself, or single images where others of it are there */
  missing: BakeJob[];
}

/**
 * Goes through a bake from the first line to the last, comparing what should be there with what is, at a memory that does
 * not grow with it. A job counts as done where its shard is there, or single shards of all its images.
 *
 * @param onForeign told of shards that are not of this bake
 * @throws WeldonError for a manifest that was changed
 */
export async function* scanRun(
  sink: ShardSink,
  run: BakeRun,
  { onForeign, signal }: { onForeign?: (name: string) => void; signal?: AbortSignal } = {},
): AsyncGenerator<RunChunk> {
  const names = sink.list(shardFolder)[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => {
    for (;;) {
      const { done, value } = (await names.next()) as IteratorResult<string, undefined>;
      if (done === true) {
        return null;
      }
      if (value.endsWith('.json')) {
        return value.slice(shardFolder.length, -'.json'.length);
      }
    }
  };
  let name = await next();
  for (const part of run.parts) {
    const lines = await readPart(sink, part.name);
    if (lines.length !== part.lines) {
      throw expected(`the lines of ${part.name}`, `${part.lines}, as in ${runName}`, lines.length);
    }
    for (let from = 0; from < lines.length; from += run.chunk) {
      signal?.throwIfAborted();
      const to = Math.min(from + run.chunk, lines.length);
      const [first, own] = [part.first + from, lines.slice(from, to)];
      const there = new Set<string>();
      for (; name !== null && name < padded(part.first + to); name = await next()) {
        there.add(name);
      }
      const job: BakeJob = { out: sink.location, recipe: run.id, manifest: part.name, from, to };
      const chunk: RunChunk = { job, first, lines: own, shards: [], missing: [] };
      const whole = shardId(run.id, first, own);
      if (there.delete(whole)) {
        chunk.shards.push({ id: whole, first, lines: own.length });
      } else if (there.size === 0 || own.length === 1) {
        chunk.missing.push(job);
      }
      const done = chunk.shards.length + chunk.missing.length > 0;
      for (const [i, line] of there.size === 0 ? [] : own.entries()) {
        const id = shardId(run.id, first + i, [line]);
        if (there.delete(id)) {
          // Beside the whole one it says the same.
          chunk.shards.push(...(done ? [] : [{ id, first: first + i, lines: 1 }]));
        } else if (!done) {
          chunk.missing.push({ ...job, from: from + i, to: from + i + 1 });
        }
      }
      if (!done && chunk.shards.length === 0) {
        chunk.missing = [job];
      }
      there.forEach((each) => onForeign?.(each));
      yield chunk;
    }
  }
  for (; name !== null; name = await next()) {
    onForeign?.(name);
  }
}
