import { checkKeys, expected } from '../../errors.js';
import { mixSeeds, randomBits } from '../../random.js';
import type { FeatureTable } from './featureTable.js';
import { checkTable, rowCount } from './featureTable.js';
import type { LinearModel } from './linearModel.js';

export interface LinearSvmOptions {
  /** Weight of the losses against ½‖w‖², > 0. Default 1. */
  c?: number;
  /** Default `'squaredHinge'`. */
  loss?: 'squaredHinge' | 'hinge';
  /** What the bias is multiplied by before it is penalised like a weight, > 0; 0 for no bias. Default 1. */
  biasScale?: number;
  /** The largest violation of optimality that ends the descent, > 0. Default 1e-4. */
  tolerance?: number;
  /** Passes over the examples at most. Default 1000. */
  passes?: number;
  /** Seed of the order in which examples are visited. Default 0. */
  seed?: number;
}

export interface TrainedSvm extends LinearModel {
  /** whether every class reached the tolerance */
  converged: boolean;
}

/** Checks options and gives them their defaults. */
function resolve(options: LinearSvmOptions): Required<LinearSvmOptions> {
  const { c = 1, loss = 'squaredHinge', biasScale = 1, tolerance = 1e-4, passes = 1000, seed = 0 } = options;
  if (!(c > 0 && Number.isFinite(c))) {
    throw expected('c for trainLinearSvm', 'a finite number > 0', c);
  }
  if (loss !== 'squaredHinge' && loss !== 'hinge') {
    throw expected('loss for trainLinearSvm', "'squaredHinge' or 'hinge'", loss);
  }
  if (!(biasScale >= 0 && Number.isFinite(biasScale))) {
    throw expected('biasScale for trainLinearSvm', 'a finite number >= 0', biasScale);
  }
  if (!(tolerance > 0)) {
    throw expected('tolerance for trainLinearSvm', 'a number > 0', tolerance);
  }
  if (!Number.isInteger(passes) || passes < 1) {
    throw expected('passes for trainLinearSvm', 'a whole number >= 1', passes);
  }
  return { c, loss, biasScale, tolerance, passes, seed };
}

/** One class against the others, on examples `±1`. Writes weights and gives the bias. */
function trainOne(
  table: FeatureTable,
  sides: Int8Array,
  squares: Float64Array,
  options: Required<LinearSvmOptions>,
  weights: Float64Array,
): { bias: number; converged: boolean } {
  const { values, size } = table;
  const rows = rowCount(table);
  const { c, loss, biasScale, tolerance, passes, seed } = options;
  // Hinge: 0 <= α <= C. Squared hinge: α without bound, and 1 / 2C on the diagonal.
  const upper = loss === 'hinge' ? c : Infinity;
  const diagonal = loss === 'hinge' ? 0 : 0.5 / c;
  const alphas = new Float64Array(rows);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  let bias = 0;
  let active = rows;
  let highest = Infinity;
  let lowest = -Infinity;
  for (let pass = 0; pass < passes; pass++) {
    const draw = randomBits(mixSeeds(seed, pass));
    for (let i = 0; i < active; i++) {
      const j = i + Math.floor((draw() / 2 ** 32) * (active - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    let most = -Infinity;
    let least = Infinity;
    for (let at = 0; at < active; at++) {
      const i = order[at];
      const start = i * size;
      let score = bias * biasScale;
      for (let k = 0; k < size; k++) {
        score += weights[k] * values[start + k];
      }
      const slope = sides[i] * score - 1 + diagonal * alphas[i];
      // The part of the slope along which α may still move; examples that sit firmly at a bound rest for a while.
      let projected = slope;
      if (alphas[i] === 0) {
        if (slope > highest) {
          active--;
          [order[at], order[active]] = [order[active], order[at]];
          at--;
          continue;
        }
        projected = Math.min(slope, 0);
      } else if (alphas[i] === upper) {
        if (slope < lowest) {
          active--;
          [order[at], order[active]] = [order[active], order[at]];
          at--;
          continue;
        }
        projected = Math.max(slope, 0);
      }
      most = Math.max(most, projected);
      least = Math.min(least, projected);
      if (Math.abs(projected) > 1e-12) {
        const before = alphas[i];
        alphas[i] = Math.min(upper, Math.max(0, before - slope / (squares[i] + diagonal)));
        const move = (alphas[i] - before) * sides[i];
        for (let k = 0; k < size; k++) {
          weights[k] += move * values[start + k];
        }
        bias += move * biasScale;
      }
    }
    if (most - least <= tolerance) {
      if (active === rows) {
        return { bias: bias * biasScale, converged: true };
      }
      active = rows;
      highest = Infinity;
      lowest = -Infinity;
      continue;
    }
    highest = most > 0 ? most : Infinity;
    lowest = least < 0 ? least : -Infinity;
  }
  return { bias: bias * biasScale, converged: false };
}

/**
 * A linear SVM, one class against the others each: minimises `½‖w‖² + ½b² + C Σ max(0, 1 − t (w·x + b))²` (or the hinge
 * itself) by coordinate descent in the dual, as liblinear does: Hsieh et al., "A dual coordinate descent method for
 * large-scale linear SVM" (ICML 2008), algorithm 3 with shrinking. The same data and seed give the same numbers on every
 * machine.
 *
 * @param table one row per example; rows of length 1 (L2) suit C = 1
 * @param labels class numbers from 0, each class with an example
 * @throws WeldonError for options out of range, or a table and labels that do not belong together
 *
 * @example
 * const svm = trainLinearSvm({ values: features, size: 1280 }, labels, { c: 10 });
 * const classes = predictClasses(svm, { values: testFeatures, size: 1280 });
 */
export function trainLinearSvm(
  table: FeatureTable,
  labels: ArrayLike<number>,
  options: LinearSvmOptions = {},
): TrainedSvm {
  checkKeys(options, 'c loss biasScale tolerance passes seed', 'trainLinearSvm');
  const resolved = resolve(options);
  const classes = checkTable(table, labels, 'trainLinearSvm');
  const rows = rowCount(table);
  const { size, values } = table;
  const squares = Float64Array.from({ length: rows }, (_, i) => {
    let sum = resolved.biasScale ** 2;
    for (let k = i * size; k < (i + 1) * size; k++) {
      sum += values[k] ** 2;
    }
    // A row of zeros without a bias cannot be moved; any divisor will do.
    return sum || 1;
  });
  const weights = new Float64Array(classes * size);
  const biases = new Float64Array(classes);
  let converged = true;
  const train = (positive: number, into: Float64Array) => {
    const sides = Int8Array.from({ length: rows }, (_, i) => (labels[i] === positive ? 1 : -1));
    const result = trainOne(table, sides, squares, resolved, into);
    converged &&= result.converged;
    return result.bias;
  };
  for (let c = 0; c < classes; c++) {
    biases[c] = train(c, weights.subarray(c * size, (c + 1) * size));
  }
  return { classes, size, weights, biases, converged };
}
