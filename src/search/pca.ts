/** The projection that belongs to a catalogue: found once from its own vectors, then kept with it. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { expected, expectedInWords } from '../errors.js';
import { encodeSafetensors, safetensors } from '../formats/safetensors.js';
import { normalDraws } from '../random.js';
import { sha256 } from '../training/featureStore.js';
import { fastProducts, innerProducts } from './fastProducts.js';

/** Mean and directions of unit vectors; not whitened. */
export interface Pca {
  /** numbers in a vector before */
  depth: number;
  /** directions, the one of most variance first */
  dimensions: number;
  /** `[depth]` */
  mean: Float64Array;
  /** `[dimensions, depth]`, rows of unit length; the entry of greatest magnitude is positive */
  components: Float64Array;
  /** share of the variance along each direction */
  explained: Float64Array;
}

export interface FitPcaOptions {
  /** Directions kept; never more than the vectors span. Default 256 */
  dimensions?: number;
  /** Decides the start of the search where the exact way takes too long. Default 0 */
  seed?: number;
}

/** Up to this many vectors or numbers in a vector all eigenvectors are computed, which costs their third power. */
const exactUpTo = 512;

/** Directions beyond those wanted, and rounds, of the search for the largest ones. */
const spare = 32;
const rounds = 2;

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}

type Multiply = typeof innerProducts;

/** Inner products of the rows of two tables, `[rows of a, rows of b]`. */
function products(a: Float64Array, b: Float64Array, width: number, multiply: Multiply = fastProducts): Float64Array {
  const rows = [a.length / width, b.length / width];
  const out = new Float64Array(rows[0] * rows[1]);
  multiply(a, rows[0], b, rows[1], width, out);
  return out;
}

/** Eigenvalues and eigenvectors (as rows) of a symmetric matrix, the largest first. */
function eigen(symmetric: Float64Array, side: number): { values: number[]; vectors: Float64Array } {
  const found = new EigenvalueDecomposition(Matrix.from1DArray(side, side, symmetric), { assumeSymmetric: true });
  const order = Array.from({ length: side }, (_, i) => i).sort(
    (i, j) => found.realEigenvalues[j] - found.realEigenvalues[i] || i - j,
  );
  const vectors = new Float64Array(side * side);
  order.forEach((column, row) => {
    for (let i = 0; i < side; i++) {
      vectors[row * side + i] = found.eigenvectorMatrix.get(i, column);
    }
  });
  return { values: order.map((i) => Math.max(0, found.realEigenvalues[i])), vectors };
}

/** Rows of unit length at right angles that span the same (modified Gram and Schmidt, twice); dependent rows become 0. */
function orthonormalize(rows: Float64Array, width: number): void {
  const count = rows.length / width;
  const at = (row: number) => rows.subarray(row * width, (row + 1) * width);
  const dot = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  };
  for (let row = 0; row < count; row++) {
    const own = at(row);
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < row; other++) {
        const against = at(other);
        const share = dot(own, against);
        for (let i = 0; i < width; i++) {
          own[i] -= share * against[i];
        }
      }
    }
    const length = Math.sqrt(dot(own, own));
    const scale = length > 1e-10 * before ? 1 / length : 0;
    for (let i = 0; i < width; i++) {
      own[i] *= scale;
    }
  }
}

/**
 * The directions of most variance by subspace iteration from a seeded random start, then exactly within the subspace
 * (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.3).
 */
function largestDirections(centered: Float64Array, depth: number, wanted: number, seed: number) {
  const rows = centered.length / depth;
  const columns = transposed(centered, rows, depth);
  const kept = Math.min(wanted + spare, rows, depth);
  let basis: Float64Array = Float64Array.from(normalDraws(kept * depth, 1, seed));
  for (let round = 0; round < rounds; round++) {
    // Cᵀ C applied to every direction, row by row
    const seen = products(basis, centered, depth);
    basis = products(seen, columns, rows);
    orthonormalize(basis, depth);
  }
  const seen = products(basis, centered, depth);
  const within = products(seen, seen, rows);
  const { values, vectors } = eigen(within, kept);
  return { values, directions: products(vectors, transposed(basis, kept, depth), kept) };
}

/** All directions, from the smaller of the two matrices that have them. */
function allDirections(centered: Float64Array, depth: number) {
  const rows = centered.length / depth;
  const columns = transposed(centered, rows, depth);
  if (depth <= rows) {
    const { values, vectors } = eigen(products(columns, columns, rows, innerProducts), depth);
    return { values, directions: vectors };
  }
  const { values, vectors } = eigen(products(centered, centered, depth, innerProducts), rows);
  const directions = products(vectors, columns, rows, innerProducts);
  orthonormalize(directions, depth);
  return { values, directions };
}

/**
 * Finds the directions in which vectors differ most. Exact for up to 512 vectors or numbers; above that by subspace
 * iteration, whose directions span nearly the same and are the same for the same seed.
 *
 * @param rows unit vectors, `[count, depth]` one after the other; at least two that differ
 * @throws WeldonError for rows that are no whole number of vectors, not finite, or all the same
 *
 * @example
 * const pca = fitPca(vectors, 1280); // pca.dimensions: 256, or fewer where there are fewer vectors
 */
export function fitPca(rows: ArrayLike<number>, depth: number, options: FitPcaOptions = {}): Pca {
  const { dimensions = 256, seed = 0 } = options;
  if (!Number.isInteger(dimensions) || dimensions < 1) {
    throw expected('dimensions for fitPca', 'a whole number >= 1', dimensions);
  }
  const count = rows.length / depth;
  if (!Number.isInteger(count) || count < 2) {
    throw expectedInWords('rows for fitPca', `two or more vectors of ${depth} numbers`, `${rows.length} numbers`);
  }
  const mean = new Float64Array(depth);
  const centered = Float64Array.from(rows);
  for (let i = 0; i < centered.length; i++) {
    mean[i % depth] += centered[i] / count;
  }
  let total = 0;
  for (let i = 0; i < centered.length; i++) {
    centered[i] -= mean[i % depth];
    total += centered[i] * centered[i];
  }
  if (!Number.isFinite(total)) {
    throw expectedInWords('rows for fitPca', 'finite numbers', 'one that is not');
  }
  if (total < 1e-12 * count) {
    throw expectedInWords('rows for fitPca', 'vectors that differ', 'vectors that are all the same');
  }
  const { values, directions } =
    Math.min(count, depth) <= exactUpTo
      ? allDirections(centered, depth)
      : largestDirections(centered, depth, dimensions, seed);
  const real = values.filter((value) => value > 1e-9 * values[0]).length;
  const kept = Math.min(dimensions, real);
  const components = directions.slice(0, kept * depth);
  for (let row = 0; row < kept; row++) {
    const own = components.subarray(row * depth, (row + 1) * depth);
    const greatest = own.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    if (greatest < 0) {
      own.forEach((value, i) => (own[i] = -value));
    }
  }
  const explained = Float64Array.from(values.slice(0, kept), (value) => value / total);
  return { depth, dimensions: kept, mean, components, explained };
}

/** Mean and directions as one table, so that one product of a vector with it gives all that is stored. */
export interface Projector {
  pca: Pca;
  /** `[dimensions + 1, depth]`: the directions, then the mean */
  table: Float64Array;
  /** what of the table's products the mean itself gives, for the directions; then |mean|² */
  ofMean: Float64Array;
}

/** What vectors are projected with, made once of a PCA. */
export function projector(pca: Pca): Projector {
  const table = new Float64Array((pca.dimensions + 1) * pca.depth);
  table.set(pca.components);
  table.set(pca.mean, pca.components.length);
  return { pca, table, ofMean: products(pca.mean, table, pca.depth, innerProducts) };
}

/**
 * Vectors as they are stored: `z = Vᵀ(x − m)`, not brought to unit length, then `a = m·x`, for x = row / its length. With
 * them `a_q + a_c − |m|² + z_q·z_c` is the cosine of what lies in the directions and the mean: a window score.
 *
 * @param rows `[count, depth]`, of any length; one of zeros gives what no direction has
 * @returns `[count, dimensions + 1]`
 */
export function projectRows({ pca, table, ofMean }: Projector, rows: Float64Array): Float32Array[] {
  const { depth, dimensions } = pca;
  const count = rows.length / depth;
  const seen = products(rows, table, depth);
  return Array.from({ length: count }, (_, row) => {
    let squares = 0;
    for (let i = row * depth; i < (row + 1) * depth; i++) {
      squares += rows[i] * rows[i];
    }
    return scaled(seen, row, Math.sqrt(squares), dimensions, ofMean);
  });
}

/** One row of products with the table, of a vector of this length, as it is stored. */
export function scaled(
  seen: Float64Array,
  row: number,
  length: number,
  dimensions: number,
  ofMean: Float64Array,
): Float32Array {
  const width = dimensions + 1;
  const result = new Float32Array(width);
  const scale = length > 0 ? 1 / length : 0;
  for (let i = 0; i < dimensions; i++) {
    result[i] = seen[row * width + i] * scale - ofMean[i];
  }
  result[dimensions] = seen[row * width + dimensions] * scale;
  return result;
}

/** A PCA as bytes, to be kept with the vectors. */
export function pcaBytes({ depth, dimensions, mean, components, explained }: Pca): Uint8Array {
  const tensor = (name: string, shape: number[], values: Float64Array) => ({
    name,
    shape,
    values: Float32Array.from(values),
  });
  return encodeSafetensors(
    [
      tensor('mean', [depth], mean),
      tensor('components', [dimensions, depth], components),
      tensor('explained', [dimensions], explained),
    ],
    { weldonPca: '1' },
  );
}

/** @throws WeldonError for bytes that are no PCA */
export async function readPca(bytes: Uint8Array): Promise<Pca> {
  const file = await safetensors(bytes);
  const [dimensions, depth] = file.shapes.get('components') ?? [];
  if (file.metadata.get('weldonPca') !== '1' || depth === undefined) {
    throw expectedInWords('the PCA of the catalogue', 'of version 1', 'something else');
  }
  const read = async (name: string) => Float64Array.from(await file.read(name));
  return {
    depth,
    dimensions,
    mean: await read('mean'),
    components: await read('components'),
    explained: await read('explained'),
  };
}

/** What tells one PCA from another: vectors projected by different ones cannot be compared. */
export async function hashOfPca(bytes: Uint8Array): Promise<string> {
  return (await sha256(bytes)).slice(0, 16);
}
