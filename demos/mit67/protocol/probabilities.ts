/** Softmax of each row of scores, or the sigmoid of each score. */
export function probabilities(scores: readonly number[], classes: number, multiLabel: boolean): Float32Array {
  if (multiLabel) {
    return Float32Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  }
  const result = new Float32Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) {
    const row = scores.slice(start, start + classes);
    const most = Math.max(...row);
    const sum = row.reduce((total, score) => total + Math.exp(score - most), 0);
    row.forEach((score, c) => { result[start + c] = Math.exp(score - most) / sum; });
  }
  return result;
}
