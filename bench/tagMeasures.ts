/** What the benchmark of tags measures by, and nobody else. */

/** Normalized mutual information of two labellings: 2 I(a, b) / (H(a) + H(b)). */
export function normalizedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const entropy = (counts: Iterable<number>) =>
    -[...counts].reduce((sum, count) => sum + (count / a.length) * Math.log(count / a.length), 0);
  const count = (keyOf: (i: number) => string | number) => {
    const counts = new Map<string | number, number>();
    for (let i = 0; i < a.length; i++) {
      counts.set(keyOf(i), (counts.get(keyOf(i)) ?? 0) + 1);
    }
    return counts.values();
  };
  const [ofA, ofB, joint] = [
    entropy(count((i) => a[i])),
    entropy(count((i) => b[i])),
    entropy(count((i) => `${a[i]} ${b[i]}`)),
  ];
  return (2 * (ofA + ofB - joint)) / (ofA + ofB);
}

/** The pairing of rows with columns of the highest sum (Hungarian method, with potentials). */
export function bestPairing(values: readonly (readonly number[])[]): number[] {
  const n = values.length;
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(n + 1);
  const rowOf = new Int32Array(n + 1);
  for (let row = 1; row <= n; row++) {
    rowOf[0] = row;
    let column = 0;
    const least = new Float64Array(n + 1).fill(Infinity);
    const from = new Int32Array(n + 1);
    const used = new Uint8Array(n + 1);
    do {
      used[column] = 1;
      const at = rowOf[column];
      let [delta, next] = [Infinity, 0];
      for (let j = 1; j <= n; j++) {
        if (used[j] === 0) {
          const cost = -values[at - 1][j - 1] - rowPotential[at] - columnPotential[j];
          if (cost < least[j]) {
            least[j] = cost;
            from[j] = column;
          }
          if (least[j] < delta) {
            [delta, next] = [least[j], j];
          }
        }
      }
      for (let j = 0; j <= n; j++) {
        if (used[j] === 1) {
          rowPotential[rowOf[j]] += delta;
          columnPotential[j] -= delta;
        } else {
          least[j] -= delta;
        }
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[from[column]];
      column = from[column];
    }
  }
  const pairs = new Array<number>(n).fill(-1);
  for (let j = 1; j <= n; j++) {
    pairs[rowOf[j] - 1] = j - 1;
  }
  return pairs;
}
