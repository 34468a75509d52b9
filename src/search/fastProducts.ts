/** Inner products by our WebAssembly module where the engine has SIMD, in single precision. */
import { productsBinary } from '../../kernels/products/generated/productsBinary.js';
import { instantiate } from '../../kernels/wasm/module/loadModule.js';
import { wasmBytes } from '../../kernels/wasm/module/binary.js';
import { innerProducts } from './vectorTable.js';

interface ProductsExports {
  products(a: number, rowsA: number, b: number, rowsB: number, length: number, out: number): void;
}

interface Engine {
  memory: WebAssembly.Memory;
  exports: ProductsExports;
}

/** `null` where the engine knows no SIMD. */
let engine: Engine | null | undefined;

function startEngine(): Engine | null {
  try {
    if (!WebAssembly.validate(wasmBytes(productsBinary.simd, false))) {
      return null;
    }
    const memory = new WebAssembly.Memory({ initial: 16 });
    return { memory, exports: instantiate<ProductsExports>(productsBinary, 'simd', memory) };
  } catch {
    // Pages may forbid WebAssembly.
    return null;
  }
}

/** Numbers of each table that are in the module's memory at a time: the second table's part stays in the second cache. */
const mostA = 1 << 20;
const mostB = 1 << 15;

/** With fewer queries, copying takes as long as multiplying. */
const fewQueries = 4;

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
 * As {@link innerProducts}, several times as fast, with sums in single precision. Which of the two it is depends on the
 * number of queries alone, so that equal rows have equal scores throughout a search.
 */
export function fastProducts(
  queries: Float64Array,
  queryCount: number,
  rows: Float64Array,
  rowCount: number,
  dimension: number,
  out: Float64Array,
): void {
  engine ??= queryCount < fewQueries ? undefined : startEngine();
  if (queryCount < fewQueries || engine == null) {
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
      engine.exports.products(0, up(countA, 4), 4 * atB, evenB, width, 4 * atOut);
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
  engine ??= startEngine();
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
      exports.products(0, up(queryCount, 4), 4 * atRows, width, stride, 4 * atOut);
      return { values: view.subarray(atOut, atOut + queryCount * width), width };
    },
  };
}
