import { expected, expectedInWords } from '../../errors.js';

/**
 * How a model tells that an image is none of its business: by its energy, which must be high enough, or by a class that
 * it was trained with on other images.
 */
export type Guard = { energy: number } | { none: string };

/**
 * The energy of scores, ln Σ exp(score): high where some class is sure, low where none is (Liu et al., "Energy-based
 * out-of-distribution detection", NeurIPS 2020). It tells more than the highest probability, which is high for the least
 * bad of classes, too.
 *
 * @param scores logits of one image
 * @throws WeldonError for no scores, NaN and Infinity
 *
 * @example
 * energyOf([2, 1, 0]); // 2.41
 */
export function energyOf(scores: ArrayLike<number>): number {
  let top = -Infinity;
  for (let c = 0; c < scores.length; c++) {
    if (!Number.isFinite(scores[c])) {
      throw expected(`score ${c} for energyOf`, 'a finite number', scores[c]);
    }
    top = Math.max(top, scores[c]);
  }
  if (scores.length === 0) {
    throw expectedInWords('the scores for energyOf', 'one or more', 'none');
  }
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    sum += Math.exp(scores[c] - top);
  }
  return top + Math.log(sum);
}

/**
 * The energy that a share of a model's own images has or exceeds: a guard from images that it shall know.
 *
 * @param energies of images of its classes, which it was not trained on
 * @param keep part of them that shall pass, 0 … 1. Default 0.95
 *
 * @example
 * const guard = { energy: guardEnergy(validationScores.map(energyOf)) };
 */
export function guardEnergy(energies: ArrayLike<number>, keep = 0.95): number {
  if (!(keep > 0 && keep <= 1)) {
    throw expected('keep for guardEnergy', 'a number with 0 < keep <= 1', keep);
  }
  const sorted = Array.from(energies).sort((a, b) => a - b);
  if (sorted.length === 0 || !sorted.every(Number.isFinite)) {
    throw expectedInWords('the energies for guardEnergy', 'one or more finite numbers', 'none or others');
  }
  return sorted[Math.min(sorted.length - 1, Math.floor((1 - keep) * sorted.length + 1e-9))];
}
