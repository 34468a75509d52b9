/** Inner products: in double precision, and by our WebAssembly module, where the engine has SIMD, in single precision. */
import { productsBinary } from '../../kernels/products/generated/productsBinary.js';
import { instantiate } from '../../kernels/wasm/module/loadModule.js';
import { wasmBytes } from '../../kernels/wasm/module/binary.js';

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

interface ProductsExports {
  products(a: number, rowsA: number, b: number, rowsB: number, length: number, out: number): void;
}

interface Engine {
  memory: WebAssembly.Memory;
  exports: ProductsExports;
}

/** `null` where the engine knows no SIMD. */
let engine: Engine | null | undefined;

/** The module with a memory of its own; `null` where the engine knows no SIMD or has no memory left. */
function startProducts(): Engine | null {
  try {
    if (!WebAssembly.validate(wasmBytes(productsBinary.simd, false))) {
      return null;
    }
    const memory = new WebAssembly.Memory({ initial: 16 });
    return { memory, exports: instantiate<ProductsExports>(productsBinary, 'simd', memory) };
  } catch {
    // Pages may forbid WebAssembly, and memories take much of what there is of addresses.
    return null;
  }
}

/** Numbers of each table that are in the module's memory at a time: the second table's part stays in the second cache. */
const mostA = 1 << 20;
const mostB = 1 << 15;

const up = (count: number, step: number) => Math.ceil(count / step) * step;

/** The memory as numbers, that many at least. */
function roomFor(memory: WebAssembly.Memory, numbers: number): Float32Array {
  const needed = 4 * numbers - memory.buffer.byteLength;
  if (needed > 0) {
    memory.grow(Math.ceil(needed / 65_536));
  }
  return new Float32Array(memory.buffer);
}

/** Rows into the module's memory, each filled up with zeros to a multiple of four numbers. */
function place(view: Float32Array, at: number, rows: Float64Array, first: number, count: number, width: number): void {
  const padded = up(width, 4);
  for (let row = 0; row < count; row++) {
    const to = at + row * padded;
    view.set(rows.subarray((first + row) * width, (first + row + 1) * width), to);
    view.fill(0, to + width, to + padded);
  }
}

/**
 * As {@link innerProducts}, several times as fast, with sums in single precision: equal rows have equal products, too.
 */
export function fastProducts(
  queries: Float64Array,
  queryCount: number,
  rows: Float64Array,
  rowCount: number,
  dimension: number,
  out: Float64Array,
): void {
  engine ??= startProducts();
  if (engine === null) {
    innerProducts(queries, queryCount, rows, rowCount, dimension, out);
    return;
  }
  const width = up(dimension, 4);
  const stepA = Math.min(up(queryCount, 4), Math.max(4, Math.floor(mostA / width / 4) * 4));
  const stepB = Math.min(up(rowCount, 2), Math.max(2, Math.floor(mostB / width / 2) * 2));
  const atB = stepA * width;
  const atOut = atB + stepB * width;
  const view = roomFor(engine.memory, atOut + stepA * stepB);
  for (let a = 0; a < queryCount; a += stepA) {
    const countA = Math.min(stepA, queryCount - a);
    place(view, 0, queries, a, countA, dimension);
    for (let b = 0; b < rowCount; b += stepB) {
      const countB = Math.min(stepB, rowCount - b);
      const evenB = up(countB, 2);
      place(view, atB, rows, b, countB, dimension);
      engine.exports.products(0, countA, 4 * atB, evenB, width, 4 * atOut);
      for (let i = 0; i < countA; i++) {
        const from = atOut + i * evenB;
        out.set(view.subarray(from, from + countB), (a + i) * rowCount + b);
      }
    }
  }
}

/** Queries that are multiplied with rows, some rows at a time. */
export interface RowProducts {
  /** room for the rows, each of `stride` numbers, of which those behind the dimension stay 0 */
  rows: Float32Array;
  stride: number;
  /** Products of every query with the first `count` rows: that of query q and row r is `values[q * width + r]`. */
  multiply(count: number): { values: Float32Array | Float64Array; width: number };
}

function withoutModule(queries: Float64Array, queryCount: number, dimension: number, most: number): RowProducts {
  const rows = new Float32Array(most * dimension);
  const [wide, values] = [new Float64Array(rows.length), new Float64Array(queryCount * most)];
  return {
    rows,
    stride: dimension,
    multiply(count) {
      wide.set(rows.subarray(0, count * dimension));
      innerProducts(queries, queryCount, wide, count, dimension, values);
      return { values, width: count };
    },
  };
}

/**
 * Products of the same queries with many rows: rows are written where the module reads them. What it gives is good until
 * the next call of a function of this file.
 *
 * @param most rows at a time
 */
export function openProducts(queries: Float64Array, queryCount: number, dimension: number, most: number): RowProducts {
  engine ??= startProducts();
  if (engine === null) {
    return withoutModule(queries, queryCount, dimension, most);
  }
  const { memory, exports } = engine;
  const stride = up(dimension, 4);
  const atRows = up(queryCount, 4) * stride;
  const atOut = atRows + up(most, 2) * stride;
  const view = roomFor(memory, atOut + up(queryCount, 4) * up(most, 2));
  place(view, 0, queries, 0, queryCount, dimension);
  const rows = view.subarray(atRows, atOut).fill(0);
  return {
    rows,
    stride,
    multiply(count) {
      const width = up(count, 2);
      exports.products(0, queryCount, 4 * atRows, width, stride, 4 * atOut);
      return { values: view.subarray(atOut, atOut + queryCount * width), width };
    },
  };
}

/** Products of queries with rows that follow one another. */
export interface ResidentProducts {
  /** Of query q with row `first + r`: `values[q * width + r]`, good until the next call. */
  multiply(first: number, count: number): { values: Float32Array; width: number };
}

export interface ResidentRows {
  /** Makes room for that many rows; `false` where there is no memory for them. */
  reserve(rows: number): boolean;
  /** The numbers of a row, to be read or written before the next `reserve`. */
  row(row: number): Float32Array;
  /** `null` for more queries than fit. */
  open(queries: Float64Array, queryCount: number): ResidentProducts | null;
}

/** Queries and rows of one call. */
const mostQueries = 128;
export const residentBlock = 256;

const pageBytes = 65_536;

/**
 * @param dimension numbers in a row
 * @returns `null` where the engine knows no SIMD or has no memory left
 */
export function residentRows(dimension: number): ResidentRows | null {
  const started = startProducts();
  if (started === null) {
    return null;
  }
  const { memory, exports } = started;
  const stride = 4 * Math.ceil(dimension / 4);
  const atOut = mostQueries * stride;
  const atRows = atOut + mostQueries * residentBlock;
  let view = new Float32Array(memory.buffer);
  const grow = (numbers: number): boolean => {
    const needed = 4 * numbers - memory.buffer.byteLength;
    if (needed > 0) {
      try {
        memory.grow(Math.ceil(needed / pageBytes));
      } catch {
        return false;
      }
      view = new Float32Array(memory.buffer);
    }
    return true;
  };
  return {
    reserve(rows) {
      // One more than asked for: products are made of two rows at a time.
      const wanted = atRows + (rows + 1) * stride;
      return 4 * wanted <= memory.buffer.byteLength || grow(Math.ceil(1.5 * wanted)) || grow(wanted);
    },
    row: (row) => view.subarray(atRows + row * stride, atRows + row * stride + dimension),
    open(queries, queryCount) {
      if (queryCount > mostQueries || !grow(atRows)) {
        return null;
      }
      for (let query = 0; query < queryCount; query++) {
        view.set(queries.subarray(query * dimension, (query + 1) * dimension), query * stride);
        view.fill(0, query * stride + dimension, (query + 1) * stride);
      }
      return {
        multiply(first, count) {
          const width = count + (count % 2);
          exports.products(0, queryCount, 4 * (atRows + first * stride), width, stride, 4 * atOut);
          return { values: view.subarray(atOut, atOut + queryCount * width), width };
        },
      };
    },
  };
}
