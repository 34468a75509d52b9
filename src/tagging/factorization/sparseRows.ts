import { expected, expectedInWords } from '../../errors.js';

/** A matrix of which most numbers are 0, row after row (CSR). */
export interface SparseRows {
  rows: number;
  columns: number;
  /** where each row begins in `indices` and `values`; one more number than rows, the last the end */
  starts: Int32Array;
  /** columns of the numbers that are not 0, rising within a row */
  indices: Int32Array;
  values: Float64Array;
}

/** The numbers of a row that are not 0: columns and values, or all numbers one after the other. */
export type RowNumbers = ArrayLike<number> | ReadonlyArray<readonly [column: number, value: number]>;

const isPair = (entry: unknown): entry is readonly [number, number] => Array.isArray(entry);

/**
 * Keeps the numbers that are not 0, such as the weights of images' tags.
 *
 * @param rows each all `columns` numbers of a row, or pairs of column and value in any order; a column that comes twice
 *   counts by its sum
 * @throws WeldonError for a column that does not exist, a row of another length, NaN, and infinite or negative numbers
 *
 * @example
 * sparseRows([[[0, 0.9], [3, 0.2]], []], 4); // two images, the second without a tag
 */
export function sparseRows(rows: readonly RowNumbers[], columns: number): SparseRows {
  if (!Number.isInteger(columns) || columns < 1) {
    throw expected('columns for sparseRows', 'a whole number >= 1', columns);
  }
  const starts = new Int32Array(rows.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  rows.forEach((row, i) => {
    const dense = row.length > 0 && !isPair(row[0]);
    if (dense && row.length !== columns) {
      throw expectedInWords(`row ${i} for sparseRows`, `${columns} numbers`, `${row.length}`);
    }
    const pairs = dense
      ? Array.from(row as ArrayLike<number>, (value, column) => [column, value] as const)
      : [...(row as ReadonlyArray<readonly [number, number]>)].sort((a, b) => a[0] - b[0]);
    pairs.forEach(([column, value]) => {
      if (!Number.isInteger(column) || column < 0 || column >= columns) {
        throw expected(`a column of row ${i} for sparseRows`, `a whole number from 0 to ${columns - 1}`, column);
      }
      if (!(value >= 0 && value < Infinity)) {
        throw expected(`the number in row ${i}, column ${column} for sparseRows`, 'finite and >= 0', value);
      }
      if (value > 0 && indices.length > starts[i] && indices[indices.length - 1] === column) {
        values[values.length - 1] += value;
      } else if (value > 0) {
        indices.push(column);
        values.push(value);
      }
    });
    starts[i + 1] = indices.length;
  });
  return { rows: rows.length, columns, starts, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

/** Columns as rows. */
export function transposed({ rows, columns, starts, indices, values }: SparseRows): SparseRows {
  const turned = {
    rows: columns,
    columns: rows,
    starts: new Int32Array(columns + 1),
    indices: new Int32Array(indices.length),
    values: new Float64Array(values.length),
  };
  indices.forEach((column) => turned.starts[column + 1]++);
  for (let column = 0; column < columns; column++) {
    turned.starts[column + 1] += turned.starts[column];
  }
  const next = turned.starts.slice();
  for (let i = 0; i < rows; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const place = next[indices[at]]++;
      turned.indices[place] = i;
      turned.values[place] = values[at];
    }
  }
  return turned;
}

/** Refuses what only looks like sparse rows, as one made by hand may. */
export function checkSparseRows(matrix: SparseRows, owner: string): void {
  const { rows, columns, starts, indices, values } = matrix;
  const fits =
    rows >= 1 &&
    columns >= 1 &&
    starts.length === rows + 1 &&
    starts[0] === 0 &&
    starts[rows] === values.length &&
    indices.length === values.length &&
    starts.every((start, i) => i === 0 || start >= starts[i - 1]) &&
    indices.every((column) => column >= 0 && column < columns);
  if (!fits) {
    throw expectedInWords(`the matrix for ${owner}`, 'one or more rows as sparseRows gives them', 'another');
  }
  const bad = values.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) {
    throw expected(`the numbers of the matrix for ${owner}`, 'finite and >= 0', bad);
  }
}
