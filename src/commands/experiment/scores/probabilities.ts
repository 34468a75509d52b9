import { expectedInWords } from '../../../errors.js';
import type { ScoreKind } from '../outcome.js';

/**
 * What scores make of each class: softmax of each row of logits, or the sigmoid of each; probabilities stay as they
 * are.
 *
 * @throws WeldonError for margins, which are no measure of how probable a class is
 */
export function probabilities(
  scores: readonly number[],
  classes: number,
  multiLabel: boolean,
  kind: ScoreKind = 'logits',
): Float32Array {
  if (kind === 'margins') {
    throw expectedInWords(
      'scores that probabilities are made of',
      'logits or probabilities',
      'margins of a linear SVM',
    );
  }
  if (kind === 'probabilities') {
    return Float32Array.from(scores);
  }
  if (multiLabel) {
    return Float32Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  }
  const result = new Float32Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) {
    const row = scores.slice(start, start + classes);
    const most = Math.max(...row);
    const sum = row.reduce((total, score) => total + Math.exp(score - most), 0);
    row.forEach((score, c) => {
      result[start + c] = Math.exp(score - most) / sum;
    });
  }
  return result;
}
