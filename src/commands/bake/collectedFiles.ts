/** Shards as one file: JSON lines, NumPy, safetensors; beside the last two, what every row is. */
import { expectedInWords } from '../../errors.js';
import { storeFloat16 } from '../../formats/float16.js';
import { npyHead } from '../../formats/npy.js';
import { safetensorsHead } from '../../formats/safetensors.js';
import { mainNumbers } from '../../node/bake/shardFile.js';
import { atomicStream } from '../../node/storage/atomicWrite.js';
import { imagesOf } from './collected.js';
import type { Collected, CollectedShard } from './collected.js';

/** Where the numbers of each row of a shard begin and end along the first side: one an image, but of embeddings with crops. */
export function rowRanges({ commit, content }: CollectedShard): [begin: number, end: number][] {
  const owners = content.numbers.get('image')?.values;
  if (owners === undefined) {
    return commit.rows.map((_, i) => [i, i + 1]);
  }
  const ranges: [number, number][] = commit.rows.map(() => [0, 0]);
  owners.forEach((owner, i) => {
    ranges[owner] = ranges[owner][1] === 0 ? [i, i + 1] : [ranges[owner][0], i + 1];
  });
  return ranges;
}

/** Numbers of a shard along the first side. */
export function numbersAt(
  { content }: CollectedShard,
  name: string,
  [begin, end]: readonly [number, number],
): number[] {
  const { shape, values } = content.numbers.get(name)!;
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  return Array.from(values.subarray(begin * size, end * size));
}

/** What is made of an image, for a text. */
function fieldsOf(collected: Collected, shard: CollectedShard, row: number, range: readonly [number, number]): object {
  const { recipe, classNames } = collected.run;
  const whole = (name: string) => numbersAt(shard, name, range);
  const { dim } = shard.commit;
  switch (recipe.task) {
    case 'tags':
      return { tags: shard.content.tags[row] };
    case 'scores':
      return { scores: whole('scores') };
    case 'features':
      return { dim, features: whole('features') };
    case 'heatmaps': {
      const classes = whole('classes').map((c) => classNames![c]);
      return { classes, scores: whole('scores'), dim, maps: whole('maps') };
    }
    case 'embeddings': {
      const each = Array.from({ length: range[1] - range[0] }, (_, i) => [range[0] + i, range[0] + i + 1] as const);
      const rows = (name: string) => each.map((one) => numbersAt(shard, name, one));
      return recipe.crops === 0 ? { vector: rows('vectors')[0] } : { vectors: rows('vectors'), boxes: rows('boxes') };
    }
  }
}

/** A line an image: `{"key", "sha256", "width", "height", …}`, or `{"key", "error"}`. */
export async function writeJsonLines(collected: Collected, to: string): Promise<string[]> {
  await atomicStream(to, async (write) => {
    for await (const shard of collected.shards()) {
      const ranges = rowRanges(shard);
      const lines = imagesOf(shard).map(({ row, ...image }) => ({
        ...image,
        ...(row === null ? {} : fieldsOf(collected, shard, row, ranges[row])),
      }));
      await write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
  });
  return [to];
}

/** Says what every row of a file is, a line a row, then a line for each image without one. */
async function fillRows(collected: Collected, write: (piece: string) => Promise<void>): Promise<void> {
  let next = 0;
  for await (const shard of collected.shards(false)) {
    const ranges = rowRanges(shard);
    const hasBoxes = (collected.run.recipe.crops ?? 0) > 0;
    const lines = imagesOf(shard).flatMap(({ row, ...image }): object[] => {
      if (row === null) {
        return [{ row, ...image }];
      }
      const [begin, end] = ranges[row];
      return Array.from({ length: end - begin }, (_, i) => ({
        row: next++,
        ...image,
        ...(hasBoxes ? { box: numbersAt(shard, 'boxes', [begin + i, begin + i + 1]) } : {}),
      }));
    });
    await write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

/** Writes a file of numbers and beside it `….rows.jsonl`, which says what its rows are: both or neither. */
async function writeWithRows(
  collected: Collected,
  to: string,
  fill: (write: (piece: Uint8Array | string) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const rows = `${to.replace(/\.[^./\\]+$/, '')}.rows.jsonl`;
  await atomicStream(rows, async (write) => {
    await fillRows(collected, write);
    await atomicStream(to, fill);
  });
  return [to, rows];
}

/** The main numbers of all images as one array. */
export async function writeNpy(collected: Collected, to: string): Promise<string[]> {
  const name = mainNumbers[collected.run.recipe.task] as string;
  const { shape, isHalf } = (await tensorsOf(collected)).find((tensor) => tensor.name === name)!;
  return writeWithRows(collected, to, async (write) => {
    await write(npyHead(shape, isHalf ? '<f2' : '<f4'));
    for await (const shard of collected.shards()) {
      await write(bytesOf(shard, name, isHalf, 0));
    }
  });
}

interface CollectedTensor {
  name: string;
  shape: number[];
  isHalf: boolean;
  isWhole: boolean;
}

/** The tensors of all shards together. */
async function tensorsOf(collected: Collected): Promise<CollectedTensor[]> {
  const { task, dtype } = collected.run.recipe;
  const tensors = new Map<string, CollectedTensor>();
  for await (const { content } of collected.shards(false)) {
    for (const [name, { shape, values }] of content.numbers) {
      const found = tensors.get(name);
      if (found === undefined) {
        const isHalf = dtype === 'float16' && name === mainNumbers[task];
        tensors.set(name, { name, shape: [...shape], isHalf, isWhole: values instanceof Int32Array });
      } else if (String(found.shape.slice(1)) === String(shape.slice(1))) {
        found.shape[0] += shape[0];
      } else {
        throw expectedInWords(
          `the shards' ${name}`,
          `all of [${found.shape.slice(1).join(', ')}]`,
          `[${shape.slice(1).join(', ')}]`,
        );
      }
    }
  }
  return [...tensors.values()];
}

/** Numbers of a shard as they are stored; `image` counts from the rows before. */
function bytesOf({ content }: CollectedShard, name: string, isHalf: boolean, rowsBefore: number): Uint8Array {
  const given = content.numbers.get(name)?.values;
  if (given === undefined) {
    return new Uint8Array();
  }
  let values: Float32Array | Int32Array | Uint16Array = given;
  if (isHalf) {
    values = new Uint16Array(given.length);
    storeFloat16(given as Float32Array, values);
  } else if (name === 'image') {
    values = (given as Int32Array).map((row) => row + rowsBefore);
  }
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** All numbers, under the names that they have in the shards. */
export async function writeSafetensors(collected: Collected, to: string): Promise<string[]> {
  const { recipe } = collected.run;
  const tensors = await tensorsOf(collected);
  const types = tensors.map(({ name, shape, isHalf, isWhole }) => ({
    name,
    shape,
    dtype: isWhole ? ('I32' as const) : isHalf ? ('F16' as const) : ('F32' as const),
  }));
  const { head, order } = safetensorsHead(types, { task: recipe.task, recipe: JSON.stringify(recipe) });
  return writeWithRows(collected, to, async (write) => {
    await write(head);
    for (const [i, name] of order.entries()) {
      let rowsBefore = 0;
      const { isHalf } = tensors.find((tensor) => tensor.name === name)!;
      for await (const shard of collected.shards(i === 0)) {
        await write(bytesOf(shard, name, isHalf, rowsBefore));
        rowsBefore += shard.commit.rows.length;
      }
    }
  });
}
