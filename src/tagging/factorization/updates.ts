import type { SparseRows } from './sparseRows.js';

/** What is added to the error for each number of a factor: l1 · Σ w + ½ l2 · Σ w². */
export interface Penalty {
  l1: number;
  l2: number;
}

/** What stands in the place of a divisor of 0: the relative step of float32, as in scikit-learn. */
const epsilon = 1.1920929e-7;

/**
 * AᵀA of a matrix `[rows, k]` with many zeros: `[k, k]`.
 *
 * Each row costs the square of the numbers in it that are not 0.
 */
export function crossProducts(a: Float64Array, rows: number, k: number): Float64Array {
  const products = new Float64Array(k * k);
  const places = new Int32Array(k);
  const found = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    let count = 0;
    for (let t = 0, at = i * k; t < k; t++, at++) {
      if (a[at] !== 0) {
        places[count] = t;
        found[count++] = a[at];
      }
    }
    for (let p = 0; p < count; p++) {
      const row = places[p] * k;
      const value = found[p];
      for (let q = p; q < count; q++) {
        products[row + places[q]] += value * found[q];
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
 * not touch each other, so each is finished at once: its slope is kept up to date while its numbers change, and a number
 * that stays 0 costs nothing.
 *
 * @param b `[columns, k]`, the other factor
 * @returns the sum of the slopes along which numbers could still move: 0 at the end of the search
 */
export function halsPass(x: SparseRows, a: Float64Array, b: Float64Array, k: number, { l1, l2 }: Penalty): number {
  const { rows, columns, starts, indices, values } = x;
  const products = crossProducts(b, columns, k);
  for (let t = 0; t < k; t++) {
    products[t * k + t] += l2;
  }
  const slope = new Float64Array(k);
  let violation = 0;
  for (let i = 0; i < rows; i++) {
    const row = i * k;
    slope.fill(l1);
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const value = values[at];
      const from = indices[at] * k;
      for (let t = 0; t < k; t++) {
        slope[t] -= value * b[from + t];
      }
    }
    for (let s = 0; s < k; s++) {
      const value = a[row + s];
      if (value !== 0) {
        const from = s * k;
        for (let t = 0; t < k; t++) {
          slope[t] += value * products[from + t];
        }
      }
    }
    for (let t = 0; t < k; t++) {
      const pull = slope[t];
      const before = a[row + t];
      if (before === 0 && pull >= 0) {
        continue;
      }
      violation += before === 0 ? -pull : Math.abs(pull);
      const from = t * k;
      const curvature = products[from + t];
      if (curvature === 0) {
        continue;
      }
      const after = Math.max(0, before - pull / curvature);
      const change = after - before;
      if (change !== 0) {
        a[row + t] = after;
        for (let s = 0; s < k; s++) {
          slope[s] += change * products[from + s];
        }
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
  const products = crossProducts(b, columns, k);
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
