import { atomicStream } from '../../node/storage/atomicWrite.js';
import { optionalPackages } from '../../node/vectorStores/optionalPackage.js';
import { imagesOf } from './collected.js';
import type { Collected, CollectedShard } from './collected.js';
import { numbersAt, rowRanges } from './collectedFiles.js';

/** The part of hyparquet-writer that is used here, spelt out so that it stays optional. */
interface ParquetPackage {
  ByteWriter: new () => { buffer: ArrayBuffer; index: number };
  ParquetWriter: new (options: object) => {
    write(options: { columnData: { name: string; data: unknown[] }[]; rowGroupSize: number }): void | Promise<void>;
    finish(): void;
  };
}

interface SchemaElement {
  name: string;
  type?: 'BYTE_ARRAY' | 'INT32' | 'FLOAT';
  converted_type?: 'UTF8' | 'LIST' | 'JSON';
  repetition_type?: 'REQUIRED' | 'OPTIONAL' | 'REPEATED';
  num_children?: number;
}

type Cell = string | number | readonly (string | number | object)[] | undefined;

/** A column: how it is stored, and the cell of a row; `i` is the place of its numbers along the first side. */
interface Column {
  name: string;
  schema: SchemaElement[];
  cell(shard: CollectedShard, row: number, i: number): Cell;
}

const optional = (name: string, type: SchemaElement['type'], converted_type?: SchemaElement['converted_type']) => [
  { name, type, repetition_type: 'OPTIONAL' as const, ...(converted_type === undefined ? {} : { converted_type }) },
];

const list = (name: string, element: Omit<SchemaElement, 'name'>): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', ...element },
];

const floats = (name: string, from: string): Column => ({
  name,
  schema: list(name, { type: 'FLOAT' }),
  cell: (shard, _, i) => numbersAt(shard, from, [i, i + 1]),
});

/** Columns of what a task makes of an image. */
function columnsOf({ run: { recipe, classNames } }: Collected): Column[] {
  switch (recipe.task) {
    case 'tags':
      return [
        { name: 'tags', schema: optional('tags', 'BYTE_ARRAY', 'JSON'), cell: ({ content }, row) => content.tags[row] },
      ];
    case 'scores':
      return [floats('scores', 'scores')];
    case 'features':
      return [floats('features', 'features')];
    case 'heatmaps':
      return [
        {
          name: 'classes',
          schema: list('classes', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
          cell: (shard, _, i) => numbersAt(shard, 'classes', [i, i + 1]).map((c) => classNames![c]),
        },
        floats('scores', 'scores'),
        floats('maps', 'maps'),
      ];
    case 'embeddings':
      return [floats('vector', 'vectors'), ...(recipe.crops === 0 ? [] : [floats('box', 'boxes')])];
  }
}

/** The pieces of one kind of column that the manifest and the image give. */
const imageColumns = [
  { name: 'sha256', schema: optional('sha256', 'BYTE_ARRAY', 'UTF8') },
  { name: 'width', schema: optional('width', 'INT32') },
  { name: 'height', schema: optional('height', 'INT32') },
  { name: 'error', schema: optional('error', 'BYTE_ARRAY', 'UTF8') },
] as const;

/** Rows of a group at most, and numbers in them: few enough for the memory, enough for readers. */
const groupRows = 4096;
const groupNumbers = 4e6;

/**
 * One row an image (of embeddings with crops one a vector), of those that could not be read with the reason: `key`,
 * `sha256`, `width`, `height`, `error`, and what the task makes. Numbers of several sides are one list; the metadata say
 * their `dim`.
 */
export async function writeParquet(collected: Collected, to: string): Promise<string[]> {
  const [found] = await optionalPackages({ 'hyparquet-writer': '^0.17.0' }, 'Parquet');
  const { ByteWriter, ParquetWriter } = found as ParquetPackage;
  const columns = columnsOf(collected);
  const key: SchemaElement = { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' };
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 1 + imageColumns.length + columns.length },
    key,
    ...imageColumns.flatMap((column): SchemaElement[] => column.schema),
    ...columns.flatMap((column) => column.schema),
  ];
  const { recipe } = collected.run;
  let dim: number[] | null = null;
  for await (const { commit } of collected.shards(false)) {
    dim = commit.dim;
    if (commit.rows.length > 0) {
      break;
    }
  }
  await atomicStream(to, async (write) => {
    const bytes = new ByteWriter();
    const kvMetadata = [
      { key: 'weldon.recipe', value: JSON.stringify(recipe) },
      { key: 'weldon.dim', value: JSON.stringify(dim) },
    ];
    const parquet = new ParquetWriter({ writer: bytes, schema, kvMetadata });
    const flush = async () => {
      await write(new Uint8Array(bytes.buffer.slice(0, bytes.index)));
      bytes.index = 0;
    };
    let group: Cell[][] = [];
    let numbers = 0;
    const writeGroup = async () => {
      const names = ['key', ...imageColumns.map(({ name }) => name), ...columns.map(({ name }) => name)];
      const columnData = names.map((name, i) => ({ name, data: group.map((row) => row[i]) }));
      await parquet.write({ columnData, rowGroupSize: groupRows });
      group = [];
      numbers = 0;
      await flush();
    };
    for await (const shard of collected.shards()) {
      const ranges = rowRanges(shard);
      for (const image of imagesOf(shard)) {
        const head = [image.key, ...imageColumns.map(({ name }) => image[name])];
        const { row } = image;
        if (row === null) {
          group.push([...head, ...columns.map(() => undefined)]);
          continue;
        }
        for (let i = ranges[row][0]; i < ranges[row][1]; i++) {
          const cells = columns.map(({ cell }) => cell(shard, row, i));
          group.push([...head, ...cells]);
          numbers += cells.reduce<number>((sum, cell) => sum + (Array.isArray(cell) ? cell.length : 1), 0);
        }
      }
      if (group.length >= groupRows || numbers >= groupNumbers) {
        await writeGroup();
      }
    }
    if (group.length > 0) {
      await writeGroup();
    }
    parquet.finish();
    await flush();
  });
  return [to];
}
