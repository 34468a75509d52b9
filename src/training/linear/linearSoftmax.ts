import { checkKeys, expected } from '../../errors.js';
import type { FeatureTable } from './featureTable.js';
import { checkTable, rowCount } from './featureTable.js';
import type { LinearModel } from './linearModel.js';
import { minimise } from './minimise.js';

export interface LinearSoftmaxOptions {
  /** Weight of the losses against ½‖w‖², > 0. Default 1. */
  c?: number;
  /** The largest entry of the gradient that ends the search, > 0. Default 1e-4. */
  tolerance?: number;
  /** Steps at most. Default 500. */
  steps?: number;
}

export interface TrainedSoftmax extends LinearModel {
  /** whether the tolerance was reached */
  converged: boolean;
}

interface Rows {
  /** sum + w · x of one row, with the weights from `offset` on */
  dot(sum: number, point: Float64Array, offset: number, row: number): number;
  /** w ← w + factor · x */
  add(point: Float64Array, offset: number, row: number, factor: number): void;
}

/** Rows of which every number is looked at. */
function denseRows({ values, size }: FeatureTable): Rows {
  return {
    dot(sum, point, offset, row) {
      for (let k = 0; k < size; k++) {
        sum += point[offset + k] * values[row * size + k];
      }
      return sum;
    },
    add(point, offset, row, factor) {
      for (let k = 0; k < size; k++) {
        point[offset + k] += factor * values[row * size + k];
      }
    },
  };
}

/** Rows of which only numbers that are not 0 are looked at, which gives the same sums. */
function sparseRows({ values, size }: FeatureTable, filled: number): Rows {
  const starts = new Int32Array(values.length / size + 1);
  const columns = new Int32Array(filled);
  for (let at = 0, next = 0; at < values.length; at++) {
    if (values[at] !== 0) {
      columns[next++] = at % size;
    }
    if ((at + 1) % size === 0) {
      starts[(at + 1) / size] = next;
    }
  }
  return {
    dot(sum, point, offset, row) {
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        sum += point[offset + columns[at]] * values[row * size + columns[at]];
      }
      return sum;
    },
    add(point, offset, row, factor) {
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        point[offset + columns[at]] += factor * values[row * size + columns[at]];
      }
    },
  };
}

/** Tags of images are 1 in few columns and 0 in the others: looking at those few is many times faster. */
function rowsOf(table: FeatureTable): Rows {
  const filled = table.values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  return filled < table.values.length / 4 ? sparseRows(table, filled) : denseRows(table);
}

/**
 * Multinomial logistic regression: minimises `½‖w‖² + C Σ −log softmax(W x + b)` at the labels, biases free, by L-BFGS
 * in double precision. The problem has one minimum, so nothing is drawn and nothing depends on a start.
 *
 * @param table one row per example
 * @param labels class numbers from 0, each class with an example
 * @throws WeldonError for options out of range, or a table and labels that do not belong together
 *
 * @example
 * const model = trainLinearSoftmax({ values: features, size: 1280 }, labels, { c: 10 });
 */
export function trainLinearSoftmax(
  table: FeatureTable,
  labels: ArrayLike<number>,
  options: LinearSoftmaxOptions = {},
): TrainedSoftmax {
  checkKeys(options, 'c tolerance steps', 'trainLinearSoftmax');
  const { c = 1, tolerance = 1e-4, steps = 500 } = options;
  if (!(c > 0 && Number.isFinite(c))) {
    throw expected('c for trainLinearSoftmax', 'a finite number > 0', c);
  }
  if (!(tolerance > 0)) {
    throw expected('tolerance for trainLinearSoftmax', 'a number > 0', tolerance);
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw expected('steps for trainLinearSoftmax', 'a whole number >= 1', steps);
  }
  const classes = checkTable(table, labels, 'trainLinearSoftmax');
  const { size } = table;
  const rows = rowCount(table);
  const { dot, add } = rowsOf(table);
  const weightCount = classes * size;
  const scores = new Float64Array(classes);

  function costAndSlope(point: Float64Array, slope: Float64Array): number {
    let cost = 0;
    slope.fill(0);
    for (let k = 0; k < weightCount; k++) {
      cost += 0.5 * point[k] ** 2;
      slope[k] = point[k];
    }
    for (let i = 0; i < rows; i++) {
      for (let n = 0; n < classes; n++) {
        scores[n] = dot(point[weightCount + n], point, n * size, i);
      }
      const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
      const sum = scores.reduce((part, score) => part + Math.exp(score - top), 0);
      cost += c * (top + Math.log(sum) - scores[labels[i]]);
      for (let n = 0; n < classes; n++) {
        const pull = c * (Math.exp(scores[n] - top) / sum - (labels[i] === n ? 1 : 0));
        add(slope, n * size, i, pull);
        slope[weightCount + n] += pull;
      }
    }
    return cost;
  }

  const { point, converged } = minimise(costAndSlope, weightCount + classes, tolerance, steps);
  return { classes, size, weights: point.slice(0, weightCount), biases: point.slice(weightCount), converged };
}
