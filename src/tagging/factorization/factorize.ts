import { checkKeys, expected, expectedInWords, WeldonError } from '../../errors.js';
import { nndsvd } from './nndsvd.js';
import type { Factors } from './nndsvd.js';
import type { SparseRows } from './sparseRows.js';
import { checkSparseRows, transposed } from './sparseRows.js';
import { halsPass, multiplyFrobenius, multiplyKullbackLeibler, reconstructionError } from './updates.js';
import type { Penalty } from './updates.js';

export interface FactorizeOptions {
  /**
   * How the factors move: `'hals'`, coordinate descent, the fastest; `'multiply'`, multiplicative updates. Default
   * `'hals'`, and `'multiply'` where the loss is Kullback-Leibler.
   */
  solver?: 'hals' | 'multiply';
  /** What is made small: ½ |X − WH|² or the generalised Kullback-Leibler divergence. Default `'frobenius'`. */
  loss?: 'frobenius' | 'kullbackLeibler';
  /** Where the search begins: NNDSVD with zeros, NNDSVD with the mean of X in their place, or given factors. Default `'nndsvda'`. */
  init?: 'nndsvd' | 'nndsvda' | Factors;
  /** Weight of the penalty on W, times the number of columns, as in scikit-learn; >= 0. Default 0. */
  alphaW?: number;
  /** Weight of the penalty on H, times the number of rows; >= 0. Default 0. A penalty on W alone is undone by H's scale. */
  alphaH?: number;
  /** Part of the penalties that is a sum and not a sum of squares, 0 … 1. Default 0. */
  l1Ratio?: number;
  /** Iterations at most, each W and then H. Default 150. */
  iterations?: number;
  /** Ends when what could still move is this part of what could at first (HALS), or the error falls by less in ten iterations. Default 1e-4. */
  tolerance?: number;
  /** Called after each iteration. */
  onIteration?: (iteration: number, iterations: number) => void;
  /** Stops with an error at the next iteration. */
  signal?: AbortSignal;
}

export interface Factorization extends Factors {
  rows: number;
  columns: number;
  k: number;
  /** √(2 D): |X − WH|, or of the Kullback-Leibler divergence */
  error: number;
  iterations: number;
  /** whether the tolerance ended the search */
  converged: boolean;
  /** singular values that are not 0, k at most; below k some parts are empty or double. `null` where factors were given */
  rank: number | null;
}

const optionNames = 'solver loss init alphaW alphaH l1Ratio iterations tolerance onIteration signal';

type Resolved = Required<Omit<FactorizeOptions, 'onIteration' | 'signal'>>;

function resolve(matrix: SparseRows, k: number, options: FactorizeOptions, owner: string): Resolved {
  checkKeys(options, optionNames, owner);
  const { loss = 'frobenius', init = 'nndsvda', alphaW = 0, alphaH = 0, l1Ratio = 0 } = options;
  const { solver = loss === 'frobenius' ? 'hals' : 'multiply', iterations = 150, tolerance = 1e-4 } = options;
  checkSparseRows(matrix, owner);
  const most = Math.min(matrix.rows, matrix.columns);
  if (!Number.isInteger(k) || k < 1 || k > most) {
    throw expected(`k for ${owner}`, `a whole number from 1 to ${most}, the shorter side of the matrix`, k);
  }
  if (loss !== 'frobenius' && loss !== 'kullbackLeibler') {
    throw expected(`loss for ${owner}`, "'frobenius' or 'kullbackLeibler'", loss);
  }
  if (solver !== 'multiply' && (solver !== 'hals' || loss !== 'frobenius')) {
    throw expected(`solver for ${owner}`, loss === 'frobenius' ? "'hals' or 'multiply'" : "'multiply'", solver);
  }
  for (const [name, value] of Object.entries({ alphaW, alphaH, tolerance })) {
    if (!(value >= 0 && value < Infinity)) {
      throw expected(`${name} for ${owner}`, 'a finite number >= 0', value);
    }
  }
  if (!(l1Ratio >= 0 && l1Ratio <= 1)) {
    throw expected(`l1Ratio for ${owner}`, 'a number from 0 to 1', l1Ratio);
  }
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw expected(`iterations for ${owner}`, 'a whole number >= 1', iterations);
  }
  if (typeof init === 'string' && init !== 'nndsvd' && init !== 'nndsvda') {
    throw expected(`init for ${owner}`, "'nndsvd', 'nndsvda' or two factors", init);
  }
  if (typeof init === 'object') {
    checkFactor(init.w, matrix.rows * k, `w of init for ${owner}`);
    checkFactor(init.h, k * matrix.columns, `h of init for ${owner}`);
  }
  return { solver, loss, init, alphaW, alphaH, l1Ratio, iterations, tolerance };
}

function checkFactor(values: Float64Array, length: number, what: string): void {
  if (values.length !== length) {
    throw expectedInWords(what, `${length} numbers`, `${values.length}`);
  }
  const bad = values.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) {
    throw expected(what, 'finite numbers >= 0', bad);
  }
}

function turn(values: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      turned[j * rows + i] = values[i * columns + j];
    }
  }
  return turned;
}

/** Lets events through from time to time, so that a page stays alive and Ctrl-C is heard. */
function breather(signal: AbortSignal | undefined): () => Promise<void> {
  let last = Date.now();
  return async () => {
    if (Date.now() - last > 40) {
      await new Promise((resume) => setTimeout(resume));
      last = Date.now();
    }
    if (signal?.aborted === true) {
      throw new WeldonError('Stopped before the matrix was factorized');
    }
  };
}

/** Moves W, and H too where it is not fixed, until the tolerance or the last iteration. */
async function search(
  x: SparseRows,
  w: Float64Array,
  turnedH: Float64Array,
  k: number,
  penalties: { w: Penalty; h: Penalty } | { w: Penalty; h: null },
  { solver, loss, iterations, tolerance }: Resolved,
  { onIteration, signal }: FactorizeOptions,
): Promise<{ iterations: number; converged: boolean }> {
  const columns = penalties.h === null ? null : transposed(x);
  const pause = breather(signal);
  const multiply = loss === 'frobenius' ? multiplyFrobenius : multiplyKullbackLeibler;
  // Errors cost more than an iteration, and are asked for only where one may end the search.
  const errorNow = () => (tolerance > 0 ? reconstructionError(x, w, turnedH, k, loss) : Infinity);
  const begin = solver === 'multiply' ? errorNow() : NaN;
  let previous = begin;
  let first = NaN;
  for (let n = 1; n <= iterations; n++) {
    await pause();
    if (solver === 'hals') {
      let violation = halsPass(x, w, turnedH, k, penalties.w);
      if (penalties.h !== null && columns !== null) {
        violation += halsPass(columns, turnedH, w, k, penalties.h);
      }
      first = n === 1 ? violation : first;
      onIteration?.(n, iterations);
      if (violation === 0 || (tolerance > 0 && violation / first <= tolerance)) {
        return { iterations: n, converged: true };
      }
    } else {
      multiply(x, w, turnedH, k, penalties.w);
      if (penalties.h !== null && columns !== null) {
        multiply(columns, turnedH, w, k, penalties.h);
      }
      onIteration?.(n, iterations);
      if (tolerance > 0 && n % 10 === 0) {
        const error = errorNow();
        if (begin === 0 || (previous - error) / begin < tolerance) {
          return { iterations: n, converged: true };
        }
        previous = error;
      }
    }
  }
  return { iterations, converged: false };
}

/**
 * Non-negative matrix factorization (Lee and Seung 1999): X `[rows, columns]`, such as images × tags, is made of k parts
 * that add up, `X ≈ W H`. By coordinate descent on rows that stay sparse (HALS: Cichocki and Phan 2009) or multiplicative
 * updates, from a start without chance (NNDSVD): the same matrix gives the same numbers. Objectives, penalties and stops
 * are those of scikit-learn's `NMF`.
 *
 * @param matrix from `sparseRows`
 * @param k parts, from 1 to the shorter side of the matrix
 * @returns W `[rows, k]` and H `[k, columns]` row by row, never negative; rows and columns without a number give zeros
 * @throws WeldonError for options out of range, numbers that are negative, infinite or NaN, and when stopped
 *
 * @example
 * const { w, h } = await factorize(sparseRows(tagWeights, tags.length), 30);
 */
export async function factorize(matrix: SparseRows, k: number, options: FactorizeOptions = {}): Promise<Factorization> {
  const resolved = resolve(matrix, k, options, 'factorize');
  const { init, alphaW, alphaH, l1Ratio, loss } = resolved;
  const { rows, columns } = matrix;
  const start: Factors & { rank: number | null } =
    typeof init === 'string' ? nndsvd(matrix, k, init === 'nndsvd' ? 'zero' : 'mean') : { ...init, rank: null };
  const w = Float64Array.from(start.w);
  const turnedH = turn(start.h, k, columns);
  const penalties = {
    w: { l1: alphaW * columns * l1Ratio, l2: alphaW * columns * (1 - l1Ratio) },
    h: { l1: alphaH * rows * l1Ratio, l2: alphaH * rows * (1 - l1Ratio) },
  };
  const ended = await search(matrix, w, turnedH, k, penalties, resolved, options);
  return {
    w,
    h: turn(turnedH, columns, k),
    rows,
    columns,
    k,
    error: reconstructionError(matrix, w, turnedH, k, loss),
    ...ended,
    rank: start.rank,
  };
}

export interface ProjectOptions extends Pick<FactorizeOptions, 'loss' | 'alphaW' | 'l1Ratio' | 'signal'> {
  /** Iterations at most. Default 1000. */
  iterations?: number;
  /** Default 1e-7. */
  tolerance?: number;
}

/**
 * W of new rows for parts that stay as they are: what new images are made of.
 *
 * @param matrix rows of the same columns
 * @param h `[k, columns]`, from `factorize`
 * @returns W `[rows, k]`; a row without a number gives zeros
 * @throws WeldonError as `factorize`
 *
 * @example
 * const w = await projectRows(sparseRows(newTagWeights, tags.length), h, 30);
 */
export async function projectRows(
  matrix: SparseRows,
  h: Float64Array,
  k: number,
  options: ProjectOptions = {},
): Promise<Float64Array> {
  checkKeys(options, 'loss alphaW l1Ratio iterations tolerance signal', 'projectRows');
  const { loss = 'frobenius', alphaW = 0, l1Ratio = 0, iterations = 1000, tolerance = 1e-7 } = options;
  const resolved = resolve(matrix, 1, { loss, alphaW, l1Ratio, iterations, tolerance }, 'projectRows');
  const { rows, columns } = matrix;
  if (!Number.isInteger(k) || k < 1) {
    throw expected('k for projectRows', 'a whole number >= 1', k);
  }
  checkFactor(h, k * columns, 'h for projectRows');
  // Coordinate descent finds its one minimum from zeros; what multiplies could not leave them.
  const { starts, values } = matrix;
  const w = new Float64Array(rows * k);
  if (loss !== 'frobenius') {
    const mean = Math.sqrt(values.reduce((sum, value) => sum + value, 0) / (rows * columns * k));
    w.forEach((_, at) => {
      const i = Math.floor(at / k);
      w[at] = starts[i + 1] > starts[i] ? mean : 0;
    });
  }
  const penalty = { l1: alphaW * columns * l1Ratio, l2: alphaW * columns * (1 - l1Ratio) };
  await search(matrix, w, turn(h, k, columns), k, { w: penalty, h: null }, resolved, options);
  return w;
}
