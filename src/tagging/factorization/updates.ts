import type { SparseRows } from './sparseRows.js';

/** What is added to the error for each number of a factor: l1 · Σ w + ½ l2 · Σ w². */
export interface Penalty {
  l1: number;
  l2: number;
}

/** What stands in the place of a divisor of 0: the relative step of float32, as in scikit-learn. */
const epsilon = 1.1920929e-7;

/** The numbers of a factor `[rows, k]` that are not 0, row after row: after a few iterations they are one in four. */
interface Filled {
  starts: Int32Array;
  places: Int32Array;
  values: Float64Array;
}

function filledOf(factor: Float64Array, rows: number, k: number): Filled {
  let count = 0;
  for (let at = 0; at < factor.length; at++) {
    count += factor[at] === 0 ? 0 : 1;
  }
  const filled = { starts: new Int32Array(rows + 1), places: new Int32Array(count), values: new Float64Array(count) };
  for (let i = 0, next = 0; i < rows; i++) {
    for (let t = 0; t < k; t++) {
      const value = factor[i * k + t];
      if (value !== 0) {
        filled.places[next] = t;
        filled.values[next++] = value;
      }
    }
    filled.starts[i + 1] = next;
  }
  return filled;
}

/** AᵀA: `[k, k]`. Each row costs the square of its numbers. */
function crossProducts({ starts, places, values }: Filled, k: number): Float64Array {
  const products = new Float64Array(k * k);
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let p = starts[i]; p < starts[i + 1]; p++) {
      const row = places[p] * k;
      const value = values[p];
      for (let q = p; q < starts[i + 1]; q++) {
        products[row + places[q]] += value * values[q];
      }
    }
  }
  for (let s = 0; s < k; s++) {
    for (let t = 0; t < s; t++) {
      products[s * k + t] = products[t * k + s];
    }
  }
  return products;
}

/**
 * One pass of HALS (cyclic coordinate descent: Cichocki and Phan 2009) over a factor `[rows, k]` of `X ≈ A Bᵀ`. Rows do
 * not touch each other, so each is finished at once, with a list of its numbers that are not 0: few, after some iterations.
 *
 * @param b `[columns, k]`, the other factor
 * @returns the sum of the slopes along which numbers could still move: 0 at the end of the search
 */
export function halsPass(x: SparseRows, a: Float64Array, b: Float64Array, k: number, { l1, l2 }: Penalty): number {
  const { rows, columns, starts, indices, values } = x;
  const other = filledOf(b, columns, k);
  const products = crossProducts(other, k);
  for (let t = 0; t < k; t++) {
    products[t * k + t] += l2;
  }
  const slope = new Float64Array(k);
  // The row's numbers: where each is, their places, and their values.
  const held = new Int32Array(k);
  const places = new Int32Array(k);
  const numbers = new Float64Array(k);
  let violation = 0;
  for (let i = 0; i < rows; i++) {
    const row = i * k;
    let count = 0;
    for (let t = 0; t < k; t++) {
      slope[t] = l1;
      held[t] = -1;
      const value = a[row + t];
      if (value !== 0) {
        held[t] = count;
        places[count] = t;
        numbers[count++] = value;
      }
    }
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const value = values[at];
      const end = other.starts[indices[at] + 1];
      for (let place = other.starts[indices[at]]; place < end; place++) {
        slope[other.places[place]] -= value * other.values[place];
      }
    }
    for (let t = 0; t < k; t++) {
      const from = t * k;
      let pull = slope[t];
      for (let n = 0; n < count; n++) {
        pull += numbers[n] * products[from + places[n]];
      }
      const n = held[t];
      const before = n < 0 ? 0 : numbers[n];
      if (before === 0 && pull >= 0) {
        continue;
      }
      violation += before === 0 ? -pull : Math.abs(pull);
      const curvature = products[from + t];
      if (curvature === 0) {
        continue;
      }
      const after = Math.max(0, before - pull / curvature);
      a[row + t] = after;
      if (n >= 0) {
        numbers[n] = after;
      } else {
        places[count] = t;
        numbers[count++] = after;
      }
    }
  }
  return violation;
}

/**
 * One multiplicative update of a factor `[rows, k]` of `X ≈ A Bᵀ` for the squared error (Lee and Seung 2001, eq. 4).
 *
 * @param b `[columns, k]`, the other factor
 */
export function multiplyFrobenius(x: SparseRows, a: Float64Array, b: Float64Array, k: number, penalty: Penalty): void {
  const { rows, columns, starts, indices, values } = x;
  const products = crossProducts(filledOf(b, columns, k), k);
  const above = new Float64Array(k);
  const below = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    const row = i * k;
    above.fill(0);
    below.fill(0);
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      for (let t = 0; t < k; t++) {
        above[t] += values[at] * b[indices[at] * k + t];
      }
    }
    for (let s = 0; s < k; s++) {
      const value = a[row + s];
      for (let t = 0; value !== 0 && t < k; t++) {
        below[t] += value * products[s * k + t];
      }
    }
    scale(a, row, above, below, k, penalty);
  }
}

/**
 * One multiplicative update of a factor `[rows, k]` of `X ≈ A Bᵀ` for the generalised Kullback-Leibler divergence (Lee
 * and Seung 2001, eq. 5): only the numbers of X that are not 0 are looked at.
 */
export function multiplyKullbackLeibler(
  x: SparseRows,
  a: Float64Array,
  b: Float64Array,
  k: number,
  penalty: Penalty,
): void {
  const { rows, columns, starts, indices, values } = x;
  const sums = new Float64Array(k);
  for (let j = 0; j < columns; j++) {
    for (let t = 0; t < k; t++) {
      sums[t] += b[j * k + t];
    }
  }
  const above = new Float64Array(k);
  const below = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    const row = i * k;
    above.fill(0);
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const from = indices[at] * k;
      let estimate = 0;
      for (let t = 0; t < k; t++) {
        estimate += a[row + t] * b[from + t];
      }
      const ratio = values[at] / Math.max(estimate, epsilon);
      for (let t = 0; t < k; t++) {
        above[t] += ratio * b[from + t];
      }
    }
    below.set(sums);
    scale(a, row, above, below, k, penalty);
  }
}

function scale(
  a: Float64Array,
  row: number,
  above: Float64Array,
  below: Float64Array,
  k: number,
  { l1, l2 }: Penalty,
): void {
  for (let t = 0; t < k; t++) {
    const divisor = below[t] + l1 + l2 * a[row + t];
    a[row + t] *= above[t] / (divisor === 0 ? epsilon : divisor);
  }
}

/**
 * √(2 D) with D = ½ |X − A Bᵀ|², or the generalised Kullback-Leibler divergence Σ x ln(x / y) − x + y: row by row in
 * full, since the shorter ways by sums lose half of the digits where the fit is good.
 *
 * @param b `[columns, k]`
 */
export function reconstructionError(
  x: SparseRows,
  a: Float64Array,
  b: Float64Array,
  k: number,
  loss: 'frobenius' | 'kullbackLeibler',
): number {
  const { rows, columns, starts, indices, values } = x;
  const turned = new Float64Array(k * columns);
  for (let j = 0; j < columns; j++) {
    for (let t = 0; t < k; t++) {
      turned[t * columns + j] = b[j * k + t];
    }
  }
  const estimate = new Float64Array(columns);
  let twice = 0;
  for (let i = 0; i < rows; i++) {
    estimate.fill(0);
    for (let t = 0; t < k; t++) {
      const value = a[i * k + t];
      const from = t * columns;
      for (let j = 0; value !== 0 && j < columns; j++) {
        estimate[j] += value * turned[from + j];
      }
    }
    if (loss === 'frobenius') {
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        estimate[indices[at]] -= values[at];
      }
      for (let j = 0; j < columns; j++) {
        twice += estimate[j] * estimate[j];
      }
    } else {
      for (let j = 0; j < columns; j++) {
        twice += 2 * estimate[j];
      }
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        const y = Math.max(estimate[indices[at]], epsilon);
        twice += 2 * (values[at] * Math.log(values[at] / y) - values[at]);
      }
    }
  }
  return Math.sqrt(Math.max(0, twice));
}
