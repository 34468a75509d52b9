/**
 * The exact McNemar test of two rows on the same pictures: of those that one of the two has right, whether either has
 * more of them than chance would give (McNemar 1947; two-sided binomial with p = 1/2).
 *
 * @param a 1 for each picture that the first has right
 * @param b the same for the second
 *
 * @example
 * mcNemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]); // { onlyA: 5, onlyB: 0, p: 0.0625 }
 */
export function mcNemar(a: ArrayLike<number>, b: ArrayLike<number>): { onlyA: number; onlyB: number; p: number } {
  let [onlyA, onlyB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    onlyA += a[i] !== 0 && b[i] === 0 ? 1 : 0;
    onlyB += a[i] === 0 && b[i] !== 0 ? 1 : 0;
  }
  const n = onlyA + onlyB;
  const less = Math.min(onlyA, onlyB);
  // Logarithms, for 2^n is beyond what numbers hold where many pictures differ.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= less; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(n - k) - Math.log(k + 1);
  }
  return { onlyA, onlyB, p: Math.min(1, 2 * tail) };
}
