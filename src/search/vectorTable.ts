/** Rows of numbers as they are kept in memory, and inner products with them. */
import { readFloat16, storeFloat16 } from '../formats/float16.js';
import type { VectorStorage } from './vectorStore.js';

/** Rows of one length in one long array, which grows. */
export interface VectorTable {
  readonly rows: number;
  /** Adds a row behind the others. */
  push(vector: Float32Array): void;
  /** The numbers of a row as they were kept. */
  read(row: number): Float32Array;
  /** The same, into a longer table. */
  load(row: number, into: Float32Array, at: number): void;
  /** The arrays behind the rows, for a file. */
  arrays(): VectorArrays;
  /** Keeps these rows only, in this order. */
  compact(rows: readonly number[]): void;
}

/** `values` holds float32, the bits of float16, or whole numbers that `scales` (one a row) and `last` complete. */
export interface VectorArrays {
  values: Float32Array | Uint16Array | Int8Array;
  scales?: Float32Array;
  last?: Float32Array;
}

type Growing = Float32Array | Uint16Array | Int8Array;

function grown<T extends Growing>(array: T, length: number): T {
  if (length <= array.length) {
    return array;
  }
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}

/**
 * @param dimension numbers in a row
 * @param kept what {@link VectorTable.arrays} gave
 */
export function vectorTable(storage: VectorStorage, dimension: number, kept?: VectorArrays): VectorTable {
  // The last number is added to every window score as it is: eight bits are too few for it.
  const width = storage === 'int8' ? dimension - 1 : dimension;
  const empty = { float32: Float32Array, float16: Uint16Array, int8: Int8Array }[storage];
  let values: Growing = kept?.values ?? new empty(0);
  let scales = kept?.scales ?? new Float32Array(0);
  let last = kept?.last ?? new Float32Array(0);
  let rows = values.length / width;
  const widened: Float32Array<ArrayBuffer> = new Float32Array(dimension);

  function write(vector: Float32Array, row: number): void {
    const at = row * width;
    if (values instanceof Float32Array) {
      values.set(vector, at);
    } else if (values instanceof Uint16Array) {
      storeFloat16(vector.slice(), values.subarray(at, at + width));
    } else {
      let largest = 0;
      for (let i = 0; i < width; i++) {
        largest = Math.max(largest, Math.abs(vector[i]));
      }
      scales[row] = largest / 127;
      last[row] = vector[width];
      for (let i = 0; i < width; i++) {
        values[at + i] = Math.round((vector[i] / largest) * 127);
      }
    }
  }

  function read(row: number, into: Float32Array<ArrayBuffer>): void {
    const part = values.subarray(row * width, (row + 1) * width);
    if (part instanceof Uint16Array) {
      readFloat16(part, into);
    } else {
      into.set(part);
    }
    if (storage === 'int8') {
      for (let i = 0; i < width; i++) {
        into[i] *= scales[row];
      }
      into[width] = last[row];
    }
  }

  return {
    get rows() {
      return rows;
    },
    push(vector) {
      values = grown(values, (rows + 1) * width);
      if (storage === 'int8') {
        scales = grown(scales, rows + 1);
        last = grown(last, rows + 1);
      }
      write(vector, rows);
      rows++;
    },
    read(row) {
      const numbers = new Float32Array(dimension);
      read(row, numbers);
      return numbers;
    },
    load(row, into, at) {
      if (values instanceof Float32Array) {
        into.set(values.subarray(row * width, (row + 1) * width), at);
      } else {
        read(row, widened);
        into.set(widened, at);
      }
    },
    arrays: () => ({
      values: values.subarray(0, rows * width),
      ...(storage === 'int8' && { scales: scales.subarray(0, rows), last: last.subarray(0, rows) }),
    }),
    compact(chosen) {
      const before = { values, scales, last };
      values = new empty(chosen.length * width);
      chosen.forEach((row, i) => values.set(before.values.subarray(row * width, (row + 1) * width), i * width));
      if (storage === 'int8') {
        scales = Float32Array.from(chosen, (row) => before.scales[row]);
        last = Float32Array.from(chosen, (row) => before.last[row]);
      }
      rows = chosen.length;
    },
  };
}

/**
 * Inner products of every query with every row. Four queries and two rows at a time, so that a number that was read
 * serves several products; each product is summed from the first number to the last, whatever stands beside it, so that
 * equal rows have equal scores.
 *
 * @param queries `[queryCount, dimension]`
 * @param rows `[rowCount, dimension]`
 * @param out `[queryCount, rowCount]`, written
 */
export function innerProducts(
  queries: Float64Array,
  queryCount: number,
  rows: Float64Array,
  rowCount: number,
  dimension: number,
  out: Float64Array,
): void {
  let query = 0;
  for (; query + 4 <= queryCount; query += 4) {
    const q0 = query * dimension;
    const [q1, q2, q3] = [q0 + dimension, q0 + 2 * dimension, q0 + 3 * dimension];
    let row = 0;
    for (; row + 2 <= rowCount; row += 2) {
      const r0 = row * dimension;
      const r1 = r0 + dimension;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let i = 0; i < dimension; i++) {
        // Not as one destructuring, which takes three times as long here.
        const x0 = rows[r0 + i];
        const x1 = rows[r1 + i];
        const y0 = queries[q0 + i];
        const y1 = queries[q1 + i];
        const y2 = queries[q2 + i];
        const y3 = queries[q3 + i];
        s00 += y0 * x0;
        s01 += y0 * x1;
        s10 += y1 * x0;
        s11 += y1 * x1;
        s20 += y2 * x0;
        s21 += y2 * x1;
        s30 += y3 * x0;
        s31 += y3 * x1;
      }
      const at = query * rowCount + row;
      out[at] = s00;
      out[at + 1] = s01;
      out[at + rowCount] = s10;
      out[at + rowCount + 1] = s11;
      out[at + 2 * rowCount] = s20;
      out[at + 2 * rowCount + 1] = s21;
      out[at + 3 * rowCount] = s30;
      out[at + 3 * rowCount + 1] = s31;
    }
    for (; row < rowCount; row++) {
      for (let one = query; one < query + 4; one++) {
        out[one * rowCount + row] = product(queries, one * dimension, rows, row * dimension, dimension);
      }
    }
  }
  for (; query < queryCount; query++) {
    for (let row = 0; row < rowCount; row++) {
      out[query * rowCount + row] = product(queries, query * dimension, rows, row * dimension, dimension);
    }
  }
}

function product(a: Float64Array, aAt: number, b: Float64Array, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum += a[aAt + i] * b[bAt + i];
  }
  return sum;
}
