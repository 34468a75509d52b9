import * as tf from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import type { RecipeParts } from '../../models/index.js';
import { openFrozenNetwork } from '../../node/features/experimentNetwork.js';

/** What a layer gives for one square picture. */
export interface MeasuredFeatures {
  rows: number;
  columns: number;
  depth: number;
  /** that all of the network takes on the disk */
  networkBytes: number;
  /** that a picture takes, with as many threads as features are computed with */
  seconds: number;
}

/** Runs the network on a few empty pictures, fewer where they are large; twice, for the first time makes ready. */
export async function measureFeatures(
  layer: string,
  size: number,
  {
    weights,
    input,
    jobs = Math.min(16, availableParallelism()),
  }: { weights?: string; input?: RecipeParts['input']; jobs?: number },
): Promise<MeasuredFeatures> {
  const network = await openFrozenNetwork({ folder: weights, layers: [layer], input });
  const batch = Math.max(1, Math.min(4, Math.floor(4 * (448 / size) ** 2)));
  try {
    const run = async () => {
      const began = performance.now();
      const [output] = tf.tidy(() => network.run(tf.zeros([batch, size, size, 3])));
      await output.data();
      output.dispose();
      return { shape: output.shape, seconds: (performance.now() - began) / 1000 / batch };
    };
    await run();
    const {
      shape: [, rows, columns, depth],
      seconds,
    } = await run();
    const alone = tf.getBackend() !== 'wasm' && tf.getBackend() !== 'cpu';
    // Reading and scaling a picture besides, by threads of their own.
    return {
      rows,
      columns,
      depth,
      networkBytes: 4 * network.model.countParams(),
      seconds: 0.01 + (alone ? seconds : seconds / Math.max(1, jobs)),
    };
  } finally {
    network.dispose();
  }
}
