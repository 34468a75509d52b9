import { expected, expectedInWords } from '../errors.js';
import type { SparseRows } from './factorization/sparseRows.js';
import { checkSparseRows } from './factorization/sparseRows.js';

/**
 * In how many images each two tags stand together; on the diagonal the images of each tag.
 *
 * @param matrix `[images, tags]`; every number above 0 counts once
 * @returns `[tags, tags]` row by row
 */
export function pairCounts(matrix: SparseRows): Int32Array {
  checkSparseRows(matrix, 'pairCounts');
  const { rows, columns, starts, indices } = matrix;
  const counts = new Int32Array(columns * columns);
  for (let i = 0; i < rows; i++) {
    for (let a = starts[i]; a < starts[i + 1]; a++) {
      for (let b = starts[i]; b < starts[i + 1]; b++) {
        counts[indices[a] * columns + indices[b]]++;
      }
    }
  }
  return counts;
}

/**
 * Normalized pointwise mutual information of two tags (Bouma 2009): ln(p(a, b) / (p(a) p(b))) / −ln p(a, b). 1 for tags
 * that always come together, 0 for tags that know nothing of each other, −1 for tags that never meet.
 *
 * @param both images with both tags
 * @param a images with the first
 * @param b images with the second
 * @param images all images
 * @returns `null` where a tag has no image
 * @throws WeldonError for counts that cannot be
 *
 * @example
 * npmi(3, 4, 3, 8); // 0.707
 */
export function npmi(both: number, a: number, b: number, images: number): number | null {
  const counts = [both, a, b, images];
  if (
    !counts.every((count) => count >= 0 && Number.isFinite(count)) ||
    both > Math.min(a, b) ||
    a + b - both > images
  ) {
    throw expected('both, a, b and images for npmi', 'counts with both <= a, b and a + b - both <= images', counts);
  }
  if (a === 0 || b === 0) {
    return null;
  }
  if (both === 0) {
    return -1;
  }
  return both === images ? 1 : Math.log((both * images) / (a * b)) / -Math.log(both / images);
}

/**
 * Inverse document frequency ln(n / df): how much a tag tells, 0 for one that every image has.
 *
 * @returns `null` for a tag without images
 */
export function inverseFrequency(imagesOfTag: number, images: number): number | null {
  if (!(imagesOfTag >= 0 && imagesOfTag <= images)) {
    throw expected('imagesOfTag for inverseFrequency', `a count from 0 to ${images}`, imagesOfTag);
  }
  return imagesOfTag === 0 ? null : Math.log(images / imagesOfTag);
}

/**
 * How few of the numbers carry the weight (Hoyer 2004): (√n − |x|₁ / |x|₂) / (√n − 1), 1 for a single one, 0 where all
 * are equal.
 *
 * @returns `null` for zeros alone and for less than two numbers
 */
export function hoyer(values: ArrayLike<number>): number | null {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw expected(`number ${i} for hoyer`, 'finite', values[i]);
    }
    sum += Math.abs(values[i]);
    squares += values[i] * values[i];
  }
  const root = Math.sqrt(values.length);
  return values.length < 2 || squares === 0 ? null : (root - sum / Math.sqrt(squares)) / (root - 1);
}

/**
 * Modularity of a division into communities (Newman 2004): the weight within communities, less what chance would put
 * there, as a part of all.
 *
 * @param counts `[nodes, nodes]` row by row, symmetric; the diagonal is not looked at
 * @param communities number of each node's community
 * @returns 0 for a graph without edges
 */
export function modularityOf(counts: ArrayLike<number>, communities: ArrayLike<number>): number {
  const n = communities.length;
  if (counts.length !== n * n) {
    throw expectedInWords('the counts for modularityOf', `${n} × ${n} numbers`, `${counts.length}`);
  }
  const degrees = new Float64Array(n);
  let within = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const weight = i === j ? 0 : counts[i * n + j];
      degrees[i] += weight;
      within += communities[i] === communities[j] ? weight : 0;
    }
  }
  const total = degrees.reduce((sum, degree) => sum + degree, 0);
  const sums = new Map<number, number>();
  degrees.forEach((degree, i) => sums.set(communities[i], (sums.get(communities[i]) ?? 0) + degree));
  const byChance = [...sums.values()].reduce((sum, degree) => sum + degree * degree, 0);
  return total === 0 ? 0 : within / total - byChance / total ** 2;
}
