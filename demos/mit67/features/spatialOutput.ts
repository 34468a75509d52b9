import * as tf from '@tensorflow/tfjs-core';
import { startRuntime } from '../../../src/node/index.js';
import { openFrozenNetwork } from './frozenNetwork.js';

/** Rows, columns and depth of a layer's output for square pictures. */
export async function spatialOutput(folder: string | undefined, layer: string, size: number): Promise<{ rows: number; columns: number; depth: number }> {
  await startRuntime({ backend: 'auto' });
  const network = await openFrozenNetwork({ folder, layers: [layer], input: { colorOrder: 'rgb', scale: 1, offset: 0 } });
  try {
    const [output] = tf.tidy(() => network.run(tf.zeros([1, size, size, 3])));
    const [, rows, columns, depth] = output.shape;
    output.dispose();
    return { rows, columns, depth };
  } finally {
    network.dispose();
  }
}
