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
  const needed = 4 * (atOut + stepA * stepB) - engine.memory.buffer.byteLength;
  if (needed > 0) {
    engine.memory.grow(Math.ceil(needed / 65_536));
  }
  const view = new Float32Array(engine.memory.buffer);
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
