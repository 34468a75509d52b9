import { expectedInWords } from '../../errors.js';
import type { FeatureTable } from './featureTable.js';
import { rowCount } from './featureTable.js';

/** Scores linear in the features: `weights · x + bias`, one of each per class. */
export interface LinearModel {
  classes: number;
  size: number;
  /** `[classes, size]` */
  weights: Float64Array;
  /** `[classes]` */
  biases: Float64Array;
}

/**
 * Scores of every row, `[rows, classes]`.
 *
 * @throws WeldonError if the rows are not of the model's size
 *
 * @example
 * const scores = linearScores(model, { values: features, size: 1280 });
 */
export function linearScores(model: LinearModel, table: FeatureTable): Float32Array {
  const { classes, size, weights, biases } = model;
  if (table.size !== size) {
    throw expectedInWords('the features for a linear model', `rows of ${size} numbers`, `rows of ${table.size}`);
  }
  const rows = rowCount(table);
  const scores = new Float32Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < classes; c++) {
      let score = biases[c];
      for (let k = 0; k < size; k++) {
        score += weights[c * size + k] * table.values[i * size + k];
      }
      scores[i * classes + c] = score;
    }
  }
  return scores;
}

/** The class with the highest score of every row; the lower number on equal scores. */
export function predictClasses(model: LinearModel, table: FeatureTable): Int32Array {
  const scores = linearScores(model, table);
  return Int32Array.from({ length: rowCount(table) }, (_, i) => {
    let best = 0;
    for (let c = 1; c < model.classes; c++) {
      best = scores[i * model.classes + c] > scores[i * model.classes + best] ? c : best;
    }
    return best;
  });
}
