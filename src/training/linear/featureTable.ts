import { expectedInWords } from '../../errors.js';

/** Examples as rows of numbers, one after the other. */
export interface FeatureTable {
  values: Float32Array;
  /** numbers per row, >= 1 */
  size: number;
}

export function rowCount({ values, size }: FeatureTable): number {
  return values.length / size;
}

/** Refuses a table and class numbers that do not belong together; gives the number of classes. */
export function checkTable(table: FeatureTable, labels: ArrayLike<number>, owner: string): number {
  const rows = rowCount(table);
  if (!Number.isInteger(table.size) || table.size < 1 || !Number.isInteger(rows) || rows < 1) {
    throw expectedInWords(
      `the features for ${owner}`,
      'one or more rows of size numbers',
      `${table.values.length} numbers in rows of ${table.size}`,
    );
  }
  const bad = table.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw expectedInWords(
      `the features for ${owner}`,
      'finite numbers',
      `${table.values[bad]} in row ${Math.floor(bad / table.size)}`,
    );
  }
  if (labels.length !== rows) {
    throw expectedInWords(`the labels for ${owner}`, `${rows}, one per row`, `${labels.length}`);
  }
  const numbers = Array.from(labels);
  if (!numbers.every((label) => Number.isInteger(label) && label >= 0)) {
    throw expectedInWords(`the labels for ${owner}`, 'class numbers from 0', 'others');
  }
  const classes = Math.max(...new Set(numbers)) + 1;
  if (new Set(numbers).size !== classes || classes < 2) {
    throw expectedInWords(
      `the labels for ${owner}`,
      'two classes or more, each with an example',
      `${new Set(numbers).size} of ${classes} classes`,
    );
  }
  return classes;
}

/** Chosen rows of a table. */
export function takeRows({ values, size }: FeatureTable, rows: ArrayLike<number>): FeatureTable {
  const taken = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    taken.set(values.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  }
  return { values: taken, size };
}
