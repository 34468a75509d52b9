import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { SparseRows } from './sparseRows.js';

/** The two factors where a search begins. */
export interface Factors {
  /** `[rows, k]` */
  w: Float64Array;
  /** `[k, columns]` */
  h: Float64Array;
}

/** Columns that have a number, and XᵀX of these alone, which is small where a matrix has many more rows than columns. */
function gram({ rows, columns, starts, indices, values }: SparseRows): { used: number[]; products: Matrix } {
  const place = new Int32Array(columns).fill(-1);
  const used = [...new Set(indices)].sort((a, b) => a - b);
  used.forEach((column, i) => {
    place[column] = i;
  });
  const n = used.length;
  const sums = new Float64Array(n * n);
  for (let i = 0; i < rows; i++) {
    for (let a = starts[i]; a < starts[i + 1]; a++) {
      for (let b = starts[i]; b < starts[i + 1]; b++) {
        sums[place[indices[a]] * n + place[indices[b]]] += values[a] * values[b];
      }
    }
  }
  return { used, products: Matrix.from1DArray(n, n, sums) };
}

function positivePart(values: Float64Array, sign: 1 | -1): { part: Float64Array; length: number } {
  const part = values.map((value) => Math.max(0, sign * value));
  return { part, length: Math.sqrt(part.reduce((sum, value) => sum + value * value, 0)) };
}

/**
 * Where the search for W and H begins: parts of the first singular vectors without negative numbers (NNDSVD: Boutsidis
 * and Gallopoulos 2008, "SVD based initialization", algorithm 1), from the eigenvectors of XᵀX. Nothing is drawn. Numbers
 * under 1e-6 become 0.
 *
 * @param fill `'mean'` puts the mean of X in the place of zeros (NNDSVDa), from which updates that multiply can leave them
 * @returns the factors, and how many singular values are not 0: theme k and those behind it begin empty beyond
 */
export function nndsvd(matrix: SparseRows, k: number, fill: 'zero' | 'mean'): Factors & { rank: number } {
  const { rows, columns, starts, indices, values } = matrix;
  const w = new Float64Array(rows * k);
  const h = new Float64Array(k * columns);
  let rank = 0;
  if (values.length > 0) {
    const { used, products } = gram(matrix);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, { assumeSymmetric: true });
    const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
    const largest = realEigenvalues[order[0]];
    for (let t = 0; t < Math.min(k, used.length); t++) {
      const squared = realEigenvalues[order[t]];
      // Eigenvalues are squares: below this they are what rounding left.
      if (!(squared > largest * 1e-13)) {
        break;
      }
      rank++;
      const singular = Math.sqrt(squared);
      const right = new Float64Array(columns);
      used.forEach((column, i) => {
        right[column] = eigenvectorMatrix.get(i, order[t]);
      });
      const left = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        for (let at = starts[i]; at < starts[i + 1]; at++) {
          left[i] += (values[at] * right[indices[at]]) / singular;
        }
      }
      // The first pair has one sign throughout.
      const sides = ([1, -1] as const).map((sign) => ({ u: positivePart(left, sign), v: positivePart(right, sign) }));
      const [positive, negative] = sides.map(({ u, v }) => u.length * v.length);
      const { u, v } = sides[positive > negative ? 0 : 1];
      const scale = Math.sqrt(singular * Math.max(positive, negative));
      if (t === 0) {
        left.forEach((value, i) => (w[i * k] = Math.sqrt(singular) * Math.abs(value)));
        right.forEach((value, j) => (h[j] = Math.sqrt(singular) * Math.abs(value)));
      } else if (scale > 0) {
        u.part.forEach((value, i) => (w[i * k + t] = (scale * value) / u.length));
        v.part.forEach((value, j) => (h[t * columns + j] = (scale * value) / v.length));
      }
    }
  }
  const mean = fill === 'mean' ? values.reduce((sum, value) => sum + value, 0) / (rows * columns) : 0;
  for (const factor of [w, h]) {
    for (let i = 0; i < factor.length; i++) {
      factor[i] = factor[i] < 1e-6 ? mean : factor[i];
    }
  }
  return { w, h, rank };
}
