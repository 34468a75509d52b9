import { softmaxCrossEntropy } from '../../training/index.js';
import type { HeadSpec } from '../../training/heads/headSpec.js';
import { trainHeads } from '../../training/heads/trainHeads.js';

/** Seconds that a step of these heads takes side by side, from three steps on features of nothing. */
export async function measureHeads(
  specs: readonly HeadSpec[],
  classes: number,
  batchSize: number,
  { rows, columns, depth }: { rows: number; columns: number; depth: number },
): Promise<number> {
  const empty = new Uint16Array(rows * columns * depth);
  const marks = Float32Array.from({ length: classes }, (_, c) => (c === 0 ? 1 : 0));
  const members = Array.from({ length: batchSize }, () => 0);
  let [first, last] = [0, 0];
  await trainHeads(specs, {
    features: { rows, columns, depth, examples: [empty] },
    members,
    marks: [marks],
    classes,
    normalise: 'none',
    loss: softmaxCrossEntropy(),
    epochs: 3,
    batchSize,
    weightDecay: 0,
    initial: 0.01,
    seed: 0,
    onBatch: (done) => {
      first = done === 1 ? performance.now() : first;
      last = performance.now();
    },
  });
  return (last - first) / 2000;
}
