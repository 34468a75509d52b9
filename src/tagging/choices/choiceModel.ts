import { checkKeys, expected, expectedInWords } from '../../errors.js';
import { minimise } from '../../training/linear/minimise.js';

/** Alternatives that someone chose among, one row each. */
export interface ChoiceTable {
  /** `[rows, names]` row by row, finite */
  values: Float64Array;
  names: readonly string[];
  /** 1 for a row that was chosen, 0 otherwise */
  chosen: ArrayLike<number>;
  /** number of the choice that a row belongs to; rows of a choice stand together */
  sets: ArrayLike<number>;
}

export interface ChoiceModelOptions {
  /**
   * `'logistic'`: was this row chosen, each row for itself; `'conditional'`: which row of a set was chosen (McFadden
   * 1974, "Conditional logit analysis of qualitative choice behavior"). Default `'logistic'`.
   */
  kind?: 'logistic' | 'conditional';
  /** Weight of the losses against ½‖w‖², > 0; Infinity for no penalty. Default 1. */
  c?: number;
  /** Features to mean 0 and deviation 1 of these rows first. Default true. */
  standardize?: boolean;
  /** Steps of L-BFGS at most. Default 1000. */
  steps?: number;
}

/** Scores that are linear in features; as JSON it is the same model. */
export interface ChoiceModel {
  kind: 'logistic' | 'conditional';
  names: string[];
  /** taken off, and divided by, before a coefficient multiplies; a deviation of 0 is said as 1 */
  means: number[];
  deviations: number[];
  coefficients: number[];
  /** 0 for a conditional logit, where it would change nothing */
  intercept: number;
  /** mean over the rows (logistic) or the sum over the sets (conditional): log-likelihood without its sign */
  logLoss: number;
  converged: boolean;
}

/** Where each set begins, and the end. */
export function setStarts(sets: ArrayLike<number>): number[] {
  const starts: number[] = [];
  for (let i = 0; i < sets.length; i++) {
    if (i === 0 || sets[i] !== sets[i - 1]) {
      starts.push(i);
    }
  }
  return [...starts, sets.length];
}

function check({ values, names, chosen, sets }: ChoiceTable, kind: 'logistic' | 'conditional'): void {
  const owner = 'fitChoiceModel';
  const rows = chosen.length;
  if (names.length === 0 || rows === 0 || values.length !== rows * names.length || sets.length !== rows) {
    throw expectedInWords(
      `the table for ${owner}`,
      'rows of one number per name, with chosen and sets for each row',
      `${values.length} numbers, ${names.length} names, ${rows} chosen, ${sets.length} sets`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / names.length);
    throw expected(`${names[bad % names.length]} in row ${row} for ${owner}`, 'a finite number', values[bad]);
  }
  const positives = Array.from(chosen).filter((value) => value === 1).length;
  if (!Array.from(chosen).every((value) => value === 0 || value === 1)) {
    throw expectedInWords(`chosen for ${owner}`, '0 or 1 for each row', 'other numbers');
  }
  if (positives === 0 || positives === rows) {
    throw expectedInWords(
      `chosen for ${owner}`,
      'of both kinds, chosen and not',
      `${positives} of ${rows} rows chosen: there is nothing to tell apart`,
    );
  }
  if (kind === 'conditional') {
    const starts = setStarts(sets);
    starts.slice(0, -1).forEach((from, s) => {
      const own = Array.from({ length: starts[s + 1] - from }, (_, i) => chosen[from + i]);
      const count = own.reduce((sum, value) => sum + value, 0);
      if (count !== 1) {
        throw expectedInWords(`set ${sets[from]} for ${owner}`, 'rows of which one is chosen', `${count} chosen`);
      }
    });
  }
}

function moments(values: Float64Array, size: number, standardize: boolean): { means: number[]; deviations: number[] } {
  const rows = values.length / size;
  const means = new Array<number>(size).fill(0);
  const deviations = new Array<number>(size).fill(1);
  if (standardize) {
    values.forEach((value, at) => (means[at % size] += value / rows));
    const squares = new Float64Array(size);
    values.forEach((value, at) => (squares[at % size] += (value - means[at % size]) ** 2 / rows));
    squares.forEach((square, k) => {
      // What rounding leaves of a constant is no deviation.
      deviations[k] = square > 1e-24 * Math.max(1, means[k] ** 2) ? Math.sqrt(square) : 1;
    });
  }
  return { means, deviations };
}

/**
 * Learns what is chosen: logistic regression or a conditional logit, ½‖w‖² + C Σ losses, by L-BFGS in double precision.
 * There is one minimum, so nothing is drawn.
 *
 * @throws WeldonError for numbers that are not finite, where every row or none was chosen, and for options out of range
 *
 * @example
 * const model = fitChoiceModel({ values, names: ['price', 'time'], chosen, sets }, { kind: 'conditional', c: Infinity });
 * model.coefficients;
 */
export function fitChoiceModel(table: ChoiceTable, options: ChoiceModelOptions = {}): ChoiceModel {
  checkKeys(options, 'kind c standardize steps', 'fitChoiceModel');
  const { kind = 'logistic', c = 1, standardize = true, steps = 1000 } = options;
  if (kind !== 'logistic' && kind !== 'conditional') {
    throw expected('kind for fitChoiceModel', "'logistic' or 'conditional'", kind);
  }
  if (!(c > 0)) {
    throw expected('c for fitChoiceModel', 'a number > 0, or Infinity', c);
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw expected('steps for fitChoiceModel', 'a whole number >= 1', steps);
  }
  check(table, kind);
  const { names, chosen, sets } = table;
  const size = names.length;
  const rows = chosen.length;
  const { means, deviations } = moments(table.values, size, standardize);
  const x = table.values.map((value, at) => (value - means[at % size]) / deviations[at % size]);
  const starts = setStarts(sets);
  const [lossWeight, penalty] = c === Infinity ? [1, 0] : [c, 1];
  const scores = new Float64Array(rows);
  const pulls = new Float64Array(rows);

  /** Sum of the losses; writes each row's slope. */
  function logistic(): number {
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const margin = chosen[i] === 1 ? scores[i] : -scores[i];
      // ln(1 + e^−m), without overflow
      loss += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
      pulls[i] = 1 / (1 + Math.exp(-scores[i])) - chosen[i];
    }
    return loss;
  }

  function conditional(): number {
    let loss = 0;
    for (let s = 0; s + 1 < starts.length; s++) {
      let top = -Infinity;
      for (let i = starts[s]; i < starts[s + 1]; i++) {
        top = Math.max(top, scores[i]);
      }
      let sum = 0;
      for (let i = starts[s]; i < starts[s + 1]; i++) {
        pulls[i] = Math.exp(scores[i] - top);
        sum += pulls[i];
        loss += chosen[i] === 1 ? top - scores[i] : 0;
      }
      loss += Math.log(sum);
      for (let i = starts[s]; i < starts[s + 1]; i++) {
        pulls[i] = pulls[i] / sum - chosen[i];
      }
    }
    return loss;
  }

  let losses = NaN;
  const parameters = kind === 'logistic' ? size + 1 : size;
  const { point, converged } = minimise(
    (at, slope) => {
      for (let i = 0; i < rows; i++) {
        let score = kind === 'logistic' ? at[size] : 0;
        for (let k = 0; k < size; k++) {
          score += at[k] * x[i * size + k];
        }
        scores[i] = score;
      }
      losses = kind === 'logistic' ? logistic() : conditional();
      slope.fill(0);
      for (let i = 0; i < rows; i++) {
        const pull = lossWeight * pulls[i];
        for (let k = 0; k < size; k++) {
          slope[k] += pull * x[i * size + k];
        }
        if (kind === 'logistic') {
          slope[size] += pull;
        }
      }
      let squares = 0;
      for (let k = 0; k < size; k++) {
        squares += at[k] * at[k];
        slope[k] += penalty * at[k];
      }
      return 0.5 * penalty * squares + lossWeight * losses;
    },
    parameters,
    // Of the mean loss: slopes of the sum fall no further than its rounding lets them.
    1e-7 * rows * lossWeight,
    steps,
  );
  const model: ChoiceModel = {
    kind,
    names: [...names],
    means,
    deviations,
    coefficients: Array.from(point.subarray(0, size)),
    intercept: kind === 'logistic' ? point[size] : 0,
    logLoss: NaN,
    converged,
  };
  const found = choiceScores(model, table.values);
  scores.set(found);
  losses = kind === 'logistic' ? logistic() : conditional();
  return { ...model, logLoss: kind === 'logistic' ? losses / rows : losses };
}

/**
 * Scores of rows: log odds of a logistic regression, utilities of a conditional logit. The higher is chosen rather.
 *
 * @param values `[rows, names]` row by row
 * @throws WeldonError for rows of another length
 */
export function choiceScores(model: ChoiceModel, values: Float64Array): Float64Array {
  const size = model.names.length;
  if (values.length % size !== 0) {
    throw expectedInWords('the values for choiceScores', `rows of ${size} numbers`, `${values.length} numbers`);
  }
  const { means, deviations, coefficients, intercept } = model;
  return Float64Array.from({ length: values.length / size }, (_, i) => {
    let score = intercept;
    for (let k = 0; k < size; k++) {
      score += (coefficients[k] * (values[i * size + k] - means[k])) / deviations[k];
    }
    return score;
  });
}

/**
 * What each feature adds to a row's score, against the average row of the training: coefficients times standardized
 * features. They add up to the score without its intercept.
 */
export function contributions(model: ChoiceModel, row: ArrayLike<number>): number[] {
  const { names, means, deviations, coefficients } = model;
  return names.map((_, k) => (coefficients[k] * (row[k] - means[k])) / deviations[k]);
}
