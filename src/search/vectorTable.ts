/** Rows of numbers as they are kept in memory. */
import { expectedInWords } from '../errors.js';
import { readFloat16, storeFloat16 } from '../formats/float16.js';
import type { ResidentProducts } from './fastProducts.js';
import { residentRows } from './fastProducts.js';
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
  /** Products of queries with rows where they lie; `null` where rows have to be loaded. */
  open(queries: Float64Array, queryCount: number): ResidentProducts | null;
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

/** From so many rows on, single precision lies in the module's memory: each memory takes addresses by the gigabyte. */
const manyRows = 512;

/**
 * @param dimension numbers in a row
 * @param kept what {@link VectorTable.arrays} gave
 */
export function vectorTable(storage: VectorStorage, dimension: number, kept?: VectorArrays): VectorTable {
  let table = plainTable(storage, dimension, kept);
  let mayMove = storage === 'float32';
  /** Moves to the module's memory what has become large. */
  const move = () => {
    if (mayMove && table.rows >= manyRows) {
      mayMove = false;
      table = residentTable(table, dimension) ?? table;
    }
  };
  move();
  return {
    get rows() {
      return table.rows;
    },
    push(vector) {
      table.push(vector);
      move();
    },
    read: (row) => table.read(row),
    load: (row, into, at) => table.load(row, into, at),
    arrays: () => table.arrays(),
    compact: (rows) => table.compact(rows),
    open: (queries, queryCount) => table.open(queries, queryCount),
  };
}

/** A table's rows in the module's memory; `null` where that cannot be had. */
function residentTable(from: VectorTable, dimension: number): VectorTable | null {
  const resident = residentRows(dimension);
  if (resident === null || !resident.reserve(from.rows)) {
    return null;
  }
  let { rows } = from;
  for (let row = 0; row < rows; row++) {
    from.load(row, resident.row(row), 0);
  }
  const dense = (chosen: readonly number[]) => {
    const values = new Float32Array(chosen.length * dimension);
    chosen.forEach((row, i) => values.set(resident.row(row), i * dimension));
    return values;
  };
  return {
    get rows() {
      return rows;
    },
    push(vector) {
      if (!resident.reserve(rows + 1)) {
        throw expectedInWords('vectors in memory', 'as many as fit', `${rows + 1}: keep them in a folder`);
      }
      resident.row(rows).set(vector);
      rows++;
    },
    read: (row) => resident.row(row).slice(),
    load: (row, into, at) => into.set(resident.row(row), at),
    arrays: () => ({ values: dense(Array.from({ length: rows }, (_, row) => row)) }),
    compact(chosen) {
      const values = dense(chosen);
      rows = chosen.length;
      chosen.forEach((_, row) => resident.row(row).set(values.subarray(row * dimension, (row + 1) * dimension)));
    },
    open: (queries, queryCount) => resident.open(queries, queryCount),
  };
}

function plainTable(storage: VectorStorage, dimension: number, kept?: VectorArrays): VectorTable {
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
    open: () => null,
  };
}
