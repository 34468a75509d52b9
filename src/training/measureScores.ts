/** Part of the images whose highest score belongs to a class that is there; the lower class number on equal scores. */
export function partRight(scores: Float32Array, labels: Float32Array, classes: number): number {
  let right = 0;
  for (let start = 0; start < scores.length; start += classes) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (scores[start + c] > scores[start + best]) {
        best = c;
      }
    }
    right += labels[start + best] > 0.5 ? 1 : 0;
  }
  return (right * classes) / scores.length;
}
