import { checkKeys, expected, expectedInWords } from '../../errors.js';

function checkModels(models: readonly ArrayLike<number>[], owner: string): number {
  if (models.length === 0) {
    throw expectedInWords(`the models for ${owner}`, 'one or more', 'none');
  }
  const [{ length }] = models;
  models.forEach((values, i) => {
    if (values.length !== length) {
      throw expectedInWords(
        `the probabilities of model ${i} for ${owner}`,
        `${length}, as of model 0`,
        `${values.length}`,
      );
    }
    for (let k = 0; k < length; k++) {
      if (!(values[k] >= 0 && values[k] <= 1)) {
        throw expected(`probability ${k} of model ${i} for ${owner}`, 'a number from 0 to 1', values[k]);
      }
    }
  });
  return length;
}

/**
 * Averages the probabilities of several models.
 *
 * @param models each `[batch, classes]`, row by row, all of one length
 * @param weights one number >= 0 per model, not all 0; default 1 each. What counts is their share of the sum
 * @throws WeldonError if lengths differ, or a probability or weight is out of range
 *
 * @example
 * averageProbabilities([scale224, scale448], [1, 2]);
 */
export function averageProbabilities(
  models: readonly ArrayLike<number>[],
  weights: readonly number[] = models.map(() => 1),
): Float32Array {
  const owner = 'averageProbabilities';
  const length = checkModels(models, owner);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (
    weights.length !== models.length ||
    !weights.every((weight) => weight >= 0) ||
    !(sum > 0 && Number.isFinite(sum))
  ) {
    throw expected(`weights for ${owner}`, `${models.length} numbers >= 0, one per model, not all 0`, weights);
  }
  return Float32Array.from({ length }, (_, k) =>
    models.reduce((total, values, i) => total + (weights[i] / sum) * values[k], 0),
  );
}

export interface EnsembleWeightsOptions {
  /** `'classNumbers'`: one class per image; `'multiHot'`: `[batch, classes]`, 1 for each class that is there, < 0 unknown */
  labels: 'classNumbers' | 'multiHot';
  /** Ends when no weight moves further, > 0. Default 1e-9. */
  tolerance?: number;
  /** Rounds at most. Default 10 000. */
  rounds?: number;
}

/** For every labelled fact the probability that each model gave it: the class of an image, or yes or no of a pair. */
function factsOf(
  models: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  kind: EnsembleWeightsOptions['labels'],
  length: number,
): number[][] {
  const owner = 'learnEnsembleWeights';
  if (kind === 'multiHot') {
    if (labels.length !== length) {
      throw expectedInWords(`the labels for ${owner}`, `${length}, one per probability`, `${labels.length}`);
    }
    return Array.from(labels, (label, k) => ({ label, k }))
      .filter(({ label }) => label >= 0)
      .map(({ label, k }) => models.map((values) => (label > 0.5 ? values[k] : 1 - values[k])));
  }
  if (kind !== 'classNumbers') {
    throw expected(`labels of the options for ${owner}`, "'classNumbers' or 'multiHot'", kind);
  }
  const classes = length / labels.length;
  if (!Number.isInteger(classes)) {
    throw expectedInWords(`the labels for ${owner}`, `one per row of the ${length} probabilities`, `${labels.length}`);
  }
  return Array.from(labels, (label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw expected(`label ${i} for ${owner}`, `a class number from 0 to ${classes - 1}`, label);
    }
    return models.map((values) => values[i * classes + label]);
  });
}

/**
 * The weights under which the average of several models gives the labels the highest likelihood. Take other images than
 * those the models were trained on. The problem is convex; it is solved by expectation-maximisation for the shares of a
 * mixture, from equal weights.
 *
 * @param models each `[batch, classes]`, row by row, all of one length
 * @param labels as `options.labels` says
 * @returns one number per model, from 0, of sum 1
 * @throws WeldonError if lengths differ, or a probability, label or option is out of range
 *
 * @example
 * const weights = learnEnsembleWeights([a, b], labels, { labels: 'classNumbers' });
 * averageProbabilities([testA, testB], weights);
 */
export function learnEnsembleWeights(
  models: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  options: EnsembleWeightsOptions,
): number[] {
  checkKeys(options, 'labels tolerance rounds', 'learnEnsembleWeights');
  const { tolerance = 1e-9, rounds = 10_000 } = options;
  const owner = 'learnEnsembleWeights';
  const length = checkModels(models, owner);
  if (!(tolerance > 0)) {
    throw expected(`tolerance for ${owner}`, 'a number > 0', tolerance);
  }
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw expected(`rounds for ${owner}`, 'a whole number >= 1', rounds);
  }
  const facts = factsOf(models, labels, options.labels, length).filter((given) =>
    given.some((probability) => probability > 0),
  );
  if (facts.length === 0) {
    throw expectedInWords(`the labels for ${owner}`, 'some to which a model gives a probability above 0', 'none');
  }
  let weights = models.map(() => 1 / models.length);
  for (let round = 0; round < rounds; round++) {
    const shares = models.map(() => 0);
    for (const given of facts) {
      const total = given.reduce((sum, probability, i) => sum + weights[i] * probability, 0);
      given.forEach((probability, i) => {
        shares[i] += total > 0 ? (weights[i] * probability) / total : 0;
      });
    }
    const sum = shares.reduce((total, share) => total + share, 0);
    const next = shares.map((share) => share / sum);
    const moved = Math.max(...next.map((weight, i) => Math.abs(weight - weights[i])));
    weights = next;
    if (moved <= tolerance) {
      break;
    }
  }
  return weights;
}
