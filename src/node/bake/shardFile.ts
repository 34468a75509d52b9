/** A shard on the disk: its data, and the JSON by which it is there. */
import { z } from 'zod';
import { expectedInWords, WeldonError } from '../../errors.js';
import { encodeSafetensors, safetensors } from '../../formats/safetensors.js';
import type { SafetensorsTensor } from '../../formats/safetensors.js';
import { roundFeatures } from '../features/featureShard.js';
import type { BakeRecipe } from './bakeJob.js';
import { bakeVersion, commitName, shardFolder } from './bakeRun.js';
import { embeddedImage } from './imageRows.js';
import type { BakedTag, EmbeddedImage, ImageRow, RowNumbers } from './imageRows.js';
import type { ShardSink } from './shardSink.js';
import { sha256Of } from '../storage/plainFile.js';

/** The JSON beside a shard's data. */
export interface ShardCommit {
  id: string;
  recipe: string;
  /** number of its first line in the whole manifest */
  first: number;
  /** its lines of the manifest, as they are */
  keys: string[];
  /** the images that were read, in the order of the data: their line, from 0 in `keys`, the hash of their bytes, size in pixels */
  rows: { line: number; sha256: string; width: number; height: number }[];
  /** the others, with the reason */
  bad: { line: number; reason: string }[];
  /** of the main numbers of one image, `null` where all are bad, and for tags */
  dim: number[] | null;
  /** file of the data beside it; `null` where all are bad */
  data: { name: string; bytes: number; sha256: string } | null;
}

const commitSchema = z.object({
  weldonShard: z.literal(bakeVersion),
  id: z.string(),
  recipe: z.string(),
  first: z.number(),
  keys: z.array(z.string()),
  rows: z.array(z.object({ line: z.number(), sha256: z.string(), width: z.number(), height: z.number() })),
  bad: z.array(z.object({ line: z.number(), reason: z.string() })),
  dim: z.array(z.number()).nullable(),
  data: z.object({ name: z.string(), bytes: z.number(), sha256: z.string() }).nullable(),
});

/** One image of a shard: what came of it. */
export type ShardLine = { sha256: string; row: ImageRow } | { reason: string };

/** The numbers that a task is about; others stand beside them. */
export const mainNumbers = {
  features: 'features',
  embeddings: 'vectors',
  scores: 'scores',
  heatmaps: 'maps',
  tags: null,
};

/** Numbers of all images as one tensor. Embeddings, of which an image may have several, one after the other. */
function stacked(
  name: string,
  rows: readonly RowNumbers[],
  task: BakeRecipe['task'],
  half: boolean,
): SafetensorsTensor {
  const [{ shape: first, values: some }] = rows;
  const size = rows.reduce((sum, { values }) => sum + values.length, 0);
  const values = some instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  let at = 0;
  for (const row of rows) {
    values.set(row.values, at);
    at += row.values.length;
  }
  const shape =
    task === 'embeddings'
      ? [rows.reduce((sum, row) => sum + row.shape[0], 0), ...first.slice(1)]
      : [rows.length, ...first];
  if (values instanceof Int32Array || !half || name !== mainNumbers[task]) {
    return { name, shape, values };
  }
  return { name, shape, dtype: 'F16', values: roundFeatures({ shape, values }, 'float16').numbers };
}

function encodeRows(rows: readonly ImageRow[], { task, dtype }: BakeRecipe): { ending: string; bytes: Uint8Array } {
  if (task === 'tags') {
    return { ending: 'jsonl', bytes: Buffer.from(rows.map(({ tags }) => `${JSON.stringify(tags)}\n`).join('')) };
  }
  const names = Object.keys(rows[0].numbers);
  const tensors = names.map((name) =>
    stacked(
      name,
      rows.map(({ numbers }) => numbers[name]),
      task,
      dtype === 'float16',
    ),
  );
  if (task === 'embeddings') {
    const counts = rows.map(({ numbers }) => numbers.vectors.shape[0]);
    const owners = Int32Array.from(counts.flatMap((count, i) => Array.from({ length: count }, () => i)));
    tensors.push({ name: 'image', shape: [owners.length], values: owners });
  }
  return { ending: 'safetensors', bytes: encodeSafetensors(tensors, { weldonShard: String(bakeVersion), task }) };
}

/** Why numbers of one image cannot be kept, or null. */
export function refusedNumbers({ numbers }: ImageRow, { task, dtype }: BakeRecipe): WeldonError | null {
  const main = mainNumbers[task];
  try {
    for (const [name, { shape, values }] of Object.entries(numbers)) {
      if (values instanceof Float32Array) {
        roundFeatures({ shape, values }, name === main ? dtype : 'float32');
      }
    }
    return null;
  } catch (error) {
    if (error instanceof WeldonError) {
      return error;
    }
    throw error;
  }
}

/**
 * Writes a shard: the data, and when they are there the JSON by which they count.
 *
 * @throws WeldonError for a place that cannot be written
 */
export async function writeShard(
  sink: ShardSink,
  shard: Pick<ShardCommit, 'id' | 'recipe' | 'first' | 'keys'>,
  lines: readonly ShardLine[],
  recipe: BakeRecipe,
): Promise<ShardCommit> {
  const good = lines.flatMap((line, i) => ('row' in line ? [{ line: i, ...line }] : []));
  const bad = lines.flatMap((line, i) => ('reason' in line ? [{ line: i, reason: line.reason }] : []));
  const main = mainNumbers[recipe.task];
  let data: ShardCommit['data'] = null;
  if (good.length > 0) {
    const { ending, bytes } = encodeRows(
      good.map(({ row }) => row),
      recipe,
    );
    data = { name: `${shard.id}.${ending}`, bytes: bytes.length, sha256: sha256Of(bytes) };
    await sink.put(shardFolder + data.name, bytes);
  }
  const { id, recipe: made, first, keys } = shard;
  const commit: ShardCommit = {
    ...{ id, recipe: made, first, keys },
    rows: good.map(({ line, sha256, row: { width, height } }) => ({ line, sha256, width, height })),
    bad,
    dim:
      good.length === 0 || main === null
        ? null
        : good[0].row.numbers[main].shape.slice(recipe.task === 'embeddings' ? 1 : 0),
    data,
  };
  await sink.put(commitName(id), Buffer.from(`${JSON.stringify({ weldonShard: bakeVersion, ...commit })}\n`));
  return commit;
}

/** What is said of a shard; `null` where there is none, or nothing that can be read. */
export async function readCommit(sink: ShardSink, id: string): Promise<ShardCommit | null> {
  const bytes = await sink.get(commitName(id));
  if (bytes === null) {
    return null;
  }
  try {
    const { success, data } = commitSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    return success && data.id === id ? data : null;
  } catch {
    return null;
  }
}

/** Numbers of a shard as they are stored, in full precision. */
export type ShardNumbers = Map<string, { shape: readonly number[]; values: Float32Array | Int32Array }>;

export type ShardContent = { numbers: ShardNumbers; tags: BakedTag[][] };

/**
 * The data of a shard.
 *
 * @throws WeldonError for data that are gone, or not those that were written
 */
export async function readShard(
  sink: ShardSink,
  { id, data }: Pick<ShardCommit, 'id' | 'data'>,
): Promise<ShardContent> {
  const content: ShardContent = { numbers: new Map(), tags: [] };
  if (data === null) {
    return content;
  }
  const bytes = await sink.get(shardFolder + data.name);
  const place = `${sink.location}/${shardFolder}${data.name}`;
  const remedy = 'weldon bake status --check makes room for it, and weldon bake makes it anew';
  if (bytes === null) {
    throw expectedInWords(place, `the data of shard ${id}`, `none: ${remedy}`);
  }
  if (bytes.length !== data.bytes || sha256Of(bytes) !== data.sha256) {
    throw expectedInWords(place, 'as it was written', `other bytes: ${remedy}`);
  }
  if (data.name.endsWith('.jsonl')) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    content.tags = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BakedTag[]);
    return content;
  }
  const file = await safetensors(bytes);
  for (const [name, shape] of file.shapes) {
    content.numbers.set(name, { shape, values: (await file.readStored(name)) as Float32Array | Int32Array });
  }
  return content;
}

/** The images of a shard of embeddings, in the order of its rows. */
export function embeddingsOf({ rows }: ShardCommit, { numbers }: ShardContent): EmbeddedImage[] {
  const [vectors, boxes, image] = ['vectors', 'boxes', 'image'].map((name) => numbers.get(name)!);
  const depth = vectors?.shape[1] ?? 0;
  let at = 0;
  return rows.map(({ width, height }, owner) => {
    const begin = at;
    while (image.values[at] === owner) {
      at++;
    }
    const part = ({ values }: typeof vectors, side: number): RowNumbers => ({
      shape: [at - begin, side],
      values: values.subarray(begin * side, at * side),
    });
    return embeddedImage({ width, height, numbers: { vectors: part(vectors, depth), boxes: part(boxes, 4) } });
  });
}
